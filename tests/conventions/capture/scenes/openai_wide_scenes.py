"""OpenAI's SDK by plan: three tools at once for several turns, streamed too, shapes that do not parse,
pictures both ways, thoughts, old functions, calls that time out or fail beside others, long talks."""

import asyncio
import json
import os

import openai
from common import attempt
from openai_scenes import PIXEL
from pydantic import BaseModel

MODEL = "gpt-4.1-nano"
PLAIN = os.environ["PROVIDER"] + "/v1"
os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def tool(name, *given):
    kinds = {"type": "object", "properties": {g: {"type": "string"} for g in given}}
    about = {"name": name, "description": f"Tells the {name}.", "parameters": kinds}
    return {"type": "function", "function": about}


TOOLS = [tool("weather", "city"), tool("population", "city", "year"), tool("now")]
FLAT = [{"type": "function", "strict": None, **t["function"]} for t in TOOLS]
WANTED = "weather(city=Łódź) & population(city=東京, year=2024) & now()"


class City(BaseModel):
    """A city by its name."""

    city: str
    people: int


def client(speaker, kind="OpenAI", **more):
    about = {"max_retries": 0, "timeout": 20.0, **more}
    return speaker.wrap(getattr(openai, kind)(**about))


def asking(text, **more):
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


def parsing(made):
    completions = made.chat.completions
    return getattr(completions, "parse", None) or made.beta.chat.completions.parse


def loop(speaker):
    """Three tools at once, one of which fails, then another, then the answer."""

    @speaker.step
    def answer_with_tools():
        plan = f"say I look. | {WANTED} ;; weather(city=Rome) ;; say Łódź is smaller."
        said = [
            {"role": "system", "content": "Odpowiadaj krótko. 简短回答。"},
            {"role": "user", "content": f"Compare them. plan:[[{plan}]]"},
        ]
        for _ in range(3):
            made = client(speaker).chat.completions.create(
                model=MODEL, messages=said, tools=TOOLS, parallel_tool_calls=True, user="user-4"
            )
            told = made.choices[0].message
            said.append(told.model_dump(exclude_none=True))
            for call in told.tool_calls or ():
                found = "Error: no such city" if "Rome" in call.function.arguments else "słońce ☀"
                said.append({"role": "tool", "tool_call_id": call.id, "content": found})

    answer_with_tools()


def streamed_loop(speaker):
    """The same streamed, the pieces put together by the program."""
    said = [
        {"role": "user", "content": f"Go on. plan:[[think Three of them. | {WANTED} ;; say Done.]]"}
    ]
    for _ in range(2):
        calls, text = {}, ""
        for chunk in client(speaker).chat.completions.create(
            model="deepseek-reasoner", messages=said, tools=TOOLS, **USAGE
        ):
            delta = chunk.choices[0].delta if chunk.choices else None
            text += (delta and delta.content) or ""
            for piece in (delta and delta.tool_calls) or ():
                call = calls.setdefault(piece.index, {"id": piece.id, "name": "", "arguments": ""})
                call["name"] += piece.function.name or ""
                call["arguments"] += piece.function.arguments or ""
        told = [
            {
                "id": c["id"],
                "type": "function",
                "function": {"name": c["name"], "arguments": c["arguments"]},
            }
            for c in calls.values()
        ]
        said.append(
            {"role": "assistant", "content": text, **({"tool_calls": told} if told else {})}
        )
        said += [
            {"role": "tool", "tool_call_id": c["id"], "content": json.dumps({c["name"]: 7})}
            for c in told
        ]


def misshapen(speaker):
    """An answer that is not of the shape that was wanted; one that was cut; one that fits."""
    about = {"response_format": City}
    made = client(speaker)
    attempt(parsing(made), **asking("Which? plan:[[say A city, I think.]]", **about))
    attempt(parsing(made), **asking('Which one? plan:[[cut {"city": "Os]]', **about))
    attempt(
        parsing(made), **asking('Which city? plan:[[say {"city": "Oslo", "people": 7}]]', **about)
    )


def pictures(speaker):
    """By address and by bytes, in a talk of several turns."""
    first = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "high"}},
    ]
    second = [
        {"type": "image_url", "image_url": {"url": "https://example.org/oslo.png"}},
        {"type": "text", "text": "And this? plan:[[say A fjord.]]"},
    ]
    said = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": "A dot."},
        {"role": "user", "content": second},
    ]
    attempt(client(speaker).chat.completions.create, model="gpt-4o", messages=said)
    attempt(
        lambda: list(
            client(speaker).chat.completions.create(model="gpt-4o", messages=said, **USAGE)
        )
    )


def reasoned(speaker):
    about = {"model": "o3-mini", "reasoning_effort": "low", "max_completion_tokens": 500}
    asked = asking("How many? plan:[[think I count. | say Seven.]]", **about)
    attempt(client(speaker).chat.completions.create, **asked)
    attempt(lambda: list(client(speaker).chat.completions.create(**asked, **USAGE)))


def old_functions(speaker):
    """What tools were before they were tools."""
    said = [{"role": "user", "content": "Old ways. plan:[[weather(city=Oslo) ;; say Rain.]]"}]
    old = {"functions": [t["function"] for t in TOOLS], "function_call": "auto"}
    made = client(speaker).chat.completions
    first = made.create(model="gpt-3.5-turbo", messages=said, **old)
    said.append(first.choices[0].message.model_dump(exclude_none=True))
    said.append({"role": "function", "name": "weather", "content": "rain, 8 degrees"})
    made.create(model="gpt-3.5-turbo", messages=said, **old)


def at_once(speaker):
    """Four at the same time, of one step: an answer, a refusal, one too late, one cancelled."""

    @speaker.step
    async def ask_all():
        quick = client(speaker, "AsyncOpenAI", timeout=0.5)
        made = client(speaker, "AsyncOpenAI")
        late = made.chat.completions.create(**asking("Cancelled? plan:[[wait 2 | say no]]"))
        await asyncio.gather(
            made.chat.completions.create(**asking("Here? plan:[[say Yes, here.]]")),
            made.chat.completions.create(**asking("Refused? plan:[[busy]]")),
            quick.chat.completions.create(**asking("Too late? plan:[[wait 2 | say no]]")),
            asyncio.wait_for(late, 0.4),
            return_exceptions=True,
        )

    asyncio.run(ask_all())


def tried_again(speaker):
    """Twice refused and answered by the SDK's third try; refused to the end, with two tries."""
    made = client(speaker, max_retries=2)
    attempt(made.chat.completions.create, **asking("Again? plan:[[busy ;; busy ;; say At last.]]"))
    made = client(speaker, max_retries=1)
    attempt(made.chat.completions.create, **asking("And again? plan:[[busy]]"))


def long_talk(speaker):
    """Forty turns."""
    said = [{"role": "system", "content": "Count on."}]
    for n in range(20):
        said += [
            {"role": "user", "content": f"{n}?"},
            {"role": "assistant", "content": f"{n + 1}."},
        ]
    said.append({"role": "user", "content": "20? plan:[[say 21.]]"})
    with speaker.session(session_id="session-4", user_id="user-4"):
        client(speaker).chat.completions.create(model=MODEL, messages=said, store=True, seed=0)


def strange(speaker):
    """Letters of all kinds, nothing, and three of a stream."""
    text = "עברית, हिन्दी, 👩‍👩‍👧, \x07, \\ud83d, {{name}} %s </s>"
    attempt(client(speaker).chat.completions.create, **asking(f"{text} plan:[[say {text}]]"))
    attempt(client(speaker).chat.completions.create, **asking("plan:[[say ]]"))
    made = client(speaker).chat.completions
    attempt(lambda: list(made.create(**asking("Three? plan:[[say One.]]"), n=3, **USAGE)))


def responded(speaker):
    """Three tools of a response, streamed, then the answer; a shape that does not parse."""
    made = client(speaker, "AsyncOpenAI").responses
    asked = [
        {
            "role": "user",
            "content": f"Compare. plan:[[think Which? | {WANTED} ;; say Łódź is smaller.]]",
        }
    ]

    async def go():
        stream = await made.create(
            model="gpt-5-mini", input=asked, tools=FLAT, stream=True, reasoning={"effort": "low"}
        )
        items = [e.item async for e in stream if e.type == "response.output_item.done"]
        asked.extend(i.model_dump(exclude_none=True) for i in items)
        asked.extend(
            {"type": "function_call_output", "call_id": i.call_id, "output": f"{i.name}: 7"}
            for i in items
            if i.type == "function_call"
        )
        await made.create(model="gpt-5-mini", input=asked, tools=FLAT, instructions="Kurz.")

    asyncio.run(go())
    whole = client(speaker).responses
    attempt(
        whole.parse,
        model=MODEL,
        input="Which? plan:[[say A city, I think.]]",
        text_format=City,
    )
    attempt(
        whole.create,
        model="gpt-5-mini",
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": PIXEL},
                    {"type": "input_image", "image_url": "https://example.org/oslo.png"},
                    {"type": "input_text", "text": "Which is it? plan:[[say The second.]]"},
                ],
            }
        ],
    )
    attempt(whole.create, model=MODEL, input="Refused? plan:[[filtered]]")


def vectors(speaker):
    """Several texts with a number of dimensions, tokens instead of a text, an unknown model."""
    made = client(speaker, base_url=PLAIN).embeddings
    attempt(
        made.create, model="text-embedding-3-large", input=["Łódź", "東京", "Oslo"], dimensions=8
    )
    attempt(made.create, model="text-embedding-3-small", input="Oslo", encoding_format="float")
    attempt(made.create, model="text-embedding-3-small", input=[[1, 2, 3], [4]])


SCENES = (
    loop,
    streamed_loop,
    misshapen,
    pictures,
    reasoned,
    old_functions,
    at_once,
    tried_again,
    long_talk,
    strange,
    responded,
    vectors,
)

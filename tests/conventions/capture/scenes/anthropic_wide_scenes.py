"""Anthropic's SDK by plan: three tools at once for several turns, streamed too, shapes, pictures both
ways, thoughts, calls that time out or fail beside others, long talks, the helper that runs tools."""

import asyncio
import os

import anthropic
from common import attempt
from pydantic import BaseModel

os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]
MODEL = "claude-haiku-4-5-20251001"
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
WANTED = "weather(city=Łódź) & population(city=東京, year=2024) & now()"


def tool(name, *given):
    kinds = {"type": "object", "properties": {g: {"type": "string"} for g in given}}
    return {"name": name, "description": f"Tells the {name}.", "input_schema": kinds}


TOOLS = [tool("weather", "city"), tool("population", "city", "year"), tool("now")]


class City(BaseModel):
    """A city by its name."""

    city: str
    people: int


def client(speaker, kind="Anthropic", **more):
    return speaker.wrap(getattr(anthropic, kind)(**{"max_retries": 0, "timeout": 20.0, **more}))


def asking(text, **more):
    said = [{"role": "user", "content": text}]
    return {"model": MODEL, "max_tokens": 300, "messages": said, **more}


def results(blocks):
    used = [b for b in blocks if b.type == "tool_use"]
    told = [
        {
            "type": "tool_result",
            "tool_use_id": b.id,
            "content": "no such city" if "Rome" in str(b.input) else f"{b.name}: słońce ☀",
            **({"is_error": True} if "Rome" in str(b.input) else {}),
        }
        for b in used
    ]
    return {"role": "user", "content": told}


def loop(speaker):
    @speaker.step
    def answer_with_tools():
        plan = f"plan:[[say I look. | {WANTED} ;; weather(city=Rome) ;; say Łódź is smaller.]]"
        said = [{"role": "user", "content": f"Compare them. {plan}"}]
        system = [
            {"type": "text", "text": "Odpowiadaj krótko."},
            {"type": "text", "text": "简短。"},
        ]
        for _ in range(3):
            made = client(speaker).messages.create(
                model=MODEL, max_tokens=300, messages=said, tools=TOOLS, system=system
            )
            said.append({"role": "assistant", "content": [b.model_dump() for b in made.content]})
            said.append(results(made.content))

    answer_with_tools()


def streamed_loop(speaker):
    plan = f"plan:[[think Three of them. | say Wait. | {WANTED} ;; say Done.]]"
    said = [{"role": "user", "content": [{"type": "text", "text": f"Go on. {plan}"}]}]
    for _ in range(2):
        with client(speaker).messages.stream(
            model=MODEL, messages=said, tools=TOOLS, **THINKING
        ) as stream:
            made = stream.get_final_message()
        said.append({"role": "assistant", "content": [b.model_dump() for b in made.content]})
        said.append(results(made.content))


def async_streamed_loop(speaker):
    async def go():
        plan = f"plan:[[{WANTED} ;; say Done there.]]"
        said = [{"role": "user", "content": f"Go there. {plan}"}]
        made = client(speaker, "AsyncAnthropic").messages
        async for _ in await made.create(
            model=MODEL, messages=said, tools=TOOLS, max_tokens=99, stream=True
        ):
            pass
        async with made.stream(model=MODEL, messages=said, tools=TOOLS, max_tokens=99) as stream:
            async for _ in stream.text_stream:
                pass

    asyncio.run(go())


def misshapen(speaker):
    made = client(speaker)
    parse = getattr(made.messages, "parse", None) or made.beta.messages.parse
    attempt(parse, **asking("Which? plan:[[say A city, I think.]]", output_format=City))
    attempt(
        parse,
        **asking('Which city? plan:[[say {"city": "Oslo", "people": 7}]]', output_format=City),
    )


def pictures(speaker):
    data = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    link = {"type": "url", "url": "https://example.org/oslo.png"}
    said = [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": data},
                {"type": "text", "text": "What is this?"},
            ],
        },
        {"role": "assistant", "content": "A dot."},
        {
            "role": "user",
            "content": [
                {"type": "image", "source": link},
                {"type": "text", "text": "And this? plan:[[say A fjord.]]"},
            ],
        },
    ]
    attempt(client(speaker).messages.create, model=MODEL, max_tokens=50, messages=said)
    attempt(
        lambda: list(
            client(speaker).messages.create(model=MODEL, max_tokens=50, messages=said, stream=True)
        )
    )


def reasoned(speaker):
    asked = asking("How many? plan:[[think I count. | say Seven.]]", **THINKING)
    attempt(client(speaker).messages.create, **asked)
    attempt(lambda: list(client(speaker).messages.create(**asked, stream=True)))


def at_once(speaker):
    @speaker.step
    async def ask_all():
        quick = client(speaker, "AsyncAnthropic", timeout=0.5)
        made = client(speaker, "AsyncAnthropic")
        late = made.messages.create(**asking("Cancelled? plan:[[wait 2 | say no]]"))
        await asyncio.gather(
            made.messages.create(**asking("Here? plan:[[say Yes, here.]]")),
            made.messages.create(**asking("Refused? plan:[[busy]]")),
            quick.messages.create(**asking("Too late? plan:[[wait 2 | say no]]")),
            asyncio.wait_for(late, 0.4),
            return_exceptions=True,
        )

    asyncio.run(ask_all())


def tried_again(speaker):
    made = client(speaker, max_retries=2)
    attempt(made.messages.create, **asking("Again? plan:[[busy ;; busy ;; say At last.]]"))
    made = client(speaker, max_retries=1)
    attempt(made.messages.create, **asking("And again? plan:[[busy]]"))


def long_talk(speaker):
    said = []
    for n in range(20):
        said += [
            {"role": "user", "content": f"{n}?"},
            {"role": "assistant", "content": f"{n + 1}."},
        ]
    said.append({"role": "user", "content": "20? plan:[[say 21.]]"})
    with speaker.session(session_id="session-4", user_id="user-4"):
        client(speaker).messages.create(
            model=MODEL, max_tokens=20, messages=said, system="Count on."
        )


def strange(speaker):
    text = "עברית, हिन्दी, 👩‍👩‍👧, \x07, \\ud83d, {{name}} %s </s>"
    attempt(client(speaker).messages.create, **asking(f"{text} plan:[[say {text}]]"))
    attempt(client(speaker).messages.create, **asking("Nothing? plan:[[say ]]"))
    attempt(
        lambda: list(
            client(speaker).messages.create(**asking("Cut? plan:[[cut It beg]]"), stream=True)
        )
    )


def run_by_the_sdk(speaker):
    """The SDK calls the tools itself."""
    from anthropic import beta_tool

    @beta_tool
    def weather(city: str) -> str:
        """The weather.

        Args:
            city: where
        """
        return f"{city}: rain"

    asked = asking(
        "Weather? plan:[[weather(city=Oslo) & weather(city=Rome) ;; say Rain.]]", tools=[weather]
    )
    client(speaker).beta.messages.tool_runner(**asked).until_done()


def counted(speaker):
    client(speaker, base_url=os.environ["PROVIDER"]).messages.count_tokens(
        model=MODEL, messages=[{"role": "user", "content": "How long is this?"}]
    )


SCENES = (
    loop,
    streamed_loop,
    async_streamed_loop,
    misshapen,
    pictures,
    reasoned,
    at_once,
    tried_again,
    long_talk,
    strange,
    run_by_the_sdk,
    counted,
)

"""Google's SDK by plan: three tools at once for several turns, streamed too, shapes, pictures both
ways, thoughts, calls that time out or fail beside others, talks, vectors, functions it calls itself."""

import asyncio
import os

from common import attempt
from gemini_odd_scenes import client
from google import genai
from google.genai import types
from pydantic import BaseModel

MODEL = "gemini-3-flash-preview"
WANTED = "weather(city=Łódź) & population(city=東京, year=2024) & now()"
OPEN = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "year": {"type": "STRING"}}}
TOOLS = types.Tool(
    function_declarations=[
        {"name": "weather", "description": "The weather.", "parameters": OPEN},
        {"name": "population", "description": "The people.", "parameters": OPEN},
        {"name": "now", "description": "The time."},
    ]
)


class City(BaseModel):
    """A city by its name."""

    city: str
    people: int


def said(text):
    return types.Content(role="user", parts=[types.Part(text=text)])


def results(made):
    parts = [
        types.Part.from_function_response(name=c.name, response={"result": f"{c.name}: słońce ☀"})
        for c in made.function_calls or ()
    ]
    return types.Content(role="user", parts=parts)


def loop(speaker):
    plan = f"plan:[[say I look. | {WANTED} ;; weather(city=Rome) ;; say Łódź is smaller.]]"
    config = types.GenerateContentConfig(
        tools=[TOOLS],
        system_instruction="Odpowiadaj krótko. 简短。",
        temperature=0.3,
        max_output_tokens=500,
        automatic_function_calling={"disable": True},
    )

    @speaker.step
    def answer_with_tools():
        told = [said(f"Compare them. {plan}")]
        for _ in range(3):
            made = client().models.generate_content(model=MODEL, contents=told, config=config)
            told.append(made.candidates[0].content)
            told.append(results(made))

    answer_with_tools()


def streamed_loop(_):
    config = types.GenerateContentConfig(
        tools=[TOOLS],
        thinking_config={"include_thoughts": True},
        automatic_function_calling={"disable": True},
    )
    told = [said(f"Go on. plan:[[think Three of them. | {WANTED} ;; say Done.]]")]
    for _ in range(2):
        parts = []
        for chunk in client().models.generate_content_stream(
            model=MODEL, contents=told, config=config
        ):
            parts += (chunk.candidates and chunk.candidates[0].content.parts) or []
        told.append(types.Content(role="model", parts=parts))
        calls = [p.function_call for p in parts if p.function_call]
        told.append(
            types.Content(
                role="user",
                parts=[
                    types.Part.from_function_response(name=c.name, response={"output": 7})
                    for c in calls
                ],
            )
        )


def called_by_itself(_):
    """The SDK calls functions itself, whole and streamed, async."""

    def weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    async def go():
        made = client().aio.models
        config = types.GenerateContentConfig(tools=[weather])
        await made.generate_content(
            model=MODEL,
            contents="Weather? plan:[[weather(city=Oslo) & weather(city=Rome) ;; say Rain.]]",
            config=config,
        )
        stream = await made.generate_content_stream(
            model=MODEL,
            contents="Weather there? plan:[[weather(city=Bern) ;; say Rain there.]]",
            config=config,
        )
        async for _ in stream:
            pass

    asyncio.run(go())


def shaped(_):
    made = client().models
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=City
    )
    attempt(
        made.generate_content, model=MODEL, contents="Which? plan:[[say A city.]]", config=config
    )
    attempt(
        made.generate_content,
        model=MODEL,
        contents='Which city? plan:[[say {"city": "Oslo", "people": 7}]]',
        config=config,
    )


def pictures(_):
    told = [
        types.Part.from_bytes(data=b"\x89PNG" + b"\x00" * 60, mime_type="image/png"),
        types.Part.from_uri(file_uri="https://example.org/oslo.png", mime_type="image/png"),
        types.Part(text="Which is it? plan:[[say The second.]]"),
    ]
    client().models.generate_content(model=MODEL, contents=told)
    list(client().models.generate_content_stream(model=MODEL, contents=told))


def at_once(speaker):
    @speaker.step
    async def ask_all():
        options = types.HttpOptions(base_url=os.environ["ODD"], timeout=500)
        quick = genai.Client(api_key="local", http_options=options).aio.models
        made = client().aio.models
        late = made.generate_content(model=MODEL, contents="Cancelled? plan:[[wait 2 | say no]]")
        await asyncio.gather(
            made.generate_content(model=MODEL, contents="Here? plan:[[say Yes, here.]]"),
            made.generate_content(model=MODEL, contents="Refused? plan:[[busy]]"),
            quick.generate_content(model=MODEL, contents="Too late? plan:[[wait 2 | say no]]"),
            asyncio.wait_for(late, 0.4),
            return_exceptions=True,
        )

    asyncio.run(ask_all())


def chat(speaker):
    with speaker.session(session_id="session-4", user_id="user-4"):
        config = types.GenerateContentConfig(system_instruction="Count on.")
        made = client().chats.create(model=MODEL, config=config)
        made.send_message("One? plan:[[say Two.]]")
        list(made.send_message_stream("Three? plan:[[say Four.]]"))


def strange(_):
    text = "עברית, हिन्दी, 👩‍👩‍👧, \\ud83d, {{name}} %s </s>"
    attempt(client().models.generate_content, model=MODEL, contents=f"{text} plan:[[say {text}]]")
    attempt(client().models.generate_content, model=MODEL, contents="Nothing? plan:[[say ]]")
    attempt(client().models.generate_content, model=MODEL, contents="Cut? plan:[[cut It beg]]")


SCENES = (
    loop,
    streamed_loop,
    called_by_itself,
    shaped,
    pictures,
    at_once,
    chat,
    strange,
)

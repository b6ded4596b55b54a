"""Google's SDK and what it is rarely asked and answered: thoughts, code, blocks, pictures, …"""

import asyncio
import os

from common import attempt
from google import genai
from google.genai import types

MODEL = "gemini-2.5-flash"
DECLARED = types.Tool(
    function_declarations=[
        {
            "name": "get_weather",
            "description": "The weather.",
            "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
        }
    ]
)


made = {}


def client():
    """The only one, made after the instrumentation: the SDK closes what nobody holds."""
    if not made:
        options = types.HttpOptions(base_url=os.environ["ODD"])
        made["client"] = genai.Client(api_key="local", http_options=options)
    return made["client"]


def both(name, **config):
    def scene(_):
        made = client().models
        about = {"model": MODEL, "contents": f"Where is Oslo? odd:{name}"}
        about["config"] = types.GenerateContentConfig(**config)
        attempt(made.generate_content, **about)
        attempt(lambda: list(made.generate_content_stream(**about)))

    scene.__name__ = name
    return scene


def refused(name):
    def scene(_):
        client().models.generate_content(model=MODEL, contents=f"Where is Oslo? odd:{name}")

    return scene


def tool_loop(_):
    config = types.GenerateContentConfig(tools=[DECLARED], system_instruction="Answer shortly.")
    asked = types.Content(role="user", parts=[types.Part(text="Weather? odd:tools_thought")])
    made = client().models
    first = made.generate_content(model=MODEL, contents=[asked], config=config)
    results = [
        types.Part.from_function_response(name=c.name, response={"result": "sunny odd:plain"})
        for c in first.function_calls
    ]
    said = [asked, first.candidates[0].content, types.Content(role="user", parts=results)]
    made.generate_content(model=MODEL, contents=said, config=config)


def called_by_itself(_):
    """The SDK calls the function itself, and asks again."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "sunny odd:plain"

    config = types.GenerateContentConfig(tools=[get_weather])
    client().models.generate_content(model=MODEL, contents="Weather? odd:tools", config=config)


def parts(_):
    said = [
        types.Part.from_bytes(data=b"PNG", mime_type="image/png"),
        types.Part.from_uri(file_uri="gs://bucket/sound.wav", mime_type="audio/wav"),
        types.Part(text="What do these show? odd:image"),
    ]
    client().models.generate_content(model=MODEL, contents=types.Content(role="user", parts=said))


def chat(_):
    made = client().chats.create(model=MODEL)
    made.send_message("I am called Ada. odd:plain")
    made.send_message("What am I called? odd:plain")


def at_once(_):
    async def all_of_them():
        made = client().aio.models
        asked = (f"Where is Oslo? odd:{n}" for n in ("plain", "emoji", "unsafe"))
        await asyncio.gather(*(made.generate_content(model=MODEL, contents=a) for a in asked))

    asyncio.run(all_of_them())


def abandoned(_):
    for _ in client().models.generate_content_stream(
        model=MODEL, contents="Where is Oslo? odd:thought"
    ):
        break


SHAPE = {"type": "object", "properties": {"city": {"type": "string"}}}
SCENES = (
    both("thought", thinking_config={"include_thoughts": True, "thinking_budget": 512}),
    both("tools", tools=[DECLARED]),
    both("tools_thought", tools=[DECLARED]),
    both("code", tools=[types.Tool(code_execution={})]),
    both("search", tools=[types.Tool(google_search={})]),
    both("image", response_modalities=["TEXT", "IMAGE"]),
    both("length", max_output_tokens=3),
    both("unsafe"),
    both("blocked"),
    both("plain", candidate_count=2),
    both("json", response_mime_type="application/json", response_json_schema=SHAPE),
    refused("busy_once"),
    refused("filtered"),
    refused("broken"),
    tool_loop,
    called_by_itself,
    parts,
    chat,
    at_once,
    abandoned,
)

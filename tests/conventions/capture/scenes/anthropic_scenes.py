"""What happens to calls of Anthropic's SDK besides an answer."""

import anthropic
from common import WEATHER

MODEL = "claude-3-5-haiku-20241022"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather in a city.",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }
]


def client(speaker, retries=0, timeout=20.0):
    return speaker.wrap(anthropic.Anthropic(max_retries=retries, timeout=timeout))


def ask(speaker, text, retries=0, timeout=20.0, **more):
    messages = [{"role": "user", "content": text}]
    made = client(speaker, retries, timeout)
    return made.messages.create(**{"model": MODEL, "messages": messages, "max_tokens": 200, **more})


def busy_then_answered(speaker):
    ask(speaker, "Busy at first: what is the capital of Norway?", retries=2)


def stumbled_then_answered(speaker):
    text = "Stumbles once: what is the capital of France?"
    try:
        ask(speaker, text)
    except anthropic.APIError:
        ask(speaker, text)


def refused(speaker):
    ask(speaker, "too many: what is the capital of Spain?")


def timed_out(speaker):
    ask(speaker, "never answers: what is the capital of Italy?", timeout=0.4)


def cut_by_its_reader(speaker):
    stream = ask(speaker, "Tell me about the fjords of Norway.", stream=True)
    for number, _ in enumerate(stream):
        if number == 3:
            break
    close = getattr(stream, "close", None)
    if close:
        close()


def cut_by_its_limit(speaker):
    ask(speaker, "Tell me about the lakes of Finland and their islands.", max_tokens=4)


def helper_stream(speaker):
    with client(speaker).messages.stream(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Count to three."}]
    ) as stream:
        stream.get_final_message()


def two_tools_at_once(speaker):
    with speaker.session(session_id="session-7", user_id="user-7", tags=["weather"]):
        said = [{"role": "user", "content": "What is the weather in Paris and Oslo?"}]
        made = client(speaker)
        about = {"model": MODEL, "max_tokens": 300, "tools": TOOLS, "temperature": 0.2}
        first = made.messages.create(system="You know the weather.", messages=said, **about)
        said.append({"role": "assistant", "content": [b.model_dump() for b in first.content]})
        results = [
            {"type": "tool_result", "tool_use_id": b.id, "content": WEATHER.get(b.input["city"])}
            for b in first.content
            if b.type == "tool_use"
        ]
        said.append({"role": "user", "content": results})
        made.messages.create(system="You know the weather.", messages=said, **about)


def conversation(speaker):
    said = []
    with speaker.session(session_id="session-8", user_id="user-8"):
        for text in ("I am called Ada.", "What am I called?"):
            said.append({"role": "user", "content": text})
            made = client(speaker).messages.create(
                model=MODEL,
                max_tokens=100,
                messages=said,
                system=[
                    {"type": "text", "text": "Answer shortly."},
                    {
                        "type": "text",
                        "text": "Be kind. " * 60,
                        "cache_control": {"type": "ephemeral"},
                    },
                ],
            )
            said.append({"role": "assistant", "content": made.content[0].text})


def pictures(speaker):
    content = [
        {"type": "text", "text": "What do these show?"},
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
        },
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
    ]
    client(speaker).messages.create(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": content}]
    )


def thought_aloud(speaker):
    ask(
        speaker,
        "Think aloud: how many letters has Paris?",
        max_tokens=2000,
        thinking={"type": "enabled", "budget_tokens": 1024},
    )


SCENES = (
    busy_then_answered,
    stumbled_then_answered,
    refused,
    timed_out,
    cut_by_its_reader,
    cut_by_its_limit,
    helper_stream,
    two_tools_at_once,
    conversation,
    pictures,
    thought_aloud,
)

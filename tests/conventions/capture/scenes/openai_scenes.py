"""What happens to calls of OpenAI's SDK besides an answer: refusals, retries, cut streams, …"""

import json

import openai
from common import WEATHER

MODEL = "gpt-4o-mini"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]
SHAPE = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"answer": {"type": "string"}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    },
}


def client(speaker, retries=0, timeout=20.0):
    return speaker.wrap(openai.OpenAI(max_retries=retries, timeout=timeout))


def ask(speaker, text, retries=0, timeout=20.0, **more):
    messages = [{"role": "user", "content": text}]
    made = client(speaker, retries, timeout)
    return made.chat.completions.create(
        **{"model": MODEL, "messages": messages, "temperature": 0, **more}
    )


def busy_then_answered(speaker):
    """429, and an answer to the SDK's own second try."""
    ask(speaker, "Busy at first: what is the capital of Norway?", retries=2)


def stumbled_then_answered(speaker):
    """500, and an answer to a second call the program makes itself."""
    text = "Stumbles once: what is the capital of France?"
    try:
        ask(speaker, text)
    except openai.APIError:
        ask(speaker, text)


def refused(speaker):
    """429 to the end."""
    ask(speaker, "too many: what is the capital of Spain?")


def timed_out(speaker):
    ask(speaker, "never answers: what is the capital of Italy?", timeout=0.4)


def unreachable(speaker):
    made = speaker.wrap(openai.OpenAI(max_retries=0, base_url="http://127.0.0.1:9/v1"))
    made.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Is anybody there?"}]
    )


def cut_by_its_reader(speaker):
    """A stream nobody reads to its end."""
    stream = ask(speaker, "Tell me about the fjords of Norway.", stream=True)
    next(iter(stream), None)
    next(iter(stream), None)
    close = getattr(stream, "close", None)
    if close:
        close()


def cut_by_its_limit(speaker):
    list(
        ask(
            speaker,
            "Tell me about the lakes of Finland and their many islands.",
            max_tokens=4,
            stream=True,
            stream_options={"include_usage": True},
        )
    )


def two_tools_at_once(speaker):
    with speaker.session(
        session_id="session-7", user_id="user-7", metadata={"plan": "gold"}, tags=["weather"]
    ):
        said = [
            {"role": "system", "content": "You know the weather."},
            {"role": "user", "content": "What is the weather in Paris and Oslo?"},
        ]
        made = client(speaker)
        first = made.chat.completions.create(model=MODEL, messages=said, tools=TOOLS)
        answer = first.choices[0].message
        said.append(answer.model_dump(exclude_none=True))
        for call in answer.tool_calls or ():
            city = json.loads(call.function.arguments)["city"]
            said.append(
                {"role": "tool", "tool_call_id": call.id, "content": WEATHER.get(city, "?")}
            )
        made.chat.completions.create(model=MODEL, messages=said, tools=TOOLS)


def streamed_tools(speaker):
    list(
        ask(
            speaker,
            "What is the weather in Paris and Oslo? Hurry.",
            tools=TOOLS,
            stream=True,
            stream_options={"include_usage": True},
        )
    )


def conversation(speaker):
    """Three turns of one session."""
    said = [{"role": "system", "content": "Answer shortly."}]
    with speaker.session(session_id="session-8", user_id="user-8"):
        for text in ("I am called Ada.", "What am I called?", "Thank you."):
            said.append({"role": "user", "content": text})
            made = client(speaker).chat.completions.create(model=MODEL, messages=said)
            said.append({"role": "assistant", "content": made.choices[0].message.content})


def shaped(speaker):
    ask(speaker, "Say it as JSON: where is Oslo?", response_format=SHAPE)


def pictures(speaker):
    content = [
        {"type": "text", "text": "What do these show?"},
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}},
    ]
    client(speaker).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": content}]
    )


def reasoned(speaker):
    ask(speaker, "Think: how many letters has Oslo?", model="o1", temperature=1)


def thought_aloud(speaker):
    """A model that sends its thoughts beside the answer, as DeepSeek's do."""
    ask(speaker, "Think aloud: how many letters has Paris?", model="deepseek-reasoner")


def two_choices(speaker):
    ask(speaker, "Name a city.", n=2)


def vectors(speaker):
    client(speaker).embeddings.create(model="text-embedding-3-small", input=["Paris", "Oslo"])


def completed(speaker):
    """The old text completions: the provider knows none, a 404."""
    client(speaker).completions.create(model="gpt-3.5-turbo-instruct", prompt="Once upon a time")


def responses(speaker):
    made = client(speaker)
    first = made.responses.create(
        model=MODEL, instructions="Answer shortly.", input="What is the capital of Norway?"
    )
    made.responses.create(model=MODEL, previous_response_id=first.id, input="And of Sweden?")


def responses_streamed(speaker):
    list(client(speaker).responses.create(model=MODEL, input="Count to three.", stream=True))


def responses_tools(speaker):
    tool = {"type": "function", **TOOLS[0]["function"], "strict": False}
    made = client(speaker)
    asked = [{"role": "user", "content": "What is the weather in Paris and Oslo? Please."}]
    first = made.responses.create(model=MODEL, input=asked, tools=[tool])
    for item in first.output:
        asked.append(item.model_dump(exclude_none=True))
        if item.type == "function_call":
            told = WEATHER.get(json.loads(item.arguments)["city"], "?")
            asked.append({"type": "function_call_output", "call_id": item.call_id, "output": told})
    made.responses.create(model=MODEL, input=asked, tools=[tool])


SCENES = (
    busy_then_answered,
    stumbled_then_answered,
    refused,
    timed_out,
    unreachable,
    cut_by_its_reader,
    cut_by_its_limit,
    two_tools_at_once,
    streamed_tools,
    conversation,
    shaped,
    pictures,
    reasoned,
    thought_aloud,
    two_choices,
    vectors,
    completed,
    responses,
    responses_streamed,
    responses_tools,
)

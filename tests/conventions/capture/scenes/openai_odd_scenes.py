"""OpenAI's SDK and what it is rarely asked and answered: filters, refusals, sound, built-in tools, …"""

import asyncio
import json
import os
import threading

import openai
from common import attempt

os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
MODEL = "gpt-4o-mini"
PAPER = "data:application/pdf;base64,JVBERi0="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "The weather.", "parameters": CITY},
    },
    {
        "type": "function",
        "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
    },
]
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def client(speaker, **more):
    return speaker.wrap(openai.OpenAI(**{"max_retries": 0, "timeout": 20.0, **more}))


def ask(speaker, name, said=None, **more):
    retries = {"max_retries": more.pop("retries")} if "retries" in more else {}
    messages = said or [{"role": "user", "content": f"Where is Oslo? odd:{name}"}]
    made = client(speaker, **retries).chat.completions.create(
        model=more.pop("model", MODEL), messages=messages, **more
    )
    return list(made) if more.get("stream") else made


def whole_and_streamed(name, **more):
    def scene(speaker):
        attempt(ask, speaker, name, **more)
        attempt(ask, speaker, name, **more, **USAGE)

    scene.__name__ = name
    return scene


def filtered(speaker):
    """400: the prompt is refused by the content filter."""
    ask(speaker, "filtered")


def busy(speaker):
    """429, and an answer to the SDK's second try, of a stream."""
    ask(speaker, "busy_stream", retries=2, **USAGE)


def broken(speaker):
    """The connection ends without an answer."""
    ask(speaker, "broken")


def choices(speaker):
    said = [{"role": "user", "content": "Name two cities. odd:plain"}]
    ask(speaker, "plain", said=said, n=2, **USAGE)


def developer(speaker):
    said = [
        {"role": "developer", "content": "Answer shortly."},
        {"role": "user", "name": "ada", "content": "Where is Oslo? odd:emoji"},
    ]
    ask(speaker, "emoji", said=said, seed=7, top_p=0.5, stop=["END"], logprobs=True)


def tool_loop(speaker):
    """Three turns: two tools, one without arguments, an answer."""
    said = [{"role": "user", "content": "What is the weather? odd:tools_said"}]
    for name in ("tools_said", "tools_none", "plain"):
        made = ask(speaker, name, said=said, tools=TOOLS, tool_choice="auto")
        said.append(made.choices[0].message.model_dump(exclude_none=True))
        for call in made.choices[0].message.tool_calls or ():
            following = "tools_none" if name == "tools_said" else "plain"
            content = json.dumps({"celsius": 21, "note": f"odd:{following}"})
            said.append({"role": "tool", "tool_call_id": call.id, "content": content})


def parts(speaker):
    """Sound, a file and a picture by its address."""
    content = [
        {"type": "text", "text": "What do these say? odd:audio"},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": PAPER},
        },
        {"type": "image_url", "image_url": {"url": "https://example.org/cat.png", "detail": "low"}},
    ]
    ask(
        speaker,
        "audio",
        said=[{"role": "user", "content": content}],
        model="gpt-4o-audio-preview",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "wav"},
    )


def long_prompt(speaker):
    ask(speaker, "plain", said=[{"role": "user", "content": "Oslo, " * 4000 + "odd:plain"}])


def completed(speaker):
    """The old text completions: one, several at once, a stream."""
    made = client(speaker).completions
    about = {"model": "gpt-3.5-turbo-instruct", "max_tokens": 20}
    attempt(made.create, prompt="Once upon a time odd:plain", **about)
    attempt(made.create, prompt=["One odd:plain", "Two odd:plain"], **about)
    attempt(lambda: list(made.create(prompt="Streamed odd:plain", **about, **USAGE)))


def azure(speaker):
    made = speaker.wrap(
        openai.AzureOpenAI(
            api_version="2024-10-21",
            api_key="local",
            azure_endpoint=os.environ["ODD"],
            max_retries=0,
        )
    )
    said = [{"role": "user", "content": "Where is Oslo? odd:tools"}]
    attempt(made.chat.completions.create, model="my-deployment", messages=said, tools=TOOLS)
    attempt(
        lambda: list(made.chat.completions.create(model="my-deployment", messages=said, **USAGE))
    )


def in_threads(speaker):
    """Calls of one step in threads, where its context is lost."""

    @speaker.step
    def step():
        threads = [
            threading.Thread(target=attempt, args=(ask, speaker, n)) for n in ("plain", "length")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    step()


def cancelled(speaker):
    """A stream that is cancelled while it is read."""

    async def read():
        made = speaker.wrap(openai.AsyncOpenAI(max_retries=0))
        said = [{"role": "user", "content": "Where is Oslo? odd:emoji"}]
        stream = await made.chat.completions.create(model=MODEL, messages=said, **USAGE)
        async for _ in stream:
            await asyncio.sleep(5)

    async def scene():
        task = asyncio.create_task(read())
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())


def responded(name, **more):
    def scene(speaker):
        made = client(speaker).responses
        about = {"model": more.pop("model", MODEL), **more}
        if "input" not in about:
            about["input"] = f"Where is Oslo? odd:{name}"
        attempt(made.create, **about)
        attempt(lambda: list(made.create(stream=True, **about)))

    scene.__name__ = f"responded_{name}"
    return scene


FLAT = [{"type": "function", **t["function"], "strict": False} for t in TOOLS]
SEVERAL = [
    {"role": "developer", "content": "Answer shortly."},
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What do these show? odd:reasoned"},
            {"type": "input_image", "image_url": "https://example.org/cat.png", "detail": "auto"},
            {
                "type": "input_file",
                "filename": "a.pdf",
                "file_data": PAPER,
            },
        ],
    },
]


def response_loop(speaker):
    """Tools with thoughts, their results, and an answer that builds on the response before."""
    made = client(speaker).responses
    first = made.create(
        model="o4-mini",
        input="What is the weather? odd:tools_thought",
        tools=FLAT,
        reasoning={"effort": "low", "summary": "auto"},
    )
    results = [
        {"type": "function_call_output", "call_id": i.call_id, "output": "sunny odd:plain"}
        for i in first.output
        if i.type == "function_call"
    ]
    made.create(model="o4-mini", previous_response_id=first.id, input=results, tools=FLAT)


SCENES = (
    whole_and_streamed("refusal"),
    whole_and_streamed("filter"),
    whole_and_streamed("empty"),
    whole_and_streamed("emoji"),
    whole_and_streamed("length", max_completion_tokens=3),
    whole_and_streamed("tools", tools=TOOLS, parallel_tool_calls=True),
    whole_and_streamed("tools_said", tools=TOOLS),
    whole_and_streamed("tools_none", tools=TOOLS),
    whole_and_streamed("tools_bad", tools=TOOLS),
    whole_and_streamed("reasoned", model="deepseek-reasoner"),
    whole_and_streamed("cited", model="gpt-4o-search-preview"),
    filtered,
    busy,
    broken,
    choices,
    developer,
    tool_loop,
    parts,
    long_prompt,
    completed,
    azure,
    in_threads,
    cancelled,
    responded("reasoned", model="o4-mini", reasoning={"effort": "low", "summary": "auto"}),
    responded("hidden", model="o4-mini", input=SEVERAL),
    responded("search", tools=[{"type": "web_search"}]),
    responded("builtin", tools=[{"type": "file_search", "vector_store_ids": ["vs_1"]}]),
    responded("refusal"),
    responded("tools", tools=FLAT),
    responded("custom", tools=[{"type": "custom", "name": "run_sql"}]),
    responded("length", max_output_tokens=16),
    responded("failed"),
    responded("empty"),
    responded("plain", prompt={"id": "pmpt_1", "version": "3", "variables": {"city": "Oslo"}}),
    response_loop,
)

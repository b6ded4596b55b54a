"""OpenAI's SDK and its other doors: moderation, pictures, sound, responses in the background,
vectors of tokens, what is asked raw, streams that are left, a server that breaks or is not there."""

import asyncio
import base64
import io
import struct

from common import attempt
from openai_wide_scenes import (
    FLAT,
    MODEL,
    PLAIN,
    TOOLS,
    USAGE,
    City,
    asking,
    client,
    parsing,
)
from small_server import serve

VECTOR = [0.25, -0.5, 1.0, 0.125]
PACKED = base64.b64encode(struct.pack("<4f", *VECTOR)).decode()
SHEET = {"id": "resp_bg", "object": "response", "created_at": 1764000000, "model": "gpt-5-mini"}
SHEET |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None}
SAID = {"type": "output_text", "text": "Done behind.", "annotations": []}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
MESSAGE |= {"content": [SAID]}
COUNTS = {"input_tokens": 31, "output_tokens": 12, "total_tokens": 43}
COUNTS |= {
    "input_tokens_details": {"cached_tokens": 8},
    "output_tokens_details": {"reasoning_tokens": 5},
}
SCORES = {"id": "modr-1", "model": "omni-moderation-latest"}
SCORES["results"] = [
    {
        "flagged": True,
        "categories": {"violence": True, "hate": False},
        "category_scores": {"violence": 0.97, "hate": 0.01},
    }
]
ANSWERS = {
    "/moderations": SCORES,
    "/images/generations": {
        "created": 1764000000,
        "data": [{"url": "https://example.org/a.png", "revised_prompt": "A red cat."}],
        "usage": {
            "input_tokens": 9,
            "output_tokens": 1056,
            "total_tokens": 1065,
            "input_tokens_details": {"text_tokens": 9, "image_tokens": 0},
        },
    },
    "/images/edits": {"created": 1764000000, "data": [{"b64_json": "iVBORw0KGgo="}]},
    "/audio/speech": b"RIFF\x00\x00\x00\x00WAVE",
    "/audio/transcriptions": {
        "text": "Good morning, Oslo.",
        "usage": {
            "type": "tokens",
            "input_tokens": 14,
            "output_tokens": 5,
            "total_tokens": 19,
            "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
        },
    },
    "/audio/translations": {"text": "Good evening, Bergen."},
    "/responses/resp_bg/cancel": {**SHEET, "status": "cancelled", "output": [], "usage": None},
    "/responses/resp_bg": {**SHEET, "status": "completed", "output": [MESSAGE], "usage": COUNTS},
    "/responses": {
        **SHEET,
        "status": "queued",
        "background": True,
        "output": [],
        "usage": None,
    },
    "/embeddings": lambda asked: {
        "object": "list",
        "model": asked["model"],
        "data": [
            {
                "object": "embedding",
                "index": n,
                "embedding": PACKED if asked.get("encoding_format") == "base64" else VECTOR,
            }
            for n in range(len(asked["input"]) if isinstance(asked["input"], list) else 1)
        ],
        "usage": {"prompt_tokens": 6, "total_tokens": 6},
    },
    "/models": {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1}]},
    "/batches": {"id": "batch_1", "object": "batch", "status": "validating"},
}


def beside(speaker, kind="OpenAI"):
    return client(speaker, kind, base_url=serve(ANSWERS) + "/v1")


def moderated(speaker):
    made = beside(speaker)
    attempt(made.moderations.create, model="omni-moderation-latest", input="I will hit you.")
    attempt(made.moderations.create, input=["one", "please fail"])


def drawn(speaker):
    made = beside(speaker).images
    attempt(made.generate, model="gpt-image-1", prompt="A red cat", size="1024x1024", n=1)
    attempt(made.generate, model="dall-e-3", prompt="please fail")
    picture = io.BytesIO(b"\x89PNG\r\n")
    picture.name = "a.png"
    attempt(made.edit, model="gpt-image-1", prompt="Make it blue", image=picture)


def heard(speaker):
    made = beside(speaker).audio
    sound = io.BytesIO(b"RIFF....WAVE")
    sound.name = "a.wav"
    attempt(made.transcriptions.create, model="gpt-4o-mini-transcribe", file=sound)
    attempt(made.translations.create, model="whisper-1", file=("b.wav", b"RIFF"))
    attempt(made.speech.create, model="tts-1", voice="alloy", input="Good morning.")


def behind(speaker):
    """A response that is made in the background, looked at, and one that is given up."""
    made = beside(speaker).responses
    about = {"model": "gpt-5-mini", "background": True}
    attempt(made.create, input="Do it behind.", **about)
    attempt(made.retrieve, "resp_bg")
    attempt(lambda: made.cancel("resp_bg"))


def vectors(speaker):
    made = beside(speaker).embeddings
    about = {"model": "text-embedding-3-small"}
    attempt(made.create, input=[[11, 22, 33], [44]], **about)
    attempt(made.create, input=[11, 22, 33], **about)
    attempt(made.create, input=["Łódź", "東京"], encoding_format="base64", **about)
    attempt(made.create, input="Oslo", encoding_format="float", user="user-9", **about)
    attempt(made.create, input="please fail", **about)

    async def go():
        many = beside(speaker, "AsyncOpenAI").embeddings
        await asyncio.gather(*(many.create(input=t, **about) for t in ("North", "South")))

    attempt(lambda: asyncio.run(go()))


def local_vectors(speaker):
    made = client(speaker, base_url=PLAIN).embeddings
    attempt(made.create, model="text-embedding-3-small", input=[[11, 22, 33], [44]])
    attempt(made.create, model="text-embedding-3-small", input=[5, 6])


def weighed(speaker):
    """Log probabilities and several choices, whole and streamed."""
    made = client(speaker).chat.completions
    about = {"logprobs": True, "top_logprobs": 2, "n": 2, "logit_bias": {"50256": -100}}
    attempt(made.create, **asking("Which of two? plan:[[say Oslo.]]", **about))
    attempt(lambda: list(made.create(**asking("Two? plan:[[say Rome.]]", n=2, **USAGE))))
    more = {"n": 2, "tools": TOOLS}
    attempt(made.create, **asking("Both call? plan:[[weather(city=Rome) & now()]]", **more))


def typed(speaker):
    about = {"response_format": City}
    made = client(speaker)
    attempt(
        parsing(made),
        **asking('Where? plan:[[think Hm. | say {"city": "Bergen", "people": 3}]]', **about),
    )
    whole = made.responses
    attempt(
        whole.parse,
        model="gpt-5-mini",
        input='Where to? plan:[[think Hm. | say {"city": "Bergen", "people": 3}]]',
        text_format=City,
    )


def helped(speaker):
    """The SDK's helper for streams, with tools, and left before its end."""
    made = client(speaker)
    completions = made.chat.completions
    begin = getattr(completions, "stream", None) or made.beta.chat.completions.stream

    def whole():
        with begin(
            **asking("Both? plan:[[say I look. | weather(city=Rome) & now()]]", tools=strict())
        ) as stream:
            for _ in stream:
                pass
            stream.get_final_completion()

    def left():
        with begin(**asking("Left? plan:[[say One two three four five six seven.]]")) as stream:
            for number, _ in enumerate(stream):
                if number > 3:
                    break

    def of_a_response():
        with made.responses.stream(
            model="gpt-5-mini",
            input="And both? plan:[[think Two. | weather(city=Rome) & now()]]",
            tools=[{**t, "strict": True} for t in FLAT],
        ) as stream:
            stream.get_final_response()

    for one in (whole, left, of_a_response):
        attempt(one)


def strict():
    return [{"type": "function", "function": {**t["function"], "strict": True}} for t in TOOLS]


def raw(speaker):
    made = client(speaker).chat.completions
    attempt(lambda: made.with_raw_response.create(**asking("Raw? plan:[[say Raw.]]")).parse())

    def streaming():
        asked = asking("Rawer? plan:[[say Raw and long.]]")
        with made.with_streaming_response.create(**asked) as answer:
            for _ in answer.iter_lines():
                pass

    attempt(streaming)
    attempt(
        lambda: list(
            made.with_raw_response.create(
                **asking("Raw stream? plan:[[say It is.]]"), **USAGE
            ).parse()
        )
    )
    responses = client(speaker).responses
    about = {"model": MODEL, "input": "Raw response? plan:[[say It is raw.]]"}
    attempt(lambda: responses.with_raw_response.create(**about).parse())


def left(speaker):
    """Streams that their readers leave: by a break, by an error of the reader, async."""
    made = client(speaker)
    asked = asking("Leave. plan:[[say One two three four five six seven eight.]]", **USAGE)

    def broken_off():
        with made.chat.completions.create(**asked) as stream:
            for number, _ in enumerate(stream):
                if number == 3:
                    break

    def failed():
        for number, _ in enumerate(made.chat.completions.create(**asked)):
            if number == 3:
                raise ValueError("the reader fell over")

    def response():
        about = {"model": MODEL, "input": "Leave it. plan:[[say One two three four.]]"}
        with made.responses.create(stream=True, **about) as stream:
            for number, _ in enumerate(stream):
                if number == 6:
                    break

    async def many():
        stream = await client(speaker, "AsyncOpenAI").chat.completions.create(**asked)
        async with stream:
            async for _ in stream:
                break

    for one in (broken_off, failed, response, lambda: asyncio.run(many())):
        attempt(one)


def broken(speaker):
    """No server, a name that is none, a key that is wrong, a server that fails, one that is late."""
    none = client(speaker, base_url="http://127.0.0.1:9/v1")
    attempt(none.chat.completions.create, **asking("Nobody there?"))
    attempt(lambda: none.responses.create(model=MODEL, input="Nobody there?"))
    attempt(none.embeddings.create, model="text-embedding-3-small", input="Nobody?")
    made = client(speaker)
    attempt(made.chat.completions.create, **asking("Falls? plan:[[fail]]"))
    attempt(lambda: made.responses.create(model=MODEL, input="Falls over? plan:[[fail]]"))
    attempt(lambda: list(made.chat.completions.create(**asking("Busy? plan:[[busy]]"), **USAGE)))
    late = client(speaker, timeout=0.3)
    attempt(
        lambda: list(
            late.chat.completions.create(**asking("Late? plan:[[wait 1 | say no]]"), **USAGE)
        )
    )
    attempt(lambda: late.responses.create(model=MODEL, input="Late? plan:[[wait 1 | say no]]"))
    attempt(made.chat.completions.create, model=MODEL, messages=[], wrong=1)


def many_at_once(speaker):
    """Streams with tools side by side, in one step."""

    async def one(made, city):
        stream = await made.chat.completions.create(
            **asking(f"{city}? plan:[[say {city}. | weather(city={city}) & now()]]"),
            tools=TOOLS,
            **USAGE,
        )
        async for _ in stream:
            await asyncio.sleep(0)

    @speaker.step
    async def all_of_them():
        made = client(speaker, "AsyncOpenAI")
        await asyncio.gather(*(one(made, c) for c in ("Rome", "Bern", "Oslo", "Kyiv")))

    asyncio.run(all_of_them())


def followed(speaker):
    """A response after a response, which knows what was said; the second streamed."""
    made = client(speaker).responses
    first = made.create(
        model="gpt-5-mini", input="My name? plan:[[say Ada.]]", instructions="Short.", store=True
    )
    more = {"previous_response_id": first.id, "model": "gpt-5-mini"}
    list(made.create(input="And yours? plan:[[say Bob.]]", stream=True, **more))
    made.create(
        input=[{"type": "message", "role": "user", "content": "Cut? plan:[[cut Whic]]"}],
        max_output_tokens=16,
        metadata={"topic": "names"},
        user="user-3",
        **more,
    )


SCENES = (
    moderated,
    drawn,
    heard,
    behind,
    vectors,
    local_vectors,
    weighed,
    typed,
    helped,
    raw,
    left,
    broken,
    many_at_once,
    followed,
)

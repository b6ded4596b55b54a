"""LiteLLM further: a router that falls back, responses, pictures, thoughts, caches, many at once."""

import asyncio
import os

import litellm
from common import TOOLS, attempt
from litellm import Router

BASE = os.environ["OPENAI_BASE_URL"]
ODD = os.environ["ODD"]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
litellm.drop_params = True
LOOP = asyncio.new_event_loop()


def user(text):
    return [{"role": "user", "content": text}]


def odd(name, model="gpt-4o-mini", **more):
    base = ODD if model.startswith("anthropic/") else f"{ODD}/v1"
    said = [{"role": "system", "content": "Answer shortly."}, *user(f"Where is Oslo? odd:{name}")]
    return litellm.completion(
        model=model, messages=said, api_base=base, num_retries=0, max_retries=0, **more
    )


def told(name, model="gpt-4o-mini", **more):
    def scene(speaker):
        attempt(odd, name, model, **more)
        attempt(
            lambda: list(
                odd(name, model, stream=True, stream_options={"include_usage": True}, **more)
            )
        )

    scene.__name__ = name
    return scene


def router(speaker):
    """A model that is ill, another that answers; one that is busy at first; all that fail."""

    def of(group, model, base=BASE):
        return {
            "model_name": group,
            "litellm_params": {
                "model": f"openai/{model}",
                "api_base": base,
                "api_key": "local",
                "max_retries": 0,
            },
        }

    made = Router(
        model_list=[
            of("best", "gpt-4o"),
            of("cheap", "gpt-4o-mini"),
            of("odd", "gpt-4o-mini", f"{ODD}/v1"),
        ],
        fallbacks=[{"best": ["cheap"]}],
        num_retries=1,
        retry_after=0,
    )
    attempt(made.completion, model="best", messages=user("gpt-4o is ill. Say hello."))
    attempt(made.completion, model="odd", messages=user("Where is Oslo? odd:busy_router"))
    attempt(made.completion, model="cheap", messages=user("please fail"))
    LOOP.run_until_complete(
        asyncio.gather(
            made.acompletion(model="best", messages=user("gpt-4o is ill. Say twice.")),
            return_exceptions=True,
        )
    )
    attempt(made.embedding, model="cheap", input=["Oslo"])


def retried(speaker):
    litellm.completion(
        model="gpt-4o-mini",
        messages=user("Where is Oslo? odd:busy_sdk"),
        api_base=f"{ODD}/v1",
        num_retries=2,
    )


def fallbacks(speaker):
    litellm.completion(
        model="openai/gpt-4o",
        messages=user("gpt-4o is ill. Say thrice."),
        api_base=BASE,
        num_retries=0,
        max_retries=0,
        fallbacks=["openai/gpt-4o-mini"],
    )


def waiting(speaker):
    async def run():
        some = (
            litellm.acompletion(model="gpt-4o-mini", messages=user(f"Say {n}."), user="user-1")
            for n in ("one", "two")
        )
        await asyncio.gather(*some)
        async for _ in await litellm.acompletion(
            model="gpt-4o-mini", messages=user("Say three."), stream=True
        ):
            pass
        async for _ in await litellm.acompletion(
            model="gpt-4o-mini", messages=user("Count to three."), stream=True
        ):
            break
        await litellm.aembedding(model="text-embedding-3-small", input=["Paris"])

    LOOP.run_until_complete(run())


def responses(speaker):
    litellm.responses(
        model="openai/gpt-4o-mini", input="Say hello.", instructions="Be short.", api_base=BASE
    )
    for _ in litellm.responses(
        model="openai/gpt-4o-mini", input="Say again.", stream=True, api_base=BASE
    ):
        pass
    attempt(
        litellm.responses,
        model="openai/o4-mini",
        input="Where is Oslo? odd:reasoned",
        api_base=f"{ODD}/v1",
    )


def picture(speaker):
    said = [
        {"type": "text", "text": "What is on it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    litellm.completion(model="gpt-4o-mini", messages=[{"role": "user", "content": said}])


def shaped(speaker):
    from pydantic import BaseModel

    class City(BaseModel):
        name: str

    litellm.completion(
        model="gpt-4o-mini",
        messages=user("Name a city."),
        response_format=City,
        temperature=0.2,
        max_tokens=64,
        seed=7,
        stop=["!"],
    )


def tools(speaker):
    asked = user("What is the weather in Paris and Oslo?")
    first = (
        litellm.completion(model="gpt-4o-mini", tools=TOOLS, tool_choice="auto", messages=asked)
        .choices[0]
        .message
    )
    asked.append(first.model_dump(exclude_none=True))
    asked += [
        {"role": "tool", "tool_call_id": c.id, "content": "sunny"} for c in first.tool_calls or ()
    ]
    litellm.completion(model="gpt-4o-mini", tools=TOOLS, messages=asked)
    list(
        litellm.completion(
            model="gpt-4o-mini",
            tools=TOOLS,
            messages=user("What is the weather? city: Paris"),
            stream=True,
        )
    )


def completions(speaker):
    litellm.text_completion(
        model="text-completion-openai/gpt-3.5-turbo-instruct",
        prompt="Oslo lies in odd:plain",
        api_base=f"{ODD}/v1",
    )


def several(speaker):
    odd("plain", n=2)


def cached(speaker):
    litellm.cache = litellm.Cache(type="local")
    for _ in range(2):
        litellm.completion(model="gpt-4o-mini", messages=user("Say cached."), caching=True)
    litellm.cache = None


def session(speaker):
    about = {
        "session_id": "session-4",
        "trace_user_id": "user-4",
        "user_id": "user-4",
        "tags": ["far"],
        "generation_name": "greeting",
        "trace_name": "greet",
    }
    litellm.completion(
        model="gpt-4o-mini", messages=user("Say hello."), metadata=about, user="user-4"
    )


def wrong(speaker):
    attempt(
        litellm.completion,
        model="gpt-4o-mini",
        messages=user("too many"),
        num_retries=0,
        max_retries=0,
    )
    attempt(
        litellm.completion,
        model="gpt-4o-mini",
        messages=user("never answers"),
        timeout=0.4,
        num_retries=0,
        max_retries=0,
    )
    attempt(litellm.completion, model="nobody/knows", messages=user("Say hello."))


SCENES = (
    told("plain"),
    told("refusal"),
    told("filter"),
    told("tools"),
    told("length"),
    told("reasoned", "openai/o4-mini"),
    told("filtered"),
    told("thought", "anthropic/claude-sonnet-4-5"),
    told("tools", "anthropic/claude-sonnet-4-5"),
    told("broken"),
    router,
    retried,
    fallbacks,
    waiting,
    responses,
    picture,
    shaped,
    tools,
    completions,
    several,
    cached,
    session,
    wrong,
)

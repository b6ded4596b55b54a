"""DSPy further: agents whose tool fails, shapes, adapters, several at once, streams, metrics."""

import asyncio
import os
from typing import Literal

import dspy
from common import WEATHER, attempt

BASE = os.environ["OPENAI_BASE_URL"]
ODD = os.environ["ODD"] + "/v1"


def lm(base=BASE, model="openai/gpt-4o-mini", **more):
    return dspy.LM(
        model, **{"api_base": base, "api_key": "local", "cache": False, "num_retries": 0, **more}
    )


dspy.configure(lm=lm())


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def broken(city: str) -> str:
    """The weather in a city."""
    raise KeyError(city)


class Place(dspy.Signature):
    """Say where a city lies."""

    city: str = dspy.InputField()
    country: str = dspy.OutputField()
    sure: Literal["Paris", "Oslo"] = dspy.OutputField()


def plain(speaker):
    dspy.Predict("question -> answer", temperature=0.3)(question="What is the capital of France?")
    lm()("Say hello.")
    lm()(
        messages=[
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "Say hello."},
        ]
    )


def shaped(speaker):
    dspy.ChainOfThought(Place)(city="Oslo")
    with dspy.context(adapter=dspy.JSONAdapter()):
        attempt(dspy.Predict(Place), city="Rome")


def told(name):
    def scene(speaker):
        with dspy.context(lm=lm(ODD)):
            attempt(dspy.Predict("question -> answer"), question=f"Where is Oslo? odd:{name}")

    scene.__name__ = name
    return scene


def tool_that_fails(speaker):
    dspy.ReAct("question -> answer", tools=[dspy.Tool(broken, name="get_weather")], max_iters=2)(
        question="What is the weather? city: Paris"
    )


def calls(speaker):
    """Tools as the model's own calls."""

    class Asking(dspy.Signature):
        question: str = dspy.InputField()
        tools: list[dspy.Tool] = dspy.InputField()
        outputs: dspy.ToolCalls = dspy.OutputField()

    with dspy.context(adapter=dspy.ChatAdapter(use_native_function_calling=True)):
        attempt(
            dspy.Predict(Asking),
            question="What is the weather? city: Paris",
            tools=[dspy.Tool(get_weather)],
        )


def several(speaker):
    ask = dspy.Predict("question -> answer")
    made = dspy.Parallel(num_threads=2, disable_progress_bar=True)
    made(
        [
            (ask, {"question": "Where is Oslo?"}),
            (ask, {"question": "Where is Rome?"}),
            (ask, {"question": "please fail"}),
        ]
    )


def waiting(speaker):
    asyncio.run(dspy.ChainOfThought("question -> answer").acall(question="Where is Bergen?"))


def streamed(speaker):
    async def run():
        made = dspy.streamify(
            dspy.Predict("question -> answer"),
            stream_listeners=[dspy.streaming.StreamListener("answer")],
        )
        async for _ in made(question="Where is Tromso?"):
            pass

    asyncio.run(run())


def refined(speaker):
    def reward(args, prediction):
        return 1.0 if prediction.answer == "Paris" else 0.0

    dspy.BestOfN(dspy.Predict("question -> answer"), N=2, reward_fn=reward, threshold=2.0)(
        question="Where is Nice?"
    )


def measured(speaker):
    given = [
        dspy.Example(question=q, answer="Paris").with_inputs("question")
        for q in ("Capital of France?", "Capital of Norway?")
    ]
    metric = dspy.evaluate.answer_exact_match
    dspy.Evaluate(devset=given, metric=metric, num_threads=1, display_progress=False)(
        dspy.Predict("question -> answer")
    )


def cached(speaker):
    made = lm(cache=True)
    for _ in range(2):
        made("Say cached.")


def failing(speaker):
    attempt(dspy.ChainOfThought("question -> answer"), question="please fail")


def vectors(speaker):
    dspy.Embedder("openai/text-embedding-3-small", api_base=BASE, api_key="local", caching=False)(
        ["Oslo", "Paris"]
    )


SCENES = (
    plain,
    shaped,
    told("plain"),
    told("refusal"),
    told("filtered"),
    told("length"),
    tool_that_fails,
    calls,
    several,
    waiting,
    streamed,
    refined,
    measured,
    cached,
    failing,
    vectors,
)

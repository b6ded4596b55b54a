"""LangChain and the SDK below it, both told of: pools of threads, a step around them, equal calls."""

from concurrent.futures import ThreadPoolExecutor

from common import attempt
from langchain_core.output_parsers import StrOutputParser
from langchain_openai import ChatOpenAI
from openai import OpenAI

EQUAL = "What is the capital of Spain?"


def model(**more):
    return ChatOpenAI(**{"model": "gpt-4o-mini", "temperature": 0, "max_retries": 0, **more})


def asked_directly(question=EQUAL):
    asked = [{"role": "user", "content": question}]
    OpenAI(max_retries=0).chat.completions.create(
        model="gpt-4o-mini", temperature=0, messages=asked
    )


def config(speaker, **more):
    return {"callbacks": list(speaker.callbacks), **more}


def one(speaker):
    model().invoke("What is the capital of Norway?", config(speaker))


def batch(speaker):
    """In threads of a pool, two of them the same."""
    model().batch(["What is the capital of Peru?", EQUAL, EQUAL], config(speaker))


def batch_of_chains(speaker):
    chain = (model() | StrOutputParser()).with_config(run_name="capitals")
    chain.batch(["What is the capital of Chile?", "What is the capital of Cuba?"], config(speaker))


def batch_in_a_step(speaker):
    @speaker.step
    def countries():
        model().batch(["What is the capital of Italy?", "please fail"], config(speaker))

    attempt(countries)


def equal_calls(speaker):
    """Of the SDK alone: one after another, and at once."""
    asked_directly("What is the capital of Greece?")
    asked_directly("What is the capital of Greece?")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(asked_directly, ["What is the capital of Malta?"] * 2))


def both_at_once(speaker):
    """LangChain's call, and the SDK's own beside it, of one question."""
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(model().invoke, "What is the capital of Japan?", config(speaker))
        pool.submit(asked_directly, "What is the capital of Japan?").result()
        first.result()


def streamed_in_a_pool(speaker):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(
            lambda: list(model(stream_usage=True).stream("Count to three.", config(speaker)))
        ).result()


SCENES = (
    one,
    batch,
    batch_of_chains,
    batch_in_a_step,
    equal_calls,
    both_at_once,
    streamed_in_a_pool,
)

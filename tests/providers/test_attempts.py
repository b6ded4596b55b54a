"""Retries and failovers are attempts of one call, whoever made them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import groq
import httpx
import openai
import pytest
import together

import misstep
from misstep.model import Hop
from misstep_examples.provider import LocalProvider

from .conftest import Recorder

USER: list[Any] = [{"role": "user", "content": "Hello there. You?"}]


def chain(hop: Hop) -> list[tuple[int, str | None, int | None, bool]]:
    return [(a.number, a.reason, a.status, a.ok) for a in hop.attempts]


def by_openai(url: str) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="local") as client:
        client.chat.completions.create(model="gpt-4o", messages=USER)


def by_anthropic(url: str) -> None:
    with anthropic.Anthropic(base_url=url, api_key="local") as client:
        client.messages.create(model="claude-3-5-haiku", max_tokens=99, messages=USER)


def by_groq(url: str) -> None:
    with groq.Groq(base_url=url, api_key="local") as client:
        client.chat.completions.create(model="llama-3.3-70b-versatile", messages=USER)


def by_together(url: str) -> None:
    with together.Together(base_url=url, api_key="local") as client:
        client.chat.completions.create(model="meta-llama/Llama-3.3-70B", messages=USER)


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [("rate_limit", "429", 429), ("server_error", "5xx", 500), ("overloaded", "5xx", 529)],
)
def test_an_sdks_own_retries_are_attempts_of_one_hop(
    fault: str, reason: str, status: int, provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault(fault, times=1)
    with misstep.run("r"):
        by_openai(provider.url)
    hop = recorder.hop()
    assert chain(hop) == [(1, reason, status, False), (2, None, 200, True)]
    assert hop.attempt == 2 and hop.error is None
    waited = hop.attempts[0].retry_after_s
    assert waited == (None if fault == "server_error" else pytest.approx(0.04))


@pytest.mark.parametrize("call", [by_anthropic, by_groq, by_together])
def test_every_sdk_that_retries_makes_one_hop(
    call: Callable[[str], None], provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit", times=1)
    with misstep.run("r"):
        call(provider.url)
    hop = recorder.hop()
    assert [(reason, ok) for _, reason, _, ok in chain(hop)] == [("429", False), (None, True)]


def test_retries_outside_any_run_are_attempts_too(
    provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit", times=1)
    with misstep.hop("ask"):
        by_openai(provider.url)
    assert len(recorder.hop().attempts) == 2


def test_a_timeout_is_an_attempt_with_its_reason(
    provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("timeout", times=1)
    waits = iter([0.3, 60.0])  # a busy machine may take longer than the first for an answer

    def patience(request: httpx.Request) -> None:
        request.extensions["timeout"]["read"] = next(waits)

    http = openai.DefaultHttpxClient(event_hooks={"request": [patience]})
    with (
        misstep.run("r"),
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local", http_client=http) as client,
    ):
        client.chat.completions.create(model="gpt-4o", messages=USER)
    assert chain(recorder.hop()) == [(1, "timeout", None, False), (2, None, 200, True)]


def test_calls_that_are_given_up_end_as_one_failed_hop(
    provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit")
    with (
        misstep.run("r"),
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local", max_retries=2) as client,
        pytest.raises(openai.RateLimitError),
    ):
        client.chat.completions.create(model="gpt-4o", messages=USER)
    hop = recorder.hop()
    assert [reason for _, reason, _, _ in chain(hop)] == ["429"] * 3
    assert hop.error is not None and "Rate limit" in hop.error.message


def ask_one_then_the_other(url: str) -> None:
    try:
        with openai.OpenAI(base_url=f"{url}/v1", api_key="local", max_retries=0) as first:
            first.chat.completions.create(model="gpt-4o", messages=USER)
    except openai.RateLimitError:
        by_anthropic(url)


@pytest.mark.parametrize(
    "around",
    [
        [misstep.run],
        [misstep.run, misstep.attempts],
        [misstep.run, misstep.hop, misstep.attempts],
        [misstep.attempts],
    ],
    ids=["try-except", "attempts", "attempts-in-a-hop", "attempts-alone"],
)
def test_a_failover_to_another_provider_is_one_chain(
    around: list[Any], provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit", match="gpt-4o")
    with contextlib.ExitStack() as stack:
        for block in around:
            stack.enter_context(block("answer"))
        ask_one_then_the_other(provider.url)
    hop = recorder.hop()
    tried = [(a.provider, a.request_model, a.reason) for a in hop.attempts]
    assert tried == [("openai", "gpt-4o", "429"), ("anthropic", "claude-3-5-haiku", None)]
    assert hop.request_model == "claude-3-5-haiku" and hop.error is None
    assert hop.name == ("chat claude-3-5-haiku" if around == [misstep.run] else "answer")


def test_an_attempts_block_is_named_also_where_its_first_try_answers(
    provider: LocalProvider, recorder: Recorder
) -> None:
    with misstep.run("r"):
        with misstep.attempts("answer"):
            ask_one_then_the_other(provider.url)
        ask_one_then_the_other(provider.url)
    assert [h.name for h in recorder.hops()] == ["answer", "chat gpt-4o"]


@pytest.mark.parametrize("grouped", [False, True])
def test_a_failover_from_one_step_to_another_is_told_by_the_one_that_answered(
    grouped: bool, provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit", match="gpt-4o")

    @misstep.hop
    def first() -> None:
        with openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local", max_retries=0) as client:
            client.chat.completions.create(model="gpt-4o", messages=USER)

    @misstep.hop
    def second() -> None:
        by_anthropic(provider.url)

    with contextlib.ExitStack() as stack:
        stack.enter_context(misstep.run("r"))
        if grouped:
            stack.enter_context(misstep.attempts("answer"))
        try:
            first()
        except openai.RateLimitError:
            second()
    failed, answered = recorder.hops()
    assert (failed.name, answered.name) == ("first", "second")
    assert failed.error is not None and not failed.attempts
    assert [(a.number, a.provider, a.reason, a.ok) for a in answered.attempts] == [
        (1, "openai", "429", False),
        (2, "anthropic", None, True),
    ]
    assert [a.hop_id for a in answered.attempts] == [failed.hop_id, answered.hop_id]
    assert answered.attempt == 2


def test_a_step_whose_answer_could_not_be_used_is_a_failed_try_of_the_next(
    provider: LocalProvider, recorder: Recorder
) -> None:
    @misstep.hop
    def strict() -> None:
        by_openai(provider.url)
        raise ValueError("no JSON")

    @misstep.hop
    def lenient() -> None:
        by_openai(provider.url)

    with misstep.run("r"):
        with contextlib.suppress(ValueError):
            strict()
        lenient()
        lenient()  # is asked when the answer is there already
    *_, second, third = recorder.hops()
    assert [(a.reason, a.ok) for a in second.attempts] == [("ValueError", False), (None, True)]
    assert third.attempts == []


def test_steps_side_by_side_that_ask_the_same_stand_in_for_nobody(
    provider: LocalProvider, recorder: Recorder
) -> None:
    together = threading.Barrier(2)

    @misstep.hop
    def ask(fails: bool) -> None:
        together.wait(60)
        by_openai(provider.url)
        together.wait(60)
        if fails:
            raise ValueError

    with misstep.run("r"), ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(ask, fails) for fails in (True, False)]:
            with contextlib.suppress(ValueError):
                done.result()
    assert [h.attempts for h in recorder.hops()] == [[], []]


def test_an_attempts_block_holds_calls_that_ask_differently(
    provider: LocalProvider, recorder: Recorder
) -> None:
    def ask(text: str) -> str:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
        answer = httpx.post(f"{provider.url}/v1/chat/completions", json=body, timeout=60)
        return str(answer.json()["choices"][0]["message"]["content"])

    with misstep.run("r"), misstep.attempts("answer"):
        ask("Say yes. Now.")
        ask("I said: say yes. Now.")
    hop = recorder.hop()
    assert [a.ok for a in hop.attempts] == [True, True]


def test_two_questions_that_are_each_answered_are_two_hops(
    provider: LocalProvider, recorder: Recorder
) -> None:
    with misstep.run("r"):
        by_openai(provider.url)
        by_openai(provider.url)
    assert [h.attempts for h in recorder.hops()] == [[], []]


def test_another_question_after_a_failure_is_another_hop(
    provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("server_error", times=1)
    with misstep.run("r"):
        for text in ("One?", "Two?"):
            body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
            httpx.post(f"{provider.url}/v1/chat/completions", json=body, timeout=60)
    first, second = recorder.hops()
    assert first.error is not None and second.error is None
    assert not first.attempts and not second.attempts


def test_a_model_other_than_the_one_asked_for_is_told(
    provider: LocalProvider, recorder: Recorder
) -> None:
    with misstep.run("r"):
        by_openai(provider.url)
    hop = recorder.hop()
    assert (hop.request_model, hop.response_model) == ("gpt-4o", "gpt-4o-2024-08-06")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "40", "retry-after": "1"}, 0.04),
        ({"retry-after": "Mon, 01 Jan 2024 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_as_number_or_date(
    headers: dict[str, str], seconds: float | None, recorder: Recorder
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers, json={}))
    with httpx.Client(transport=transport) as client:
        client.post("http://m.test/v1/chat/completions", json={"messages": USER})
    assert recorder.attributes().get("misstep.attempt.retry_after_s") == seconds

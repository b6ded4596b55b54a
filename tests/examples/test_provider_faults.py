"""Faults switched by name, transient and persistent, and the provider's own ways."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import anthropic
import httpx
import openai
import pytest

from misstep_examples.provider import LocalProvider, RemoteProvider, UnknownFaultError
from misstep_examples.provider.skills.invoice import read_amount

HELLO = [{"role": "user", "content": "Hello there."}]


def _say(provider: LocalProvider, *, retries: int = 0, model: str = "gpt-4o") -> str:
    with openai.OpenAI(
        base_url=f"{provider.url}/v1", api_key="local", max_retries=retries, timeout=60
    ) as client:
        answer = client.chat.completions.create(model=model, messages=HELLO)
    return answer.choices[0].message.content or ""


def test_a_transient_fault_is_over_after_its_count(provider: LocalProvider) -> None:
    provider.set_fault("server_error", times=1)
    with pytest.raises(openai.InternalServerError):
        _say(provider)
    assert _say(provider)


def test_a_persistent_fault_lasts_until_it_is_cleared(provider: LocalProvider) -> None:
    provider.set_fault("server_error")
    for _ in range(4):
        with pytest.raises(openai.InternalServerError):
            _say(provider)
    provider.clear()
    assert _say(provider)


def test_a_fault_strikes_only_the_requests_it_matches(provider: LocalProvider) -> None:
    provider.set_fault("rate_limit", match="gpt-4o-mini")
    assert _say(provider, model="gpt-4o")
    with pytest.raises(openai.RateLimitError) as caught:
        _say(provider, model="gpt-4o-mini")
    assert caught.value.response.headers["retry-after"] == "1"


def test_the_sdk_waits_as_told_and_recovers_from_rate_limits(provider: LocalProvider) -> None:
    provider.set_fault("rate_limit", times=2)
    started_s = time.perf_counter()
    assert _say(provider, retries=2)
    assert time.perf_counter() - started_s >= 0.08


def test_an_overloaded_anthropic_answers_529(provider: LocalProvider) -> None:
    provider.set_fault("overloaded", times=1)
    with anthropic.Anthropic(base_url=provider.url, api_key="local", max_retries=0) as client:
        with pytest.raises(anthropic.APIStatusError) as caught:
            client.messages.create(model="claude-3-5-haiku", max_tokens=9, messages=HELLO)
        assert caught.value.status_code == 529
        assert "Overloaded" in str(caught.value)
        assert client.messages.create(model="claude-3-5-haiku", max_tokens=9, messages=HELLO)


def test_a_timeout_holds_the_request_until_the_caller_gives_up(provider: LocalProvider) -> None:
    provider.set_fault("timeout", times=1)
    with (
        openai.OpenAI(
            base_url=f"{provider.url}/v1", api_key="local", max_retries=0, timeout=0.2
        ) as client,
        pytest.raises(openai.APITimeoutError),
    ):
        client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert _say(provider)


def test_truncation_is_told_by_the_finish_reason(provider: LocalProvider) -> None:
    whole = _say(provider)
    provider.set_fault("truncated", times=1)
    cut = _say(provider)
    assert whole.startswith(cut) and len(cut) < len(whole)


def test_an_unknown_fault_is_refused_with_the_known_names(provider: LocalProvider) -> None:
    with pytest.raises(UnknownFaultError, match=r"no fault is called 'rain'.*rate_limit"):
        provider.set_fault("rain")
    with pytest.raises(UnknownFaultError, match="no fault is called 'rain'"):
        RemoteProvider(provider.url).set_fault("rain")


def test_a_provider_elsewhere_has_the_same_switches(provider: LocalProvider) -> None:
    remote = RemoteProvider(provider.url)
    remote.set_fault("server_error", match="gpt-4o")
    with pytest.raises(openai.InternalServerError):
        _say(provider)
    remote.clear()
    assert _say(provider)


def test_the_same_request_gets_the_same_bytes(provider: LocalProvider) -> None:
    body = {"model": "gpt-4o-mini", "messages": HELLO}
    url = f"{provider.url}/v1/chat/completions"
    assert httpx.post(url, json=body, timeout=60).content == httpx.post(url, json=body).content


def test_latency_is_simulated_and_scaled() -> None:
    with LocalProvider(latency=2) as slow:
        started_s = time.perf_counter()
        _say(slow, model="o1")
    assert time.perf_counter() - started_s >= 0.28


def test_it_runs_as_a_process_of_its_own_and_stops_on_sigterm() -> None:
    command = [sys.executable, "-m", "misstep_examples.provider", "--latency", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").strip()
        assert httpx.get(f"{url}/healthz", timeout=60).json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_a_port_in_use_is_named_with_what_to_do(provider: LocalProvider) -> None:
    port = provider.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "misstep_examples.provider", "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert f"port {port} cannot be used" in ended.stderr
    assert "--port" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1.299,00", 1299.0),
        ("1,299.00", 1299.0),
        ("420.00", 420.0),
        ("1.234.567,89", 1234567.89),
        ("1,000", 1000.0),
        ("50", 50.0),
        ("0,5", 0.5),
    ],
)
def test_printed_amounts_are_read_in_either_notation(printed: str, value: float) -> None:
    assert read_amount(printed) == value

"""Secrets leave a payload before the payload leaves the process."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import misstep
from misstep.redact import MARK, Redactor
from misstep_examples.provider import LocalProvider

SECRETS = [
    "sk-proj-abcdefghijklmnopqrstuvwx",
    "sk-ant-" + "a1B2" * 8,
    "AKIAABCDEFGHIJKLMNOP",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 11,
    "gsk_" + "a1B2" * 9,
    "xoxb-1234567890-abcdef",
    "AIza" + "a1B2c" * 7,
    "hf_" + "aB3d" * 9,
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefghijkl_-",
    "Bearer abcdefghijklmnopqrstuvwxyz",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nabc\n-----END RSA PRIVATE KEY-----",
]


@misstep.hop
def step(**given: Any) -> Any:
    return given


def everything(recorded: Any) -> str:
    """All text of all spans as it would leave the process."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    return encode_spans(recorded.spans()).SerializeToString().decode("latin-1")


@pytest.mark.parametrize("number", range(len(SECRETS)))
def test_a_key_in_any_text_is_taken_out_wherever_it_stands(start, number) -> None:
    secret = SECRETS[number]
    recorded = start()

    @misstep.pipeline
    def whole(text: str) -> str:
        step(text=f"use {secret} now", nested=[{"deep": secret}])
        misstep.state({"note": secret})
        misstep.recorded(lambda: secret)
        with pytest.raises(ValueError), misstep.hop("fails"):
            raise ValueError(f"rejected {secret}")
        return secret

    whole(secret)
    sent = everything(recorded)
    assert secret not in sent and secret[8:] not in sent
    assert MARK in sent
    assert recorded.attributes("step")["misstep.redacted"] == 4
    assert recorded.payload("step", "input")["text"].startswith("use ")


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "API-KEY",
        "x-api-key",
        "user.password",
        "Authorization",
        "client_secret",
        "id_token",
    ],
)
def test_members_whose_name_says_secret_are_taken_out(recorded, name) -> None:
    step(**{name: "hunter2", "max_tokens": 5, "keyboard": "qwerty"})
    assert recorded.payload("step", "input") == {name: MARK, "max_tokens": 5, "keyboard": "qwerty"}
    assert "hunter2" not in everything(recorded)


def test_a_schema_that_describes_a_secret_is_no_secret(recorded) -> None:
    schema = {"properties": {"api_key": {"type": "string"}}}
    step(tools=schema)
    assert recorded.payload("step", "input") == {"tools": schema}


def test_paths_take_out_what_they_name_and_nothing_else(start) -> None:
    recorded = start(
        redact=Redactor(paths=["input.user.ssn", "output.rows[*].iban", "input.**.pin"])
    )

    @misstep.hop
    def pay(user: Any, deep: Any) -> Any:
        return {"rows": [{"iban": "DE1", "n": 1}, {"iban": "DE2", "n": 2}], "ssn": "kept"}

    pay({"ssn": "1", "name": "n"}, [{"a": {"pin": 7}}])
    assert recorded.payload("pay", "input") == {
        "user": {"ssn": MARK, "name": "n"},
        "deep": [{"a": {"pin": MARK}}],
    }
    assert recorded.payload("pay", "output") == {
        "rows": [{"iban": MARK, "n": 1}, {"iban": MARK, "n": 2}],
        "ssn": "kept",
    }


def test_own_patterns_are_searched_in_every_text(start) -> None:
    recorded = start(redact=Redactor(patterns=[r"\d{3}-\d{2}-\d{4}", re.compile("(?i)acme")]))
    step(text="ssn 123-45-6789 at ACME")
    assert recorded.payload("step", "input") == {"text": f"ssn {MARK} at {MARK}"}


def test_a_rule_is_asked_with_path_value_and_reason_and_decides(start) -> None:
    asked: list[tuple[str, Any, str | None]] = []

    def rule(path: str, value: Any, reason: str | None) -> Any:
        asked.append((path, value, reason))
        if path == "input.password":
            return value  # a test fixture: keep it
        return "<name>" if value == "Ada" else None

    recorded = start(redact=rule)
    step(name="Ada", password="public", key=SECRETS[0], n=1)
    assert recorded.payload("step", "input") == {
        "name": "<name>",
        "password": "public",
        "key": MARK,
        "n": 1,
    }
    assert ("input.name", "Ada", None) in asked
    assert ("input.password", "public", "name") in asked
    assert ("input.key", SECRETS[0], "pattern") in asked
    assert ("input.n", 1, None) in asked


def test_a_rule_of_two_parameters_gets_path_and_value(start) -> None:
    recorded = start(redact=lambda path, value: "gone" if path == "input.a" else None)
    step(a=1, b=2)
    assert recorded.payload("step", "input") == {"a": "gone", "b": 2}


def test_a_rule_that_raises_takes_the_value_out(start) -> None:
    def rule(path: str, value: Any, reason: str | None) -> Any:
        raise RuntimeError

    recorded = start(redact=rule)
    step(a="private")
    assert recorded.payload("step", "input") == {"a": MARK}


def test_the_environment_adds_paths_and_patterns(start, monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_REDACT_PATHS", "input.a, input.b")
    monkeypatch.setenv("MISSTEP_REDACT_PATTERNS", "x+\ny+")
    recorded = start()
    step(a="1", b="2", c="axxb ayyb")
    assert recorded.payload("step", "input") == {"a": MARK, "b": MARK, "c": f"a{MARK}b a{MARK}b"}


def test_redaction_can_be_switched_off(start) -> None:
    recorded = start(redact=Redactor(enabled=False))
    step(api_key="k", text=SECRETS[0])
    assert recorded.payload("step", "input") == {"api_key": "k", "text": SECRETS[0]}


def test_a_secret_across_the_cut_leaves_no_half_behind(start, monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_MAX_PAYLOAD_BYTES", "1000")
    recorded = start()
    secret = "sk-" + "a" * 60
    for shift in range(0, 64, 7):
        step(text="x" * (1000 - 10 - shift) + secret + "y" * 5000)
    assert "sk-a" not in everything(recorded)


def test_secret_headers_and_keys_of_a_model_call_do_not_leave(recorded) -> None:
    canary = "sk-proj-canarycanarycanary1234"
    body = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": f"my key is {canary}"}],
        "metadata": {"api_key": "canary-two"},
    }
    with (
        LocalProvider(latency=0) as provider,
        httpx.Client(base_url=provider.url, timeout=60) as client,
    ):
        client.post(
            "/v1/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {canary}", "x-api-key": "canary-three"},
        )
    sent = everything(recorded)
    assert "canary" not in sent
    assert recorded.attributes("chat gpt-4o-mini")["misstep.redacted"] >= 2


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    st.sampled_from(SECRETS),
)
@settings(max_examples=60, deadline=None)
def test_redaction_never_leaks_and_never_changes_anything_else(value: Any, secret: str) -> None:
    def planted(v: Any) -> Any:
        if isinstance(v, str):
            return f"{v} {secret} {v}"
        if isinstance(v, list):
            return [planted(x) for x in v]
        if isinstance(v, dict):
            return {k: planted(x) for k, x in v.items()}
        return v

    clean, _ = Redactor().value(planted(value), "input")
    assert secret not in json.dumps(clean, ensure_ascii=False)
    untouched, none = Redactor().value(value, "input")
    if none == 0:
        assert untouched == value

"""Every wire format without an SDK: tools and their calls, parameters, usage, hostile bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import misstep
from misstep import providers
from misstep.providers import Format, at, formats, recognise
from misstep_examples.provider import LocalProvider

from .bodies import SPOKEN, SYSTEM, TOLD
from .conftest import Recorder


def post(provider: LocalProvider, name: str, *, stream: bool) -> httpx.Response:
    path, body = SPOKEN[name].at(stream=stream)
    return httpx.post(provider.url + path, json=body, timeout=60)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", SPOKEN)
def test_tools_and_the_models_call_of_one_are_recorded(
    name: str, stream: bool, provider: LocalProvider, recorder: Recorder
) -> None:
    post(provider, name, stream=stream)
    hop = recorder.hop()
    assert hop.request_model == SPOKEN[name].model
    assert hop.system == SYSTEM
    assert hop.messages_in[-1].text == TOLD
    assert [t["name"] for t in hop.tools] == ["get_weather"]
    assert hop.parameters["temperature"] == 0.5
    calls = [p for p in hop.messages_out[0].parts if p["type"] == "tool_call"]
    assert [(c["name"], c["arguments"]) for c in calls] == [
        ("get_weather", {"city": "Lyon", "days": 3})
    ]
    assert hop.findings == []
    assert hop.input_tokens > 0 and hop.output_tokens > 0
    assert hop.finish_reason
    assert recorder.attributes()["misstep.wire_format"] == name


@pytest.mark.parametrize("name", SPOKEN)
def test_a_stream_says_the_same_as_the_whole_answer(
    name: str, provider: LocalProvider, recorder: Recorder
) -> None:
    for stream in (False, True):
        post(provider, name, stream=stream)
    whole, streamed = recorder.hops()
    assert streamed.messages_out == whole.messages_out
    assert streamed.input_tokens == whole.input_tokens
    assert streamed.output_tokens == whole.output_tokens
    assert streamed.finish_reason == whole.finish_reason
    assert streamed.response_id == whole.response_id


def test_cached_and_cache_written_tokens_are_part_of_the_input_once(
    provider: LocalProvider, recorder: Recorder
) -> None:
    cached = {"type": "ephemeral"}
    told = []
    for number in range(12):  # about every third prompt is served from the cache
        text = f"Question {number}. " + "context " * 120
        block = {"type": "text", "text": text, "cache_control": cached}
        body = {"model": "claude-3-5-sonnet", "max_tokens": 99}
        for stream in (False, True):
            asked = body | {"messages": [{"role": "user", "content": [block]}], "stream": stream}
            answer = httpx.post(f"{provider.url}/v1/messages", json=asked, timeout=60)
            told += [] if stream else [answer.json()["usage"]]
    hops = recorder.hops()
    assert any(h.cached_tokens for h in hops) and any(h.cache_write_tokens for h in hops)
    for whole, streamed, usage in zip(hops[::2], hops[1::2], told, strict=True):
        assert whole.input_tokens == (
            usage["input_tokens"] + whole.cached_tokens + whole.cache_write_tokens
        )
        for name in ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"):
            assert getattr(whole, name) == getattr(streamed, name)


def test_the_anthropic_body_leaves_cached_tokens_out_and_the_hop_puts_them_in() -> None:
    (anthropic,) = [f for f in formats() if f.name == "anthropic.messages"]
    usage = {
        "input_tokens": 14,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 7,
        "output_tokens": 9,
    }
    answered = anthropic.answered({"content": [], "usage": usage})
    assert answered.input_tokens == 24
    assert (answered.cached_tokens, answered.cache_write_tokens) == (7, 3)


def test_gemini_output_is_candidates_and_thoughts() -> None:
    (gemini,) = [f for f in formats() if f.name == "gemini.generate"]
    usage = {"promptTokenCount": 21, "candidatesTokenCount": 9, "thoughtsTokenCount": 4}
    answered = gemini.answered({"candidates": [], "usageMetadata": usage})
    assert (answered.input_tokens, answered.output_tokens, answered.reasoning_tokens) == (21, 13, 4)


@pytest.mark.parametrize(
    ("usage", "output"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19}, 9),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 19}, 9),
    ],
    ids=["inside", "beside"],
)
def test_reasoning_tokens_count_once_whether_a_host_tells_them_inside_or_beside_the_output(
    usage: dict[str, Any], output: int
) -> None:
    (chat,) = [f for f in formats() if f.name == "openai.chat"]
    told = usage | {"completion_tokens_details": {"reasoning_tokens": 4}}
    answered = chat.answered({"choices": [], "usage": told})
    assert (answered.output_tokens, answered.reasoning_tokens) == (output, 4)


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/proxy/team-a/v1/chat/completions", {"messages": []}, "openai.chat"),
        ("/openai/deployments/x/chat/completions", {"messages": []}, "openai.chat"),
        ("/v1/chat/completions", {"prompt": "x"}, None),
        ("/v1/completions", {"prompt": "x"}, "openai.completions"),
        ("/v1/completions", {"messages": []}, None),
        ("/v1/messages", {"messages": [], "max_tokens": 1}, "anthropic.messages"),
        ("/v1/messages", {"messages": []}, None),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict",
            {"messages": [], "max_tokens": 1},
            "anthropic.messages",
        ),
        ("/v1/messages/count_tokens", {"messages": [], "max_tokens": 1}, None),
        (
            "/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
            {"contents": []},
            "gemini.generate",
        ),
        ("/v1beta/models/g:countTokens", {"contents": []}, None),
        ("/v1beta/models/g:batchEmbedContents", {"requests": []}, "gemini.embed"),
        ("/v1/responses", {"input": "x"}, "openai.responses"),
        ("/v1/responses", {"reply": "x"}, None),
        ("/survey/responses", {"answers": [1]}, None),
        ("/api/chat", {"messages": [], "model": "m"}, "ollama.chat"),
        ("/api/generate", {"model": "m", "prompt": "x"}, "ollama.generate"),
        ("/v2/chat", {"messages": [], "model": "m"}, "cohere.chat"),
        ("/v2/embed", {"texts": ["x"], "model": "m"}, "cohere.embed"),
        ("/api/embed", {"input": "x", "model": "m"}, "ollama.embed"),
        ("/v1/embeddings", {"input": "x"}, "openai.embeddings"),
        ("/chat", {"messages": []}, None),
    ],
)
def test_a_format_is_recognised_by_path_and_body(
    path: str, body: dict[str, Any], name: str | None
) -> None:
    found = recognise("POST", path, body)
    assert (found.name if found else None) == name
    assert recognise("GET", path, body) is None


HOSTILE: list[Any] = [None, 0, 1.5, "x", [], [None], [{}], {}, {"type": []}, {"a": {"b": [1]}}]


def shredded(value: Any) -> list[Any]:
    """Each way of putting something absurd in the place of one part of a value."""
    made: list[Any] = list(HOSTILE)
    if isinstance(value, dict):
        for key, inner in value.items():
            made += [{**value, key: bad} for bad in shredded(inner)]
            made.append({k: v for k, v in value.items() if k != key})
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            made += [[*value[:index], bad, *value[index + 1 :]] for bad in shredded(inner)]
    return made


def formats_at(path: str) -> Format:
    (found,) = [f for f in at(path) if f.name != "openai.completions"]
    return found


@pytest.mark.parametrize("name", SPOKEN)
def test_no_request_and_no_answer_of_any_shape_makes_a_format_raise(
    name: str, provider: LocalProvider, recorder: Recorder
) -> None:
    misstep.uninstrument()
    path, body = SPOKEN[name].at(stream=False)
    wire = formats_at(path)
    for bad in shredded(body):
        if isinstance(bad, dict) and wire.fits(path, bad):
            wire.asked("localhost", path, bad)
    whole = post(provider, name, stream=False).json()
    for bad in shredded(whole):
        if isinstance(bad, dict):
            wire.answered(bad)
    text = post(provider, name, stream=True).text
    events = [json.loads(x.removeprefix("data: ")) for x in text.splitlines() if "{" in x]
    for index, event in enumerate(events[:6]):
        for bad in shredded(event):
            wire.assembled([*events[:index], bad, *events[index + 1 :]])
            wire.speaks(bad)


DOCS = Path(__file__).parents[2] / "docs" / "providers.md"


def test_every_format_has_its_line_in_the_documentation() -> None:
    text = DOCS.read_text()
    for wire in formats():
        assert f"| `{wire.name}` |" in text


def test_the_documentations_own_format_works_as_it_stands(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = [
        block.partition("```")[0]
        for block in DOCS.read_text().split("```python\n")
        if "register(Oracle())" in block
    ]
    monkeypatch.setattr(providers, "_loaded", list(formats()))
    exec(compile(code, str(DOCS), "exec"), {})
    answer = {"answer": "42.", "model": "deep-1", "tokens_in": 9, "tokens_out": 2}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    with httpx.Client(transport=transport) as client:
        client.post("http://o.test/oracle", json={"question": "The answer?", "model": "deep"})
    hop = recorder.hop()
    assert (hop.name, hop.provider, hop.output) == ("chat deep", "oracle", "42.")
    assert (hop.input_tokens, hop.output_tokens, hop.finish_reason) == (9, 2, "stop")

"""Runs that arrived from elsewhere: no code to execute, one model call to ask again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.command import main

RUN = "5" * 32
SYSTEM = "You are a friendly assistant."


@pytest.fixture
def verb(
    bench: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = bytes.fromhex(RUN), (7).to_bytes(8, "big")
    span.name = "chat gpt-4o-mini"
    span.start_time_unix_nano = time.time_ns()
    span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
    messages = [{"role": "user", "parts": [{"type": "text", "content": "hello there"}]}]
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": json.dumps(messages),
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": SYSTEM}]),
    }
    for key, value in told.items():
        span.attributes.add(key=key).value.string_value = value
    headers = {"content-type": "application/x-protobuf"}
    bench.api.post("/v1/traces", content=request.SerializeToString(), headers=headers)

    def run(*arguments: str) -> tuple[int, str]:
        where = ["--store", bench.server.otlp_url]
        monkeypatch.setattr("sys.argv", ["misstep", *arguments, *where])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), err if ended.value.code == 2 else out

    return run


def test_a_run_from_elsewhere_cannot_be_executed_and_says_what_can_be_done(
    verb: Callable[..., tuple[int, str]],
) -> None:
    for arguments in (("replay", RUN), ("bisect", RUN, "--expect", "x", "--yes")):
        code, told = verb(*arguments)
        assert code == 2
        assert "came from elsewhere" in told and "--live HOP --endpoint URL" in told


def test_one_model_call_of_it_is_asked_again_of_a_provider_that_is_named(
    bench: Any, verb: Callable[..., tuple[int, str]]
) -> None:
    one = ("replay", RUN, "--live", "chat gpt-4o-mini", "--json")
    where = ("--endpoint", f"{bench.provider.url}/v1")
    code, told = verb(*one, *where)
    assert code == 2 and "--yes" in told
    code, told = verb(*one, *where, "--yes", "--model", "chat gpt-4o-mini=gpt-4o")
    assert code == 0, told
    made = json.loads(told)
    assert (made["replay_of"], made["divergence"]) == (RUN, None)
    (hop,) = made["hops"]
    assert hop["request_model"] == "gpt-4o" and hop["system"] == SYSTEM and made["output"]


def test_an_endpoint_that_is_down_is_named(verb: Callable[..., tuple[int, str]]) -> None:
    where = ("--endpoint", "http://127.0.0.1:9", "--yes")
    code, told = verb("replay", RUN, "--live", "chat gpt-4o-mini", *where)
    assert code == 2 and "http://127.0.0.1:9/v1/chat/completions cannot be reached" in told


EXPORTS = Path(__file__).parents[3] / "shared" / "data" / "otlp"
ASKED = (
    "otel-genai-openai-span",
    "otel-genai-anthropic-span",
    "openinference-openai",
    "openinference-anthropic",
    "openllmetry-openai",
)


def _exported(bench: Any, folder: str) -> list[Any]:
    """Hops of a language model in the runs of one export, stored through the receiver."""
    path = EXPORTS / folder
    if not path.is_dir():
        pytest.skip(f"no exports at {EXPORTS}")
    known = {r["run_id"] for r in bench.api.get("/api/runs?limit=1000").json()["runs"]}
    headers = {"content-type": "application/x-protobuf"}
    for one in sorted(path.glob("*-traces.pb")):
        bench.api.post("/v1/traces", content=one.read_bytes(), headers=headers)
    made = {r["run_id"] for r in bench.api.get("/api/runs?limit=1000").json()["runs"]} - known
    hops = [(run_id, h) for run_id in sorted(made) for h in bench.run(run_id).hops]
    return [(run_id, h) for run_id, h in hops if h.kind == "llm"]


@pytest.mark.parametrize("folder", ASKED)
def test_a_call_that_any_instrumentation_recorded_is_asked_again(
    bench: Any, verb: Callable[..., tuple[int, str]], folder: str
) -> None:
    run_id, hop = next((r, h) for r, h in _exported(bench, folder) if h.messages_in)
    where = ("--endpoint", bench.provider.url, "--yes", "--json")
    code, told = verb("replay", run_id, "--live", hop.hop_id, *where)
    assert code == 0, told
    (asked,) = json.loads(told)["hops"]
    assert asked["request_model"] == (hop.request_model or hop.response_model)
    assert asked["output"] and json.loads(told)["replay_of"] == run_id
    assert asked["messages_in"][-1]["role"] == "user"


def test_a_call_whose_messages_nobody_recorded_says_so(
    bench: Any, verb: Callable[..., tuple[int, str]]
) -> None:
    run_id, hop = next(
        (r, h) for r, h in _exported(bench, "otel-genai-openai-none") if not h.messages_in
    )
    where = ("--endpoint", bench.provider.url, "--yes")
    code, told = verb("replay", run_id, "--live", hop.hop_id, *where)
    assert code == 2 and "its messages were not recorded" in told

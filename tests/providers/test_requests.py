"""Calls that a program makes with requests, without any SDK."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

import misstep
from misstep import seam
from misstep.replay.job import Job, RecordedCall, Target
from misstep.replay.session import Session
from misstep_examples.provider import LocalProvider

from .bodies import SPOKEN
from .conftest import Recorder
from .test_seam import in_process
from .test_serving import recorded

TARGET = Target(kind="function", module="app", qualname="answer")
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello there. You?"}]}
CHAT = "/v1/chat/completions"


@pytest.fixture(autouse=True)
def no_session(recorder: Recorder) -> Iterator[None]:
    yield
    seam.install(None)


def said_in(lines: Iterator[Any]) -> str:
    """The text of a streamed chat."""
    events = [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]
    deltas = [c["delta"] for e in events for c in e["choices"]]
    return "".join(d.get("content") or "" for d in deltas)


@pytest.mark.parametrize("name", SPOKEN)
def test_every_wire_format_is_recognised(
    name: str, provider: LocalProvider, recorder: Recorder
) -> None:
    path, body = SPOKEN[name].at(stream=False)
    answer = requests.post(provider.url + path, json=body, timeout=60)
    hop = recorder.hop()
    assert (hop.request_model, hop.error) == (SPOKEN[name].model, None)
    held = recorder.attributes()
    assert held["misstep.wire_format"] == name
    assert json.loads(held["misstep.response.body"]) == answer.json()


@pytest.mark.parametrize("how", ["lines", "content", "raw", "whole"])
def test_a_streamed_answer_is_assembled_however_it_is_read(
    how: str, provider: LocalProvider, recorder: Recorder
) -> None:
    with requests.post(
        provider.url + CHAT, json={**ASKED, "stream": True}, stream=True, timeout=60
    ) as answer:
        if how == "lines":
            text = said_in(answer.iter_lines())
        elif how == "content":
            text = said_in(iter(b"".join(answer.iter_content(7)).splitlines()))
        elif how == "raw":
            text = said_in(iter(answer.raw.read().splitlines()))
        else:
            text = said_in(iter(answer.content.splitlines()))
    hop = recorder.hop()
    assert text and hop.output == text
    assert hop.error is None and hop.time_to_first_token_ms is not None
    assert "misstep.stream.abandoned" not in recorder.attributes()


def test_a_stream_that_is_given_up_is_recorded_with_what_came(
    provider: LocalProvider, recorder: Recorder
) -> None:
    answer = requests.post(
        provider.url + CHAT, json={**ASKED, "stream": True}, stream=True, timeout=60
    )
    assert next(answer.iter_content(20))
    answer.close()
    assert recorder.attributes()["misstep.stream.abandoned"] is True


def test_failures_reach_the_program_unchanged_and_are_attempts(
    provider: LocalProvider, recorder: Recorder
) -> None:
    provider.set_fault("rate_limit", times=1)
    with misstep.run("r"):
        assert requests.post(provider.url + CHAT, json=ASKED, timeout=60).status_code == 429
        with pytest.raises(requests.ConnectionError):
            requests.post("http://127.0.0.1:9" + CHAT, json=ASKED, timeout=60)
        assert requests.post(provider.url + CHAT, json=ASKED, timeout=60).ok
    hop = recorder.hop()
    assert [(a.reason, a.ok) for a in hop.attempts] == [
        ("429", False),
        ("connection", False),
        (None, True),
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_replay_serves_what_was_recorded(
    stream: bool, provider: LocalProvider, recorder: Recorder
) -> None:
    def ask() -> Any:
        body = {**ASKED, "stream": stream}
        answer = requests.post(provider.url + CHAT, json=body, stream=stream, timeout=60)
        return said_in(answer.iter_lines()) if stream else answer.json()

    said = ask()
    (call,) = recorded(recorder)
    before = provider.provider.requests_served
    serve([call])
    assert ask() == said
    serve([call], substitute={call.hop_id: "Something else."})
    assert "Something else." in json.dumps(ask())
    assert provider.provider.requests_served == before, "nothing went over the network"
    changes = {"models": {call.hop_id: "other-model"}, "prompts": {call.hop_id: "Be verbose."}}
    serve([call], mode="all_live", live=[call.hop_id], **changes)
    ask()
    live = recorder.hops()[-1]
    assert (live.request_model, live.system) == ("other-model", "Be verbose.")
    assert live.error is None and live.output


def serve(calls: list[RecordedCall], **more: Any) -> None:
    seam.install(Session(Job(run_id="0" * 32, target=TARGET, calls=calls, **more)))


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it got; the path /moved leads to a chat."""

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        body = json.dumps({"headers": dict(self.headers), "model": "m", "choices": []}).encode()
        self.send_response(307 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("location", CHAT)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_other_requests_pass_untouched_and_carry_the_run_model_calls_never_do(
    echo: str, recorder: Recorder
) -> None:
    with misstep.run("r") as run:
        carried = requests.get(echo + "/weather", timeout=60).json()["headers"]
        called = requests.post(echo + CHAT, json=ASKED, timeout=60).json()["headers"]
        moved = requests.post(echo + "/moved", json=ASKED, timeout=60).json()["headers"]
    assert f"-{run.id or ''}" in f"-{carried['traceparent'].split('-')[1]}"
    assert "traceparent" not in called
    assert moved["Content-Length"]
    assert [h.name for h in recorder.hops()] == ["chat gpt-4o", "chat gpt-4o"]


@pytest.mark.parametrize("order", ["before", "after"])
def test_it_is_hooked_whether_it_is_imported_before_or_after(order: str) -> None:
    told = in_process(
        f"""
        {"import requests" if order == "before" else ""}
        import misstep
        misstep.init(exporter=exporter)
        import requests
        try:
            requests.post("http://127.0.0.1:9{CHAT}", json={ASKED!r}, timeout=9)
        except requests.ConnectionError:
            misstep.flush(60)
        print(len(exporter.get_finished_spans()))
        """
    )
    assert told == "1"


def test_uninstrument_leaves_no_trace_on_requests() -> None:
    misstep.shutdown()
    before = dict(vars(requests.Session))
    misstep.instrument()
    assert vars(requests.Session)["send"] is not before["send"]
    misstep.uninstrument()
    assert dict(vars(requests.Session)) == before

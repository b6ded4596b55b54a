"""A long chat is stored with each message once a call; what reads its requests reads them whole."""

from __future__ import annotations

import json
from typing import Any

import httpx

import misstep
from misstep import semconv as sc
from misstep.condense import request_text
from misstep.replay.job import Job, Target
from misstep.replay.matching import Recordings
from misstep.transport.calls import content_key
from misstep_store.otlp.spans import Span
from misstep_store.replaying.home import Home
from misstep_store.replaying.recordings import recording_of
from misstep_store.replaying.regression import redacted
from misstep_store.serve.single_hop import ask_again

PATH = "/v1/chat/completions"


def chat(url: str, turns: int) -> list[dict[str, Any]]:
    """A chat that sends its whole history each time; the bodies."""
    history = [{"role": "system", "content": "You are a friendly assistant of a book shop. " * 9}]
    sent = []
    for n in range(turns):
        history.append({"role": "user", "content": f"Question {n}: is order 47{n:02} paid? " * 9})
        body = {"model": "gpt-4o-mini", "messages": list(history), "temperature": 0.0}
        answer = httpx.post(url + PATH, json=body, timeout=60).json()
        history.append(answer["choices"][0]["message"])
        sent.append(body)
    return sent


def recorded(bench: Any) -> tuple[str, list[dict[str, Any]]]:
    """The id of a recorded chat, and what it sent."""
    misstep.init(endpoint=bench.server.otlp_url, service="tests")
    with misstep.run("chat") as run:
        run_id, sent = str(run.id), chat(bench.provider.url, 4)
    assert misstep.flush(60)
    misstep.shutdown()
    return run_id, sent


def stored(bench: Any, run_id: str) -> list[Span]:
    """The run's spans as the store exports them."""
    found = bench.server.reader.spans(run_id)[0]
    calls = [s for s in found if s.attributes.get(sc.ROLE) == sc.ROLE_CALL]
    return sorted(calls, key=lambda s: s.start_unix_nano)


def test_requests_of_a_stored_chat_are_whole_for_replay_and_for_bundles(bench: Any) -> None:
    run_id, sent = recorded(bench)
    spans = stored(bench, run_id)
    assert [sc.REQUEST_TEMPLATE in s.attributes for s in spans] == [False, True, True, True]
    calls = recording_of(spans).calls
    assert [c.request for c in calls] == sent
    assert [c.content_key for c in calls] == [content_key(PATH, body) for body in sent]
    bundled = redacted(spans)
    assert [json.loads(s.attributes[sc.REQUEST_BODY]) for s in bundled] == sent
    assert not any(sc.REQUEST_TEMPLATE in s.attributes for s in bundled)


def test_a_request_that_was_not_recorded_is_compared_with_the_nearest_one_whole(
    bench: Any,
) -> None:
    run_id, sent = recorded(bench)
    spans = stored(bench, run_id)
    job = Job(run_id=run_id, target=Target(kind="function"), calls=recording_of(spans).calls)
    asked = {**sent[2], "messages": [*sent[2]["messages"][:-1], {"role": "user", "content": "?"}]}
    told = Recordings(job).nearest_call(asked, "chat gpt-4o-mini")
    assert told.nearest_hop_id == spans[2].span_id
    assert [d["field"] for d in told.differs] == ["request.messages[5].content"]

    for span in spans[1:]:  # somebody between the program and the store edits what it says
        span.attributes[sc.INPUT_MESSAGES] = "[]"
    job = Job(run_id=run_id, target=Target(kind="function"), calls=recording_of(spans).calls)
    told = Recordings(job).nearest_call(asked, "chat gpt-4o-mini")
    assert told.nearest_hop_id == spans[0].span_id, "the only one that is whole"
    assert [c.content_key for c in job.calls] == [content_key(PATH, b) for b in sent]
    assert all(c.body for c in job.calls), "answers are served all the same"
    job = Job(run_id=run_id, target=job.target, calls=job.calls[1:])
    assert "holds no request whole" in Recordings(job).nearest_call(asked, "chat").message


def test_a_call_whose_request_was_condensed_is_asked_again_as_it_was(bench: Any) -> None:
    run_id, sent = recorded(bench)
    source = bench.run(run_id)

    def take_in(body: bytes) -> None:
        bench.api.post(
            "/v1/traces", content=body, headers={"content-type": "application/x-protobuf"}
        ).raise_for_status()

    home = Home(bench.server.reader, take_in)
    made = ask_again(home, source, source.hops[3].hop_id, f"{bench.provider.url}/v1")
    (again,) = stored(bench, made.run_id)
    assert json.loads(str(request_text(again.attributes))) == sent[3]

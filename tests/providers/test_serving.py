"""What a replay does at the seam: recorded answers served again, replaced, or asked differently."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import misstep
from misstep import seam
from misstep import semconv as sc
from misstep.model import ErrorInfo
from misstep.replay.job import Job, RecordedCall, Target
from misstep.replay.session import Session
from misstep_examples.provider import LocalProvider

from .bodies import SPOKEN
from .conftest import Recorder
from .sdks import SDKS, USES

TARGET = Target(kind="function", module="app", qualname="answer")
pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"  # google-genai's own
)


@pytest.fixture(autouse=True)
def no_session(recorder: Recorder) -> Iterator[None]:
    yield  # while a replay runs, shutdown() does nothing: the session ends before the recorder
    seam.install(None)


def recorded(recorder: Recorder) -> list[RecordedCall]:
    """The calls of the recorder, as a job carries them."""
    calls = []
    for span in recorder.spans():
        a = dict(span.attributes or {})
        if a.get(sc.ROLE) != sc.ROLE_CALL or span.context is None:
            continue
        calls.append(
            RecordedCall(
                hop_id=f"{span.context.span_id:016x}",
                name=span.name,
                content_key=str(a[sc.CONTENT_KEY]),
                status=int(str(a[sc.RESPONSE_STATUS])),
                content_type=str(a[sc.RESPONSE_CONTENT_TYPE]),
                body=str(a[sc.RESPONSE_BODY]),
                request=json.loads(str(a[sc.REQUEST_BODY])),
            )
        )
    return calls


def serve(calls: list[RecordedCall], **more: Any) -> Session:
    session = Session(Job(run_id="0" * 32, target=TARGET, calls=calls, **more))
    seam.install(session)
    return session


@pytest.mark.parametrize(("name", "mode"), USES)
def test_every_sdk_is_served_what_was_recorded_and_what_replaces_it(
    name: str, mode: str, provider: LocalProvider, recorder: Recorder
) -> None:
    ask = getattr(SDKS[name], mode)
    with misstep.run("r"):
        said = ask(provider.url)
    served_before = provider.provider.requests_served
    (call,) = recorded(recorder)

    serve([call])
    with misstep.run("again"):
        assert ask(provider.url) == said
    serve([call], substitute={call.hop_id: "Something else."})
    with misstep.run("changed"):
        assert ask(provider.url).text == "Something else."
    assert provider.provider.requests_served == served_before, "nothing went over the network"
    first, again, changed = recorder.hops()
    assert (again.output, again.input_tokens) == (first.output, first.input_tokens)
    assert changed.output == "Something else."


@pytest.mark.parametrize("name", SPOKEN)
def test_a_call_is_made_with_another_model_and_prompt(
    name: str, provider: LocalProvider, recorder: Recorder
) -> None:
    path, body = SPOKEN[name].at(stream=False)
    httpx.post(provider.url + path, json=body, timeout=60)
    (call,) = recorded(recorder)
    changes = {"models": {call.hop_id: "other-model"}, "prompts": {call.hop_id: "Be verbose."}}
    serve([call], mode="all_live", live=[call.hop_id], **changes)
    httpx.post(provider.url + path, json=body, timeout=60)
    before, after = recorder.hops()
    assert before.request_model != after.request_model == "other-model"
    assert after.system == "Be verbose."
    assert after.messages_in[-1] == before.messages_in[-1]
    assert after.error is None and after.messages_out


@pytest.mark.parametrize("kind", ["ReadTimeout", "ConnectError"])
def test_a_call_that_had_failed_fails_again_the_same_way(kind: str, recorder: Recorder) -> None:
    path, body = SPOKEN["openai.chat"].at(stream=False)
    from misstep.transport.calls import content_key

    failed = RecordedCall(
        hop_id="1" * 16,
        content_key=content_key(path, body),
        error=ErrorInfo(type=f"httpx.{kind}", message="as recorded"),
    )
    serve([failed])
    with pytest.raises(getattr(httpx, kind), match="as recorded"):
        httpx.post(f"http://m.test{path}", json=body)
    hop = recorder.hop()
    assert hop.error is not None and hop.error.type == f"httpx.{kind}"


def test_a_recorded_refusal_is_served_with_its_status(
    provider: LocalProvider, recorder: Recorder
) -> None:
    path, body = SPOKEN["openai.chat"].at(stream=False)
    provider.set_fault("rate_limit", times=1)
    refused = httpx.post(provider.url + path, json=body, timeout=60)
    serve(recorded(recorder))
    again = httpx.post(provider.url + path, json=body, timeout=60)
    assert (again.status_code, again.json()) == (429, refused.json())

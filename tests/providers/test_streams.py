"""Streams through the seam: each piece is passed on at once, and an end is told however it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from misstep_examples.provider import LocalProvider

from .canned import ASKED, CHAT, Chunks, chunk, streamed
from .conftest import Recorder


def test_each_piece_is_passed_on_before_the_next_one_is_asked_for(recorder: Recorder) -> None:
    body = Chunks(chunk("One"), chunk(" two"), chunk(None, "stop"))
    with (
        httpx.Client(transport=streamed(body)) as client,
        client.stream("POST", CHAT, json=ASKED | {"stream": True}) as response,
    ):
        for number, piece in enumerate(response.iter_raw(), 1):
            assert piece == body.chunks[number - 1]
            assert body.given == number
    assert recorder.hop().output == "One two"


async def test_each_piece_is_passed_on_at_once_in_async_code_too(recorder: Recorder) -> None:
    body = Chunks(chunk("One"), chunk(" two"), chunk(None, "stop"))
    async with (
        httpx.AsyncClient(transport=streamed(body)) as client,
        client.stream("POST", CHAT, json=ASKED | {"stream": True}) as response,
    ):
        given = [body.given async for _ in response.aiter_raw()]
    assert given == [1, 2, 3]
    assert recorder.hop().output == "One two"


def test_an_abandoned_stream_is_recorded_with_what_came(
    provider: LocalProvider, recorder: Recorder
) -> None:
    asked: Any = ASKED | {"stream": True}
    with (
        openai.OpenAI(base_url=f"{provider.url}/v1", api_key="local") as client,
        client.chat.completions.create(**asked) as stream,
    ):
        said = ""
        for event in stream:
            said += event.choices[0].delta.content or ""
            if said:
                break
    hop, attributes = recorder.hop(), recorder.attributes()
    assert attributes["misstep.stream.abandoned"] is True
    assert str(hop.output).startswith(said)
    assert hop.error is None and hop.finish_reason is None


def test_a_stream_that_nobody_reads_or_closes_still_ends_its_hop(recorder: Recorder) -> None:
    body = Chunks(chunk("One"), chunk(None, "stop"))
    client = httpx.Client(transport=streamed(body))
    response = client.send(client.build_request("POST", CHAT, json=ASKED), stream=True)
    pieces = response.iter_raw()
    next(pieces)
    del response, pieces
    client.close()
    assert recorder.hop().output == "One"
    assert recorder.attributes()["misstep.stream.abandoned"] is True


def test_a_reader_that_stops_at_done_and_closes_has_not_abandoned_the_stream(
    recorder: Recorder,
) -> None:
    body = Chunks(chunk("One"), chunk(None, "stop"), b"data: [DONE]\n\n", b": after\n\n")
    with (
        httpx.Client(transport=streamed(body)) as client,
        client.stream("POST", CHAT, json=ASKED) as response,
    ):
        for piece in response.iter_raw():
            if b"[DONE]" in piece:
                break
    assert body.closed
    assert recorder.hop().finish_reason == "stop"
    assert "misstep.stream.abandoned" not in recorder.attributes()


@pytest.mark.parametrize(
    "cut",
    [[b"data: [DONE]\n\n"], [b"data: [DO", b"NE]\n\n"], [b": x\n", b"data: [DONE]"]],
    ids=["whole", "cut", "after-comment"],
)
def test_a_reader_that_stops_and_keeps_the_response_open_holds_no_hop_open(
    cut: list[bytes], recorder: Recorder
) -> None:
    body = Chunks(chunk("One"), chunk(None, "stop"), *cut, b": after\n\n")
    client = httpx.Client(transport=streamed(body))
    response = client.send(client.build_request("POST", CHAT, json=ASKED), stream=True)
    pieces = response.iter_raw()
    for _ in range(2 + len(cut)):
        next(pieces)
    assert recorder.hop().finish_reason == "stop"
    response.close()
    client.close()


def test_a_model_that_talks_about_the_end_of_streams_does_not_end_one(recorder: Recorder) -> None:
    texts = ["It ends with\ndata: [DONE]", "data: [DONE]", "\ndata: [DONE]\n\n", "!"]
    body = Chunks(*(chunk(t) for t in texts), chunk(None, "stop"))
    with httpx.Client(transport=streamed(body)) as client:
        client.post(CHAT, json=ASKED)
    assert recorder.hop().output == "".join(texts)


def test_a_connection_that_breaks_off_is_an_error_with_what_came(recorder: Recorder) -> None:
    class Broken(Chunks):
        def __iter__(self) -> Iterator[bytes]:
            yield chunk("One")
            raise httpx.ReadTimeout("no more")

    with (
        httpx.Client(transport=streamed(Broken())) as client,
        client.stream("POST", CHAT, json=ASKED) as response,
        pytest.raises(httpx.ReadTimeout),
    ):
        list(response.iter_raw())
    hop, attributes = recorder.hop(), recorder.attributes()
    assert hop.error is not None and hop.error.type == "httpx.ReadTimeout"
    assert attributes["misstep.attempt.reason"] == "timeout"
    assert hop.messages_out[0].text == "One"


@pytest.mark.parametrize(
    ("path", "event", "message"),
    [
        ("/v1/chat/completions", {"error": {"type": "server_error", "message": "lost"}}, "lost"),
        (
            "/v1/messages",
            {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
            "busy",
        ),
        ("/v1/responses", {"type": "error", "code": "server_error", "message": "lost"}, "lost"),
    ],
)
def test_an_error_told_inside_a_stream_is_the_hops_error(
    path: str, event: dict[str, Any], message: str, recorder: Recorder
) -> None:
    body = Chunks(f"event: error\ndata: {json.dumps(event)}\n\n".encode())
    with httpx.Client(transport=streamed(body)) as client:
        client.post(f"http://m.test{path}", json=ASKED | {"max_tokens": 9, "input": "x"})
    error = recorder.hop().error
    assert error is not None and error.message == message

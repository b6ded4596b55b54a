"""The seam itself: what passes through it, when, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import aiohttp
import anthropic
import httpx
import httpx2
import pytest
import zstandard

import misstep
from misstep_examples.provider import LocalProvider
from misstep_examples.provider.app import Provider
from misstep_examples.provider.skills import STANDARD

from .canned import ANSWER, ASKED, CHAT, LIBRARIES, Chunks, answering, chunk, streamed
from .conftest import Recorder

# --- bodies ----------------------------------------------------------------------------


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw-deflate": ("deflate", raw_deflate),
    "zstd": ("zstd", zstandard.compress),
}


@pytest.mark.parametrize("how", PACKED)
@pytest.mark.parametrize("module", LIBRARIES, ids=lambda m: m.__name__)
def test_a_compressed_answer_reaches_the_caller_untouched_and_is_read_from_a_copy(
    module: Any, how: str, recorder: Recorder
) -> None:
    encoding, pack = PACKED[how]
    sent = pack(json.dumps(ANSWER).encode())
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    transport = module.MockTransport(
        lambda _: module.Response(200, headers=headers, stream=module.ByteStream(sent))
    )
    with (
        module.Client(transport=transport) as client,
        client.stream("POST", CHAT, json=ASKED) as response,
    ):
        assert b"".join(response.iter_raw()) == sent
    assert recorder.hop().output == "Fine."


def test_an_answer_that_unpacks_to_far_more_is_kept_in_part(recorder: Recorder) -> None:
    sent = zstandard.compress(b"0" * (48 * 1024 * 1024))
    headers = {"content-encoding": "zstd", "content-type": "application/json"}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(sent))
    )
    with (
        httpx.Client(transport=transport) as client,
        client.stream("POST", CHAT, json=ASKED) as response,
    ):
        assert b"".join(response.iter_raw()) == sent
    assert recorder.hop().output is None


@pytest.mark.parametrize("sent", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b"<html>busy</html>"])
def test_an_answer_that_is_no_json_object_is_kept_as_it_came(
    sent: bytes, recorder: Recorder
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=sent))
    with httpx.Client(transport=transport) as client:
        assert client.post(CHAT, json=ASKED).content == sent
    attributes = recorder.attributes()
    assert attributes["http.response.status_code"] == 200
    assert attributes["misstep.response.body"] == sent.decode("utf-8", "replace")
    assert recorder.hop().output is None


@pytest.mark.parametrize(
    ("method", "url", "content"),
    [
        ("POST", "http://shop.test/api/orders", b'{"messages": [], "model": "m"}'),
        ("POST", CHAT, b'{"question": "?"}'),
        ("POST", CHAT, b"not json"),
        ("POST", CHAT, b'["messages"]'),
        ("GET", "http://api.openai.com/v1/models", b""),
    ],
)
def test_a_request_that_is_no_model_call_passes_through_untouched(
    method: str, url: str, content: bytes, recorder: Recorder
) -> None:
    seen: list[httpx.Request] = []
    body = Chunks(b"any", b"thing")

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, stream=body)

    headers = {"content-type": "application/json"}
    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        request = client.build_request(method, url, content=content, headers=headers)
        before = list(request.headers.raw)
        response = client.send(request)
    assert seen == [request] and list(request.headers.raw) == before
    assert response.content == b"anything"
    assert type(response.stream).__module__.startswith("httpx")
    assert recorder.spans() == []


def test_a_body_that_is_uploaded_as_a_stream_is_not_read(recorder: Recorder) -> None:
    def upload() -> Iterator[bytes]:
        yield json.dumps(ASKED).encode()

    headers = {"content-type": "application/json"}
    with httpx.Client(transport=answering(httpx)) as client:
        assert client.post(CHAT, content=upload(), headers=headers).json() == ANSWER
    assert recorder.spans() == []


def test_a_redirected_call_is_one_hop(recorder: Recorder) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "http":
            return httpx.Response(
                308, headers={"location": "https://model.test" + request.url.path}
            )
        return httpx.Response(200, json=ANSWER)

    with httpx.Client(transport=httpx.MockTransport(handle), follow_redirects=True) as client:
        client.post(CHAT, json=ASKED)
    assert recorder.hop().output == "Fine."


# --- transports ------------------------------------------------------------------------


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda m: m.__name__)
def test_calls_through_a_transport_of_the_users_own_are_seen(
    module: Any, recorder: Recorder
) -> None:
    with module.Client(transport=answering(module)) as client:
        client.post(CHAT, json=ASKED)
    assert recorder.hop().output == "Fine."


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda m: m.__name__)
async def test_calls_into_an_application_without_a_network_are_seen(
    module: Any, recorder: Recorder
) -> None:
    app = Provider(STANDARD, latency=0).app()
    transport = module.ASGITransport(app=app)
    async with module.AsyncClient(transport=transport, base_url="http://in.process") as client:
        answer = await client.post("/v1/chat/completions", json=ASKED)
    assert recorder.hop().output == answer.json()["choices"][0]["message"]["content"]


async def test_aiohttp_requests_are_seen_whichever_way_their_body_is_read(
    provider: LocalProvider, recorder: Recorder
) -> None:
    url = f"{provider.url}/v1/chat/completions"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json=ASKED) as response:
            whole = (await response.json())["choices"][0]["message"]["content"]
        for read in ("lines", "chunked", "any", "chunks"):
            async with session.post(url, json=ASKED | {"stream": True}) as response:
                content = response.content
                how: Any = {
                    "lines": content,
                    "chunked": content.iter_chunked(7),
                    "any": content.iter_any(),
                    "chunks": content.iter_chunks(),
                }[read]
                assert [piece async for piece in how]
        async with session.post(url, json=ASKED | {"stream": True}) as response:
            await response.content.readline()
    hops = recorder.hops()
    assert [h.output for h in hops[:5]] == [whole] * 5
    assert [h.finish_reason for h in hops] == ["stop"] * 5 + [None]
    spans = [dict(s.attributes or {}) for s in recorder.spans()]
    assert [s.get("misstep.stream.abandoned") for s in spans] == [None] * 5 + [True]


def test_httpx2_standing_in_for_httpx_is_hooked_once() -> None:
    told = in_process(
        """
        import httpx2
        httpx2.alias_httpx()
        import httpx
        assert httpx is httpx2
        hops = post(httpx)
        print(len(hops), hops[0].attributes["misstep.wire_format"])
        """
    )
    assert told == "1 openai.chat"


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("module", ["httpx", "httpx2"])
def test_a_library_is_hooked_whether_it_is_imported_before_or_after(
    module: str, order: str
) -> None:
    late = f"import {module} as library"
    told = in_process(
        f"""
        {late if order == "before" else ""}
        import misstep
        misstep.init(exporter=exporter)
        {late if order == "after" else ""}
        print(len(post(library)))
        """
    )
    assert told == "1"


def in_process(code: str) -> str:
    """What a new interpreter prints: there nothing is imported yet."""
    head = f"""
        import json, sys
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        exporter = InMemorySpanExporter()

        def post(module):
            import misstep
            from misstep import runtime
            if runtime.active() is None:
                misstep.init(exporter=exporter)
            answer = json.loads({json.dumps(json.dumps(ANSWER))})
            transport = module.MockTransport(lambda _: module.Response(200, json=answer))
            with module.Client(transport=transport) as client:
                client.post({CHAT!r}, json={ASKED!r})
            misstep.flush(60)
            return exporter.get_finished_spans()
        """
    program = textwrap.dedent(head) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- manners ---------------------------------------------------------------------------


def test_uninstrument_restores_every_library_and_import_hook() -> None:
    def now() -> list[Any]:
        classes: list[tuple[Any, str]] = [
            (httpx.Client, "_send_single_request"),
            (httpx.AsyncClient, "_send_single_request"),
            (httpx2.Client, "_send_single_request"),
            (httpx2.AsyncClient, "_send_single_request"),
            (aiohttp.ClientSession, "_request"),
        ]
        return [owner.__dict__[name] for owner, name in classes] + list(sys.meta_path)

    before = now()
    misstep.init(exporter=Recorder().exporter)
    hooked = now()
    assert all(a is not b for a, b in zip(before[:5], hooked[:5], strict=True))
    misstep.instrument()
    assert now() == hooked, "a second instrument() must not hook twice"
    misstep.uninstrument()
    assert now() == before
    misstep.init(exporter=Recorder().exporter)
    assert now() != before
    misstep.shutdown()
    assert now() == before


def test_a_library_that_was_hooked_on_import_is_restored_as_if_it_never_was() -> None:
    told = in_process(
        """
        import misstep
        misstep.init(exporter=exporter)
        import httpx2, aiohttp
        methods = (httpx2.Client._send_single_request, aiohttp.ClientSession._request)
        assert all(hasattr(m, "__misstep__") for m in methods)
        misstep.uninstrument()
        methods = (httpx2.Client._send_single_request, aiohttp.ClientSession._request)
        assert not any(hasattr(m, "__misstep__") for m in methods)
        for module in (httpx2, aiohttp):
            assert "exec_module" not in vars(module.__loader__)
        assert not any("misstep" in type(f).__module__ for f in sys.meta_path)
        print(len(post(httpx2)))
        """
    )
    assert told == "0"


def test_a_hook_that_somebody_put_over_ours_is_left_alone() -> None:
    original = httpx.Client.__dict__["_send_single_request"]
    misstep.init(exporter=Recorder().exporter)
    ours = httpx.Client.__dict__["_send_single_request"]

    def theirs(self: Any, request: Any) -> Any:
        return ours(self, request)

    httpx.Client._send_single_request = theirs  # type: ignore[method-assign]
    try:
        misstep.shutdown()
        assert httpx.Client.__dict__["_send_single_request"] is theirs
        with httpx.Client(transport=answering(httpx)) as client:
            assert client.post(CHAT, json=ASKED).json() == ANSWER
    finally:
        httpx.Client._send_single_request = original  # type: ignore[method-assign]


W3C = {"traceparent", "tracestate", "baggage"}


@pytest.mark.parametrize(
    "url", [CHAT, "https://api.openai.com/v1/models", "https://api.anthropic.com/v1/files"]
)
def test_no_trace_context_is_sent_to_a_model_provider(url: str, recorder: Recorder) -> None:
    seen: list[httpx.Request] = []
    with (
        misstep.run("r"),
        misstep.hop("h"),
        httpx.Client(transport=answering(httpx, seen)) as client,
    ):
        client.post(url, json=ASKED)
    (request,) = seen
    assert not W3C & set(request.headers)


def test_an_sdk_that_adds_the_runs_trace_context_itself_is_kept_from_it(
    recorder: Recorder,
) -> None:
    seen: list[httpx2.Request] = []
    http = httpx2.Client(transport=answering(httpx2, seen))
    asked: Any = {"model": "m", "max_tokens": 9, "messages": ASKED["messages"]}
    with misstep.run("r"), anthropic.Anthropic(api_key="k", http_client=http) as client:
        client.messages.create(**asked)
    (request,) = seen
    assert not W3C & set(request.headers)


async def test_other_requests_carry_the_runs_trace_context(
    provider: LocalProvider, recorder: Recorder
) -> None:
    seen: list[httpx.Request] = []
    sent: list[Any] = []

    async def note(_session: Any, _context: Any, told: Any) -> None:
        sent.append(told.headers)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    with misstep.run("r") as run:
        with httpx.Client(transport=answering(httpx, seen)) as client:
            client.post("http://service.test/work", json={})
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            (await session.get(f"{provider.url}/healthz", headers={"x-mine": "1"})).close()
        assert run.id is not None and run.id in seen[0].headers["traceparent"]
        assert run.id in sent[0]["traceparent"] and sent[0]["x-mine"] == "1"


def test_exceptions_of_the_transport_reach_the_caller_unchanged(recorder: Recorder) -> None:
    error = httpx.ConnectError("refused")

    def refuse(_: httpx.Request) -> httpx.Response:
        raise error

    with (
        httpx.Client(transport=httpx.MockTransport(refuse)) as client,
        pytest.raises(httpx.ConnectError) as caught,
    ):
        client.post(CHAT, json=ASKED)
    assert caught.value is error
    hop = recorder.hop()
    assert hop.error is not None and hop.error.type == "httpx.ConnectError"
    assert recorder.attributes()["misstep.attempt.reason"] == "connection"


@pytest.mark.parametrize("level", ["none", "metadata"])
def test_a_call_tells_no_more_than_the_hop_around_it_may(level: Any, recorder: Recorder) -> None:
    @misstep.hop(capture=level)
    def ask() -> None:
        with httpx.Client(transport=answering(httpx)) as client:
            client.post(CHAT, json=ASKED)

    ask()
    attributes = recorder.attributes()
    assert "Fine." not in str(attributes) and "Hello there" not in str(attributes)
    assert attributes["gen_ai.usage.input_tokens"] == 7
    assert attributes["gen_ai.request.model"] == "gpt-4o"


def test_secret_headers_are_nowhere_in_the_span(
    provider: LocalProvider, recorder: Recorder
) -> None:
    key = "sk-ant-api03-0123456789abcdef0123456789abcdef"
    with anthropic.Anthropic(base_url=provider.url, api_key=key) as client:
        client.messages.create(
            model="claude-3-5-haiku",
            max_tokens=9,
            messages=[{"role": "user", "content": f"My key is {key}."}],
        )
    (span,) = recorder.spans()
    assert key not in span.to_json()


def test_calls_at_the_same_time_do_not_mix(provider: LocalProvider, recorder: Recorder) -> None:
    async def ask(client: httpx.AsyncClient, number: int) -> None:
        text = f"Number {number} says hello. Bye."
        body = {**ASKED, "messages": [{"role": "user", "content": text}], "stream": True}
        async with client.stream("POST", "/v1/chat/completions", json=body) as response:
            async for _ in response.aiter_bytes():
                await asyncio.sleep(0)

    async def all_at_once() -> None:
        async with httpx.AsyncClient(base_url=provider.url, timeout=60) as client:
            await asyncio.gather(*(ask(client, n) for n in range(12)))

    with misstep.run("r"):
        asyncio.run(all_at_once())
    hops = recorder.hops()
    asked = [h.messages_in[0].text.split(" says")[0] for h in hops]
    assert sorted(asked) == sorted(f"Number {n}" for n in range(12))
    assert all(a in str(h.output) for a, h in zip(asked, hops, strict=True))


def test_modules_without_the_expected_method_are_left_alone_and_counted() -> None:
    from misstep import dropped
    from misstep.transport import HttpSeam

    strange = ModuleType("httpx")
    strange.Client = type("Client", (), {})  # type: ignore[attr-defined]
    seam = HttpSeam()
    seam._hook_httpx(strange)
    reason = "httpx.Client has no _send_single_request: its calls are not seen"
    assert dropped().get(reason, 0) >= 1
    assert not hasattr(strange.Client, "_send_single_request")


async def test_a_reader_that_goes_on_after_done_does_not_double_the_answer(
    recorder: Recorder,
) -> None:
    body = Chunks(chunk("One") + chunk(None, "stop") + b"data: [DONE]\n\n")
    async with (
        httpx.AsyncClient(transport=streamed(body)) as client,
        client.stream("POST", CHAT, json=ASKED) as response,
    ):
        stream: Any = response.stream
        first = stream.__aiter__()
        await first.__anext__()  # has [DONE] in it: the first reader stops, the second drains
        assert [piece async for piece in stream] == list(body.chunks)
    assert recorder.hop().output == "One"

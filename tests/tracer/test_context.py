"""A hop finds its run over tasks, threads, executors, other libraries' spans and processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing.pool
import threading
import time
from typing import Any

import httpx
import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep
from misstep import runtime
from misstep_examples.provider import LocalProvider


@misstep.hop
def leaf() -> str | None:
    return misstep.current_run_id()


def in_thread() -> None:
    thread = threading.Thread(target=leaf)
    thread.start()
    thread.join()


def in_thread_subclass() -> None:
    class Own(threading.Thread):
        def run(self) -> None:
            leaf()

    own = Own()
    own.start()
    own.join()


def in_pool() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(leaf).result()


def in_pool_map() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        list(pool.map(lambda _: leaf(), [1]))


def in_thread_pool() -> None:
    with multiprocessing.pool.ThreadPool(2) as pool:
        pool.apply(leaf)


def in_thread_pool_map() -> None:
    with multiprocessing.pool.ThreadPool(2) as pool:
        pool.map(lambda n: leaf() if n else time.sleep(0.01), [0, 1, 0], 1)


def in_task() -> None:
    async def main() -> None:
        async def work() -> None:
            leaf()

        await asyncio.create_task(work())

    asyncio.run(main())


def in_executor() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().run_in_executor(None, leaf)

    asyncio.run(main())


def in_to_thread() -> None:
    asyncio.run(asyncio.to_thread(leaf))


@pytest.mark.parametrize(
    "way",
    [
        in_thread,
        in_thread_subclass,
        in_pool,
        in_pool_map,
        in_thread_pool,
        in_thread_pool_map,
        in_task,
        in_executor,
        in_to_thread,
    ],
)
def test_context_follows_into(recorded, way) -> None:
    with misstep.run("all"):
        way()
    assert recorded.parent("leaf") == "all"


def test_a_pool_thread_does_not_keep_the_hop_that_happened_to_start_it(recorded) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with misstep.run("first"):
            pool.submit(leaf).result()
        pool.submit(leaf).result()  # the same thread, outside any run
    inside, outside = [s for s in recorded.spans() if s.name == "leaf"]
    assert inside.parent is not None and outside.parent is None


def test_a_thread_pool_does_not_keep_the_hop_that_happened_to_make_it(recorded) -> None:
    with misstep.run("first"):
        pool = multiprocessing.pool.ThreadPool(1)
        pool.apply(leaf)
    pool.apply(leaf)
    pool.close()
    pool.join()
    inside, outside = [s for s in recorded.spans() if s.name == "leaf"]
    assert inside.parent is not None and outside.parent is None


def test_concurrent_tasks_keep_apart(recorded) -> None:
    @misstep.hop
    async def outer(number: int) -> None:
        await asyncio.sleep(0)
        await inner(number)

    @misstep.hop
    async def inner(number: int) -> None:
        await asyncio.sleep(0)

    @misstep.pipeline
    async def whole() -> None:
        await asyncio.gather(*(outer(n) for n in range(20)))

    asyncio.run(whole())
    spans = recorded.spans()
    outers = {
        s.context.span_id: (s.attributes or {})["misstep.input"] for s in spans if s.name == "outer"
    }
    inners = [s for s in spans if s.name == "inner"]
    assert len(inners) == 20
    assert all(outers[s.parent.span_id] == (s.attributes or {})["misstep.input"] for s in inners)


def test_the_context_is_what_it_was_after_every_kind_of_end(recorded) -> None:
    before = otel_context.get_current()

    @misstep.hop
    def fail() -> None:
        raise ValueError

    @misstep.hop
    def items() -> Any:
        yield 1
        yield 2

    with pytest.raises(ValueError):
        fail()
    next(items())
    leaf()
    assert otel_context.get_current() is before
    assert misstep.current_run_id() is None


# --- other libraries' spans --------------------------------------------------------------


def foreign() -> tuple[TracerProvider, InMemorySpanExporter]:
    provider, exporter = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def test_other_libraries_spans_nest_inside_a_hop_and_hops_inside_them(recorded) -> None:
    provider, exporter = foreign()
    tracer = provider.get_tracer("theirs")

    @misstep.hop
    def outer() -> None:
        with tracer.start_as_current_span("theirs"):
            leaf()

    outer()
    (theirs,) = exporter.get_finished_spans()
    ours = recorded.span("outer")
    assert theirs.parent.span_id == ours.context.span_id
    assert theirs.context.trace_id == ours.context.trace_id
    assert recorded.span("leaf").parent.span_id == theirs.context.span_id


def test_a_hop_inside_another_librarys_span_joins_its_trace(recorded) -> None:
    provider, exporter = foreign()
    with provider.get_tracer("theirs").start_as_current_span("request"):
        run_id = leaf()
    (request,) = exporter.get_finished_spans()
    assert run_id == f"{request.context.trace_id:032x}"
    assert recorded.span("leaf").parent.span_id == request.context.span_id


def test_init_leaves_the_global_tracer_provider_alone(recorded) -> None:
    leaf()
    recorded.spans()
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)


def test_a_provider_given_by_name_has_its_spans_recorded_too_until_shutdown(start) -> None:
    provider, _ = foreign()
    recorded = start(provider=provider)
    with provider.get_tracer("theirs").start_as_current_span("theirs"):
        leaf()
    assert {s.name for s in recorded.spans()} == {"theirs", "leaf"}
    misstep.shutdown()
    with provider.get_tracer("theirs").start_as_current_span("later"):
        pass
    assert len(recorded.exporter.get_finished_spans()) == 2
    provider.shutdown()


# --- W3C headers -------------------------------------------------------------------------


def test_headers_carry_a_run_into_another_process_and_its_pipelines_are_hops_there(
    recorded,
) -> None:
    @misstep.pipeline
    def elsewhere() -> None:
        leaf()

    with misstep.run("here"):
        carried = misstep.headers()
        run_id = misstep.current_run_id()
    assert set(carried) == {"traceparent"}
    for carrier in (
        carried,
        {"TRACEPARENT": carried["traceparent"]},
        [(b"traceparent", carried["traceparent"].encode())],
    ):
        with misstep.join(carrier):
            assert misstep.current_run_id() == run_id
            elsewhere()
    spans = [s for s in recorded.spans() if s.name == "elsewhere"]
    here = recorded.span("here")
    assert len(spans) == 3
    for span in spans:
        assert span.parent.span_id == here.context.span_id and span.parent.is_remote
        assert (span.attributes or {})["misstep.role"] == "hop"


def test_joining_headers_that_name_no_run_changes_nothing(recorded) -> None:
    for carrier in ({}, {"traceparent": "nonsense"}, {"accept": "x"}, []):
        with misstep.join(carrier):
            leaf()
    assert all(s.parent is None for s in recorded.spans())


def test_a_mark_given_in_a_joined_run_travels_with_it(recorded) -> None:
    with misstep.run("here"):
        carried = misstep.headers()
    with misstep.join(carried):
        misstep.mark("bad", text="87.3%")
    mark = recorded.span("mark")
    assert mark.context.trace_id == recorded.span("here").context.trace_id
    assert mark.events[0].attributes["misstep.mark.text"] == "87.3%"


def test_w3c_headers_go_with_outgoing_requests_but_never_with_model_calls(start) -> None:
    seen: dict[str, str | None] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen[request.url.path] = request.headers.get("traceparent")
        return httpx.Response(200, json={"choices": []})

    recorded = start()
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://x")
    with misstep.run("all"):
        client.get("/weather")
        client.post(
            "/v1/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "hi"}]},
        )
        client.get("/mine", headers={"traceparent": "own"})
    client.get("/outside")
    run = recorded.span("all")
    assert seen["/weather"] == f"00-{run.context.trace_id:032x}-{run.context.span_id:016x}-01"
    assert seen["/v1/chat/completions"] is None
    assert seen["/mine"] == "own"
    assert seen["/outside"] is None


# --- uninstrument ------------------------------------------------------------------------


def places() -> dict[str, Any]:
    """Everything instrument() may touch."""
    import asyncio.base_events
    import multiprocessing.pool
    import os
    import sys
    from multiprocessing.process import BaseProcess

    import httpx2

    found: dict[str, Any] = {
        "thread": threading.Thread.__dict__["start"],
        "submit": concurrent.futures.ThreadPoolExecutor.__dict__["submit"],
        "executor": asyncio.base_events.BaseEventLoop.__dict__["run_in_executor"],
        "exit": os.__dict__["_exit"],
        "process": BaseProcess.__dict__["start"],
        "bootstrap": BaseProcess.__dict__["_bootstrap"],
        "process_pool": concurrent.futures.ProcessPoolExecutor.__dict__["submit"],
        "pool": {
            name: multiprocessing.pool.Pool.__dict__[name]
            for name in ("apply_async", "map", "map_async", "starmap", "starmap_async", "imap")
        },
        "finders": list(sys.meta_path),
    }
    for module in (httpx, httpx2):
        for name in ("Client", "AsyncClient"):
            found[f"{module.__name__}.{name}"] = dict(vars(getattr(module, name)))
    return found


def test_uninstrument_leaves_no_trace() -> None:
    before = places()
    misstep.instrument()
    assert places() != before
    misstep.instrument()  # twice is once
    misstep.uninstrument()
    assert places() == before


def test_shutdown_undoes_what_init_did(start) -> None:
    before = places()
    start()
    misstep.shutdown()
    assert places() == before
    assert runtime.active() is None


def test_uninstrument_leaves_alone_what_somebody_patched_over_it(recorded, monkeypatch) -> None:
    ours = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: ours(self))
    theirs = threading.Thread.start
    misstep.uninstrument()
    assert threading.Thread.start is theirs
    in_thread()  # and it still works
    monkeypatch.undo()
    threading.Thread.start = ours.__wrapped__  # type: ignore[method-assign]


def test_calls_are_not_recorded_any_more_after_uninstrument(recorded) -> None:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
    with (
        LocalProvider(latency=0) as provider,
        httpx.Client(base_url=provider.url, timeout=60) as client,
    ):
        client.post("/v1/chat/completions", json=body)
        misstep.uninstrument()
        client.post("/v1/chat/completions", json=body)
    assert [s.name for s in recorded.spans()] == ["chat gpt-4o-mini"]

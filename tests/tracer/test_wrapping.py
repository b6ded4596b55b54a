"""Functions of every kind, wrapped: they behave as before, and one call is one hop."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import subprocess
import traceback
from typing import Any

import pytest

import misstep


def names(recorded: Any) -> list[str]:
    return [s.name for s in recorded.spans()]


def test_a_function_becomes_a_hop_with_its_arguments_by_name_and_its_result(recorded) -> None:
    @misstep.hop
    def add(first: int, second: int = 2, *more: int, sign: str = "+", **rest: Any) -> int:
        """Adds."""
        return first + second

    assert add(1) == 3
    assert recorded.payload("add", "input") == {"first": 1, "second": 2, "sign": "+"}
    assert recorded.payload("add", "output") == 3


def test_a_wrapped_function_keeps_name_docstring_and_signature() -> None:
    def add(first: int, second: int = 2) -> int:
        """Adds."""
        return first + second

    wrapped = misstep.hop(name="other")(add)
    assert wrapped.__name__ == "add"
    assert wrapped.__doc__ == "Adds."
    assert inspect.signature(wrapped) == inspect.signature(add)
    assert inspect.unwrap(wrapped) is add


def test_methods_are_recorded_without_self_or_cls(recorded) -> None:
    class Tool:
        @misstep.hop
        def plain(self, x: int) -> int:
            return x + 1

        @misstep.hop
        @classmethod
        def of_class(cls, x: int) -> int:
            return x + 2

        @misstep.hop
        @staticmethod
        def static(x: int) -> int:
            return x + 3

    assert (Tool().plain(1), Tool.of_class(1), Tool.static(1)) == (2, 3, 4)
    assert [recorded.payload(n, "input") for n in ("plain", "of_class", "static")] == [{"x": 1}] * 3


def test_a_class_with_call_stays_a_class_and_its_calls_are_hops(recorded) -> None:
    @misstep.hop(kind="tool")
    class Lookup:
        def __init__(self, base: int) -> None:
            self.base = base

        def __call__(self, x: int) -> int:
            return self.base + x

    made = Lookup(10)
    assert isinstance(made, Lookup)
    assert made(5) == 15
    assert recorded.payload("Lookup", "input") == {"x": 5}


def test_a_class_without_call_is_refused_with_a_sentence() -> None:
    with pytest.raises(TypeError, match="has no __call__ to record: decorate its methods instead"):
        misstep.hop(name="x")(type("Plain", (), {}))


def test_objects_with_call_and_partials_are_wrapped_as_what_they_do(recorded) -> None:
    class Async:
        async def __call__(self, x: int) -> int:
            return x * 2

    def add(a: int, b: int) -> int:
        return a + b

    wrapped = misstep.hop(name="object")(Async())
    assert inspect.iscoroutinefunction(wrapped)
    assert asyncio.run(wrapped(4)) == 8
    assert misstep.hop(name="partial")(functools.partial(add, 1))(2) == 3
    assert recorded.payload("object", "output") == 8
    assert recorded.payload("partial", "output") == 3


def test_a_block_records_what_is_assigned_when_it_is_assigned(recorded) -> None:
    documents = ["a"]
    with misstep.hop("retrieve", kind="retriever") as h:
        h.input = "query"
        h.output = documents
        documents.append("b")
    assert recorded.payload("retrieve", "input") == "query"
    assert recorded.payload("retrieve", "output") == ["a"]


def test_the_same_block_can_be_entered_inside_itself(recorded) -> None:
    block = misstep.hop("again")
    with block:
        block.output = 1
        with block:
            block.output = 2
    inner, outer = recorded.spans()
    assert inner.parent.span_id == outer.context.span_id


# --- sync equals async -------------------------------------------------------------------


def sync_story() -> list[Any]:
    @misstep.hop(kind="llm")
    def step(x: int) -> int:
        if x > 2:
            raise ValueError(f"too big: {x}")
        return x * 10

    @misstep.hop
    def items(n: int) -> Any:
        yield from range(n)

    @misstep.pipeline(name="story")
    def story() -> list[Any]:
        got: list[Any] = [step(1), step(2)]
        try:
            step(3)
        except ValueError as error:
            got.append(str(error))
        got += list(items(3))
        return got

    return story()


def async_story() -> list[Any]:
    @misstep.hop(kind="llm")
    async def step(x: int) -> int:
        if x > 2:
            raise ValueError(f"too big: {x}")
        return x * 10

    @misstep.hop
    async def items(n: int) -> Any:
        for i in range(n):
            yield i

    @misstep.pipeline(name="story")
    async def story() -> list[Any]:
        got: list[Any] = [await step(1), await step(2)]
        try:
            await step(3)
        except ValueError as error:
            got.append(str(error))
        got += [i async for i in items(3)]
        return got

    return asyncio.run(story())


def test_sync_equals_async_in_values_and_in_what_is_recorded(start) -> None:
    def told(recorded: Any) -> list[Any]:
        kept = ("misstep.hop.path", "misstep.hop.kind", "misstep.input", "misstep.output")
        return [
            (s.name, s.status.status_code, {k: (s.attributes or {}).get(k) for k in kept})
            for s in recorded.spans()
        ]

    first = start()
    values = sync_story()
    one = told(first)
    second = start()
    assert async_story() == values
    assert told(second) == one


# --- exceptions --------------------------------------------------------------------------


def test_exceptions_keep_their_identity_cause_and_traceback(recorded) -> None:
    raised = ValueError("wrong")

    def fail() -> None:
        raise raised from KeyError("cause")

    with pytest.raises(ValueError) as caught:
        misstep.hop(fail)()
    assert caught.value is raised
    assert isinstance(raised.__cause__, KeyError)
    assert raised.__context__ is None
    assert traceback.extract_tb(raised.__traceback__)[-1].name == "fail"
    span = recorded.span("fail")
    assert not span.status.is_ok and span.status.description == "wrong"
    (event,) = span.events
    assert event.attributes["exception.type"] == "ValueError"
    assert (
        'in fail\n    raise raised from KeyError("cause")'
        in event.attributes["exception.stacktrace"]
    )


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_exceptions_that_end_programs_pass_through_and_are_noted(recorded, kind) -> None:
    @misstep.hop
    def stop() -> None:
        raise kind()

    with pytest.raises(kind):
        stop()
    assert kind.__name__ in recorded.attributes("stop")["error.type"]


def test_a_failed_hop_holds_no_reference_to_the_programs_objects(recorded) -> None:
    import gc
    import weakref

    class Big: ...

    @misstep.hop
    def fail() -> None:
        big = Big()
        seen.append(weakref.ref(big))
        raise ValueError("x")

    seen: list[Any] = []
    with pytest.raises(ValueError):
        fail()
    gc.collect()
    assert seen[0]() is None


# --- without init ------------------------------------------------------------------------


def test_without_init_wrappers_pass_straight_through() -> None:
    calls = []

    @misstep.hop
    def step(*args: Any, **kwargs: Any) -> Any:
        calls.append((args, kwargs))
        return object

    @misstep.pipeline
    def whole() -> Any:
        with misstep.hop("block") as h:
            h.output = 1
            assert h.id is None
            return step(1, a=2)

    assert whole() is object
    assert calls == [((1,), {"a": 2})]
    misstep.mark("bad")
    misstep.state({"a": 1})
    assert misstep.recorded(len, "abc") == 3
    with misstep.attempts("x"):
        pass
    assert misstep.flush() and misstep.headers() == {} and misstep.current_run_id() is None


def test_without_init_nothing_of_a_call_is_captured(monkeypatch) -> None:
    from misstep import hops, snapshot

    def never(*_: Any) -> Any:
        raise AssertionError("captured although nothing records")

    monkeypatch.setattr(snapshot, "freeze", never)
    monkeypatch.setattr(hops, "freeze_arguments", never)
    assert misstep.hop(lambda x: x)(5) == 5


def test_after_shutdown_wrappers_pass_through_again(recorded) -> None:
    @misstep.hop
    def step() -> int:
        return 1

    step()
    recorded.spans()
    misstep.shutdown()
    assert step() == 1
    assert len(recorded.exporter.get_finished_spans()) == 1


def test_a_second_init_replaces_the_first(start) -> None:
    first = start()
    second = start()

    @misstep.hop
    def step() -> None: ...

    step()
    assert names(second) == ["step"]
    assert first.exporter.get_finished_spans() == ()


# --- runs --------------------------------------------------------------------------------


def test_a_pipeline_is_a_run_and_a_pipeline_inside_it_is_a_hop(recorded) -> None:
    @misstep.pipeline
    def inner(x: int) -> int:
        return x

    @misstep.pipeline(name="whole thing")
    def outer() -> int:
        return inner(1)

    outer()
    assert recorded.attributes("whole thing")["misstep.role"] == "run"
    assert recorded.attributes("inner")["misstep.role"] == "hop"
    assert recorded.parent("inner") == "whole thing"


def test_a_hop_outside_a_run_is_a_run_of_its_own(recorded) -> None:
    @misstep.hop
    def alone() -> None: ...

    alone()
    alone()
    one, two = recorded.spans()
    assert one.parent is None and one.context.trace_id != two.context.trace_id


def test_names_that_repeat_are_numbered_in_their_paths(recorded) -> None:
    @misstep.hop
    def step() -> None: ...

    @misstep.pipeline
    def whole() -> None:
        for _ in range(3):
            step()

    whole()
    paths = [(s.attributes or {}).get("misstep.hop.path") for s in recorded.spans()]
    assert paths == ["step", "step#2", "step#3", None]


def test_a_run_records_what_a_replay_needs(recorded, tmp_path) -> None:
    @misstep.hop(kind="tool", effect=True)
    def send(to: str) -> dict[str, str]:
        return {"sent": to}

    @misstep.pipeline
    def whole(to: str, *, copies: int = 1) -> dict[str, str]:
        return send(to)

    whole("a@example.org", copies=2)
    run, hop = recorded.attributes("whole"), recorded.attributes("send")
    assert run["misstep.entry"].endswith("<locals>.whole")
    assert run["misstep.entry.arguments"] == '{"args":["a@example.org"],"kwargs":{"copies":2}}'
    assert "misstep" in run["misstep.sdk.versions"]
    assert "misstep.entry.folder" not in run
    assert hop["misstep.effect"] is True and hop["gen_ai.tool.name"] == "send"
    assert hop["misstep.content_key"].startswith("sha256:")
    assert hop["misstep.code.hash"].startswith("sha256:")
    assert hop["misstep.output.type"] == "dict[str, str]"


def test_a_run_names_the_commit_of_the_folder_its_code_lies_in(
    recorded, tmp_path, monkeypatch
) -> None:
    code, elsewhere = tmp_path / "code", tmp_path / "elsewhere"
    commits = {}
    for folder in (code, elsewhere):
        folder.mkdir()
        (folder / "notes.txt").write_text(folder.name)
        as_somebody = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
        for verb in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", folder.name)):
            subprocess.run(["git", *as_somebody, *verb], cwd=folder, check=True)
        asked = ["git", "rev-parse", "HEAD"]
        commits[folder] = subprocess.check_output(asked, cwd=folder, text=True).strip()
    source = "import misstep\n\n@misstep.pipeline\ndef whole() -> int:\n    return 1\n"
    (code / "committed_code.py").write_text(source)
    monkeypatch.syspath_prepend(str(code))
    monkeypatch.chdir(elsewhere)
    importlib.import_module("committed_code").whole()
    run = recorded.attributes("whole")
    assert run["vcs.ref.head.revision"] == commits[code]
    assert run["misstep.code.hash"].startswith("sha256:")


def test_the_content_key_is_the_hash_of_path_and_canonical_input(recorded) -> None:
    from misstep.payload import content_hash

    @misstep.hop
    def step(**value: Any) -> None: ...

    inputs: list[dict[str, Any]] = [
        {"text": "plain"},
        {"b": 1, "a": 2},
        {"x": 1.0},
        {"x": "ü\u2028\ud800"},
        {"ключ": [None, True]},
    ]
    for value in inputs:
        step(**value)
    keys = [(s.attributes or {})["misstep.content_key"] for s in recorded.spans()]
    assert keys == [content_hash(["step", value]) for value in inputs]

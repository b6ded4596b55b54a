"""Generators of every kind, wrapped: what they yield, are sent and throw passes through."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import misstep


def test_a_generator_that_is_never_consumed_runs_nothing_and_records_nothing(recorded) -> None:
    ran = []

    @misstep.hop
    def numbers() -> Any:
        ran.append(1)
        yield 1

    made = numbers()
    assert inspect.isgenerator(made)
    del made
    assert ran == []
    assert recorded.spans() == []


def test_generator_arguments_are_never_consumed(recorded) -> None:
    @misstep.hop
    def first(items: Any) -> Any:
        return next(items)

    source = iter(x for x in (1, 2, 3))
    assert first(source) == 1
    assert list(source) == [2, 3]
    assert "generator" in recorded.payload("first", "input")["items"]


def test_a_generator_given_up_midway_records_what_it_yielded_and_is_no_error(recorded) -> None:
    closed = []

    @misstep.hop
    def words() -> Any:
        try:
            yield "one "
            yield "two "
            yield "three"
        finally:
            closed.append(True)

    made = words()
    assert next(made) + next(made) == "one two "
    made.close()
    assert closed == [True]
    assert recorded.payload("words", "output") == "one two "
    assert recorded.span("words").status.is_unset


def test_send_throw_and_return_values_of_a_generator_pass_through(recorded) -> None:
    @misstep.hop
    def talk() -> Any:
        got = yield "ready"
        try:
            yield got
        except KeyError as error:
            yield f"caught {error.args[0]}"
        return "done"

    @misstep.hop
    def outer() -> Any:
        result = yield from talk()
        yield result

    made = outer()
    assert [next(made), made.send("x"), made.throw(KeyError("k")), next(made)] == [
        "ready",
        "x",
        "caught k",
        "done",
    ]


def test_a_generator_is_current_in_its_steps_and_not_in_its_consumer(recorded) -> None:
    @misstep.hop
    def inside() -> None: ...

    @misstep.hop
    def between() -> None: ...

    @misstep.hop
    def source() -> Any:
        for _ in range(2):
            inside()
            yield 1

    with misstep.run("all"):
        for _ in source():
            between()
    by_id = {s.context.span_id: s.name for s in recorded.spans()}
    parents = {(s.name, by_id.get(s.parent.span_id)) for s in recorded.spans() if s.parent}
    assert parents == {("inside", "source"), ("between", "all"), ("source", "all")}


def test_an_async_generator_passes_asend_and_athrow_through(recorded) -> None:
    @misstep.hop
    async def talk() -> Any:
        got = yield "ready"
        try:
            yield got
        except KeyError:
            yield "caught"

    async def main() -> list[Any]:
        made = talk()
        return [
            await made.asend(None),
            await made.asend(ValueError("a value")),
            await made.athrow(KeyError()),
        ]

    ready, sent, caught = asyncio.run(main())
    assert (ready, str(sent), caught) == ("ready", "a value", "caught")

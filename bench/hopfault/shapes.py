"""Twelve shapes of pipeline. Each takes a domain's name and a request's text and files a record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anthropic
from bench.hopfault import steps as s
from bench.hopfault.domains import Domain
from bench.hopfault.steps import Record

import misstep

T = TypeVar("T")
Pipeline = Callable[[str, str], Record]


@dataclass(frozen=True, slots=True)
class Shape:
    """A pipeline and the steps a fault can be planted in."""

    name: str
    pipeline: Pipeline
    models: tuple[str, ...]
    lookups: tuple[str, ...] = ()


def _side_by_side(calls: list[Callable[[], T]]) -> list[T]:
    """What the calls return: they overlap, and begin and are answered in their order."""
    turn = None
    waiting = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        for call in calls:
            turn = s.Turn(turn)
            waiting.append(pool.submit(copy_context().run, _in_turn, turn, call))
            turn.begun.wait()
        if turn is not None:
            turn.overlapped.set()
        return [future.result() for future in waiting]


def _in_turn(turn: s.Turn, call: Callable[[], T]) -> T:
    s.turn.set(turn)
    try:
        return call()
    finally:
        turn.pass_on()


def _facts(domain: Domain, record: Record, total: Any, decision: Any) -> Record:
    return {
        "reference": record.get("reference"),
        "entity": record.get(domain.entity_key),
        "item_count": len(record.get(domain.items_key) or []),
        "limit": record.get(domain.limit_key),
        "total": total,
        "unit": domain.unit,
        "decision": decision,
    }


def _finish(domain: Domain, record: Record, total: Any, decision: Any, **more: Any) -> Record:
    """Writes the note and files the record: how most shapes end."""
    facts = _facts(domain, record, total, decision) | more
    note = s.write(facts)
    s.file_record(facts)
    return {**facts, "note": note}


@misstep.pipeline(name="chain")
def chain(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    terms = s.look_up(record.get(words.entity_key) or "")
    priced = s.price(record, terms.get("factor"))
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    return _finish(words, record, priced.get("total"), decided.get("decision"))


@misstep.pipeline(name="fan_out")
def fan_out(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    factor = s.look_up(record.get(words.entity_key) or "").get("factor")
    items = record.get(words.items_key) or []
    lines = _side_by_side([partial(s.price_one, item, factor) for item in items])
    total = s.add_up(lines).get("total")
    decided = s.decide(total, record.get(words.limit_key))
    return _finish(words, record, total, decided.get("decision"))


@misstep.pipeline(name="router")
def router(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    way = s.route(text).get("route")
    record = s.extract(text)
    factor = 1.0
    if way == "complex":
        factor = s.look_up(record.get(words.entity_key) or "").get("factor") or 1.0
    priced = s.price(record, factor)
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    return _finish(words, record, priced.get("total"), decided.get("decision"), route=way)


@misstep.pipeline(name="rag")
def rag(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    entity = record.get(words.entity_key) or ""
    question = f"Which factor is in the terms for {entity}?"
    found = s.retrieve(s.embed_question(question), entity, record.get("date") or "")
    factor = s.answer(question, found.get("document") or "").get("factor")
    priced = s.price(record, factor)
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    return _finish(words, record, priced.get("total"), decided.get("decision"))


@misstep.pipeline(name="map_reduce")
def map_reduce(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    parts = re.findall(r"\d+ x [^;]+?(?=;|\. The)", text)
    mapped = _side_by_side([partial(s.extract_items, part) for part in parts])
    items = [item for one in mapped for item in one.get(words.items_key) or []]
    priced = s.price({**record, words.items_key: items}, 1.0)
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    return _finish(words, record, priced.get("total"), decided.get("decision"))


_GET_FACTOR: Any = {
    "type": "function",
    "function": {
        "name": "get_factor",
        "parameters": {"type": "object", "properties": {"entity": {"type": "string"}}},
    },
}


@misstep.hop(kind="agent")
def estimate(record: Record) -> Record:
    """A model that calls tools until it knows the total; a failing call is tried again."""
    messages: list[Any] = [
        {"role": "system", "content": s.instruction("estimate")},
        {"role": "user", "content": json.dumps({"record": record})},
    ]
    for _ in range(4):
        told = s.clients.openai.chat.completions.create(
            model=s.GPT, messages=messages, tools=[_GET_FACTOR]
        )
        message = told.choices[0].message
        if not message.tool_calls:
            return s.lenient(message.content or "")
        messages.append(message.model_dump(include={"role", "content", "tool_calls"}))
        for call in message.tool_calls:
            result = s.get_factor(**json.loads(call.function.arguments))
            messages.append(
                {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}
            )
    return {}


@misstep.pipeline(name="tool_loop")
def tool_loop(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    total = estimate(record).get("total")
    decided = s.decide(total, record.get(words.limit_key))
    return _finish(words, record, total, decided.get("decision"))


@misstep.pipeline(name="critic_repair")
def critic_repair(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    priced = s.price(record, s.look_up(record.get(words.entity_key) or "").get("factor"))
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    facts = _facts(words, record, priced.get("total"), decided.get("decision"))
    note = s.write(facts)
    remarks = s.criticise(note, facts).get("remarks") or []
    note = s.repair(note, remarks, facts)
    s.file_record(facts)
    return {**facts, "note": note}


@misstep.pipeline(name="debate")
def debate(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    factor = s.look_up(record.get(words.entity_key) or "").get("factor")
    first, second = _side_by_side(
        [partial(s.solve, record, factor, s.GPT), partial(s.solve, record, factor, s.HAIKU)]
    )
    verdict = s.judge(first, second)
    total = verdict.get("total")
    decided = s.decide(total, record.get(words.limit_key))
    return _finish(words, record, total, decided.get("decision"))


@misstep.pipeline(name="skip_edge")
def skip_edge(domain: str, text: str) -> Record:
    """The first step's items are used by the third and again by the last."""
    words = s.domain_named(domain)
    record = s.extract(text)
    priced = s.price(record, s.look_up(record.get(words.entity_key) or "").get("factor"))
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    items = record.get(words.items_key) or []
    listed = [f"{i.get(words.count_key)} {i.get(words.name_key)}" for i in items]
    return _finish(words, record, priced.get("total"), decided.get("decision"), items=listed)


@misstep.pipeline(name="multi_turn")
def multi_turn(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    state = s.extract(text)
    names = re.findall(r"\d+ x ([a-z ]+?) at", text)
    for message in (f"make it 4 x {names[0]}", f"leave out the {names[1]}", "that is all"):
        state = s.converse(state, message)
    priced = s.price(state, s.look_up(state.get(words.entity_key) or "").get("factor"))
    decided = s.decide(priced.get("total"), state.get(words.limit_key))
    return _finish(words, state, priced.get("total"), decided.get("decision"))


@misstep.hop(kind="llm")
def price_or_fail_over(record: Record, factor: float | None) -> Record:
    """Priced by the first provider, by the second where the first refuses."""
    payload = json.dumps({"record": record, "factor": factor})
    with misstep.attempts("price"):
        try:
            return s.lenient(s.ask(s.SONNET, "price", payload))
        except anthropic.APIError:
            return s.lenient(s.ask(s.GPT, "price", payload))


@misstep.pipeline(name="failover")
def failover(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    terms = s.look_up(record.get(words.entity_key) or "")
    priced = price_or_fail_over(record, terms.get("factor"))
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    return _finish(words, record, priced.get("total"), decided.get("decision"))


@misstep.pipeline(name="human_in_the_loop")
def human_in_the_loop(domain: str, text: str) -> Record:
    words = s.domain_named(domain)
    record = s.extract(text)
    terms = s.look_up(record.get(words.entity_key) or "")
    priced = s.price(record, terms.get("factor"))
    decided = s.decide(priced.get("total"), record.get(words.limit_key))
    reviewed = s.human_review(priced.get("total"), decided.get("decision"))
    return _finish(words, record, priced.get("total"), reviewed.get("decision"))


_BASE = ("extract", "price", "decide", "write")
SHAPES = (
    Shape("chain", chain, _BASE, ("look_up",)),
    Shape("fan_out", fan_out, ("extract", "price_one", "decide", "write"), ("look_up",)),
    Shape("router", router, ("route", *_BASE), ("look_up",)),
    Shape("rag", rag, ("answer", *_BASE), ("retrieve",)),
    Shape("map_reduce", map_reduce, ("items", *_BASE)),
    Shape("tool_loop", tool_loop, ("extract", "estimate", "decide", "write"), ("get_factor",)),
    Shape("critic_repair", critic_repair, (*_BASE, "criticise", "repair"), ("look_up",)),
    Shape("debate", debate, (*_BASE, "judge"), ("look_up",)),
    Shape("skip_edge", skip_edge, _BASE, ("look_up",)),
    Shape("multi_turn", multi_turn, (*_BASE, "converse"), ("look_up",)),
    Shape("failover", failover, _BASE, ("look_up",)),
    Shape("human_in_the_loop", human_in_the_loop, _BASE, ("look_up",)),
)

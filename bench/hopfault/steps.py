"""The steps HopFault's pipelines are made of, each a hop of misstep's public API."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeVar

from bench.hopfault.domains import DOMAINS, Domain, documents
from bench.hopfault.skills import INSTRUCTIONS, REGRESSION

import misstep
from misstep_examples.models import Session
from misstep_examples.provider.vectors import embed

T = TypeVar("T")
Record = dict[str, Any]
MINI, HAIKU, SONNET, GPT = "gpt-4o-mini", "claude-3-5-haiku", "claude-3-5-sonnet", "gpt-4o"
_DIMENSIONS = 32

planted: dict[str, str] = {}
"""Faults of the program's own code: step to kind. Empty in a healthy program."""

VARIABLE = "HOPFAULT_PLANTED"
"""Names :data:`planted`, as JSON, to a process that executes a run again."""

clients = Session()
"""The SDK clients of this process; whoever runs pipelines closes them at the end."""

current: ContextVar[Domain] = ContextVar("hopfault_domain")


@dataclass(frozen=True, slots=True)
class Turn:
    """The place of one of several calls made side by side: they overlap, yet their models are
    asked in order, so that a fault that strikes once strikes the same call in every process."""

    before: Turn | None
    begun: Event = field(default_factory=Event)
    asked: Event = field(default_factory=Event)
    overlapped: Event = field(default_factory=Event)

    def take(self) -> None:
        """Waits until the model of the call before was asked."""
        self.begun.set()
        if self.before is not None:
            self.before.asked.wait()

    def pass_on(self) -> None:
        """Lets the next one ask, and the one before end."""
        self.begun.set()
        self.asked.set()
        if self.before is not None:
            self.before.overlapped.set()


turn: ContextVar[Turn | None] = ContextVar("hopfault_turn", default=None)


@contextmanager
def _answering(opened: AbstractContextManager[T]) -> Iterator[T]:
    """The answer that begins; where calls are made side by side, read when the next one begins."""
    mine = turn.get()
    if mine is not None:
        mine.take()
    with opened as answer:
        if mine is not None:
            mine.pass_on()
            mine.overlapped.wait()
        yield answer


class RecordRefusedError(ValueError):
    """The archive does not take such a record."""


def instruction(step: str) -> str:
    """What the step tells its model."""
    edited = f" {REGRESSION}" if planted.get(step) == "prompt_regression" else ""
    return f"{INSTRUCTIONS[step]} Fields: {current.get().fields}.{edited}"


def ask(model: str, step: str, payload: str) -> str:
    """The model's answer to a step's instruction, through the SDK its name calls for."""
    if model.startswith("claude"):
        calls = clients.anthropic.messages.with_streaming_response
        with _answering(
            calls.create(
                model=model,
                max_tokens=2000,
                system=instruction(step),
                messages=[{"role": "user", "content": payload}],
            )
        ) as told:
            return "".join(b.text for b in told.parse().content if b.type == "text")
    with _answering(
        clients.openai.chat.completions.with_streaming_response.create(
            model=model,
            messages=[
                {"role": "system", "content": instruction(step)},
                {"role": "user", "content": payload},
            ],
        )
    ) as answer:
        return answer.parse().choices[0].message.content or ""


def lenient(text: str) -> Record:
    """The JSON object in a text; what can be saved of it where it is broken."""
    try:
        value = json.loads(text)
    except ValueError:
        value = _saved(text)
    return value if isinstance(value, dict) else {}


def _saved(text: str) -> Any:
    for cut in reversed([m.start() for m in re.finditer(",", text)]):
        try:
            return json.loads(text[:cut] + "}")
        except ValueError:
            continue
    return {}


def _ask_json(model: str, step: str, payload: Any) -> Record:
    return lenient(ask(model, step, payload if isinstance(payload, str) else json.dumps(payload)))


@misstep.hop(kind="llm")
def extract(text: str) -> Record:
    return _ask_json(MINI, "extract", text)


@misstep.hop(kind="llm")
def extract_items(part: str) -> Record:
    return _ask_json(MINI, "items", part)


@misstep.hop(kind="retriever")
def look_up(entity: str) -> Record:
    return _terms(entity, planted.get("look_up"))


def _terms(entity: str, fault: str | None) -> Record:
    """The document in force for the entity, unless this program has a fault."""
    own = [d for d in documents(current.get()) if d.entity == entity]
    if fault == "wrong_document":
        own = [d for d in documents(current.get()) if d.entity != entity]
    if fault == "swallowed_tool_error" or not own:
        return {"entity": entity, "factor": 1.0}
    if fault == "timeout_fabrication":
        return {"entity": entity, "factor": 1.25, "version": "2025", "valid_until": ""}
    chosen = own[1] if fault == "stale_state" else own[0]
    return {
        "entity": chosen.entity,
        "factor": chosen.factor,
        "version": chosen.version,
        "valid_until": chosen.valid_until,
    }


@misstep.hop(kind="llm")
def price(record: Record, factor: float | None) -> Record:
    return _ask_json(HAIKU, "price", {"record": record, "factor": factor})


@misstep.hop(kind="llm")
def price_one(item: Record, factor: float | None) -> Record:
    return _ask_json(MINI, "price_one", {"item": item, "factor": factor})


@misstep.hop(kind="tool", pure=True)
def add_up(lines: list[Record]) -> Record:
    return {"lines": lines, "total": round(sum(line.get("amount") or 0 for line in lines), 2)}


@misstep.hop(kind="llm")
def decide(total: float | None, limit: float | None) -> Record:
    return _ask_json(SONNET, "decide", {"total": total, "limit": limit})


@misstep.hop(kind="llm")
def write(facts: Record) -> str:
    return ask(MINI, "write", json.dumps(facts))


@misstep.hop(kind="evaluator")
def criticise(note: str, facts: Record) -> Record:
    return _ask_json(HAIKU, "criticise", {"note": note, "facts": facts})


@misstep.hop(kind="llm")
def repair(note: str, remarks: list[str], facts: Record) -> str:
    return ask(MINI, "repair", json.dumps({"note": note, "remarks": remarks, "facts": facts}))


@misstep.hop(kind="llm")
def route(text: str) -> Record:
    return _ask_json(MINI, "route", text)


@misstep.hop(kind="embedding")
def embed_question(question: str) -> list[float]:
    answer = clients.openai.embeddings.create(
        model="text-embedding-3-small",
        input=question,
        dimensions=_DIMENSIONS,
        encoding_format="float",
    )
    return answer.data[0].embedding


@misstep.hop(kind="retriever")
def retrieve(vector: list[float], entity: str, valid_on: str) -> Record:
    """The nearest document for the entity that is valid on the day."""
    fault = planted.get("retrieve")
    found = [
        d for d in documents(current.get()) if (d.entity == entity) != (fault == "wrong_document")
    ]
    in_force = [d for d in found if (d.valid_until == "") != (fault == "stale_state")]
    if not in_force or fault == "swallowed_tool_error":
        return {"document": "", "entity": entity, "version": "", "valid_until": ""}
    best = max(in_force, key=lambda d: _nearness(vector, d.text))
    return {
        "document": best.text,
        "entity": best.entity,
        "version": best.version,
        "valid_until": best.valid_until,
    }


def _nearness(vector: list[float], text: str) -> float:
    return sum(a * b for a, b in zip(vector, embed(text, _DIMENSIONS), strict=True))


@misstep.hop(kind="llm")
def answer(question: str, document: str) -> Record:
    return _ask_json(HAIKU, "answer", {"question": question, "document": document})


@misstep.hop(kind="llm")
def solve(record: Record, factor: float | None, model: str) -> Record:
    return _ask_json(model, "price", {"record": record, "factor": factor})


@misstep.hop(kind="evaluator")
def judge(first: Record, second: Record) -> Record:
    return _ask_json(SONNET, "judge", {"first": first, "second": second})


@misstep.hop(kind="llm")
def converse(state: Record, message: str) -> Record:
    return _ask_json(GPT, "converse", {"state": state, "message": message})


@misstep.hop(kind="tool", pure=True)
def get_factor(entity: str) -> Record:
    return _terms(entity, planted.get("get_factor"))


@misstep.hop(kind="tool")
def human_review(total: float | None, decision: str | None) -> Record:
    """The reviewer's word: takes the proposal, as reviewers do."""
    return {"decision": decision, "reviewed": True}


@misstep.hop(kind="tool", effect=True)
def file_record(record: Record) -> Record:
    """Puts the record into the archive.

    Raises:
        RecordRefusedError: it lacks what the archive insists on.
    """
    for key in ("entity", "total", "decision", "limit", "item_count"):
        if not record.get(key):
            raise RecordRefusedError(
                f"the archive refuses a record whose {key} is {record.get(key)!r}"
            )
    return {"archived": record.get("reference")}


def domain_named(name: str) -> Domain:
    """The domain, made current for the run this is called in."""
    if VARIABLE in os.environ:
        planted.clear()
        planted.update(json.loads(os.environ[VARIABLE]))
    current.set(DOMAINS[name])
    return DOMAINS[name]

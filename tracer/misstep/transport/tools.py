"""The arguments a model gave to its tools against the schemas the request declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from misstep import semconv as sc
from misstep.record import EventRecord, SpanRecord
from misstep.schemas import Problem, short, violations

RULE = "tool.schema"
_MAX_FINDINGS = 20


def check_calls(
    record: SpanRecord, tools: Sequence[dict[str, Any]], messages: Sequence[dict[str, Any]]
) -> None:
    """Adds a finding for each way a tool call of an answer breaks its declaration."""
    declared = {t.get("name"): t.get("parameters") for t in tools if t.get("type") == "function"}
    if not declared:
        return
    calls = [p for m in messages for p in m.get("parts", []) if p.get("type") == "tool_call"]
    found = 0
    for number, call in enumerate(calls):
        for at, problem in _problems_of(call, declared, names={t.get("name") for t in tools}):
            found += 1
            if found > _MAX_FINDINGS:
                return
            _add(record, f"tool_calls[{number}].arguments{at}", problem)


def _problems_of(
    call: dict[str, Any], declared: dict[Any, Any], names: set[Any]
) -> Iterator[Problem]:
    name, arguments = call.get("name"), call.get("arguments")
    if name not in names:
        listed = ", ".join(sorted(str(n) for n in declared))
        yield "", f"the model called {name!r}, which was not declared (declared: {listed})"
        return
    schema = declared.get(name)
    if arguments in (None, "") and not (isinstance(schema, dict) and schema.get("required")):
        return
    if isinstance(arguments, str):
        yield "", f"the arguments of {name} are no JSON: {short(arguments)}"
    elif isinstance(schema, dict):
        for at, problem in violations(schema, {} if arguments is None else arguments):
            yield at, f"{name}: {problem}"


def _add(record: SpanRecord, path: str, message: str) -> None:
    attributes: dict[str, Any] = {
        sc.FINDING_RULE: RULE,
        sc.FINDING_MESSAGE: message[:2000],
        sc.FINDING_STRICT: True,
        sc.FINDING_PATH: path,
    }
    record.events.append(EventRecord(sc.EVENT_FINDING, record.end_unix_nano, attributes))

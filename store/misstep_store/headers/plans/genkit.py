"""Genkit: what its models gave, and what the provider itself answered inside of that."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from misstep_store.conventions.finishing import provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import genkit
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.headers.columns import layouts
from misstep_store.headers.columns.spans import TOKENS
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers, counted, wires
from misstep_store.headers.steps import rows


def kit(seen: Seen) -> Plan | None:
    if seen.has_details:
        return None
    kind = genkit.kind_of(seen.a)
    plan = Plan(seen, genkit.NAME, kind)
    plan.named("genkit:name")
    if kind in CALL_KINDS:
        plan.add(_kit_names)
    if kind == "llm" and "genkit:output" in seen.a:
        plan.add(_kit_answers)
    plan.texts("session_id", "genkit:sessionId", "genkit:metadata:sessionId")
    genai.about(plan)
    return plan


def _kit_names(found: rows.Rows) -> None:
    told = [name.partition("/") for name in found.names]
    found.fill("provider", [provider(before) if slash else None for before, slash, _ in told])
    found.fill("request_model", [after if slash else before for before, slash, after in told])


class _Chosen(msgspec.Struct, gc=False):
    finishReason: Any = None  # noqa: N815


class _Made(_Chosen, gc=False):
    """What a model gave; older plugins wrap it in a list of candidates."""

    message: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    candidates: list[_Chosen] | None = None
    usage: counted.OfGenkit | None = None
    raw: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    custom: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_read = layouts.decoder(_Made)


def _kit_answers(found: rows.Rows) -> None:
    given = [a["genkit:output"] for a in found.many]
    groups, odd = wires.by_format(given, (_read,))
    parts = [(numbers, _said(made)) for _, numbers, made in groups]
    if len(parts) == 1 and not odd:
        rows.take_columns(found, parts[0][1])
        return
    alone = [(n, _kit_answer(given[n])) for n in odd]
    rows.take_columns(found, answers.joined(len(given), parts, alone))


def _said(made: list[_Made]) -> answers.Columns:
    """As :func:`_kit_answer` of each."""
    raw = [(n, text) for n, m in enumerate(made) if (text := _raw(m))]
    inner = answers.abouts([text for _, text in raw])
    if not inner.models:
        raw, inner = [], inner._replace(used=np.zeros((len(TOKENS), 0), np.int64))
    told = answers.joined(len(made), [([n for n, _ in raw], inner)], [])
    ends = told.ends
    for n in [n for n, end in enumerate(ends) if end is None]:
        end = _chosen(made[n]).finishReason
        ends[n] = end if end and type(end) is str else None
    counts = counted.table(counted.of_genkit([m.usage for m in made]))
    return told._replace(used=answers.merged_counts(told.used, counts), fresh=None)


def _raw(made: _Made) -> str | None:
    """What the provider itself answered, as :func:`genkit.answer` finds it."""
    for told in (made.raw, made.custom):
        if told is not msgspec.UNSET and (text := bytes(told).decode().strip())[:1] == "{":
            return text
    return None


def _chosen(made: _Made) -> _Chosen:
    return made.candidates[0] if made.candidates and made.message is msgspec.UNSET else made


def _kit_answer(body: Any) -> bodies.About:
    made = rd.decoded(body)
    if not isinstance(made, dict):
        return bodies.NOTHING
    chosen, raw = genkit.answer(made)
    inner = bodies.about_answer(raw) if raw is not None else bodies.NOTHING
    usage = merged(inner.usage, usage_of(made.get("usage")))
    finish_reason = inner.finish or rd.text(chosen, "finishReason")
    return bodies.About(inner.model, inner.identity, finish_reason, usage)


MAKERS = {genkit.NAME: kit}

"""Facts of many spans: together where they are alike, one by one where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from misstep.model import Message
from misstep_store import conventions
from misstep_store.conventions import bodies, otel_genai
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions.finishing import provider
from misstep_store.conventions.types import Draft, Usage
from misstep_store.headers import values
from misstep_store.headers.plans import DECIDING, Plan, plan_of
from misstep_store.headers.spans import (
    KIND_OF,
    ROLE_OF,
    TEXTS,
    TOKENS,
    Facts,
    SpanColumns,
)

Key = tuple[object, ...]
_PLANS: dict[Key, Plan | None] = {}
_MAX_PLANS = 20_000
_FOREIGN = frozenset({"strands-agents", "autogen"})
_MESSAGE = (Message(role="assistant", parts=[{"type": "reasoning", "content": ""}]),)
"""Stands for messages that are there and need not be read."""


def read(spans: SpanColumns) -> Facts:
    """The facts of each span, at its place."""
    facts = Facts.empty(len(spans))
    groups, odd = _grouped(spans)
    for key, places in groups.items():
        plan = _plan(key, spans, places[0])
        if plan is None or (plan.foreign and _foreign(spans, places)):
            odd += places
        else:
            _read_alike(plan, spans, places, facts)
    for place in odd:
        _read_one(spans, place, facts)
    return facts


def _grouped(spans: SpanColumns) -> tuple[dict[Key, list[int]], list[int]]:
    """Places of spans by scope, deciding values and attribute keys; and those that are unusual."""
    groups: dict[Key, list[int]] = {}
    odd: list[int] = []
    first, second, third, fourth = DECIDING
    sdk = {
        id(r): r.attributes.get("telemetry.sdk.name") == "openlit"
        for r in {id(r): r for r in spans.resource}.values()
    }
    rows = zip(spans.attributes, spans.scope, spans.resource, spans.plain, strict=True)
    for place, (a, scope, resource, plain) in enumerate(rows):
        if not plain:
            odd.append(place)
            continue
        get = a.get
        key = (scope, sdk[id(resource)], get(first), get(second), get(third), get(fourth), *a)
        try:
            groups[key].append(place)
        except KeyError:
            groups[key] = [place]
        except TypeError:  # a list where a word should be
            odd.append(place)
    return groups, odd


def _plan(key: Key, spans: SpanColumns, place: int) -> Plan | None:
    try:
        return _PLANS[key]
    except KeyError:
        if len(_PLANS) >= _MAX_PLANS:
            _PLANS.clear()
        found = _PLANS[key] = None if key[1] else plan_of(spans.span(place))
        return found


def _foreign(spans: SpanColumns, places: Sequence[int]) -> bool:
    """Whether some convention may know these spans by a value or a name."""
    for place in places:
        a = spans.attributes[place]
        if spans.name[place] == "raw_gen_ai_request":
            return True
        for key in ("gen_ai.system", "gen_ai.provider.name"):
            value = a.get(key)
            if type(value) is str and value in _FOREIGN:
                return True
    return False


# --- alike -------------------------------------------------------------------------------------


def _read_alike(plan: Plan, spans: SpanColumns, places: list[int], facts: Facts) -> None:
    many = [spans.attributes[p] for p in places]
    at = np.array(places)
    text = facts.text
    facts.role[at], facts.kind[at] = plan.role, plan.kind
    text["convention"][at] = plan.convention
    names: list[Any] = [spans.name[p] for p in places]
    if plan.operation:
        names = [otel_genai.named(n, plan.operation) for n in names]
    if plan.named:
        told = values.texts(many, plan.named)
        names = [t or n for t, n in zip(told, names, strict=True)]
    text["name"][at] = names
    for fact, keys in plan.text.items():
        text[fact][at] = _texts(fact, values.texts(many, keys))
    for fact, keys in plan.words.items():
        text[fact][at] = values.words(many, keys)
    _tokens(plan, many, at, facts)
    _numbers(plan, many, at, facts)
    if plan.model_named or plan.invocation:
        _models(plan, many, at, facts)
    finish = _finishes(plan, many)
    if plan.response:
        finish = _answers(plan, many, places, facts, finish)
    if plan.served_named:
        served = facts.text["response_model"]
        named = values.texts(many, plan.served_named)
        served[at] = [a or n for a, n in zip(served[at].tolist(), named, strict=True)]
    if finish is not None:
        text["finish_reason"][at] = [None if f is None else values.finish(f) for f in finish]
    _rare(plan, spans, places, facts)
    if plan.one:
        left = [p for p, a in zip(places, many, strict=True) if a[plan.one] not in (0, 1)]
        facts.left.update(left)


def _numbers(plan: Plan, many: Sequence[Any], at: Any, facts: Facts) -> None:
    if plan.cost:
        facts.cost_usd[at] = [n or np.nan for n in values.numbers(many, plan.cost)]
    if plan.first_token_s:
        facts.first_token_ms[at] = [
            np.nan if n is None else n * 1000 for n in values.numbers(many, plan.first_token_s)
        ]


def _rare(plan: Plan, spans: SpanColumns, places: Sequence[int], facts: Facts) -> None:
    """Failures and tags."""
    for place in places:
        if spans.status_code[place] == 2:
            error = plan.failure(spans.span(place))
            if error is not None:
                facts.errors[place] = error
    if plan.tags:
        for place in places:
            facts.tags[place] = rd.tags(spans.attributes[place][plan.tags])


def _texts(fact: str, found: list[str | None]) -> list[str | None]:
    if fact != "provider":
        return found
    known = {value: provider(value) for value in set(found)}
    return [known[value] for value in found]


def _tokens(plan: Plan, many: Sequence[Any], at: Any, facts: Facts) -> None:
    if "input_tokens" not in plan.tokens and "output_tokens" not in plan.tokens:
        return
    used = np.zeros(len(many), np.int64)
    for fact in ("input_tokens", "output_tokens"):
        if fact in plan.tokens:
            found = np.array(values.integers(many, plan.tokens[fact]), np.int64)
            facts.tokens[fact][at] = found
            used |= found
    for fact in TOKENS[2:]:
        if fact in plan.tokens:
            found = np.array(values.integers(many, plan.tokens[fact]), np.int64)
            facts.tokens[fact][at] = np.where(used != 0, found, 0)


def _models(plan: Plan, many: Sequence[Any], at: Any, facts: Facts) -> None:
    """The model asked for: told, in the parameters, or the one name there is."""
    count = len(many)
    named = values.texts(many, plan.model_named) if plan.model_named else [None] * count
    given: list[str | None] = [None] * count
    if plan.invocation:
        given = [values.model_in(a[plan.invocation]) for a in many]
    asked = facts.text["request_model"]
    asked[at] = [a or g or n for a, g, n in zip(asked[at].tolist(), given, named, strict=True)]


def _finishes(plan: Plan, many: Sequence[Any]) -> list[str | None] | None:
    """Finish reasons as they were said."""
    found: list[str | None] | None = None
    if plan.finish_text:
        return values.texts(many, plan.finish_text)
    if len(plan.finish) == 1:
        key = plan.finish[0]
        found = values.firsts([a[key] for a in many])
    elif plan.finish:
        found = values.firsts([_reasons(a) for a in many])
    if plan.finish_in:
        key = plan.finish_in
        found = found or [None] * len(many)
        for n, said in enumerate(found):
            if said is None:
                found[n] = _finish_said(many[n][key])
    return found


def _reasons(a: Any) -> Any:
    reasons = a.get("gen_ai.response.finish_reasons")
    if reasons is None:
        reasons = a.get("gen_ai.response.finish_reason", a.get("gen_ai.response.stop_reason"))
    return reasons


def _finish_said(messages: Any) -> str | None:
    """The finish reason in messages, which are read only where one may stand."""
    if type(messages) is str and "finish" not in messages and "\\" not in messages:
        return None
    for said in msg.messages(messages, "assistant"):
        if said.finish_reason:
            return said.finish_reason
    return None


def _answers(
    plan: Plan,
    many: Sequence[Any],
    places: Sequence[int],
    facts: Facts,
    finish: list[str | None] | None,
) -> list[str | None]:
    """What only the raw response says: its id, model, finish reason and tokens."""
    said = finish or [None] * len(many)
    scratch = Draft(_NO_SPAN, "")
    text, tokens = facts.text, facts.tokens
    for n, (place, a) in enumerate(zip(places, many, strict=True)):
        scratch.messages_out = _MESSAGE
        scratch.response_model = text["response_model"][place]
        scratch.response_id = None
        scratch.finish_reason = said[n]
        scratch.usage = Usage(*(int(tokens[t][place]) for t in TOKENS))
        bodies.response(scratch, a[plan.response])
        text["response_model"][place] = scratch.response_model
        text["response_id"][place] = scratch.response_id
        said[n] = scratch.finish_reason
        for name, number in zip(TOKENS, scratch.usage, strict=True):
            tokens[name][place] = number
    return said


class _Span:
    """Stands for a span that nothing asks about."""

    name = ""
    end_unix_nano = 0


_NO_SPAN = cast(Any, _Span())


# --- one by one --------------------------------------------------------------------------------


def _read_one(spans: SpanColumns, place: int, facts: Facts) -> None:
    draft = conventions.read(spans.span(place))
    facts.drafts[place] = draft
    facts.role[place], facts.kind[place] = ROLE_OF.get(draft.role, 2), KIND_OF[draft.kind]
    for name in TEXTS:
        facts.text[name][place] = getattr(draft, name, None)
    if draft.recording is not None:
        facts.text["code_hash"][place] = draft.recording.code_hash
    for name, number in zip(TOKENS, draft.usage, strict=True):
        facts.tokens[name][place] = number
    if draft.cost_usd is not None:
        facts.cost_usd[place] = draft.cost_usd
    if draft.time_to_first_token_ms is not None:
        facts.first_token_ms[place] = draft.time_to_first_token_ms
    if draft.tags:
        facts.tags[place] = draft.tags
    if draft.error is not None:
        facts.errors[place] = draft.error
    lends = draft.heard or (draft.kind == "chain" and draft.finish_reason is not None)
    unusual = lends or draft.echo or draft.attempt_group or draft.attempts or draft.attempt > 1
    if unusual or draft.role == "mark":
        facts.left.add(place)

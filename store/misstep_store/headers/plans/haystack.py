"""Haystack: components tell all they do in what they were given and made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET

from misstep_store.conventions.readers import haystack
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers, counted, wires
from misstep_store.headers.raw.wires import Text
from misstep_store.headers.steps import rows

_C, _A, _P = "haystack.component.", "haystack.agent.", "haystack.pipeline."
_GIVEN = (_C + "input", _A + "input", _P + "input_data")
_MADE = (_C + "output", _A + "output", _P + "output_data")


def pipelines(seen: Seen) -> Plan | None:
    kind = haystack.kind_of(seen.span, seen.a)
    plan = Plan(seen, haystack.NAME, kind)
    plan.named(_C + "name")
    told = haystack.provider_of(str(seen.a.get(_C + "type") or ""))
    given, made = (next(iter(plan.there(keys)), None) for keys in (_GIVEN, _MADE))
    if kind in ("llm", "agent"):
        plan.add(lambda found: _replies(found, kind, given, made, told))
    elif kind == "embedding":
        plan.add(lambda found: _embedded(found, given, made, told))
    elif kind == "tool":
        plan.add(lambda found: _invoked(found, given))
    genai.about(plan)
    return plan


# --- what was made -----------------------------------------------------------------------------


class _Meta(msgspec.Struct, gc=False):
    """What stands beside a reply."""

    model: Text = None
    id: Text = None
    finish_reason: Text = None
    usage: counted.OfChat | None = None


class _Spoken(msgspec.Struct, gc=False):
    content: list[counted.Nothing] | str | None


class _Reply(_Spoken, gc=False):
    meta: _Meta


class _Replies(msgspec.Struct, gc=False):
    replies: Annotated[list[_Reply], msgspec.Meta(min_length=1)]


class _Messages(msgspec.Struct, gc=False):
    messages: Annotated[list[_Spoken], msgspec.Meta(min_length=1)]
    replies: wires.Never = UNSET


class _Vectors(msgspec.Struct, gc=False):
    meta: _Meta


_read_replies, _read_messages = layouts.decoder(_Replies), layouts.decoder(_Messages)
_read_vectors, _read_object = layouts.decoder(_Vectors), layouts.decoder(counted.Nothing)


def _asked(found: rows.Rows, given: str | None) -> set[int]:
    """Numbers of those that were plainly given a JSON object: if not, nothing else is read."""
    if given is None:
        return set()
    told = [a[given] for a in found.many]
    _, odd = wires.by_format(told, (_read_object,))
    return set(range(len(told))).difference(n for n in odd if not _is_object(told[n]))


def _is_object(given: Any) -> bool:
    return type(given) is str and isinstance(rd.decoded(given), dict)


def _take(found: rows.Rows, said: Sequence[tuple[list[int], list[_Meta]]], alone: Any) -> None:
    """What stands beside answers: of those that were read together, and of others."""
    parts = []
    for numbers, metas in said:
        used = counted.table(counted.of_chats([m.usage for m in metas]))
        models, ids, ends = ([getattr(m, name) or None for m in metas] for name in _TEXTS)
        parts.append((numbers, answers.Columns(models, ids, ends, used)))
    rows.take_columns(found, answers.joined(len(found.many), parts, alone))


_TEXTS = ("model", "id", "finish_reason")


def _replies(
    found: rows.Rows, kind: str, given: str | None, made: str | None, told: str | None
) -> None:
    asked = _asked(found, given)
    found.doubtful.update(n for n in range(len(found.many)) if n not in asked)
    if made is not None:
        values = [a[made] for a in found.many]
        read = _read_replies if kind == "llm" else _read_messages
        groups, odd = wires.by_format(values, (read,))
        if kind == "llm":
            _answered(found, groups, [(n, values[n]) for n in odd])
        else:
            for _, numbers, bodies_ in groups:
                several = zip(numbers, bodies_, strict=True)
                last = ((n, body.messages[-1]) for n, body in several)
                found.doubtful.update(n for n, m in last if type(m.content) is not list)
            found.doubtful.update(n for n in odd if _may_end(rd.decoded(values[n]), kind))
    if kind == "llm":
        found.fill("provider", [told] * len(found.many))


def _answered(found: rows.Rows, groups: Sequence[Any], others: Sequence[tuple[int, Any]]) -> None:
    """What stands beside the replies of generators; the layouts read ``groups`` of them."""
    said, alone = [], []
    for _, numbers, bodies_ in groups:
        said.append((numbers, [body.replies[0].meta for body in bodies_]))
        for n, body in zip(numbers, bodies_, strict=True):
            in_parts = all(type(reply.content) is list for reply in body.replies)
            if not in_parts and not body.replies[0].meta.finish_reason:
                found.doubtful.add(n)
    for n, value in others:
        answer = rd.decoded(value)
        about = haystack.about(haystack.meta_of(answer) if isinstance(answer, dict) else None)
        alone.append((n, about))
        if about.finish is None and _may_end(answer, "llm"):
            found.doubtful.add(n)
    _take(found, said, alone)


def _may_end(answer: Any, kind: str) -> bool:
    """Whether a reply may say itself why it ended: one in parts does not."""
    replies = answer.get("replies", answer.get("messages")) if isinstance(answer, dict) else None
    if not isinstance(replies, list):
        return False
    chosen = replies[-1:] if kind == "agent" else replies
    return not all(isinstance(r, dict) and _in_parts(r) for r in chosen)


def _in_parts(reply: Mapping[str, Any]) -> bool:
    return isinstance(reply.get("content", reply.get("_content")), list)


def _embedded(found: rows.Rows, given: str | None, made: str | None, told: str | None) -> None:
    asked = _asked(found, given)
    named: list[str | None] = [None] * len(found.many)
    if made is None or not asked:
        found.fill("provider", named)
        return
    mine = sorted(asked)
    values = [found.many[n][made] for n in mine]
    groups, odd = wires.by_format(values, (_read_vectors,))
    said, alone = [], []
    for _, numbers, bodies_ in groups:
        said.append(([mine[n] for n in numbers], [body.meta for body in bodies_]))
        for n in numbers:
            named[mine[n]] = told
    for n in odd:
        answer = rd.decoded(values[n])
        if isinstance(answer, dict):
            named[mine[n]] = told
            alone.append((mine[n], haystack.about(answer.get("meta"))))
    found.fill("provider", named)
    _take(found, said, alone)


# --- tools -------------------------------------------------------------------------------------


def _invoked(found: rows.Rows, given: str | None) -> None:
    """The name and id of the one call that an invoker was given."""
    column = found.column("tool_call_id")
    for n, a in enumerate(found.many):
        asked = rd.decoded(a[given]) if given is not None else None
        scratch = Draft(rows.NO_SPAN, "", "tool", found.names[n])
        haystack.called(scratch, asked, None)
        found.names[n], column[n] = scratch.name, scratch.tool_call_id


MAKERS = {haystack.NAME: pipelines}

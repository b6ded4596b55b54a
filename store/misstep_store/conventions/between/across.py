"""Doubled calls in different traces: an SDK's own root span, the second half of a streamed call, a
call that two libraries tell of.

A library that starts its span without making it current leaves the other telling of the same call
without a parent, so it becomes a trace of its own. Within a trace the tree finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from misstep_store.conventions.between import retold
from misstep_store.conventions.between.partners import Partners, counted_alike, stream_pairs
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

WINDOW_NANO = 2_000_000_000
"""How far in time two tellings of one call may lie apart."""
MAX_SPANS = 8
_PROCESS = ("service.instance.id", "host.name", "process.pid", "service.name")


class Lone(NamedTuple):
    """The root call of a small trace: it may have its double in another trace.

    ``at_unix_nano`` is the moment at which an echo joins its call, for a call its start.
    """

    trace_id: str
    echo: bool
    at_unix_nano: int
    end_unix_nano: int


def lone(trace_id: str, drafts: Sequence[Draft]) -> Lone | None:
    """What may pair a trace with another; None for traces that hold more than a call."""
    if not 0 < len(drafts) <= MAX_SPANS:
        return None
    found = root_call(drafts)
    if found is None:
        return None
    end = found.end_unix_nano or found.span.start_unix_nano
    return Lone(trace_id, bool(found.echo), _joins_at(found), end)


def root_call(drafts: Sequence[Draft]) -> Draft | None:
    """The only root of a trace, if it is a model call.

    An SDK's own span alone in its trace is one whatever parent it names: LangSmith gives such spans
    the id of a run that it exports under other ids."""
    roots = [d for d in drafts if not d.span.parent_span_id]
    if len(drafts) == 1 and drafts[0].echo == "inside":
        roots = list(drafts)
    return roots[0] if len(roots) == 1 and roots[0].role == "call" else None


def _joins_at(draft: Draft) -> int:
    start = draft.span.start_unix_nano
    return start if draft.echo != "stream" else streamed_from(start, draft.span.attributes)


def streamed_from(start: int, a: Mapping[str, Any]) -> int:
    """When a stream began whose end is told at ``start``, in nanoseconds."""
    took = max(0.0, rd.number(a, "duration") or 0.0) * 1e9
    return start - int(took) if took < start else 0


def groups(traces: Mapping[str, Sequence[Draft]]) -> dict[str, list[str]]:
    """{trace that stands: the traces folded into it}, of traces that lie near each other in time."""
    roots = {i: r for i, d in traces.items() if len(d) <= MAX_SPANS and (r := root_call(d))}
    calls = [r for r in roots.values() if not r.echo]
    found: dict[str, list[str]] = {}
    echoes = [r for i, r in roots.items() if r.echo == "inside" and len(traces[i]) == 1]
    partners = Partners(calls if echoes else (), _process)
    for echo in sorted(echoes, key=lambda d: (d.span.start_unix_nano, d.id)):
        best = partners.of(echo)
        if best is not None:
            partners.remove(best)
            found.setdefault(best.span.trace_id, []).append(echo.span.trace_id)
    streams = [r for i, r in roots.items() if r.echo == "stream" and len(traces[i]) == 1]
    for stream, request in stream_pairs(streams, calls, _process):
        found.setdefault(request.span.trace_id, []).append(stream.span.trace_id)
    _take_retold(traces, found)
    return found


def is_apart(drafts: Sequence[Draft]) -> bool:
    """Whether a trace holds one call and nothing else but what echoes it, or only echoes."""
    if only_echoes(drafts):
        return True
    return (
        len(drafts) <= MAX_SPANS and sum(not d.echo for d in drafts) == 1 and bool(_calls(drafts))
    )


def only_sdks(drafts: Sequence[Draft]) -> bool:
    """Whether a trace holds several calls, none within another and each told of by an SDK's
    instrumentation: LangSmith gives those of one run a trace of their own."""
    known = {d.id for d in drafts}
    return 1 < len(drafts) <= _MOST_ECHOES and all(
        d.role == "call"
        and not d.echo
        and retold.is_told_by_sdk(d)
        and d.span.parent_span_id not in known
        for d in drafts
    )


def only_echoes(drafts: Sequence[Draft]) -> bool:
    """Whether a trace holds nothing but an SDK's own spans, none within another: LangSmith's runs
    come without them."""
    return 0 < len(drafts) <= _MOST_ECHOES and all(
        d.echo == "inside" and d.role == "call" for d in drafts
    )


_MOST_ECHOES = 200


def _calls(drafts: Sequence[Draft]) -> list[Draft]:
    if only_echoes(drafts):
        return list(drafts)
    return [d for d in drafts if d.role == "call" and not d.echo]


def _take_retold(traces: Mapping[str, Sequence[Draft]], found: dict[str, list[str]]) -> None:
    """Adds traces of one call that a call anywhere in another trace tells of too."""
    gone = {i for others in found.values() for i in others}
    inners = [
        d
        for i, drafts in traces.items()
        if i not in gone and is_apart(drafts)
        for d in _calls(drafts)
    ]
    several = {i: drafts for i, drafts in traces.items() if i not in gone and only_sdks(drafts)}
    if not inners and not several:
        return
    outers = [
        d for i, drafts in traces.items() if i not in gone for d in innermost(drafts) if not d.echo
    ]
    stands: dict[str, str] = {}
    taken: set[Draft] = set()
    for inner, outer in retold.pairs(inners, outers, _process):
        if inner.span.trace_id != outer.span.trace_id:
            stands.setdefault(inner.span.trace_id, outer.span.trace_id)
            taken.add(outer)
    if several:
        told = [d for drafts in several.values() for d in drafts]
        around = [d for d in outers if d.convention in retold.ASIDE and d not in taken]
        for inner, outer in retold.pairs(told, around, _process):
            stands.setdefault(inner.span.trace_id, outer.span.trace_id)
    failed = Partners((d for d in outers if d.error), _process)
    for echo in inners:
        if echo.echo and echo.span.trace_id not in stands:
            call = failed.of(echo)
            if call is not None:
                stands[echo.span.trace_id] = call.span.trace_id
    stands.update(_counted_alike(traces, gone | stands.keys(), found.keys()))
    for trace_id in stands:
        standing = stands[trace_id]
        while standing in stands:
            standing = stands[standing]
        found.setdefault(standing, []).extend([trace_id, *found.pop(trace_id, ())])


def _counted_alike(
    traces: Mapping[str, Sequence[Draft]], gone: Set[str], taken: Set[str]
) -> dict[str, str]:
    """{trace of an SDK's own span: the trace whose call it is}, of calls that tell no response id.

    ``gone``: traces that are left out; ``taken``: those whose call has its echo."""
    echoes = [d[0] for i, d in traces.items() if i not in gone and len(d) == 1]
    echoes = [d for d in echoes if d.echo == "inside"]
    if not echoes:
        return {}
    calls = [
        d
        for i, drafts in traces.items()
        if i not in gone and i not in taken and not any(d.echo == "inside" for d in drafts)
        for d in innermost(drafts)
        if d.response_id is None and d.request_model is not None
    ]
    pairs = counted_alike(echoes, calls, _process)
    return {echo.span.trace_id: call.span.trace_id for echo, call in pairs}


def innermost(drafts: Sequence[Draft]) -> list[Draft]:
    """Calls of a trace that hold no other."""
    calls = _calls(drafts)
    if len(calls) < 2:
        return calls
    parents = {d.id: d.span.parent_span_id for d in drafts}
    around = retold.holding(calls, lambda i: parents.get(i, ""))
    return [d for d in calls if d.id not in around]


def _process(draft: Draft) -> tuple[object, ...]:
    a = draft.span.resource.attributes
    return tuple(str(a.get(k)) for k in _PROCESS)

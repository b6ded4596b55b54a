"""A trace as a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from misstep import semconv as sc
from misstep.model import Environment, ErrorInfo, Finding, Hop, Json, Run, StateSnapshot, Verdict
from misstep_store.conventions.between.ending import End, is_mute, is_told_in, last_failure
from misstep_store.conventions.between.hops import duration_ms, iso
from misstep_store.conventions.between.tree import Tree
from misstep_store.conventions.readers.misstep_own import recorded_values
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import quick


def run(tree: Tree, hops: Sequence[Hop], start: int) -> Run:
    """The run; ``start`` is its own, in nanoseconds."""
    root = tree.root
    lead = root or (tree.roots[0] if tree.roots else tree.all[0])
    span = lead.span
    a = {**span.resource.attributes, **span.attributes}
    end = max((d.end_unix_nano for d in tree.all), default=0)
    failed = [h for h in hops if h.error is not None and h.parent_id is None]
    error = (
        (lead.error or _ended_with(lead, hops)) if root else (failed[-1].error if failed else None)
    )
    if error is not None and not error.message:
        told = (h.error for h in reversed(hops) if h.error is not None and h.error.message)
        error = next(told, error)
    complete = (
        bool(tree.roots)
        and all(d.span.end_unix_nano for d in tree.all)
        and (root is not None or any(not d.span.parent_span_id for d in tree.all))
    )
    drafts = list(tree.drafts.values())
    costs = [h.cost_usd for h in hops if h.cost_usd is not None]
    name = called(lead.name, hops)
    own = root is not None or tree.begins_with_a_hop
    given, made = _payloads(lead, own, hops, failed=root is not None and error is not None)
    found = quick(
        Run,
        {
            "run_id": span.trace_id,
            "name": lead.pipeline or name or span.name,
            "service": rd.text(a, sc.SERVICE_NAME),
            "pipeline": lead.pipeline or ((name or None) if root else None),
            "version": rd.text(a, sc.SERVICE_VERSION) or lead.version,
            "started_at": iso(start),
            "duration_ms": duration_ms(root) if root else max(0, end - start) / 1e6,
            "hop_count": len(hops),
            "status": "error" if error else ("ok" if complete else "unset"),
            "complete": complete,
            "verdict": Verdict(),
            "origin": None,
            "origins": [],
            "session_id": _first(lead, drafts, "session_id"),
            "user_id": _first(lead, drafts, "user_id"),
            "tags": list(dict.fromkeys(t for d in drafts for t in d.tags)),
            "models": list(
                dict.fromkeys(m for h in hops if (m := h.response_model or h.request_model))
            ),
            "input": given,
            "output": made,
            "input_tokens": sum(h.input_tokens for h in hops),
            "output_tokens": sum(h.output_tokens for h in hops),
            "unpriced_tokens": sum(h.unpriced_tokens for h in hops),
            "cost_usd": sum(costs) if costs else None,
            "error": error,
            "findings": list(lead.findings) if root else [],
            "scores": [s for d in drafts for s in (*d.scores, *d.run_scores)],
            "states": states(drafts, root, start),
            "convention": lead.convention,
            "span_count": len(tree.all),
            "root_id": span.span_id if root else None,
            "recorded": recorded_values(span) if root and span.events else [],
            "diagnosis_verdict": None,
            **told_by(a),
        },
    )
    found.verdict = verdict(
        [*drafts, *tree.marks], span.trace_id, status=found.status, findings=found.findings
    )
    return found


def _ended_with(root: Draft, hops: Sequence[Hop]) -> ErrorInfo | None:
    """The failure that a run ended with whose root has none."""
    span = root.span
    if not span.end_unix_nano or not any(h.error is not None for h in hops):
        return None
    ends = [
        End(h.hop_id, h.parent_id, h.kind, h.offset_ms, h.offset_ms + h.duration_ms, h.error)
        for h in hops
    ]
    found = last_failure(ends)
    if found is None:
        return None
    told = is_mute(span.scope.name, span.attributes) or is_told_in(root, found)
    return found if told else None


NAMELESS = "invocation"
"""What Google ADK called the span around every run of an agent, until 2026."""


def called(name: str, hops: Sequence[Hop]) -> str:
    """The name of a run by its root's; where that says nothing, its first agent's."""
    if name != NAMELESS:
        return name
    return next((h.name for h in hops if h.kind == "agent"), name)


def _first(lead: Draft, drafts: Sequence[Draft], name: str) -> str | None:
    value: str | None = getattr(lead, name)
    return value or next((v for d in drafts if (v := getattr(d, name))), None)


def _payloads(
    lead: Draft, is_root: bool, hops: Sequence[Hop], *, failed: bool
) -> tuple[object, object]:
    """What the run was given and gave: the root's where it says so, else its hops'."""
    own = is_root or len(hops) == 1
    given, made = (lead.input, lead.output) if own else (None, None)
    if given in NOTHING and hops and not lead.recording:
        told = ((h.input, h.kind == "embedding") for h in hops if not _is_within(h))
        given = question(told, given)
    if (
        not (own and lead.has_output)
        and not (own and lead.recording)
        and not (failed or lead.error)
    ):
        made = _last_output(hops)
    return given, made


def question(told: Iterable[tuple[Any, bool]], nothing: Any) -> Any:
    """What the first hop that was given anything was given; a shelf of texts that was embedded is no
    question, unless there is no other.

    Args:
        told: what hops were given, and whether each embedded it.
        nothing: what is said where none was given anything.
    """
    shelf = nothing
    for given, embedded in told:
        if given in NOTHING:
            continue
        if not (embedded and isinstance(given, list) and len(given) > 1):
            return given
        shelf = given if shelf in NOTHING else shelf
    return shelf


NOTHING: tuple[Json, ...] = (None, {})
"""What is told of functions that take nothing."""


def _is_within(hop: Hop) -> bool:
    """Whether it is a tool inside of a step: what that was given is not the run's."""
    return hop.kind == "tool" and hop.parent_id is not None


def _last_output(hops: Sequence[Hop]) -> object:
    told = [h for h in hops if h.output is not None]
    judges = [h for h in told if h.parent_id is None and h.kind == "evaluator"]
    if judges and all(h.kind == "evaluator" for h in hops if h.parent_id is None):
        return max(judges, key=_end).output  # it only evaluates
    told = [h for h in told if h.kind != "evaluator"] or told
    top = [h for h in told if h.parent_id is None]
    if not top:  # a call that handed over to an agent had answered before
        over = {h.parent_id for h in hops if h.kind == "agent"}
        top = [h for h in told if h.kind != "llm" or h.hop_id not in over] or told
    last = max(top, key=_end) if top else None
    if last is None or (last.kind == "tool" and any(_is_heard(h, _end(last)) for h in hops)):
        return None
    return last.output


def _is_heard(hop: Hop, end: float) -> bool:
    """Whether a model heard what a tool gave that ended then, and does not say what it answered: what
    the run gave was that."""
    unsaid = hop.kind == "llm" and hop.output is None and hop.error is None
    return unsaid and hop.offset_ms >= end


def _end(hop: Hop) -> float:
    return hop.offset_ms + hop.duration_ms


def told_by(a: dict[str, Any]) -> dict[str, Any]:
    """Fields of a run that attributes of its root, or of its resource, say and no hop does."""
    substituted = a.get(sc.REPLAY_SUBSTITUTED)
    return {
        "replay_of": rd.text(a, sc.REPLAY_OF),
        "replay_fork": rd.text(a, sc.REPLAY_FORK),
        "replay_substituted": list(map(str, substituted)) if isinstance(substituted, list) else [],
        "environment": _environment(a),
    }


def _environment(a: dict[str, Any]) -> Environment:
    if sc.SCHEMA not in a and sc.ENTRY not in a and sc.SDK_VERSIONS not in a:
        return Environment(vcs_commit=rd.text(a, sc.VCS_REVISION))
    versions = rd.parsed(a.get(sc.SDK_VERSIONS))
    dirty = a.get(sc.VCS_DIRTY)
    return quick(
        Environment,
        {
            "entry": rd.text(a, sc.ENTRY),
            "arguments": rd.parsed(a.get(sc.ENTRY_ARGUMENTS)),
            "vcs_commit": rd.text(a, sc.VCS_REVISION),
            "vcs_dirty": dirty if isinstance(dirty, bool) else None,
            "sdk_versions": {str(k): str(v) for k, v in versions.items()}
            if isinstance(versions, dict)
            else {},
            "schema_version": rd.text(a, sc.SCHEMA),
            "resource": {},
        },
    )


def states(drafts: Iterable[Draft], root: Draft | None, start: int) -> list[StateSnapshot]:
    """What a run's state was, in order; ``start`` is the run's, in nanoseconds."""
    found = [
        StateSnapshot(
            offset_ms=max(0, event.time_unix_nano - start) / 1e6,
            hop_id=None if draft is root else draft.span.span_id,
            value=rd.parsed(event.attributes.get(sc.STATE_VALUE)),
        )
        for draft in drafts
        if draft.span.events
        for event in draft.span.events
        if event.name == sc.EVENT_STATE
    ]
    return sorted(found, key=lambda s: s.offset_ms)


def verdict(
    drafts: Iterable[Draft], run_id: str, *, status: str, findings: Sequence[Finding]
) -> Verdict:
    """What the recording itself says: a mark from code, else a broken contract of the final
    output, else the error status.

    Args:
        drafts: those of the run, marks included; ``status`` and ``findings`` are the run's.
    """
    marks = [
        (event.time_unix_nano, event.attributes)
        for draft in drafts
        if draft.span.events
        for event in draft.span.events
        if event.name == sc.EVENT_MARK and event.attributes.get(sc.MARK_RUN_ID) in (None, run_id)
    ]
    if marks:
        given = max(marks, key=lambda m: m[0])[1]
        state = given.get(sc.MARK_STATE)
        if state in ("good", "bad", "unknown"):
            return Verdict(
                state=state,
                by=rd.text(given, sc.MARK_BY) or "user",
                text=rd.text(given, sc.MARK_TEXT),
            )
    if any(f.strict for f in findings):
        return Verdict(state="bad", by="check", note=findings[0].message)
    if status == "error":
        return Verdict(state="bad", by="status")
    return Verdict()

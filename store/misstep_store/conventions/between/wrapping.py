"""Steps of a program on which a library wrote what one of the calls inside of them asked and said:
LiteLLM does so with the span that is open, LangSmith for Node with streams that end after theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from misstep_store.conventions.readers import langsmith
from misstep_store.conventions.types import NO_USAGE, Draft

_TOLD = (
    *("provider", "request_model", "response_model", "response_id", "finish_reason", "system"),
    *("cost_usd", "messages_in", "messages_out", "tools", "parameters", "time_to_first_token_ms"),
)


def settle(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Makes those that hold several calls the steps they are: each call stands by itself then."""
    _tell_apart(drafts, parents)
    wrapping = {i for i, d in drafts.items() if d.wraps}
    if not wrapping:
        return
    inside: dict[str, list[Draft]] = defaultdict(list)
    for span_id, parent in parents.items():
        if parent in wrapping and is_told_of(draft := drafts[span_id]):
            inside[parent].append(draft)
    for step_id, calls in inside.items():
        step = drafts[step_id]
        call = _of(step, calls) if len(calls) > 1 else None
        if call is not None:
            _lend(step, call)
            for each in calls:
                each.echo = ""


def _tell_apart(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Makes steps that hold calls and have the answer of none of them also what these are: a call. The
    step was asked what the first of them was."""
    inside: dict[str, list[Draft]] = defaultdict(list)
    for call in drafts.values():
        if langsmith.is_told(call) and call.response_id:
            outer = drafts.get(parents[call.id])
            if outer is not None and langsmith.is_written_over(outer):
                inside[outer.id].append(call)
    for step_id, calls in inside.items():
        step = drafts[step_id]
        if step.response_id and all(c.response_id != step.response_id for c in calls):
            first = min(calls, key=lambda c: (c.span.start_unix_nano, c.id))
            step.apart, step.name, step.input = True, step.span.name, first.input


def is_told_of(call: Draft) -> bool:
    """Whether the span around may say once more what it says."""
    return call.role == "call" and call.echo == "inside" and not call.wraps


def _of(step: Draft, calls: Sequence[Draft]) -> Draft | None:
    """The one call of which a step tells: by its id, or, of a stream, by what it was asked."""
    named = [c for c in calls if c.response_id and c.response_id == step.response_id]
    asked = [c for c in calls if not c.response_id and c.messages_in == step.messages_in]
    found = named or asked
    return found[0] if len(found) == 1 else None


def _lend(step: Draft, call: Draft) -> None:
    for name in _TOLD:
        setattr(call, name, getattr(call, name) or getattr(step, name))
        setattr(step, name, getattr(Draft, name))
    call.input = step.input if call.input is None else call.input
    if not call.has_output:
        call.output, call.has_output = step.output, step.has_output
    call.usage = call.usage if any(call.usage) else step.usage
    step.usage, step.role, step.kind = NO_USAGE, "hop", "chain"
    step.input, step.output, step.has_output = None, None, False

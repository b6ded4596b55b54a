"""Two tellings of one call, step or failure as one: what only the other told is taken over."""

from __future__ import annotations

from misstep_store.conventions.content.messages import graft, readable_output, speaks, with_calls
from misstep_store.conventions.readers.anthropic_sdk import NAME as ANTHROPIC
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.errors import clearer
from misstep_store.conventions.values.usage import merged

_FILLED = (
    "provider",
    "request_model",
    "response_model",
    "response_id",
    "finish_reason",
    "system",
    "cost_usd",
    "time_to_first_token_ms",
    "session_id",
    "user_id",
    "prompt_name",
    "prompt_version",
    "status",
    "retry_after_s",
)
_FILLED_LISTS = ("messages_in", "messages_out", "tools", "documents", "tags")


def absorb(kept: Draft, other: Draft) -> None:
    """Fills the gaps of ``kept`` from another telling of the same call."""
    _take_models(kept, other)
    more = {k: v for k, v in other.parameters.items() if k not in kept.parameters}
    kept.parameters = {**kept.parameters, **more}
    if not kept.messages_in and kept.input is None:
        kept.input_cut = other.input_cut
    if not kept.messages_out and not kept.has_output:
        kept.output_cut = other.output_cut
    for name in _FILLED:
        if getattr(kept, name) is None:
            found = getattr(other, name)
            if found is not None:
                setattr(kept, name, found)
    for name in _FILLED_LISTS:
        if not getattr(kept, name):
            found = getattr(other, name)
            if found:
                setattr(kept, name, found)
    if not any(map(speaks, kept.messages_out)) and other.messages_out:
        kept.messages_out = other.messages_out
    elif other.messages_out:
        graft(kept.messages_out, other.messages_out)
        _take_thoughts(kept, other)
    kept.usage = merged(kept.usage, other.usage)
    if other.convention == ANTHROPIC and other.finish_reason and other.usage.output_tokens:
        # What the SDK itself counted; OpenLLMetry adds a stream's first count to its last.
        kept.usage = kept.usage._replace(output_tokens=other.usage.output_tokens)
    if kept.input is None:
        kept.input = other.input
    if (not kept.has_output or kept.output == "") and other.has_output:
        kept.output, kept.has_output = other.output, True
    kept.attempt = max(kept.attempt, other.attempt)
    kept.scores = [*kept.scores, *other.scores] if other.scores else kept.scores
    kept.end_unix_nano = max(kept.end_unix_nano, other.end_unix_nano)


def _take_thoughts(kept: Draft, other: Draft) -> None:
    """What the model thought, where only the other tells it."""
    if any(p.get("type") == "reasoning" for m in kept.messages_out for p in m.parts):
        return
    found = [p for p in other.messages_out[0].parts if p.get("type") == "reasoning"]
    if found:
        kept.messages_out[0].parts = [*found, *kept.messages_out[0].parts]


def take_failure(outer: Draft, inner: Draft) -> None:
    """Why a call failed, where the telling inside says it better, or alone and nothing was said."""
    if inner.error is None:
        return
    if outer.error is not None:
        outer.error = clearer(outer.error, inner.error)
    elif not outer.has_output and not any(m.parts for m in outer.messages_out):
        outer.error = inner.error


def absorb_beside(kept: Draft, other: Draft) -> None:
    """As :func:`absorb`, of tellings of which neither is within the other."""
    if kept.error is not None and other.error is not None:
        kept.error = clearer(kept.error, other.error)
    absorb(kept, other)


def is_snapshot(served: str | None, asked: str | None) -> bool:
    """Whether the served model is a dated version of the one asked for."""
    return bool(served and asked) and served != asked and str(served).startswith(f"{asked}-")


def _take_models(kept: Draft, other: Draft) -> None:
    """Asked and served, where one of the two has only one of them and wrote it for both."""
    if kept.response_model == kept.request_model == other.request_model:
        # Only the model asked for, where the other may say which one answered.
        kept.response_model = other.response_model or kept.response_model
    elif kept.response_model in (None, kept.request_model) and is_snapshot(
        kept.request_model, other.request_model
    ):
        # The other way about.
        kept.response_model, kept.request_model = kept.request_model, other.request_model


def absorb_step(kept: Draft, other: Draft) -> None:
    """As :func:`absorb`, of a tool or agent that another library's span tells of too."""
    absorb(kept, other)
    kept.error = kept.error or other.error
    kept.tool_call_id = kept.tool_call_id or other.tool_call_id


def made_nothing(call: Draft) -> bool:
    """Whether a call was answered nothing, as far as it tells."""
    parts = (p for m in call.messages_out for p in m.parts)
    said = any(p.get("type") != "text" or p.get("content") for p in parts)
    return not (said or call.usage.output_tokens or (call.has_output and call.output))


def take_part(outer: Draft, part: Draft) -> None:
    """What a piece tells alone: why a tool, or a call that was answered nothing, failed, why a stream
    ended, and the tools a call asked for."""
    is_unanswered = outer.role == "call" and made_nothing(outer)
    if outer.error is None and (outer.kind == "tool" or is_unanswered):
        outer.error = part.error
        if part.error is not None and is_unanswered:
            outer.finish_reason = None
    if outer.finish_reason is None and outer.role == "call":
        outer.finish_reason = part.finish_reason
    if part.kind == "tool" and outer.role == "call":
        before = readable_output(outer.messages_out)
        outer.messages_out = with_calls(outer.messages_out, part.messages_out)
        if not outer.has_output or outer.output in (None, "", before):
            outer.output = readable_output(outer.messages_out)

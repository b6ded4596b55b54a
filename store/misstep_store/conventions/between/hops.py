"""A node of the tree as a hop."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from misstep.model import Hop
from misstep_store.conventions.between.tree import Tree
from misstep_store.conventions.between.tries import Node, answering
from misstep_store.conventions.readers import langsmith, openinference, semantic_kernel, strands
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft, Price, Usage
from misstep_store.conventions.values.errors import clearer
from misstep_store.conventions.values.shapes import quick
from misstep_store.conventions.values.usage import whole

LATEST = 253_402_300_800_000_000_000
"""The year 10000, in nanoseconds: beyond it no time is told."""


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def iso(unix_nano: int) -> str:
    """ISO 8601 UTC with microseconds; empty for 0 and for times beyond the year 9999."""
    if not 0 < unix_nano < LATEST:
        return ""
    seconds, nano = divmod(unix_nano, 1_000_000_000)
    return f"{_second(seconds)}.{nano // 1000:06d}Z"


def duration_ms(draft: Draft) -> float:
    """How long it ran, what was folded into it included; 0 while it has not ended."""
    return max(0, draft.end_unix_nano - draft.span.start_unix_nano) / 1e6


def hop(node: Node, tree: Tree, start: int, price: Price | None) -> Hop:
    """The hop; ``start`` is the run's, in nanoseconds."""
    step, call = node.draft, (node.call.draft if node.call else node.draft)
    merged = node.call is not None
    used = whole(call.usage)
    tokens = used.input_tokens + used.output_tokens if node.counted else 0
    counted = node.counted
    cost = _cost(call, used, price) if counted and (tokens or call.cost_usd is not None) else None
    span = step.span
    recording = step.recording
    if merged and recording is not None and call.recording is not None:
        recording.response_status = call.recording.response_status
        recording.response_content_type = call.recording.response_content_type
    output = step.output
    told = merged and step.kind == "chain" and step.messages_out and call.messages_out
    if told or (not step.has_output and not step.error):
        output = call.output  # a step may tell messages that led to the answer
    error = step.error
    if merged and step.convention != OWN and call.error is not None:
        if error is not None:
            error = clearer(error, call.error)
        elif not step.has_output:
            error = call.error  # which the step around it did not see
    served = step.response_model or call.response_model
    ended = call.finish_reason or step.finish_reason
    identity = call.response_id or step.response_id
    if ended is not None and not merged and step.kind == "chain" and not tokens:
        served = ended = identity = None  # which are those of a call in it
    told_of = (call.response_id, step.response_id, call.finish_reason, step.finish_reason)
    served = answering(served, call.request_model, *told_of, error=error)
    return quick(
        Hop,
        {
            "hop_id": span.span_id,
            "parent_id": tree.hop_parent(span.span_id),
            "index": 0,
            "name": (call.name if merged and is_round(step) else step.name) or span.name,
            "kind": call.kind if merged and step.kind == "chain" else step.kind,
            "provider": call.provider,
            "request_model": call.request_model,
            "response_model": served,
            "input": call.input if step.input is None else step.input,
            "output": output,
            "messages_in": list(call.messages_in),
            "messages_out": list(call.messages_out),
            "system": call.system,
            "tools": list(call.tools),
            "finish_reason": ended,
            "error": error,
            "attempt": max(call.attempt, len(node.attempts)) or 1,
            "attempts": node.attempts,
            "started_at": iso(span.start_unix_nano),
            "offset_ms": max(0, span.start_unix_nano - start) / 1e6,
            "duration_ms": duration_ms(step if merged else call),
            "time_to_first_token_ms": call.time_to_first_token_ms,
            "input_tokens": used.input_tokens if counted else 0,
            "output_tokens": used.output_tokens if counted else 0,
            "cached_tokens": used.cached_tokens if counted else 0,
            "cache_write_tokens": used.cache_write_tokens if counted else 0,
            "reasoning_tokens": used.reasoning_tokens if counted else 0,
            "unpriced_tokens": tokens if tokens and cost is None else 0,
            "cost_usd": cost,
            "state": "unknown",
            "convention": step.convention,
            "scores": [*step.scores, *call.scores] if merged else list(step.scores),
            "path": step.path,
            "complete": span.end_unix_nano != 0,
            "orphan": tree.is_orphan(step),
            "merged": node.merged,
            "answer": call.output if merged else None,
            "documents": list(step.documents or call.documents),
            "parameters": dict(call.parameters),
            "tool_call_id": step.tool_call_id,
            "response_id": identity,
            "prompt_name": step.prompt_name or call.prompt_name,
            "prompt_version": step.prompt_version or call.prompt_version,
            "findings": [*step.findings, *call.findings] if merged else list(step.findings),
            "input_cut": step.input_cut or call.input_cut,
            "output_cut": step.output_cut or call.output_cut,
            "redacted": step.redacted or call.redacted,
            "links": [link.span_id for link in span.links] if span.links else [],
            "recording": recording,
            "payloads": True,
        },
    )


def is_round(step: Draft) -> bool:
    """Whether a step is named for going round, as frameworks call what they do over and over: with one
    call inside it is named as that, for it is nothing else."""
    return step.name in ROUNDS.get(step.convention, ())


ROUNDS = {
    strands.NAME: (strands.ROUND, strands.NODE_ROUND),
    openinference.NAME: (strands.ROUND, "turn"),  # of Strands' rewritten, and of OpenAI's agents
    semantic_kernel.NAME: (semantic_kernel.ROUND,),
    langsmith.NAME: ("Span",),  # of OpenAI's agents
}


def _cost(call: Draft, used: Usage, price: Price | None) -> float | None:
    if call.cost_usd is not None:
        return call.cost_usd
    if price is None:
        return None
    for model in dict.fromkeys((call.response_model, call.request_model)):
        found = price(call.provider, model, used, call.span.start_unix_nano)
        if found is not None:
            return found
    return None

"""Rows of ``runs`` and ``hops``, whichever way they were made."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from misstep.model import Hop, Run
from misstep_store.conventions.between.hops import iso
from misstep_store.conventions.values.times import unix_nano

Row = tuple[Any, ...]

PAYLOAD_FIELDS = frozenset(
    {
        "input",
        "output",
        "messages_in",
        "messages_out",
        "system",
        "tools",
        "answer",
        "documents",
        "parameters",
        "recording",
        "input_cut",
        "output_cut",
        "redacted",
    }
)
"""What is mapped from the raw spans when a hop is shown, and stored nowhere else."""

RUN_COLUMNS: dict[str, pa.DataType] = {
    "run_id": pa.string(),
    "name": pa.string(),
    "service": pa.string(),
    "pipeline": pa.string(),
    "version": pa.string(),
    "start_unix_nano": pa.int64(),
    "last_start_unix_nano": pa.int64(),
    "duration_ms": pa.float64(),
    "status": pa.string(),
    "complete": pa.bool_(),
    "session_id": pa.string(),
    "user_id": pa.string(),
    "tags": pa.list_(pa.string()),
    "models": pa.list_(pa.string()),
    "hop_count": pa.int32(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "cost_usd": pa.float64(),
    "recorded_verdict": pa.string(),
    "span_count": pa.int64(),
    "log_count": pa.int64(),
    "body": pa.string(),
    "made_unix_nano": pa.int64(),
    "made_commit": pa.int64(),
    "provisional": pa.bool_(),
    "replay_of": pa.string(),
}
FACTS = (
    "run_id",
    "name",
    "service",
    "pipeline",
    "version",
    "start_unix_nano",
    "duration_ms",
    "status",
    "complete",
    "session_id",
    "user_id",
    "tags",
    "models",
    "hop_count",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "recorded_verdict",
    "replay_of",
)
"""Columns of ``runs`` that are read from spans; the others say how far and when."""
MADE_RUN = pa.schema([*((name, RUN_COLUMNS[name]) for name in FACTS), ("body", pa.string())])
"""Runs as they are made for many traces together."""
LONE_CALL = pa.schema(
    [
        ("trace_id", pa.string()),
        ("echo", pa.bool_()),
        ("at_unix_nano", pa.int64()),
        ("end_unix_nano", pa.int64()),
    ]
)
"""Traces whose only root is a model call: see :class:`between.across.Lone`."""
HOP_COLUMNS: dict[str, pa.DataType] = {
    "run_id": pa.string(),
    "hop_id": pa.string(),
    "idx": pa.int32(),
    "parent_id": pa.string(),
    "name": pa.string(),
    "kind": pa.string(),
    "provider": pa.string(),
    "model": pa.string(),
    "request_model": pa.string(),
    "response_model": pa.string(),
    "finish_reason": pa.string(),
    "response_id": pa.string(),
    "tool_call_id": pa.string(),
    "path": pa.string(),
    "convention": pa.string(),
    "code_hash": pa.string(),
    "start_unix_nano": pa.int64(),
    "offset_ms": pa.float64(),
    "duration_ms": pa.float64(),
    "time_to_first_token_ms": pa.float64(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "cached_tokens": pa.int64(),
    "cache_write_tokens": pa.int64(),
    "reasoning_tokens": pa.int64(),
    "unpriced_tokens": pa.int64(),
    "cost_usd": pa.float64(),
    "is_error": pa.bool_(),
    "counted": pa.bool_(),
    "complete": pa.bool_(),
    "orphan": pa.bool_(),
    "attempts": pa.int32(),
    "more": pa.string(),
    "run_start_unix_nano": pa.int64(),
}
_FEW = (
    "error",
    "attempt",
    "attempts",
    "merged",
    "prompt_name",
    "prompt_version",
    "scores",
    "findings",
    "links",
)
"""Facts that few hops have; they share the column ``more``."""
_DEFAULTS: dict[str, Any] = {"attempt": 1}


def clean(value: str | None) -> str | None:
    """DuckDB text holds no NUL and no lone surrogate."""
    if value is None:
        return None
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()
    return value


def text_array(values: Any) -> pa.Array:
    """Texts, and None, as Arrow; clean ones."""
    try:
        made = pa.array(values, type=pa.string(), from_pandas=False)
    except (pa.ArrowInvalid, UnicodeEncodeError):  # a lone surrogate
        return pa.array([clean(v) for v in values], type=pa.string())
    data = made.buffers()[2]
    if data is not None and data.size and not np.frombuffer(data, np.uint8).min():
        return pa.array([clean(v) for v in values], type=pa.string())
    return made


@functools.cache
def words(these: tuple[str, ...]) -> pa.Array:
    """Words as a column; not made on import, for pyarrow loads pandas with its first array."""
    return pa.array(these)


def to_json(value: Any) -> str:
    """JSON text for the database; what JSON cannot hold is written as text."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        import json

        text = json.dumps(value, default=str).encode("utf-8", "replace").decode()
    return text


def more(facts: dict[str, Any]) -> str:
    """What few hops have, as JSON of what there is, in one order whoever tells it; empty when there is
    nothing."""
    told = {
        name: value for name in _FEW if (value := facts.get(name)) and value != _DEFAULTS.get(name)
    }
    return to_json(told) if told else ""


def hop_row(run_id: str, hop: Hop, run_start: int) -> Row:
    """The row of a hop that a convention made; ``run_start`` in nanoseconds."""
    facts = hop.model_dump(mode="python", include=set(_FEW))
    return (
        run_id,
        hop.hop_id,
        hop.index,
        hop.parent_id,
        clean(hop.name),
        hop.kind,
        clean(hop.provider),
        clean(hop.response_model or hop.request_model),
        clean(hop.request_model),
        clean(hop.response_model),
        clean(hop.finish_reason),
        clean(hop.response_id),
        clean(hop.tool_call_id),
        clean(hop.path),
        hop.convention,
        clean(hop.recording.code_hash) if hop.recording is not None else None,
        unix_nano(hop.started_at),
        hop.offset_ms,
        hop.duration_ms,
        hop.time_to_first_token_ms,
        hop.input_tokens,
        hop.output_tokens,
        hop.cached_tokens,
        hop.cache_write_tokens,
        hop.reasoning_tokens,
        hop.unpriced_tokens,
        hop.cost_usd,
        hop.error is not None,
        bool(hop.input_tokens or hop.output_tokens),
        hop.complete,
        hop.orphan,
        len(hop.attempts),
        more(facts),
        run_start,
    )


def facts_of(run: Run, hops: Sequence[Hop], start: int) -> Row:
    """What :data:`FACTS` names, of a run that a convention made."""
    # A run is found by the model it asked for too: `m` is answered by `m-2026-01-31`.
    models = dict.fromkeys([*run.models, *(m for h in hops if (m := h.request_model))])
    return (
        run.run_id,
        clean(run.name),
        clean(run.service),
        clean(run.pipeline),
        clean(run.version),
        start,
        run.duration_ms,
        run.status,
        run.complete,
        clean(run.session_id),
        clean(run.user_id),
        [clean(t) for t in run.tags],
        [clean(m) for m in models],
        run.hop_count,
        run.input_tokens,
        run.output_tokens,
        run.cost_usd,
        run.verdict.state,
        clean(run.replay_of),
    )


def run_row(
    facts: Row, body: str, *, last_start: int, spans: int, logs: int, commit: int, now: int
) -> Row:
    """The row of a run; ``body`` is the run as JSON, empty until it is shown."""
    start = facts[5]
    return (
        *facts[:6],
        max(start, last_start),
        *facts[6:-1],
        spans,
        logs,
        body,
        now,
        commit,
        False,
        facts[-1],
    )


def hop_of(row: Row) -> dict[str, Any]:
    """The fields of a hop whose row this is, without its payloads; the row has the order of
    :data:`HOP_COLUMNS`."""
    told = dict(zip(HOP_COLUMNS, row, strict=True))
    fields = {name: told[name] for name in _SAME}
    fields["index"] = told["idx"]
    fields["started_at"] = iso(told["start_unix_nano"])
    if told["more"]:
        fields |= orjson.loads(told["more"])
    return fields


_SAME = [name for name in HOP_COLUMNS if name in Hop.model_fields and name != "attempts"]

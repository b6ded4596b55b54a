"""Which columns the walker fills, and which attribute keys have a column of their own."""

from __future__ import annotations

from typing import Final

TEXT_COLUMNS: Final = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "trace_state",
    "name",
    "attributes",
    "events",
    "links",
    "status_message",
    "resource_id",
    "scope_id",
    "service",
    "version",
    "operation",
    "provider",
    "model",
    "session_id",
    "user_id",
    "pipeline",
    "replay_of",
)
"""Columns of text, in the walker's order; the last stays in memory."""

KEPT_TEXTS: Final = TEXT_COLUMNS[:-1]

NUMBER_COLUMNS: Final = (
    "flags",
    "kind",
    "start_unix_nano",
    "end_unix_nano",
    "dropped_attributes_count",
    "dropped_events_count",
    "dropped_links_count",
    "status_code",
    "input_tokens",
    "output_tokens",
    "id_hash",
    "trace_hash",
)
"""Columns of 64-bit integers, in the walker's order; the last two stay in memory."""

KEPT_NUMBERS: Final = NUMBER_COLUMNS[:-2]
SMALL_NUMBERS: Final = frozenset(NUMBER_COLUMNS) - {
    "start_unix_nano",
    "end_unix_nano",
    "id_hash",
    "trace_hash",
}
"""Columns that the database holds in 32 bits."""

T: Final[dict[str, int]] = {name: at for at, name in enumerate(TEXT_COLUMNS)}
N: Final[dict[str, int]] = {name: at for at, name in enumerate(NUMBER_COLUMNS)}

PROMOTED: Final[dict[str, tuple[str, ...]]] = {
    # column: the attribute keys it is taken from, the first that is there
    "operation": (
        "misstep.hop.kind",
        "misstep.role",
        "gen_ai.operation.name",
        "openinference.span.kind",
    ),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "model": (
        "gen_ai.response.model",
        "gen_ai.request.model",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
    ),
    "session_id": ("session.id", "gen_ai.conversation.id", "thread.id"),
    "user_id": ("user.id", "enduser.id"),
    "pipeline": ("misstep.pipeline",),
    "replay_of": ("misstep.replay_of",),
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
    ),
}

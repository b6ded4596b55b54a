"""Every attribute key misstep writes or reads of its own spans, each once.

Where the OpenTelemetry GenAI conventions have a name, that name is used; what they lack lives
under ``misstep.*`` and is versioned by :data:`SCHEMA_VERSION`. Values that are not scalars are
canonical JSON text (RFC 8785). Hashes read ``sha256:<64 hex>``.
"""

from __future__ import annotations

from typing import Final

SCOPE_NAME: Final = "misstep"
SCHEMA_VERSION: Final = "1"

# --- every misstep span -------------------------------------------------------------------
SCHEMA: Final = "misstep.schema"
"""Version of the misstep keys on this span, e.g. ``"1"``."""
ROLE: Final = "misstep.role"
"""What the span is: :data:`ROLE_RUN`, :data:`ROLE_HOP` or :data:`ROLE_CALL`."""
ROLE_RUN: Final = "run"
"""The root of a pipeline execution; it is the run, not a hop."""
ROLE_HOP: Final = "hop"
"""A wrapped function or ``with misstep.hop(...)`` block."""
ROLE_CALL: Final = "call"
"""One HTTP request to a model provider, made by ``instrument()``."""
ROLE_MARK: Final = "mark"
"""Carries a verdict given after its run had ended; neither run nor hop."""
ROLE_REMOTE: Final = "remote"
"""Stands for a span of another process; never exported from here."""
HOP_NAME: Final = "misstep.hop.name"
"""Name of the hop without ``#n``, e.g. ``extract_fields`` or ``chat gpt-4o-mini``."""
HOP_KIND: Final = "misstep.hop.kind"
"""llm | embedding | tool | retriever | reranker | agent | guardrail | evaluator | chain."""
HOP_PATH: Final = "misstep.hop.path"
"""Names from the run to this hop joined by ``/``, with ``#n`` for the n-th sibling of that name."""

# --- payloads ------------------------------------------------------------------------------
INPUT: Final = "misstep.input"
"""What went in: JSON text that keeps 1.0 apart from 1; arguments are an object by parameter name."""
OUTPUT: Final = "misstep.output"
"""What came out: JSON text of the return value (a generator: list of items, or joined text)."""
INPUT_SIZE_BYTES: Final = "misstep.input.size_bytes"
OUTPUT_SIZE_BYTES: Final = "misstep.output.size_bytes"
"""Size of the payload before it was cut, in bytes; present only when it was cut."""
INPUT_HASH: Final = "misstep.input.hash"
OUTPUT_HASH: Final = "misstep.output.hash"
"""``sha256:…`` of the payload before it was cut."""
INPUT_CUT: Final = "misstep.input.cut"
OUTPUT_CUT: Final = "misstep.output.cut"
"""true when the payload was longer than ``MISSTEP_MAX_PAYLOAD_BYTES``."""
INPUT_ERROR: Final = "misstep.input.error"
OUTPUT_ERROR: Final = "misstep.output.error"
"""Why part of the payload could not be captured, e.g. ``repr() raised ValueError``."""
REDACTED: Final = "misstep.redacted"
"""Number of places redacted in this span's payloads; present only when above 0."""
LEFT_OUT_BYTES: Final = "misstep.left_out.size_bytes"
"""Size of payloads that were left out because the queue's memory was full."""
EVENTS_DROPPED: Final = "misstep.events.dropped"
"""Number of span events above the limit of 1,000 a span."""
OUTPUT_TYPE: Final = "misstep.output.type"
"""``module:qualname`` of the return annotation, which a served output is restored to."""

# --- run -----------------------------------------------------------------------------------
PIPELINE: Final = "misstep.pipeline"
"""Name of the pipeline, e.g. ``invoice_processing``."""
ENTRY: Final = "misstep.entry"
"""``module:qualname`` of the entry point, or ``script.py`` under ``misstep run``."""
ENTRY_ARGUMENTS: Final = "misstep.entry.arguments"
"""The entry's arguments as JSON ``{"args": [...], "kwargs": {...}}``."""
ENTRY_FOLDER: Final = "misstep.entry.folder"
"""Folder of the entry's source; only within the process, never exported."""
VCS_REVISION: Final = "vcs.ref.head.revision"
VCS_DIRTY: Final = "misstep.vcs.dirty"
SDK_VERSIONS: Final = "misstep.sdk.versions"
"""JSON object: versions of the provider SDKs and misstep that were imported."""
TAGS: Final = "misstep.tags"
"""String array of the run's tags."""
REPLAY_OF: Final = "misstep.replay_of"
"""Run id of the source of a replay."""
REPLAY_FORK: Final = "misstep.replay.fork"
"""Hop id (in the source run) from which the replay ran live."""
REPLAY_SUBSTITUTED: Final = "misstep.replay.substituted"
"""String array of hop ids (in the source run) whose output was replaced."""
REPLAY_SERVED: Final = "misstep.replay.served"
"""On a hop: true when its output came from the recording instead of being executed."""

# --- recording -----------------------------------------------------------------------------
CONTENT_KEY: Final = "misstep.content_key"
"""``sha256:…`` of what identifies a call's content: path and body of a model call (no host, port
or secret header), or hop path and canonical input of a hop."""
CODE_HASH: Final = "misstep.code.hash"
"""``sha256:…`` of the hop function's source."""
CODE_FUNCTION: Final = "code.function.name"
CODE_FILE: Final = "code.file.path"
CODE_LINE: Final = "code.line.number"
EFFECT: Final = "misstep.effect"
PURE: Final = "misstep.pure"
WIRE_FORMAT: Final = "misstep.wire_format"
"""Which of ``misstep.providers`` a model call was read with, e.g. ``anthropic.messages``."""
REQUEST_PATH: Final = "url.path"
REQUEST_BODY: Final = "misstep.request.body"
"""JSON text of the wire request of a model call."""
RESPONSE_BODY: Final = "misstep.response.body"
"""Text of the wire response: JSON, or the raw event stream of a streamed answer."""
RESPONSE_CONTENT_TYPE: Final = "misstep.response.content_type"
RESPONSE_STATUS: Final = "http.response.status_code"
STREAMED: Final = "misstep.streamed"
ABANDONED: Final = "misstep.stream.abandoned"
"""true when the caller closed the stream before its end."""

PAYLOAD_KEYS: Final = (
    "misstep.request.body",
    "misstep.response.body",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
)
"""Attributes that hold texts of any length."""

# --- attempts ------------------------------------------------------------------------------
ATTEMPT_NUMBER: Final = "misstep.attempt"
"""1-based number of this try as far as the caller's SDK says (x-stainless-retry-count + 1)."""
ATTEMPT_REASON: Final = "misstep.attempt.reason"
"""Why this try failed: ``429``, ``timeout``, ``5xx``, ``connection``, ``4xx``,
``cancelled``."""
ATTEMPT_RETRY_AFTER_S: Final = "misstep.attempt.retry_after_s"
ATTEMPT_GROUP: Final = "misstep.attempt.group"
"""Id shared by the calls made inside one ``with misstep.attempts(...)`` block."""
ATTEMPT_GROUP_NAME: Final = "misstep.attempt.group_name"

# --- span events ---------------------------------------------------------------------------
EVENT_FINDING: Final = "misstep.finding"
FINDING_RULE: Final = "misstep.finding.rule"
FINDING_MESSAGE: Final = "misstep.finding.message"
FINDING_PATH: Final = "misstep.finding.path"
FINDING_STRICT: Final = "misstep.finding.strict"
EVENT_MARK: Final = "misstep.mark"
"""Verdict given from the program, on the span where it was given; belongs to its run."""
MARK_STATE: Final = "misstep.mark.state"
MARK_TEXT: Final = "misstep.mark.text"
MARK_BY: Final = "misstep.mark.by"
MARK_RUN_ID: Final = "misstep.mark.run_id"
"""Set when the mark names another run than the one its span is in."""
EVENT_STATE: Final = "misstep.state"
STATE_VALUE: Final = "misstep.state.value"
EVENT_RECORDED: Final = "misstep.recorded"
RECORDED_NAME: Final = "misstep.recorded.name"
RECORDED_VALUE: Final = "misstep.recorded.value"
RECORDED_NUMBER: Final = "misstep.recorded.number"
EVENT_EXCEPTION: Final = "exception"

# --- log events ----------------------------------------------------------------------------
LOG_HOP_START: Final = "misstep.hop.start"
"""Event name of the log record that announces a run or hop before it ends; its attributes are
those its span would have now, its time the span's start."""
START_NAME: Final = "misstep.hop.start.name"
"""Name of the span that was begun."""
START_PARENT: Final = "misstep.hop.start.parent_span_id"
"""Its parent, 16 hex digits; absent for a root."""

# --- OpenTelemetry GenAI and general conventions that misstep writes -----------------------
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
"""Seconds (double) from the request to the first token."""
REQUEST_PARAMETER_PREFIX: Final = "gen_ai.request."
"""temperature, top_p, top_k, max_tokens, seed, stop_sequences, stream, …"""
OUTPUT_FORMAT: Final = "gen_ai.output.type"
EMBEDDING_DIMENSIONS: Final = "gen_ai.embeddings.dimension.count"
TOOL_NAME: Final = "gen_ai.tool.name"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
PROMPT_NAME: Final = "gen_ai.prompt.name"
PROMPT_VERSION: Final = "gen_ai.prompt.version"
SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"
ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"

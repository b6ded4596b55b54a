"""What is read from spans of one convention that carry the same keys.

A plan is made once for each set of keys, and says for each fact which keys hold it, in the order of
the convention's own reader. None: such spans are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from misstep import semconv as sc
from misstep.model import ErrorInfo
from misstep_store.conventions import (
    convention_of,
    generic,
    misstep_own,
    openinference,
    openinference_libraries,
    otel_genai,
)
from misstep_store.conventions.errors import failure
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.headers.spans import KIND_OF, ROLE_OF
from misstep_store.spans import Span

Keys = tuple[str, ...]
DECIDING = (sc.ROLE, sc.HOP_KIND, "gen_ai.operation.name", "openinference.span.kind")
"""Attributes whose values decide kind and role; spans that are read together agree in them."""


@dataclass(slots=True)
class Plan:
    """Where the facts of some spans are; keys are those that all of the spans have.

    Args:
        named: keys of the hop's name; the span's own name stands in.
        finish: keys of the finish reason in GenAI's order; ``finish_text``: one that holds text.
        finish_in: keys of messages that may say the finish reason instead.
        model_named: keys of a model that stands for the one asked for, ``served_named`` for the one
            that answered.
        response: a raw response body that may say what the attributes leave out.
        invocation: JSON of parameters that may name the model.
        operation: of a span whose name may begin with it.
        one: a number that has to be 1 or the trace is unusual.
        tags: a list of tags, or text that holds one.
        foreign: values and names another convention may claim; asked of each span.
    """

    convention: str
    role: int
    kind: int
    named: Keys = ()
    text: dict[str, Keys] = field(default_factory=dict)
    words: dict[str, Keys] = field(default_factory=dict)
    tokens: dict[str, Keys] = field(default_factory=dict)
    cost: Keys = ()
    first_token_s: Keys = ()
    finish: Keys = ()
    finish_text: Keys = ()
    finish_in: str = ""
    response: str = ""
    invocation: str = ""
    model_named: Keys = ()
    served_named: Keys = ()
    one: str = ""
    operation: str = ""
    tags: str = ""
    foreign: bool = False
    failure: Callable[[Span], ErrorInfo | None] = failure


def plan_of(span: Span) -> Plan | None:
    """The plan for spans like this one, as far as keys and :data:`DECIDING` values go."""
    found = convention_of(span).name
    make = _MAKERS.get(found)
    return make(span) if make is not None else None


def _there(span: Span, *keys: str) -> Keys:
    return tuple(k for k in keys if k in span.attributes)


def _filled(**found: Keys) -> dict[str, Keys]:
    return {name: keys for name, keys in found.items() if keys}


# --- misstep's own -----------------------------------------------------------------------------

_OWN_UNUSUAL = frozenset(
    {
        sc.ATTEMPT_GROUP,
        sc.ATTEMPT_GROUP_NAME,
        sc.TAGS,
        sc.INPUT_CUT,
        sc.OUTPUT_CUT,
        sc.REDACTED,
        "gen_ai.usage.raw",
    }
)


def _own(span: Span) -> Plan | None:
    a = span.attributes
    role, kind = a.get(sc.ROLE), a.get(sc.HOP_KIND)
    if role == sc.ROLE_MARK or any(k in a for k in _OWN_UNUSUAL):
        return None
    kind = kind if isinstance(kind, str) and kind in KIND_OF else "chain"
    known = role if isinstance(role, str) and role in ROLE_OF and role != "span" else sc.ROLE_HOP
    made = Plan(
        misstep_own.NAME,
        ROLE_OF[known],
        KIND_OF[kind],
        named=_there(span, sc.HOP_NAME, sc.PIPELINE),
    )
    if role == sc.ROLE_CALL or kind != "chain":
        if not _genai_facts(made, span, kind):
            return None
    else:
        _about(made, span)
    made.text.pop("pipeline", None)
    made.text |= _filled(pipeline=_there(span, sc.PIPELINE), path=_there(span, sc.HOP_PATH))
    made.text |= _filled(code_hash=_there(span, sc.CODE_HASH))
    made.failure = misstep_own.failure
    made.one = sc.ATTEMPT_NUMBER if sc.ATTEMPT_NUMBER in a else ""
    return made


# --- OpenTelemetry GenAI -----------------------------------------------------------------------


def _genai(span: Span) -> Plan | None:
    if "telemetry.sdk.name" in span.attributes:
        return None
    kind = otel_genai.kind_of(span.attributes)
    role = "call" if kind in CALL_KINDS else "hop"
    made = Plan(otel_genai.NAME, ROLE_OF[role], KIND_OF[kind], foreign=True)
    if kind in ("tool", "agent"):
        made.named, made.operation = _there(span, f"gen_ai.{kind}.name"), kind
    if not _genai_facts(made, span, kind):
        return None
    if kind in ("chain", "agent"):
        made.text |= _filled(pipeline=_there(span, "gen_ai.workflow.name"))
    return made


def _genai_facts(made: Plan, span: Span, kind: str) -> bool:
    """What :func:`otel_genai.fill` reads; False when it takes more than keys."""
    a = span.attributes
    if "gen_ai.usage.raw" in a:
        return False
    totals = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")
    if kind == "embedding" and any(k in a for k in totals):
        return False
    if any(k.startswith("gen_ai.completion") for k in a):
        return False
    made.text |= _filled(
        provider=_there(span, "gen_ai.provider.name", "gen_ai.system"),
        request_model=_there(span, "gen_ai.request.model"),
        response_model=_there(span, "gen_ai.response.model"),
        response_id=_there(span, "gen_ai.response.id", "gen_ai.response_id"),
    )
    if kind == "tool":
        made.text |= _filled(tool_call_id=_there(span, "gen_ai.tool.call.id"))
    made.tokens = _filled(
        input_tokens=_there(span, *otel_genai.ASKED),
        output_tokens=_there(span, *otel_genai.SAID),
        cached_tokens=_there(span, *otel_genai.CACHED),
        cache_write_tokens=_there(span, *otel_genai.WRITTEN),
        reasoning_tokens=_there(span, *otel_genai.REASONING),
    )
    made.cost = _there(span, *otel_genai.COSTS)
    made.first_token_s = _there(span, *otel_genai.FIRST_CHUNKS)
    made.finish = _there(
        span,
        "gen_ai.response.finish_reasons",
        "gen_ai.response.finish_reason",
        "gen_ai.response.stop_reason",
    )
    if kind != "tool" and "gen_ai.output.messages" in a:
        made.finish_in = "gen_ai.output.messages"
    _about(made, span)
    return True


def _about(made: Plan, span: Span) -> None:
    """What :func:`otel_genai.about` reads."""
    made.text |= _filled(
        session_id=_there(span, "gen_ai.conversation.id", "session.id"),
        user_id=_there(span, "user.id", "enduser.id", "gen_ai.user", "gen_ai.request.user"),
        prompt_name=_there(span, "gen_ai.prompt.name"),
    )
    made.words |= _filled(prompt_version=_there(span, "gen_ai.prompt.version"))


# --- OpenInference -----------------------------------------------------------------------------

_LISTS = ("evaluations.", "annotations.", "trace.evaluations.", "session.evaluations.")


def _openinference(span: Span) -> Plan | None:
    a = span.attributes
    if any(k.startswith(("gen_ai.", *_LISTS)) for k in a):
        return None
    kind = openinference.KINDS.get(str(a.get("openinference.span.kind", "")).upper(), "chain")
    if openinference_libraries.mends(span.scope.name, is_call=kind == "llm"):
        return None
    role = "call" if kind in CALL_KINDS else "hop"
    made = Plan(openinference.NAME, ROLE_OF[role], KIND_OF[kind])
    if kind in ("tool", "agent"):
        made.named = _there(span, f"{kind}.name")
    made.text = _filled(
        provider=_there(span, "llm.provider", "llm.system"),
        request_model=_there(span, "llm.request.model_name"),
        response_model=_there(span, "llm.response.model_name"),
        session_id=_there(span, "session.id"),
        user_id=_there(span, "user.id"),
        prompt_name=_there(span, "prompt.id", "llm.prompt_template.name", "prompt.name"),
        tool_call_id=_there(span, "tool_call.id", "tool.id"),
    )
    made.words = _filled(
        prompt_version=_there(span, "llm.prompt_template.version", "prompt.version")
    )
    made.model_named = _there(span, *openinference.MODEL_NAMES)
    made.served_named = made.model_named if kind in ("llm", "embedding") else ()
    made.invocation = "llm.invocation_parameters" if "llm.invocation_parameters" in a else ""
    made.finish_text = _there(span, "llm.finish_reason")
    made.tags = "tag.tags" if "tag.tags" in a else ""
    made.cost = _there(span, "llm.cost.total")
    asked = _there(span, "llm.token_count.prompt", "embedding.token_count.prompt")
    if kind == "embedding" and "llm.token_count.total" in a:
        if asked or "llm.token_count.completion" in a:
            return None
        asked = ("llm.token_count.total",)
    made.tokens = _filled(
        input_tokens=asked,
        output_tokens=_there(span, "llm.token_count.completion"),
        cached_tokens=_there(span, "llm.token_count.prompt_details.cache_read"),
        cache_write_tokens=_there(span, "llm.token_count.prompt_details.cache_write"),
        reasoning_tokens=_there(span, "llm.token_count.completion_details.reasoning"),
    )
    return made if kind not in ("llm", "embedding") or _said(made, span, kind) else None


def _said(made: Plan, span: Span, kind: str) -> bool:
    """Whether the messages are flattened, so that raw bodies add facts of the answer alone."""
    a = span.attributes
    answered = [k for k in a if k.startswith("llm.output_messages.")]
    if any("finish" in k for k in answered):
        return False
    if "output.value" in a:
        if not answered:
            return False
        made.response = "output.value"
    asked = any(k.startswith("llm.input_messages.") for k in a)
    return kind != "llm" or asked or "input.value" not in a


# --- spans of other libraries ------------------------------------------------------------------


def _generic(span: Span) -> Plan | None:
    a = span.attributes
    if "http.request.method" in a or "http.method" in a:
        return None
    if "telemetry.sdk.name" in a:
        return None
    made = Plan(generic.NAME, ROLE_OF["span"], KIND_OF["chain"], foreign=True)
    made.text = _filled(
        session_id=_there(span, "session.id", "gen_ai.conversation.id"),
        user_id=_there(span, "user.id", "enduser.id"),
    )
    return made


_MAKERS: dict[str, Callable[[Span], Plan | None]] = {
    misstep_own.NAME: _own,
    otel_genai.NAME: _genai,
    openinference.NAME: _openinference,
    generic.NAME: _generic,
}

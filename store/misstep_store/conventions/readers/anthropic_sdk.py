"""The Anthropic SDK's own spans: GenAI attributes beside HTTP's, inside every other's traces."""

from __future__ import annotations

from misstep_store.conventions.finishing import finish
from misstep_store.conventions.raw import counting
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import CALL_KINDS, Attributes, Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "anthropic-sdk"
STATUS = "http.response.status_code"


def claims(span: Span) -> bool:
    """A request of the SDK, by the keys only it writes."""
    a = span.attributes
    return "anthropic.request.id" in a or "anthropic.message.stop_reason" in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop; where another library tells of the call too, it is an echo."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    if kind in CALL_KINDS:
        draft.echo = "inside"
    draft.finish_reason = rd.text(a, "anthropic.message.stop_reason")
    otel_genai.fill(draft, a, logs)
    draft.attempt = rd.integer(a, "http.request.resend_count") + 1
    draft.status = status_of(a)
    return counting.no_call(finish(draft), counting.counts(span.name))


def status_of(a: Attributes) -> int | None:
    """The HTTP status that a request was answered with."""
    return rd.integer(a, STATUS) or None


CONVENTION = Convention(NAME, read, scopes=("com.anthropic.sdk.*",), marks=claims)

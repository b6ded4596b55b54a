"""A span no convention claims: still readable, of kind ``chain``."""

from __future__ import annotations

from misstep.model import ErrorInfo
from misstep_store.conventions import reading as rd
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.spans import Span

NAME = "generic"


def read(span: Span, logs: Logs) -> Draft:
    """Name, failure and whatever looks like input and output."""
    a = span.attributes
    draft = Draft(span=span, convention=NAME, name=span.name)
    for key in ("input.value", "input", "traceloop.entity.input"):
        if key in a:
            draft.input = rd.parsed(a[key])
            break
    for key in ("output.value", "output", "traceloop.entity.output"):
        if key in a:
            draft.output, draft.has_output = rd.parsed(a[key]), True
            break
    draft.session_id = rd.text(a, "session.id")
    draft.user_id = rd.text(a, "user.id", "enduser.id")
    failure = rd.error_of(span)
    if failure:
        draft.error = ErrorInfo(type=failure[0], message=failure[1], stacktrace=failure[2])
    return draft


CONVENTION = Convention(NAME, lambda span: True, read)

"""A span no convention claims: still readable, of kind ``chain``.

HTTP client spans are marked, so that those inside a model call can be folded into it.
"""

from __future__ import annotations

from misstep_store.conventions import reading as rd
from misstep_store.conventions.errors import failure
from misstep_store.conventions.finishing import payloads
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.spans import Span

NAME = "generic"
_INPUTS = ("input.value", "input", "inputs", "traceloop.entity.input", "gen_ai.prompt")
_OUTPUTS = ("output.value", "output", "outputs", "traceloop.entity.output", "gen_ai.completion")
_CLIENT = 3


def read(span: Span, logs: Logs) -> Draft:
    """Name, failure and whatever looks like input and output."""
    a = span.attributes
    draft = Draft(span, NAME)
    if span.kind == _CLIENT and ("http.request.method" in a or "http.method" in a):
        draft.echo = "http"
        draft.status = rd.integer(a, "http.response.status_code", "http.status_code") or None
        draft.attempt = rd.integer(a, "http.request.resend_count") + 1
    payloads(draft, a, _INPUTS, _OUTPUTS)
    draft.session_id = rd.text(a, "session.id", "gen_ai.conversation.id")
    draft.user_id = rd.text(a, "user.id", "enduser.id")
    if span.status_code == 2:
        draft.error = failure(span)
        if draft.error is not None and not draft.error.message and draft.status:
            draft.error.message = f"HTTP {draft.status}"
    return draft


CONVENTION = Convention(NAME, read)

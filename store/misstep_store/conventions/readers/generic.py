"""A span no convention claims: still readable, of kind ``chain``, or what ``acme.span.kind`` says.

HTTP client spans are marked, so that those inside a model call can be folded into it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind
from misstep_store.conventions.finishing import payloads
from misstep_store.conventions.readers import genai_events
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import failure
from misstep_store.otlp.spans import Span

NAME = "generic"
_INPUTS = ("input.value", "input", "inputs", "traceloop.entity.input", "gen_ai.prompt")
_OUTPUTS = ("output.value", "output", "outputs", "traceloop.entity.output", "gen_ai.completion")
STATUS = ("http.response.status_code", "http.status_code")
_CLIENT = 3
TOOL, CALLED = "tool.name", "function.id"
"""What Ax writes on the tools it runs."""
HANDLED, GIVEN = ("tool", ""), "parameters"
"""What Effect writes on those that it runs, which tells no call."""
_CALLED = (".tool.call_id", ".tool.call.id")


def read(span: Span, logs: Logs) -> Draft:
    """Name, failure and whatever looks like input and output."""
    a = span.attributes
    draft = Draft(span, NAME)
    if keys := tool_keys(a):
        draft.kind, draft.role, draft.name = "tool", "hop", rd.text(a, keys[0]) or span.name
        draft.tool_call_id = rd.text(a, keys[1])
    else:
        draft.name = step_named(span.name, a)
        if told := kind_said(a.get(kind_key(a))):
            draft.kind, draft.role = told, "hop"
    if is_request(span):
        draft.echo = "http"
        draft.status = rd.integer(a, *STATUS) or None
        draft.attempt = rd.integer(a, "http.request.resend_count") + 1
    payloads(draft, a, _INPUTS, _OUTPUTS)
    if keys == HANDLED:
        draft.input = rd.decoded(a[GIVEN])
    by_words(draft, a)
    if draft.kind == "tool" and span.events:
        genai_events.tool(draft, span)
    draft.session_id = rd.text(a, *SESSIONS, *sessions_of(a))
    draft.user_id = rd.text(a, *USERS, *users_of(a))
    draft.error = failure_of(span)
    return draft


_ASKED = re.compile(
    r"(^|[._])(inputs?|input_json|arguments|arg_values|question|query|prompt)$", re.IGNORECASE
)
_SAID = re.compile(
    r"(^|[._])(outputs?|output_json|result|answer|response|completion)$", re.IGNORECASE
)
_COUNTED = re.compile(
    r"(^|[._])((usage|tokens?|token_count|costs?)[._]|(tokens?|token_count|mime_type)$)",
    re.IGNORECASE,
)
"""What was counted of inputs and outputs: ``acme.tokens.input``, ``acme.output.tokens``."""
_ALLOWED = re.compile(r"(^|[._])(max|min|limits?)[._]", re.IGNORECASE)
"""How much may be given or said: ``acme.max.output``."""
_GROUPS = (re.compile(r"(?:^|[._])inputs?\.(\w+)$"), re.compile(r"(?:^|[._])outputs?\.(\w+)$"))
SESSIONS = ("session.id", "gen_ai.conversation.id")
PSEUDONYM = "enduser.pseudo.id"
"""Who asked, by a name that does not tell who that is."""
USERS = ("user.id", "enduser.id", PSEUDONYM)
_STORES = ("db.", "http.", "url.", "rpc.", "messaging.", "exception.", "code.", "process.")


def sessions_of(a: Mapping[str, Any]) -> tuple[str, ...]:
    """Sessions under keys of anybody's that end so: ``acme.session.id``."""
    return tuple(k for k in a if k.endswith(_SESSION) and not k.startswith(_NO_TALK))


_SESSION = (".session.id", ".session_id", ".session.key", ".sessionId", ".sessionKey")
_USER = (".user.id", ".user_id")


def users_of(a: Mapping[str, Any]) -> tuple[str, ...]:
    """Who asked under keys of anybody's that end so: ``acme.user.id``."""
    return tuple(k for k in a if k.endswith(_USER) and not k.startswith(_NO_TALK))


STEP_NAMES = (".node.name", ".workflow.name")


def step_named(name: str, a: Mapping[str, Any]) -> str:
    """The name of a step that is called a node or a workflow, as n8n's are: ``acme.node.name``."""
    for end in STEP_NAMES:
        if end[1:-5] in name:
            keys = (k for k in a if k.endswith(end) and not k.startswith(_NO_TALK))
            return rd.text(a, *keys) or name
    return name


def kind_key(a: Mapping[str, Any]) -> str:
    """Where a span says what it is, under a key of anybody's that ends so: ``acme.span.kind``."""
    return next((k for k in a if k.endswith(_KIND)), _KIND[0])


def kind_said(told: Any) -> HopKind | None:
    """The kind of step that a span says it is."""
    return KINDS.get(told) if type(told) is str else None


_KIND = (".span.kind", ".span.type")
KINDS: dict[str, HopKind] = {
    "tool": "tool",
    "agent": "agent",
    "retriever": "retriever",
    "retrieval": "retriever",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
}
"""Steps; of calls these spans do not tell enough."""
_NO_TALK = (*_STORES, "mcp.", "browser.", "aws.", "langsmith.trace.")
"""Whose sessions are no conversations."""


def by_words(draft: Draft, a: Mapping[str, Any]) -> None:
    """Input and output under keys of anybody's that end so: ``acme.input``, ``acme_outputs.result``."""
    if draft.echo or (draft.input is not None and draft.has_output):
        return
    keys = [k for k in a if not (k.startswith(_STORES) or _COUNTED.search(k) or _is_number(a, k))]
    alone = [k for k in keys if not _ALLOWED.search(k)]
    if draft.input is None:
        draft.input = _grouped(a, keys, _GROUPS[0])
        if draft.input is None:
            payloads(draft, a, tuple(filter(_ASKED.search, alone)), ())
    if not draft.has_output:
        made = _grouped(a, keys, _GROUPS[1])
        if made is not None:
            draft.output, draft.has_output = made.get("result", made), True
        else:
            payloads(draft, a, (), tuple(filter(_SAID.search, alone)))


def _is_number(a: Mapping[str, Any], key: str) -> bool:
    """Whether it is told how many items there were: ``n8n.node.items.input``."""
    return type(a[key]) is int and ".items." in key


def _grouped(
    a: Mapping[str, Any], keys: list[str], group: re.Pattern[str]
) -> dict[str, Any] | None:
    found = {told[1]: rd.decoded(a[k]) for k in keys if (told := group.search(k))}
    return found or None


def failure_of(span: Span) -> ErrorInfo | None:
    """Why the span failed; a request without another word, by its status."""
    found = failure(span)
    if found is not None and not found.message and is_request(span):
        status = rd.integer(span.attributes, *STATUS)
        return found.model_copy(update={"message": f"HTTP {status}" if status else ""})
    return found


def tool_keys(a: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where a span names the tool that a model called, and the call; None where it is none. Keys of
    anybody's that end so are such: ``acme.tool.name`` beside ``acme.tool.call_id``."""
    if TOOL in a and CALLED in a:
        return TOOL, CALLED
    called = next((k for k in a if k.endswith(_CALLED)), None)
    named = next((k for k in a if k.endswith("." + TOOL)), None) if called else None
    if named and called:
        return named, called
    return HANDLED if HANDLED[0] in a and GIVEN in a else None


def is_request(span: Span) -> bool:
    """Whether the span is an HTTP request as its client saw it."""
    a = span.attributes
    return span.kind == _CLIENT and ("http.request.method" in a or "http.method" in a)


CONVENTION = Convention(NAME, read)

"""Failures of every library as a type and a message, without their decoration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from misstep.model import ErrorInfo
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import quick
from misstep_store.otlp.spans import Span, SpanEvent

_CLASS = re.compile(r"<class '([^']+)'>")
_DOTTED = re.compile(r"[A-Za-z_][\w.]*\.([A-Za-z_]\w*)")
_REPR = re.compile(
    r"([A-Za-z_][\w.]*)\((['\"])(.*?)\2,?\)\s*(?:NoneType: None\s*)?(Traceback .*)?", re.DOTALL
)
_BARE = re.compile(r"([A-Za-z_][\w.]*)\(\)\s*(Traceback .*)", re.DOTALL)
_LAST_WORD = re.compile(r"(?:[,;.]|(?<!\s))\s*(?:body|response)\s*$", re.IGNORECASE)
_INNER = re.compile(r"\b[^\WA-Z]*([A-Z]\w*(?:Error|Exception|Timeout|Interrupt))\((['\"])")
_PRINTED = re.compile(r"([A-Z]\w*(?:Error|Exception|Interrupt|Command))\(")
_TRACEBACK = "Traceback (most"
_INVALID = re.compile(r"\d+ validation errors? for ")  # as pydantic counts them
_FRAME = "\n    at "
_UNKNOWN = "_OTHER"
"""OpenTelemetry's word for an error without a class."""
_MAX_CLEANED = 20_000
_LEAD = 100
_MAX_CACHED = 2_000
_MAX_CACHED_STACK = 10_000


_INSTRUMENTATIONS = re.compile(
    r"[/\\](openlit[/\\]|(openinference|opentelemetry)[/\\]instrumentation[/\\])"
)
_ANSWERED = ("gen_ai.response.id", "gen_ai.usage.output_tokens", "llm.token_count.completion")


def failure(span: Span) -> ErrorInfo | None:
    """Type, message and stack of a span's failure; None when it did not fail.

    A call that was answered and whose telling alone stumbled, in its instrumentation, did not."""
    if span.status_code != 2:
        return None
    return failure_of(span.attributes, span.events, span.status_message)


def failure_of(a: Mapping[str, Any], events: Sequence[SpanEvent], message: str) -> ErrorInfo | None:
    """As :func:`failure`, of a span whose status says that it failed; see :func:`told_of`."""
    found = told_of(a, events, message)
    if found.type in SIGNALS:
        return None
    if found.stacktrace and any(key in a for key in _ANSWERED):
        last = found.stacktrace.rfind('File "')
        told = found.stacktrace[last : last + _LEAD * 5].partition(", line ")[0]
        if _INSTRUMENTATIONS.search(told):
            return None
    return found


def failed(span: Span) -> ErrorInfo:
    """As :func:`failure`, whatever its status says."""
    return told_of(span.attributes, span.events, span.status_message)


def told_of(a: Mapping[str, Any], events: Sequence[SpanEvent], message: str) -> ErrorInfo:
    """What a span tells of its failure.

    Args:
        a: its attributes, of which :data:`TOLD` matter; ``message``: that of its status.
    """
    for event in reversed(events):
        if event.name == "exception":
            kind = rd.text(event.attributes, "exception.type")
            said = rd.text(event.attributes, "exception.message")
            stack = rd.text(event.attributes, "exception.stacktrace")
            if kind or said:
                return error(kind, said or message, stack)
    return error(
        rd.text(a, "error.type", "exception.type"),
        rd.text(a, "error.message", "exception.message") or message,
        rd.text(a, "error.stack_trace", "exception.stacktrace"),
    )


TOLD = (
    "error.type",
    "exception.type",
    "error.message",
    "exception.message",
    "error.stack_trace",
    "exception.stacktrace",
)
"""Attributes that tell of a failure."""

SIGNALS = frozenset(
    {"GraphInterrupt", "GraphBubbleUp", "NodeInterrupt", "ParentCommand", "ToolInterruptError"}
)
"""What LangGraph and Genkit raise to wait for a person, or to go on elsewhere: nothing failed."""
_SAYS_NOTHING = frozenset({"", "Error", "Exception"})


def clearer(known: ErrorInfo, other: ErrorInfo) -> ErrorInfo:
    """Of two tellings of one failure the other only where it names a kind and the known does not."""
    named = known.type in _SAYS_NOTHING and other.type not in _SAYS_NOTHING
    return other if named else known


def error(kind: str | None, message: str, stack: str | None = None) -> ErrorInfo:
    """An error with its type bare of its module and its message bare of reprs and JSON bodies.

    Spans that failed alike share it: it is not to be changed."""
    if len(message) > _MAX_CACHED or (stack is not None and len(stack) > _MAX_CACHED_STACK):
        return _told(kind, message, stack)
    return _told_before(kind, message, stack)


def _told(kind: str | None, message: str, stack: str | None) -> ErrorInfo:
    clean = _cleaned if len(message) > _MAX_CACHED else _cleaned_before
    name, cleaned, inner = clean(kind, message)
    stack = stack or inner
    if stack and cleaned.endswith(_UNSAID):
        cleaned += _cause_in(stack)
    if stack and name in _SAYS_NOTHING:
        name = _raised(stack[-_MAX_CACHED_STACK:], cleaned) or _thrown(stack) or name
    elif stack and name.isdecimal():
        name = _thrown(stack) or name
    values = {"type": name, "message": cleaned, "stacktrace": stack}
    return quick(ErrorInfo, values)


_UNSAID = ("service encountered a content error", "Chat Model error")
"""All that Semantic Kernel says of an answer that a filter withheld, and BeeAI of any failure of a
model; the cause has the reason."""
_CAUSE = "\n\nThe above exception was the direct cause of"


def _cause_in(stack: str) -> str:
    """The last words of the exception that was the cause, with a colon before them."""
    before, found, _ = stack.rpartition(_CAUSE)
    told = before.rpartition("\n")[2] if found else ""
    name, colon, said = told.partition(": ")
    return f": {clean_message(said)}" if colon and _DOTTED.fullmatch(name) else ""


def _raised(stack: str, message: str) -> str | None:
    """The class that stands above a message, or alone, at the end of Python's stack."""
    _, found, frames = stack.rpartition("Traceback (most recent call last)")
    said = message.partition("\n")[0].strip()
    for line in reversed(frames.splitlines()) if found else ():
        head, colon, rest = line.partition(": ")
        if _RAISED.fullmatch(head) and (said in rest if colon and said else not said):
            return clean_type(head)
    return None


def _thrown(stack: str) -> str | None:
    """The class above JavaScript's frames, whose instrumentations tell a failure's code for it, or its
    message before all that."""
    at = stack.find(_FRAME)
    said, _, told = stack[: max(at, 0)].partition("\n\n")
    name, _, again = told.partition(": ")
    head = name if again and again == said else stack[:_LEAD].partition(": ")[0]
    head = head.partition("\n")[0]
    return head if at >= 0 and _RAISED.fullmatch(head) else None


_RAISED = re.compile(r"([a-zA-Z_]\w*\.)*[A-Z]\w*")


def _without_frames(message: str) -> tuple[str, str | None]:
    """What JavaScript's stack stands behind, often told once more above its frames; and the stack."""
    at = message.find(_FRAME)
    if at <= 0 or len(message) > _MAX_CLEANED:
        return message, None
    return message[:at].partition("\n\n")[0].strip(), message


def _cleaned(kind: str | None, message: str) -> tuple[str, str, str | None]:
    """Type, message and the stack that stood in the message."""
    name = "" if kind == _UNKNOWN else clean_type(kind or "")
    cleaned, stack = _without_frames(message.strip())
    told = _REPR.fullmatch(cleaned) if len(cleaned) <= _MAX_CLEANED * 5 else None
    bare = _BARE.fullmatch(cleaned) if told is None and "()" in cleaned[:_LEAD] else None
    if bare and name in ("", "Exception"):
        return clean_type(bare.group(1)), "", bare.group(2)
    if told and name in ("", "Exception", clean_type(told.group(1))):
        name, cleaned = clean_type(told.group(1)), told.group(3)
        stack = told.group(4) or stack
    elif name in _SAYS_NOTHING:
        name, cleaned = _split(name, cleaned)
        head, _, frames = cleaned.partition(_TRACEBACK)
        printed = _PRINTED.match(head) if name in _SAYS_NOTHING else None
        if printed and head.rstrip().endswith(")"):
            name, cleaned = printed.group(1), head.rstrip()[printed.end() : -1]
            stack = _TRACEBACK + frames if frames else stack
    if name in _SAYS_NOTHING and _INVALID.match(cleaned):
        name = "ValidationError"
    name = name or "Error"
    return name, _without_prefix(name, clean_message(cleaned)), stack


# The same failure comes again and again: a rate limit, a tool that is down.
_told_before = lru_cache(maxsize=2048)(_told)
_cleaned_before = lru_cache(maxsize=2048)(_cleaned)


def clean_type(kind: str) -> str:
    """``<class 'a.B'>`` and ``a.B`` as ``B``."""
    kind = kind.strip()
    match = _CLASS.fullmatch(kind)
    kind = match.group(1) if match else kind
    match = _DOTTED.fullmatch(kind)
    return match.group(1) if match else kind


def clean_message(message: str) -> str:
    """What was said, where it stands inside a JSON body or a repr.

    ``Error code: 500 - {'error': {'message': 'X'}}`` is ``Error code: 500 - X``."""
    if len(message) > _MAX_CLEANED:
        return message
    if message.startswith(("(", "[")):
        message = _told_in_tuple(message)
    elif message.startswith("<class '"):
        message = _CLASS.sub(lambda m: clean_type(m.group(1)), message, count=1)
    before, bracket, body = message.rstrip().partition("{")
    inner = _message_in(rd.from_repr(bracket + body)) if body.endswith("}") else None
    if not inner:
        return message
    before = before.rstrip()
    before = before[:-1] if before.endswith(("-", ":", ".", ",")) else before
    before = _LAST_WORD.sub("", before.strip())
    return f"{before} - {inner}" if before and inner not in before else inner


def _told_in_tuple(message: str) -> str:
    """``("service failed", ServerError('X'))``, as exceptions with several arguments print."""
    inner = _printed_inside(message)
    first = re.match(r"[(\[]\s*(['\"])(.*?)\1\s*,", message, re.DOTALL)
    if not inner or not first:
        return message
    lead = _CLASS.sub(lambda m: clean_type(m.group(1)), first.group(2))
    name, cause = inner
    lead, cause = clean_message(lead), cause if cause.startswith("(") else clean_message(cause)
    return lead if cause in lead else f"{lead}: {name}: {cause}"


def _printed_inside(message: str) -> tuple[str, str] | None:
    """Class and words of the first exception that is printed on one line of a message."""
    for head in _INNER.finditer(message):
        line = message.find("\n", head.end())
        end = message.rfind(f"{head[2]})", head.end(), line if line >= 0 else len(message))
        if end >= 0:
            return head[1], message[head.end() : end]
    return None


def _message_in(body: object) -> str | None:
    for _ in range(4):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, dict):
            return None
        told = body.get("message") or body.get("detail") or body.get("msg")
        if isinstance(told, str) and told:
            why = body.get("data")  # of OpenAI's agents
            cause = why.get("error") if isinstance(why, dict) else None
            return f"{told}: {cause}" if isinstance(cause, str) and cause else told
        body = body.get("error") or body.get("body")
        if isinstance(body, str):
            return body
    return None


def _split(name: str, message: str) -> tuple[str, str]:
    """``InternalServerError: Error code…`` as type and message."""
    head, colon, rest = message.partition(": ")
    if colon and re.fullmatch(r"[A-Za-z_][\w.]*(Error|Exception|Timeout|Interrupt)", head):
        return clean_type(head), rest
    return name, message


def _without_prefix(name: str, message: str) -> str:
    """``litellm.X: X: told`` of an ``X`` as ``told``."""
    for _ in range(3):
        head, colon, rest = message.partition(": ")
        if not colon or not rest or clean_type(head) != name:
            break
        message = rest
    return "" if message.endswith(":") and clean_type(message[:-1]) == name else message

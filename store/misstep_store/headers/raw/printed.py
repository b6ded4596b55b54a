"""What few words tell of answers that were printed as Python objects."""

from __future__ import annotations

import re

from misstep_store.conventions.values import reading as rd
from misstep_store.headers.raw.answers import UNUSED, Used

# --- a chat completion, as smolagents prints it --------------------------------------------------

_COMPLETION = re.compile(
    r"ChatCompletion\(id='([^'\\]*)', choices=\[Choice\(finish_reason='(\w+)', "
)
_SERVED = re.compile(r"\)\], created=\d+, model='([^'\\]*)', object='chat\.completion', ")
_USED = "usage=CompletionUsage("
_LONG_NUMBER, _MOST = 17, 2**53
"""From so many digits on, and from so much on, a number is no count."""
_SHARES = r"=(?:None|[A-Z]\w*\(([\w=, ]*)\))"
_COUNTED = re.compile(
    r"completion_tokens=(\d{1,15}), prompt_tokens=(\d{1,15}), total_tokens=\d{1,15}"
    rf"(?:, completion_tokens_details{_SHARES})?(?:, prompt_tokens_details{_SHARES})?"
)


def completion(raw: str) -> tuple[str, str, str, str] | None:
    """What a printed chat completion says beside its choices, which stand between: what is last of
    each is its own. None of anything else."""
    head = _COMPLETION.match(raw)
    used = raw.rfind(f"{_USED}completion_tokens=")
    if head is None or used < 0 or not raw.endswith("))"):
        return None
    at = used
    while (at := raw.rfind(")], created=", head.end(), at)) >= 0:
        served = _SERVED.match(raw, at, used)
        if served is not None:
            return head[1], head[2], served[1], raw[used + len(_USED) : -2]
    return None


def counts(usage: str) -> Used | None:
    """Token counts that an SDK's object prints; None where they stand otherwise."""
    counted = _COUNTED.fullmatch(usage)
    if counted is None:
        return None
    said, asked, outer, inner = counted.groups("")
    shares = _share(inner, "cached_tokens="), _share(inner, "cache_write_tokens=")
    reasoning = _share(outer, "reasoning_tokens=")
    counts = int(asked), int(said), *shares, reasoning
    return counts if counts[0] or counts[1] else None


def _share(details: str, name: str) -> int:
    number = details.rpartition(name)[2].partition(",")[0] if name in details else ""
    count = int(number) if number.isdecimal() and len(number) < _LONG_NUMBER else 0
    return count if count < _MOST else 0


# --- Agno's answers ------------------------------------------------------------------------------

_ESCAPED = r"""\\['"\\nrt]"""
_TEXT = rf"""(?:'(?:[^'\\\n\r]|{_ESCAPED})*+'|"(?:[^"\\\n\r]|{_ESCAPED})*+")"""
_PLAIN = r"(?:None|(?:0|[1-9]\d{0,14})(?:\.\d+)?)"
_FUNCTION = rf"\{{'arguments': {_TEXT}, 'name': {_TEXT}\}}"
_CALLED = rf"\{{'id': {_TEXT}, 'function': {_FUNCTION}, 'type': {_TEXT}\}}"
_CALLS = rf"\[(?:{_CALLED}(?:, {_CALLED})*+)?+\]"
_FIRST = (
    "parsed|audios?|images|videos|event|provider_data|(?:redacted_)?reasoning_content|citations"
)
_LAST = "created_at|extra|updated_session_state"
_USES = r"timer|time_to_first_token|duration|provider_metrics|additional_metrics|[a-z_]+_tokens"
_WORDS = re.compile(rf"ModelResponse\(role=(?:None|'[a-z]+'), content=(?:None|{_TEXT})")
_REST = re.compile(
    rf"(?:, (?:(?:{_FIRST})=(?:None|{_TEXT})|tool_(?:calls|executions)={_CALLS}))*+"
    rf", response_usage=(?:None|Metrics\(((?:{_USES})={_PLAIN}(?:, (?:{_USES})={_PLAIN})*+)\))"
    rf"(?:, (?:{_LAST})={_PLAIN})*+\)"
)
_LONG = 50_000
_MOST_BRACKETS = 1_000
_COUNTS = re.compile(r"(?:^|, )(input|output|cache_read|reasoning)_tokens=(?!None)([\w.]+)")


def agno_counts(value: str) -> Used | None:
    """Tokens that Agno prints, of an answer or of the pieces of one; None where it prints otherwise
    than known."""
    pieces = [value] if value[0] == "M" else rd.parsed(value)
    if type(pieces) is not list or len(pieces) > _MOST_BRACKETS:
        return None
    used, known = "", dict[str, re.Match[str] | None]()
    for text in pieces:
        if type(text) is not str or len(text) > _LONG or "<" in text or "\0" in text:
            return None
        words = _WORDS.match(text)
        if words is None or _has_many_brackets(text):
            return None
        rest = text[words.end() :]  # pieces of one answer mostly have the same
        if rest not in known:
            known[rest] = _REST.fullmatch(rest)
        told = known[rest]
        if told is None:
            return None
        used = told[1] or used
    found = dict(_COUNTS.findall(used))
    if not all(map(str.isdecimal, found.values())):
        return None
    asked, said = int(found.get("input", 0)), int(found.get("output", 0))
    share = int(found.get("cache_read", 0)), 0, int(found.get("reasoning", 0))
    return (asked, said, *share) if asked or said else UNUSED


def _has_many_brackets(text: str) -> bool:
    if len(text) <= _MOST_BRACKETS:
        return False
    return text.count("{") + text.count("[") + text.count("(") > _MOST_BRACKETS

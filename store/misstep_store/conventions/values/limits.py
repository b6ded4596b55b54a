"""What a limit of the sender cut: values at its length, JSON that ends in its middle, lost attributes.

``OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`` and its like cut every text at one length and say nothing of it.
A hop is marked only where that is sure: a part that is always JSON and stops early, two different
texts of the same round length and none longer, all others at a length found so, or the first messages
of a list missing from a span that counts dropped attributes. What a model broke off itself is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from misstep_store.conventions.types import Draft, Logs
from misstep_store.conventions.values import cut

MIN_LIMIT = 32
"""Shorter texts of one length are no sign of a limit."""
_MAX_LEAVES = 400
_ALWAYS_JSON = re.compile(
    r"(^|\.)(gen_ai\.(input|output)\.messages|gen_ai\.system_instructions"
    r"|ai\.prompt(\.messages)?|ai\.response\.toolCalls|request_data|response_data|events"
    r"|all_messages_events|pydantic_ai\.all_messages|mlflow\.span(Inputs|Outputs)"
    r"|traceloop\.entity\.(input|output)|gcp\.vertex\.agent\.llm_(request|response))$"
)
_ENVELOPES = frozenset({"messages", "choices", "generations", "contents", "candidates", "kwargs"})
_NO_PAYLOAD = re.compile(
    r"metadata|schema|definition|parameters$|(^|\.)tools?($|\.\d)|functions\.|stack|exception"
    r"|header|description|url|template|logfire\.msg|vector|user_agent|_ids?$|\.id$"
)
_BOTH = re.compile(r"^(events|all_messages_events|pydantic_ai\.all_messages)$")
_IN = re.compile(
    r"input[_.](messages|documents)|gen_ai\.(system|user|assistant|tool)\.message|^gen_ai\.prompt"
)
_OUT = re.compile(r"output|completion|response|answer|result|choice|documents", re.IGNORECASE)
_ASKED = re.compile(
    r"input|prompt|request|question|arg|query|message|instruction|texts|values", re.IGNORECASE
)
_FINE = re.compile(
    r"(input|output)[_.]messages|gen_ai\.(prompt|completion)\.\d|ai\.prompt\.messages"
    r"|ai\.response\.(text|object|toolCalls)"
)
"""Messages themselves: beside them the raw request or answer does not matter."""
_LISTS = (
    ("llm.input_messages.", True),
    ("gen_ai.prompt.", True),
    ("llm.output_messages.", False),
    ("gen_ai.completion.", False),
)
Text = tuple[str, str]


_HIDDEN = frozenset({"__REDACTED__", "redacted-by-litellm"})
"""What OpenInference and LiteLLM write in place of what they were told to hide."""


def mark(draft: Draft, logs: Logs) -> None:
    """Sets ``input_cut`` and ``output_cut`` where something of them was surely cut, ``redacted``
    where something was hidden."""
    span = draft.span
    if any(type(v) is str and v in _HIDDEN for v in span.attributes.values()):
        draft.redacted = True
    carriers: list[Mapping[str, Any]] = [span.attributes]
    carriers += [{f"{e.name}.{k}": v for k, v in e.attributes.items()} for e in span.events]
    carriers += [log.attributes for log in logs]
    told = [list(_texts(c)) for c in carriers]
    gone: set[int] = set()
    for texts in filter(_may_be_cut, told):
        limit = _limit(texts)
        gone.update(id(t) for t in texts if len(t[1]) == limit or _is_cut_json(*t))
    if gone:
        texts = [t for c in told for t in c if not _NO_PAYLOAD.search(t[0])]
        draft.input_cut = draft.input_cut or _of_side(texts, gone, asked=True)
        draft.output_cut = draft.output_cut or _of_side(texts, gone, asked=False)
    if span.dropped_attributes_count:
        for prefix, asked in _LISTS:
            if _lacks_first(span.attributes, prefix):
                draft.input_cut = draft.input_cut or asked
                draft.output_cut = draft.output_cut or not asked


def _texts(attributes: Mapping[str, Any]) -> Iterator[Text]:
    """(key, text) of all texts that a limit may have struck, those inside structures too."""
    for key, value in attributes.items():
        if type(value) is str:
            if len(value) >= MIN_LIMIT:
                yield key, value
        elif isinstance(value, list | dict):
            yield from _leaves(key, value)


def _leaves(key: str, value: Any) -> Iterator[Text]:
    stack, seen = [value], 0
    while stack and seen < _MAX_LEAVES:
        here = stack.pop()
        seen += 1
        if isinstance(here, str):
            if len(here) >= MIN_LIMIT:
                yield key, here
        elif isinstance(here, dict):
            stack += here.values()
        elif isinstance(here, list):
            stack += here


def _may_be_cut(texts: list[Text]) -> bool:
    """Whether a close look is worth it; of most spans it is not."""
    lengths = [len(text) for _, text in texts]
    longest = max(lengths, default=0)
    if _is_round(longest) and lengths.count(longest) > 1:
        return True
    return any(_ENDS.get(text[0], text[-1]) != text[-1] for _, text in texts)


_ENDS = {"[": "]", "{": "}", '"': '"'}


def _limit(texts: list[Text]) -> int:
    """The length at which texts were cut; -1 where no limit is sure."""
    longest = max((len(text) for _, text in texts), default=0)
    at_it = [t for t in texts if len(t[1]) == longest]
    if any(_is_cut_json(*t) for t in at_it):
        return longest
    if _is_round(longest) and len({text for _, text in at_it}) > 1:
        return longest
    return -1


def _is_round(length: int) -> bool:
    """A length a person would choose."""
    return length >= 2 * MIN_LIMIT and (
        length % 100 == 0 or (length & (length - 1)) == 0 or length in (65_535, 12_288, 24_576)
    )


def _is_cut_json(key: str, text: str) -> bool:
    """Whether a text is the beginning of JSON that its library wrote whole."""
    last = text[-1]
    always = _ALWAYS_JSON.search(key) is not None
    if text[0] == '"':
        return always and (last != '"' or text.endswith('\\"'))
    if last in "]}" or text[0] not in "[{":
        return False
    found = cut.mended(text)
    if found is None:
        return False
    if always:
        return True
    first = found[0] if isinstance(found, list) and found else found
    if not isinstance(first, dict):
        return False
    return not _ENVELOPES.isdisjoint(first) or ("role" in first and isinstance(found, list))


def _of_side(texts: list[Text], gone: set[int], *, asked: bool) -> bool:
    """Whether a cut text is among those that tell what went in (or came out)."""
    mine = [t for t in texts if _BOTH.search(t[0]) or _is_asked(t[0]) is asked]
    fine = [t for t in mine if _FINE.search(t[0])]
    return any(id(t) in gone for t in fine or mine)


def _is_asked(key: str) -> bool | None:
    if _IN.search(key):
        return True
    if _OUT.search(key):
        return False
    return True if _ASKED.search(key) else None


def _lacks_first(attributes: Mapping[str, Any], prefix: str) -> bool:
    """Whether the first of indexed messages is not there, or not its role."""
    found = {
        head: rest
        for key in attributes
        if key.startswith(prefix)
        for head, _, rest in [key[len(prefix) :].partition(".")]
        if head.isdigit()
    }
    if not found:
        return False
    first = min(found, key=int)
    known = (f"{prefix}{first}.{role}" for role in ("role", "message.role"))
    return int(first) > 0 or not any(k in attributes for k in known)

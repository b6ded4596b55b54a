"""Raw answers of models, of many calls at once: what they say beside their messages.

An answer is most often one JSON object. The few keys that matter are read into typed structures, the
rest is passed over. What has another type than it should is refused, and so is each key that
:mod:`conventions.raw.bodies` looks at and no common answer has: such an answer is read as the
conventions read it, like all that is odd (cut, printed by Python, streamed, nested deep).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import pydantic_messages, responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import usage
from misstep_store.headers.columns.layouts import decoder, layout, listed, may, object_in
from misstep_store.headers.columns.spans import TOKENS
from misstep_store.headers.columns.values import is_words
from misstep_store.headers.raw import counted, lists, wires

Used = tuple[int, int, int, int, int]
"""Token counts, in the order of :data:`TOKENS`."""
Told = tuple[str | None, str | None, str | None, Used, int]
"""The fields of :class:`bodies.About`, in their order."""
Body = Callable[[Any], Told]
UNUSED: Used = (0, 0, 0, 0, 0)
NOTHING: Told = (None, None, None, UNUSED, 0)


# --- what matters of an answer -----------------------------------------------------------------

_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Never = Annotated[int, msgspec.Meta(ge=1, le=0)] | UnsetType
_HARMLESS = (
    "audio_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "audio",
    "text_tokens",
    "image_tokens",
    "cache_write_tokens_details",
)
_BESIDE = ("server_tool_use", "service_tier", "inference_geo", "speed", "total_token_count")


def _usage(*, alone: bool) -> Any:
    anything = layout("Anything", {})
    shares = ("cached_tokens", "reasoning_tokens", "cache_write_tokens", "cache_read")
    details = layout(
        "Details",
        may(_Count, *shares, "cache_creation", "reasoning") | dict.fromkeys(_HARMLESS, Any),
        usage.PARTS,
        alone=alone,
    )
    told = {
        **may(_Count, "completion_tokens", "prompt_tokens", "total_tokens"),
        **may(details, "prompt_tokens_details", "completion_tokens_details"),
        **may(_Count, "input_tokens", "output_tokens"),
        **may(details, "input_tokens_details", "output_tokens_details"),
        **may(details, "input_token_details", "output_token_details"),
        **may(_Count, "cache_creation_input_tokens", "cache_read_input_tokens"),
        **may(anything, "cache_creation"),
        **may(_Count, "prompt_token_count", "thoughts_token_count", "cached_content_token_count"),
        "candidates_token_count": _Count | UnsetType,
        **dict.fromkeys(_BESIDE, Any),
    }
    return layout("Usage", told, usage.NAMES, alone=alone)


def _generation(usage: Any) -> Any:
    """LangChain's."""
    named = may(str, "model_name", "model", "id", *msg.ENDS)
    about = layout("Metadata", may(usage, "token_usage", "usage") | named, ("status", "body"))
    told = may(about, "response_metadata") | may(usage, "usage_metadata")
    told |= may(layout("More", may(str, *msg.ENDS)), "additional_kwargs")
    told["id"] = Any
    inner = layout("Inner", told)
    message = layout("Message", dict.fromkeys(("kwargs", "data"), inner | UnsetType) | told)
    ends = ("choices", "candidates", "generations", "object", *bodies.ENDS, *bodies.BLOCKED)
    info = layout("Info", may(str, "finish_reason", "model_name"), ends)
    infos = may(info, "generation_info", "generationInfo")
    return layout("Generation", infos | may(message, "message"))


def _body(usage: Any) -> Any:
    choice = layout("Choice", may(str, "finish_reason", "finishReason"))
    output = layout(
        "Output",
        {**may(usage, "token_usage"), **may(str, "model_name"), "stop_reason": _Never},
        ("usage", "usage_metadata", "usageMetadata", "llm_output", "type"),
    )
    told = {
        **may(str, "id"),
        **may(listed(choice), "choices"),
        **may(str, "model", "object"),
        **may(usage, "usage"),
        "stop_reason": str | None | UnsetType,
        **may(str, "type", "status"),
        "incomplete_details": Any,
        **may(listed(layout("Item", {"type": Any, "status": Any})), "output"),
        **may(usage, "usage_metadata"),
        **may(listed(listed(_generation(usage))), "generations"),
        **may(output, "llm_output"),
        **may(listed(choice), "candidates"),
        **may(listed(layout("Datum", {})), "data"),  # an envelope is an object
        **may(str, "model_version", "modelVersion", "response_id", "responseId", "finish_reason"),
    }
    return layout(
        "Body",
        told,
        (
            "usageMetadata",
            "token_usage",
            "response",
            "message",
            "meta",
            "raw",
            pydantic_messages.IDENTITY,
            responses.BESIDE,
            *bodies.ENDS,
            *bodies.BLOCKED,
        ),
    )


_USAGES = [_usage(alone=alone) for alone in (True, False)]
_READ_USAGE = [decoder(usage) for usage in _USAGES]
_READ_BODY = [decoder(_body(usage)) for usage in _USAGES]


def _answer(value: Any) -> Any:
    """What matters of an answer; None also of an item of one, which stands alone."""
    found = object_in(value, *_READ_BODY)
    if found is not None and found.type in responses.ITEMS and found.stop_reason is UNSET:
        return None
    return found


# --- what it says ------------------------------------------------------------------------------


class Columns(NamedTuple):
    """What many answers say: a column a field of :class:`bodies.About`, of token counts an array with
    a row a kind; all empty where none of them says anything. ``fresh`` is None where no answer tells
    it. ``silent``: numbers of those without messages."""

    models: list[str | None]
    ids: list[str | None]
    ends: list[str | None]
    used: Any
    fresh: Any = None
    silent: Collection[int] = ()


def abouts(values: Sequence[Any], read: Body | None = None) -> Columns:
    """As ``read``, which finds in answers of known formats what :func:`about` does, of many."""
    read = read or about
    formats, odd = wires.told(values)
    if not odd and len(formats) == 1:
        return _together(formats[0][1])
    mute = {n for n in odd if is_words(values[n])}
    rest = [n for n in odd if n not in mute]
    alone = [(n, one) for n, one in _alone(values, rest, read) if one != NOTHING]
    if not formats and not alone:
        return Columns([], [], [], [], silent=mute)
    for numbers, told in formats:
        if told.silent:
            mute.update(numbers)
    parts = [(numbers, _together(told)) for numbers, told in formats]
    return joined(len(values), parts, alone)._replace(silent=mute)


def _alone(values: Sequence[Any], numbers: list[int], read: Body) -> Iterable[tuple[int, Told]]:
    """What answers say that are read one by one, by their numbers."""
    if read in (about, about_either):
        texts = [n for n in numbers if _may_be_list(values[n])]
        read_so = zip(texts, lists.of_lists([values[n] for n in texts]), strict=True)
        known = {n: told for n, told in read_so if told is not None}
        for n in numbers:
            yield n, known[n] if n in known else read(values[n])
        return
    for n in numbers:
        yield n, read(values[n])


def _may_be_list(value: Any) -> bool:
    return type(value) is str and value[:1] == "[" and not _NUMBERS.match(value)


def _together(told: wires.Told) -> Columns:
    """What answers in one format say."""
    models, ids, ends, used, fresh, silent = told
    uncached = np.array(fresh, np.int64) if fresh else None
    without = range(len(models)) if silent else ()
    return Columns(models, ids, cleaned(ends), counted.table(used), uncached, without)


def columned(told: Sequence[Told]) -> Columns:
    """What answers say, one by one, as columns."""
    models, ids, ends, used, fresh = zip(*told, strict=True)
    return Columns(
        list(models), list(ids), list(ends), counts(used), np.array(fresh) if any(fresh) else None
    )


def joined(
    count: int, parts: Sequence[tuple[list[int], Columns]], alone: Sequence[tuple[int, Told]]
) -> Columns:
    """What so many answers say, of which some were read together and others one by one, each with
    their numbers; those of neither say nothing."""
    texts: list[list[str | None]] = [[None] * count for _ in range(3)]
    used = np.zeros((len(TOKENS), count), np.int64)
    fresh = np.zeros(count, np.int64)
    if alone:
        numbers, told = zip(*alone, strict=True)
        parts = [*parts, (list(numbers), columned(told))]
    for at, columns in parts:
        for text, values in zip(texts, columns[:3], strict=True):
            for n, value in zip(at, values, strict=True):
                text[n] = value
        used[:, at] = columns.used
        if columns.fresh is not None:
            fresh[at] = columns.fresh
    models, ids, ends = texts
    return Columns(models, ids, ends, used, fresh if fresh.any() else None)


def cleaned(ends: list[str | None]) -> list[str | None]:
    """Finish reasons as :func:`bodies.clean_finish` spells each."""
    known = {end: None if end is None else _clean(end) for end in set(ends)}
    if all(end == clean for end, clean in known.items()):
        return ends
    return [known[end] for end in ends]


_NUMBERS = re.compile(r"\[[\[\s]*-?\d")
"""Vectors are no answer that says anything of itself."""


def about(value: Any) -> Told:
    """As :func:`bodies.about_answer`."""
    if is_words(value) or (type(value) is str and _NUMBERS.match(value)):
        return NOTHING
    body = _answer(value)
    if body is not None:
        return _about(body)
    told = lists.of_list(value)
    return told if told is not None else bodies.about_answer(value)


def about_object(value: Any) -> Told:
    """As :func:`about`, of an answer that is a JSON object; of all else nothing."""
    answer = rd.parsed(value)
    return bodies.about_answer(answer) if isinstance(answer, dict) else NOTHING


def about_langchain(value: Any) -> tuple[Told, Told]:
    """As :func:`about`, and what LangChain leaves inside the message it answers with."""
    body = _answer(value)
    if body is None:
        return bodies.about_answer(value), bodies.about_langchain(rd.parsed(value))
    inside = _inside(body)
    if inside is None:
        inside = bodies.about_langchain(rd.parsed(value))
    return _about(body), inside


def about_either(value: Any) -> Told:
    """Both of :func:`about_langchain` in one, as LangSmith and MLflow read an answer."""
    if type(value) is str and _NUMBERS.match(value):
        return NOTHING
    body = _answer(value)
    inside = _inside(body) if body is not None else None
    if inside is None:
        opened = rd.opened(value)
        return bodies.filled(bodies.about_answer(opened), bodies.about_langchain(opened))
    told = _about(body)
    if inside is NOTHING:
        return told
    model, identity, finish, used, fresh = told
    return (
        inside[0] if model is None else model,
        inside[1] if identity is None else identity,
        finish,
        merged(used, inside[3]),
        fresh,
    )


def _about(body: Any) -> Told:
    model = body.model or body.model_version or body.modelVersion
    used, fresh = UNUSED, 0
    if (found := body.usage) is not None:
        if body.stop_reason is not UNSET or body.type == "message":
            used = _used(found, anthropic_body=True)
            fresh = found.input_tokens or 0
        else:
            used = _used(found)
    elif (found := body.usage_metadata) is not None:
        used = _used(found)
    elif (output := body.llm_output) is not None:
        if output.token_usage is not None:
            used = _used(output.token_usage)
        if model is None:
            model = output.model_name
    return model, body.id or body.response_id or body.responseId, _finish(body), used, fresh


def _finish(body: Any) -> str | None:
    told = body.stop_reason or body.finish_reason
    if told:
        return _clean(told)
    if body.object == "response":
        return _end_of_response(body)
    listed = body.generations
    if listed and listed[0]:
        info = _beside(listed[0][0])
        told = info.finish_reason if info is not None else None
        told = told or next((_end_in(g.message) for g in listed[0] if g.message is not None), None)
        return _clean(told) if told else None
    listed = body.choices or body.candidates
    if listed:
        told = listed[0].finish_reason or listed[0].finishReason
        return _clean(told) if told else None
    return None


def _end_in(said: Any) -> Any:
    inner = _kwargs(said)
    for about in (inner.response_metadata, inner.additional_kwargs):
        if about and (told := about.finish_reason or about.stop_reason or about.stopReason):
            return told
    return None


def _beside(generation: Any) -> Any:
    """What LangChain keeps beside an answer's message."""
    info = generation.generation_info
    return generation.generationInfo if info is None else info


def _kwargs(said: Any) -> Any:
    """What LangChain's message holds, without its envelope."""
    if said.kwargs is not UNSET:
        return said.kwargs
    return said if said.data is UNSET else said.data


def _end_of_response(body: Any) -> str:
    why = body.incomplete_details
    reason = why.get("reason") if type(why) is dict else None
    items = [(item.type, item.status) for item in body.output or ()]
    return _clean(responses.end_of(reason, body.status, items))


_clean = lru_cache(maxsize=4096)(bodies.clean_finish)


def _inside(body: Any) -> Told | None:
    """What the first message inside says; None where another one may be the first."""
    if body.generations is None:
        return NOTHING
    first = body.generations[0][0] if body.generations and body.generations[0] else None
    if first is None or first.message is None:
        return None
    inner, info = _kwargs(first.message), _beside(first)
    named = None if info is None else info.model_name
    about, used = inner.response_metadata, UNUSED
    if inner.usage_metadata is not None:
        used = _used(inner.usage_metadata)
    own = responses.own_id(inner.id)
    if about is None:
        return named, own, None, used, 0
    for found in (about.token_usage, about.usage):
        if found is not None:
            used = merged(used, _used(found))
    return about.model_name or about.model or named, about.id or own, None, used, 0


# --- tokens ------------------------------------------------------------------------------------


def used_in(value: Any) -> Used:
    """As :func:`usage.usage_of`."""
    text = as_json(value)
    if (told := counted.counts(text)) is not None:
        return told
    found = object_in(text, *_READ_USAGE)
    return _used(found) if found is not None else usage.usage_of(value)


def all_used(values: Sequence[Any]) -> Any:
    """As :func:`used_in` of each, an array with a row a kind of tokens."""
    groups, odd = wires.by_format(values, counted.READS)
    if not odd and len(groups) == 1:
        number, _, told = groups[0]
        return counted.table(counted.OF[number](told))
    found = np.zeros((len(TOKENS), len(values)), np.int64)
    for number, numbers, told in groups:
        found[:, numbers] = counted.table(counted.OF[number](told))
    for n in odd:
        found[:, n] = used_in(values[n])
    return found


def used_in_message(value: Any) -> tuple[Used, int] | None:
    """As :func:`usage.usage_of` reads the counts of Anthropic's wire format, and the tokens of the
    input that came from no cache; None where they stand otherwise, or may."""
    found = object_in(as_json(value), *_READ_USAGE)
    return None if found is None else (_used(found, anthropic_body=True), found.input_tokens or 0)


def as_json(value: Any) -> Any:
    """Token counts that Python printed, as JSON as far as they matter; anything else as it is."""
    if type(value) is not str or value[:2] != "{'" or len(value) > _MAX_PRINTED:
        return value
    if '"' in value or "\\" in value or "null" in value or "true" in value or "false" in value:
        return value  # names to Python, where they stand as values
    text = value.replace("'", '"')
    if "None" in text:
        text = text.replace("None", "null")
    return text


_MAX_PRINTED = 4_000


def _used(u: Any, *, anthropic_body: bool = False) -> Used:
    asked = u.input_tokens
    if asked is None:
        asked = u.prompt_token_count if u.prompt_tokens is None else u.prompt_tokens
    said = u.completion_tokens if u.output_tokens is None else u.output_tokens
    cached = u.cache_read_input_tokens
    if cached is None:
        cached = u.cached_content_token_count
    written, reasoning = u.cache_creation_input_tokens, u.thoughts_token_count
    if not (cached and written):
        details = _first(u.prompt_tokens_details, u.input_tokens_details, u.input_token_details)
        if details is not None:
            cached = cached or _first(details.cached_tokens, details.cache_read)
            written = written or _first(details.cache_write_tokens, details.cache_creation)
    if not reasoning:
        details = _first(
            u.completion_tokens_details, u.output_tokens_details, u.output_token_details
        )
        if details is not None:
            reasoning = _first(details.reasoning_tokens, details.reasoning)
    if u.candidates_token_count is not UNSET:
        said = u.candidates_token_count + (reasoning or 0)
    if anthropic_body:
        asked = (asked or 0) + (cached or 0) + (written or 0)
    if not asked and not said:
        asked = u.total_tokens
    return asked or 0, said or 0, cached or 0, written or 0, reasoning or 0


def _first(one: Any, other: Any, third: Any = None) -> Any:
    if one is not None:
        return one
    return third if other is None else other


def merged(known: Used, other: Used) -> Used:
    """As :func:`usage.merged`."""
    if other == UNUSED or known == other:
        return known
    if not known[0] and not known[1]:
        return other
    a, b, c, d, e = other
    return known[0] or a, known[1] or b, known[2] or c, known[3] or d, known[4] or e


def counts(used: Sequence[Used]) -> Any:
    """Token counts as an array with a row a kind, of one usage each."""
    flat = np.fromiter(chain.from_iterable(used), np.int64, len(used) * len(TOKENS))
    return np.ascontiguousarray(flat.reshape(len(used), len(TOKENS)).T)


def merged_counts(known: Any, other: Any) -> Any:
    """As :func:`usage.merged`, of many: a row a kind."""
    used = (known[0] | known[1]) != 0
    if used.all():
        return np.where(known != 0, known, other)
    told = other.any(axis=0)
    return np.where(used | ~told, np.where((known != 0) | ~used, known, other), other)

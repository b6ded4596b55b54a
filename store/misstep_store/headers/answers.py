"""Raw answers of models, of many calls at once: what they say beside their messages.

An answer is most often one JSON object, of which the few keys that matter are read and the rest is
passed over. What is odd (cut, printed by Python, streamed, nested deep) is read by
:mod:`conventions.bodies`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, TypedDict, cast

import msgspec
import numpy as np

from misstep_store.conventions import bodies
from misstep_store.conventions import reading as rd
from misstep_store.conventions.types import Usage
from misstep_store.headers.spans import TOKENS

Body = Callable[[Any], bodies.About]
_LONG = 2 * rd.MAX_DEPTH
"""Shorter texts are not nested too deep."""


class _Choice(TypedDict, total=False):
    finish_reason: Any
    finishReason: Any


class _Item(TypedDict, total=False):
    type: Any


class _Metadata(TypedDict, total=False):
    model_name: Any
    model: Any
    id: Any
    token_usage: Any
    usage: Any


class _Inner(TypedDict, total=False):
    response_metadata: _Metadata | None
    usage_metadata: Any


class _Message(_Inner, total=False):
    kwargs: _Inner
    data: _Inner


class _Generation(TypedDict, total=False):
    generation_info: Any
    message: _Message | str | None


class _Answer(TypedDict, total=False):
    """All that :func:`bodies.about` and :func:`bodies.about_langchain` look at."""

    model: Any
    model_version: Any
    modelVersion: Any
    id: Any
    response_id: Any
    responseId: Any
    usage: Any
    usage_metadata: Any
    usageMetadata: Any
    token_usage: Any
    llm_output: Any
    stop_reason: Any
    stopReason: Any
    finish_reason: Any
    finishReason: Any
    done_reason: Any
    type: Any
    object: Any
    status: Any
    incomplete_details: Any
    response: Any
    message: Any
    output: list[_Item] | _Item | str | None
    choices: list[_Choice] | None
    candidates: list[_Choice] | None
    generations: list[list[_Generation] | _Generation] | None


_decode = msgspec.json.Decoder(_Answer).decode


def object_of(value: Any) -> dict[str, Any] | None:
    """What matters of the answer that a text is; None where it is something else, or may be."""
    if type(value) is not str or value[:1] != "{" or len(value) > rd.MAX_PARSED_CHARS:
        return None
    if len(value) > _LONG and value.count("{") + value.count("[") > rd.MAX_DEPTH:
        return None
    try:
        found = cast(dict[str, Any], _decode(value))
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return None if "response" in found or found.keys() == {"message"} else found


def about(value: Any) -> bodies.About:
    """As :func:`bodies.about_answer`."""
    body = object_of(value)
    return bodies.about_answer(value) if body is None else bodies.about(body)


def about_langchain(value: Any) -> tuple[bodies.About, bodies.About]:
    """As :func:`about`, and what LangChain leaves inside the message it answers with."""
    body = object_of(value)
    if body is None:
        return bodies.about_answer(value), bodies.about_langchain(rd.parsed(value))
    return bodies.about(body), bodies.about_langchain(body)


def counts(used: list[Usage]) -> list[Any]:
    """Token counts as an array a kind, of one usage a row."""
    flat = np.fromiter(chain.from_iterable(used), np.int64, len(used) * len(TOKENS))
    columns = flat.reshape(len(used), len(TOKENS))
    return [columns[:, i] for i in range(len(TOKENS))]

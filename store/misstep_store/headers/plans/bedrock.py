"""Calls of Bedrock's under MLflow: Converse, and InvokeModel in its envelope or in pieces."""

from __future__ import annotations

from typing import Any

import msgspec

from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bedrock
from misstep_store.conventions.readers import mlflow
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts, values
from misstep_store.headers.raw import answers, pieces, wires
from misstep_store.headers.raw.counted import Count
from misstep_store.headers.steps import rows

_PROVIDER = "aws.bedrock"


def provided(found: rows.Rows) -> None:
    """Whose they are: MLflow takes the vendor of the model, or the region before it."""
    if mine := _those(found):
        column = found.column("provider")
        for n in mine:
            column[n] = _PROVIDER


def answered(key: str, read: answers.Body, failed: rows.Failed) -> rows.Step:
    """As :func:`rows.answer`, of calls of which some are Bedrock's."""
    plain = rows.answer(key, read, failed=failed)

    def step(found: rows.Rows) -> None:
        mine = _those(found)
        if not mine:
            plain(found)
            return
        given = [a[key] for a in found.many]
        for n in mine:
            made = _streamed(found, n)
            given[n] = made or _out_of_envelope(found, n, given[n])
        found.opened[key] = given
        found.silent[key] = rows.answers(found, given, read, failed)

    return step


def unanswered(found: rows.Rows) -> None:
    """Streams that were broken off may have answered in part."""
    found.doubtful.update(n for n in _those(found) if _pieces(found, n))


def began(found: rows.Rows) -> None:
    """The time to the first token, by the first piece of a stream, where nothing else tells."""
    mine = _those(found)
    if not mine:
        return
    spans, known = found.spans, found.first_token_ms or [None] * len(found.many)
    for n in mine:
        place = found.places[n]
        came = (e.time_unix_nano for e in spans.happened(place) if e.name in mlflow.PIECES)
        if known[n] is None and (moment := next(came, 0)):
            known[n] = max(0, moment - spans.start_unix_nano[place]) / 1e6
    found.first_token_ms = known


def _those(found: rows.Rows) -> list[int]:
    """Numbers of the calls that are Bedrock's."""
    mine = {name for name in set(found.names) if name.startswith(mlflow.BEDROCK)}
    return [n for n, name in enumerate(found.names) if name in mine] if mine else []


def _pieces(found: rows.Rows, n: int) -> list[Any]:
    place = found.places[n]
    if found.spans.plain[place]:
        return []
    return [a["json"] for e in found.spans.events(place) if "json" in (a := e.attributes)]


def _streamed(found: rows.Rows, n: int) -> Any:
    told = _pieces(found, n)
    return pieces.streamed(told) if told else None


# --- envelopes ---------------------------------------------------------------------------------


class _Envelope(msgspec.Struct, gc=False):
    """What InvokeModel puts around an answer."""

    body: msgspec.Raw
    ResponseMetadata: Any = msgspec.UNSET
    contentType: Any = msgspec.UNSET  # noqa: N815


_read_envelope = layouts.decoder(_Envelope)
_FAMILIES = ("results", "generation", "outputs", "text", "generations", "completion")
_OTHERS = ("embedding", "embeddings", "body", "raw", "message")
_read_plain = layouts.decoder(
    msgspec.defstruct(
        "PlainAnswer",
        [
            ("type", Any, None),
            ("stop_reason", Any, msgspec.UNSET),
            *((key, wires.Never, msgspec.UNSET) for key in (*_FAMILIES, *_OTHERS)),
        ],
        gc=False,
    )
)
"""Refuses answers that their family writes in a way of its own, or that may be in another envelope."""
_NO_VECTORS = dict.fromkeys((*_FAMILIES, *_OTHERS[1:], *wires.LOOKED_AT))
_read_vectors = layouts.decoder(
    msgspec.defstruct(
        "VectorsOfBedrock",
        [
            ("embedding", Any),
            ("inputTextTokenCount", Count, None),
            *((key, wires.Never, msgspec.UNSET) for key in _NO_VECTORS),
        ],
        gc=False,
    )
)


def _out_of_envelope(found: rows.Rows, n: int, given: Any) -> Any:
    """What :func:`bedrock.answer` makes of an answer; where that may be read in another way than the
    answer itself, the row is doubtful."""
    if type(given) is not str or ('"body"' not in given and not values.hides(given)):
        return given
    around = layouts.object_in(given, _read_envelope)
    if around is None or (around.ResponseMetadata, around.contentType) == _NO_ENVELOPE:
        return given
    try:
        text = bytes(around.body).decode()
    except UnicodeDecodeError:
        return given
    plain = layouts.object_in(text, _read_plain)
    if plain is not None:
        if plain.type in responses.ITEMS and plain.stop_reason is msgspec.UNSET:
            found.doubtful.add(n)
        return text
    vectors = layouts.object_in(text, _read_vectors) if '"embedding"' in text else None
    if vectors is not None:
        return f'{{"usage": {{"prompt_tokens": {vectors.inputTextTokenCount or 0}}}}}'
    inner = rd.parsed(text) if text[:1] == "{" else rd.parsed(rd.parsed(text))
    if not isinstance(inner, dict):
        return given
    made = bedrock.of_family(inner)
    if made.keys() != _COMPLETION:
        found.doubtful.add(n)
    return pieces.written(made)


_NO_ENVELOPE = (msgspec.UNSET, msgspec.UNSET)
_COMPLETION = {"choices", "usage"}

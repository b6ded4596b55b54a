"""Steps of LlamaIndex's agents under MLflow: what they say of the call inside."""

from __future__ import annotations

from typing import Any

import msgspec

from misstep_store.conventions.readers import mlflow_llama_index as llama_index
from misstep_store.headers.columns import layouts
from misstep_store.headers.raw import answers, wires
from misstep_store.headers.steps import rows


def prepares(name: str) -> bool:
    """Whether a span only gets a request ready, and is no call."""
    return name.endswith(llama_index.PREPARES)


def by_ending(a: rows.Attributes) -> bool:
    """Whether the end of their names tells spans with these keys apart."""
    return "mlflow.spanType" in a


def lends(key: str) -> rows.Step:
    """What an agent's step made says what its call answered, where the provider's answer stands
    beside it; another such answer than a chat completion is doubtful."""

    def step(found: rows.Rows) -> None:
        told: dict[int, Any] = {}
        for n, a in enumerate(found.many):
            given = a[key]
            if type(given) is str and not ('"raw"' in given and '"blocks"' in given):
                continue
            made = layouts.object_in(given, _read_made)
            if made is None:
                found.doubtful.add(n)
            else:
                told[n] = made.raw
        if told:
            _lend(found, list(told), list(told.values()))

    return step


def _lend(found: rows.Rows, numbers: list[int], raw: list[Any]) -> None:
    said = wires.by_chats(raw)
    used = [answers.UNUSED] * len(found.many)
    facts = (
        ("response_model", said.models),
        ("response_id", said.ids),
        ("finish_reason", said.ends),
    )
    for fact, values in facts:
        column = found.column(fact)
        for n, value in zip(numbers, values, strict=True):
            column[n] = column[n] or value
    for at, n in enumerate(numbers):
        a, b, c, d, e = (counts[at] for counts in said.used)
        used[n] = a, b, c, d, e
        if said.ends[at] is None:  # its messages may tell
            found.doubtful.add(n)
    found.add_usage(used)
    found.lends.update(numbers)


class _Blocks(msgspec.Struct, gc=False):
    blocks: msgspec.Raw


_read_made = layouts.decoder(
    msgspec.defstruct("MadeByAgent", [("response", _Blocks), ("raw", wires.OF_CHAT)], gc=False)
)

"""Where the parents of many spans are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep_store.headers.columns.spans import NONE, SpanColumns


def numbered(texts: pa.Array) -> tuple[Any, pa.Array]:
    """A number for each text, and the texts by number, in the order in which they come."""
    found = texts.dictionary_encode()
    return found.indices.to_numpy().astype(np.int64), found.dictionary


def numbered_in_turn(texts: pa.Array) -> tuple[Any, pa.Array]:
    """As :func:`numbered`, of texts that mostly come several times one after another."""
    turns = pc.run_end_encode(texts)
    ends = turns.run_ends.to_numpy()
    numbers, found = numbered(turns.values)
    return np.repeat(numbers, np.diff(ends, prepend=0)), found


def have_parents(spans: SpanColumns) -> Any:
    """Whether each span names a parent."""
    return pc.fill_null(pc.binary_length(spans.text("parent_span_id")), 0).to_numpy() > 0


def places_of_parents(spans: SpanColumns, trace: Any) -> tuple[Any, Any]:
    """The place of each span's parent, and places of spans that are unusual: their id comes twice,
    or they are their own parent.

    Args:
        trace: the number of each span's.
    """
    own, ids = numbered(spans.text("span_id"))
    keys = trace * len(ids) + own
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    parent = np.full(len(trace), NONE)
    inner = np.flatnonzero(have_parents(spans))
    above = spans.text("parent_span_id").take(pa.array(inner))
    named = pc.fill_null(pc.index_in(above, value_set=ids), NONE).to_numpy()
    wanted = trace[inner] * len(ids) + named
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    is_there = (named != NONE) & (keys[at] == wanted)
    parent[inner[is_there]] = order[at[is_there]]
    doubled = order[1:][np.diff(keys) == 0]
    selves = np.flatnonzero(parent == np.arange(len(parent)))
    parent[selves] = NONE
    return parent, np.concatenate([doubled, selves])

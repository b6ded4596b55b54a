"""The small facts of hops, column by column: what listings, timelines and totals need.

Hops are mapped twice. Their *headers* (kind, name, model, tokens, cost, times, parents) are made for
every trace, here, many spans at a time: spans of one convention whose keys are read by the same
steps go together, their trees are folded with arrays, and rows leave as Arrow tables. Their
*payloads* (messages, inputs, outputs, documents, tool definitions) are mapped from the raw span when
a hop is shown or diagnosed, by :mod:`misstep_store.conventions`, and are not stored a second time.

The conventions stay the only authority: a span that is unusual is read by them and its facts are
taken over, and a trace whose tree takes more than parents (retries, doubled spans, marks) is left to
them whole. A property test holds both ways side by side.
"""

from __future__ import annotations

from misstep_store.headers.columns.spans import SpanColumns
from misstep_store.headers.made import Made, headers

__all__ = ["Made", "SpanColumns", "headers"]

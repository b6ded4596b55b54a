"""Calls whose request says in which span it was sent, in the header that passes a trace on.

OpenLLMetry's callbacks for LangChain do not make their span the current one: what its instrumentation
of an SDK tells of the same call stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.readers.openllmetry import NAME
from misstep_store.conventions.types import Draft

TELLS = NAME
"""The convention that writes down a request's headers."""
HEADERS = ("gen_ai.headers", "llm.headers")
NAMES = "traceparent"
_PARENT = re.compile(r"""traceparent['"]: ?['"][0-9a-f]{2}-[0-9a-f]{32}-([0-9a-f]{16})-""")
_LONGEST = 10_000


def sent_in(a: Mapping[str, Any]) -> str | None:
    """The id of the span in which a request was sent, where its headers are told."""
    for key in HEADERS:
        told = a.get(key)
        if told:
            found = type(told) is str and _PARENT.search(told, 0, _LONGEST)
            return found[1] if found else None
    return None


def settle(drafts: Mapping[str, Draft], parents: dict[str, str]) -> None:
    """Puts them into the call beside them that sent them; ``parents`` is changed in place."""
    sent: dict[str, str] = {}
    for span_id, draft in drafts.items():
        if draft.convention == TELLS and draft.role == "call":
            sender = sent_in(draft.span.attributes)
            if sender is not None and sender != span_id:
                sent[span_id] = sender
    for span_id, sender in sent.items():
        call = drafts.get(sender)
        if call is None or sender in sent or call.convention != TELLS or call.role != "call":
            continue
        if parents[span_id] == parents[sender]:
            parents[span_id] = sender

"""How a run ended whose root says that all went well because it cannot say otherwise.

A span around a function fails with it: where it did not, what failed inside was caught. The roots
that some libraries make are no such spans: nothing inside, failed as it may have, changes them. Of
those a run ended with a failure where the last thing in it failed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from misstep.model import ErrorInfo
from misstep_store.conventions.types import Draft

_MUTE = re.compile(r"openai[_-]agents|claude_code\.|^agent_runtime ")
"""In scopes: OpenAI's Agents SDK, whose traces have no failure; a turn of Claude Code; a message of
Semantic Kernel's runtime, whose sender does not wait."""
_TRACED = "lmnr.association.properties.metadata.openai.agents.trace_name"
"""What Laminar says of such a trace of OpenAI's agents."""
_STREAMS = frozenset({"ai", "gen_ai"})
"""Scopes of the AI SDK for Node: what it streams fails to who reads, and its root gives what came
before; the roots of its other calls fail with the last thing in them."""
_GAVE = "output.value"
"""What those roots say, where they do, of what their runs gave."""
_STOPPED = ("Guardrail tripwire triggered", "Request was aborted")
"""What failures say by which a run was stopped as it was meant to be, or as a person wished."""
ACTING = frozenset({"agent", "llm", "chain"})
"""Kinds of hops that end a run; what a tool failed with goes back to who called it."""
_DEEP = 16
LEAST = 16
"""So many letters of a failure are enough to tell it."""


class End(NamedTuple):
    """What is asked of each hop; times in milliseconds from the start of the run."""

    id: object
    parent: object
    kind: str
    begin: float
    end: float
    error: ErrorInfo | None


def last_failure(hops: Sequence[End]) -> ErrorInfo | None:
    """What the last thing in a run failed with: the innermost where that is what the outer ones
    failed with; None where something else succeeded after or beside it."""
    inside: dict[object, list[End]] = defaultdict(list)
    for hop in hops:
        inside[hop.parent].append(hop)
    found, among = None, inside[None]
    for _ in range(_DEEP):
        last = _last(among)
        if last is None or (found is not None and last.error is None):
            break
        found = last.error or found
        among = inside.get(last.id, [])
    return None if found is None or _is_stop(found) else found


def _is_stop(failure: ErrorInfo) -> bool:
    """Whether a run was stopped as it should be; Laminar puts the words where the type should be."""
    return failure.message.startswith(_STOPPED) or failure.type.startswith(_STOPPED)


def _last(among: Sequence[End]) -> End | None:
    """The one that ended last, if it acts and nothing beside it that succeeded was still running."""
    last = max(among, key=lambda h: (h.end, h.begin), default=None)
    if last is None or last.kind not in ACTING:
        return None
    others = (h for h in among if h is not last and h.error is None)
    return None if any(h.end > last.begin for h in others) else last


def is_mute(scope: str, attributes: Mapping[str, Any]) -> bool:
    """Whether a root that did not fail cannot say that its run did, and gave nothing either, or
    only what came before the failure."""
    if _TRACED in attributes:
        return True
    return scope in _STREAMS or (_GAVE not in attributes and _is_mute(scope))


@lru_cache(maxsize=1024)
def _is_mute(scope: str) -> bool:
    return _MUTE.search(scope) is not None


def is_told_in(root: Draft, failure: ErrorInfo) -> bool:
    """Whether what a root gave is the words of a failure."""
    gave = root.output.strip() if isinstance(root.output, str) else ""
    return len(gave) >= LEAST and gave in failure.message

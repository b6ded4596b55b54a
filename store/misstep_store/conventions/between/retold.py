"""One call told of by two libraries that do not know of each other.

A framework and the SDK it calls are both traced. Where the context is lost on the way, as in a pool of
threads, the SDK's span lies beside the framework's or in a trace of its own. It is the same call only
where everything that both tell agrees: two real calls may ask the same and be answered the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import islice

from misstep_store.conventions.asking import question
from misstep_store.conventions.between.nearest import Line
from misstep_store.conventions.between.partners import SLACK_NANO, end_of
from misstep_store.conventions.types import Draft

LEAD_NANO = 1_000_000_000
"""How long before a framework's telling an SDK's may begin: LangChain for Node calls those back who
tell of it when it finds the time."""
APART = frozenset({"mlflow", "openinference"})
"""Conventions whose libraries tell of each call, whoever else tells of it: a framework's call with
no SDK's inside has it elsewhere. Of others a framework's call may be all that there is."""
NODES = frozenset({"openllmetry"})
"""Conventions of which that is so of the libraries for Node, whose scopes are packages."""
ASIDE = frozenset({"langfuse", "langsmith", "openinference", "openllmetry"})
"""Conventions of whose spans some do not hold what is called while they run, as those of streams: an
SDK's instrumentation tells of such a call beside it, or in a trace of its own."""
TWICE = frozenset({"litellm"})
"""Conventions whose library may tell of one call twice: when its stream begins to end, and has."""
Key = tuple[object, ...]
_DATE = re.compile(r"[-@](\d{4}-\d\d-\d\d|\d{4,8}|latest)$")


_SDKS = frozenset(
    {
        "openai",
        "v1",
        "openai_v2",
        "anthropic",
        "google_genai",
        "genai",
        "gemini",
        "vertexai",
        "groq",
    }
    | {"mistral", "mistralai", "bedrock", "cohere", "together", "ollama", "watsonx"}
    | {"python", "vertex"}  # Anthropic's own, by the client
)
"""Libraries that send requests, as formats and scopes name them: no framework's call is in theirs."""


def is_sdk(scope: str, teller: str | None) -> bool:
    """Whether a provider's own library tells of a call."""
    return (_library(scope) if teller is None else teller) in _SDKS


def _library(scope: str) -> str:
    """``openai`` of ``opentelemetry.instrumentation.openai`` and ``@a/instrumentation-openai``."""
    _, found, named = scope.rpartition("instrumentation-")
    return named if found else scope.rpartition(".")[2]


def told_by(draft: Draft) -> tuple[str, str, str | None]:
    """The library that tells of a call."""
    return draft.span.scope.name, draft.convention, draft.teller


def is_told_by_sdk(draft: Draft) -> bool:
    """As :func:`is_sdk`, of a call."""
    return is_sdk(draft.span.scope.name, draft.teller)


def told_apart(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Whether two libraries, by scope and convention, tell of one call each for itself."""
    if one[1] != other[1] or one[1] in APART:
        return True
    return one[1] in NODES and one[0][:1] == other[0][:1] == "@"


def pairs(
    inners: Sequence[Draft],
    outers: Sequence[Draft],
    place: Callable[[Draft], Key] = lambda _: (),
) -> list[tuple[Draft, Draft]]:
    """(the telling that is left out, the one that stands for it), each left out once and each
    standing for one.

    Args:
        inners: calls that may be told of again; ``outers``: those that may be the other telling, of
            which none holds a call. The same may be in both.
        place: what must be the same of two tellings: where they come from.
    """
    found: list[tuple[Draft, Draft]] = []
    taken: set[Draft] = set()
    standing: set[Draft] = set()
    for keys_of in (_by_id, _by_what_is_told, _aside, _uncounted):
        told, told_around = keys_of(inners, outers)
        lines = _Inners({d: (*key, *place(d)) for d, key in told.items() if d not in taken})
        # The latest beginning first, each with the last to end: as many pairs as there can be.
        for outer in sorted(told_around, key=lambda d: (-d.span.start_unix_nano, end_of(d), d.id)):
            if outer in taken or outer in standing:
                continue
            inner = lines.of(outer, (*told_around[outer], *place(outer)))
            if inner is not None:
                lines.remove(inner)
                taken.add(inner)
                standing.add(outer)
                found.append((inner, outer))
    return found


class _Inners:
    """Calls that may be told of again, by keys that both tellings must have."""

    def __init__(self, keys: Mapping[Draft, Key]) -> None:
        self._keys = keys
        self._buckets: dict[Key, list[Draft]] = defaultdict(list)
        for draft in sorted(keys, key=lambda d: d.id, reverse=True):
            self._buckets[keys[draft]].append(draft)
        self._lines: dict[Key, tuple[Line[Draft], Line[Draft]]] = {}

    def of(self, outer: Draft, key: Key) -> Draft | None:
        """The last to end that is the same call, see :data:`nearest.MOST_TRIED`."""
        if key not in self._buckets:
            return None
        began, ended = outer.span.start_unix_nano, end_of(outer)
        by_end, by_start = self._line(key)
        last = ended + SLACK_NANO
        lead = began - LEAD_NANO
        within = by_end.near(last, until=last, reach=lead)
        fitting = (d for d in within if _start(d) <= ended and same_call(d, outer))
        found = list(islice(fitting, 1))
        for echo in by_start.near(began, until=ended, reach=began):
            if lead <= _start(echo) and same_call(echo, outer):
                found.append(echo)
        return max(found, key=lambda d: (end_of(d), d.id), default=None)

    def remove(self, inner: Draft) -> None:
        """Takes one out that is told of again."""
        for line in self._line(self._keys[inner]):
            line.remove(inner)

    def _line(self, key: Key) -> tuple[Line[Draft], Line[Draft]]:
        """By when they ended; an SDK's own spans, which may begin before or end after, by when they
        began."""
        found = self._lines.get(key)
        if found is None:
            bucket = self._buckets[key]
            echoes = [d for d in bucket if d.echo == "inside" and d.response_id is not None]
            found = self._lines[key] = (
                Line(bucket, list(map(end_of, bucket)), list(map(_start, bucket))),
                Line(echoes, list(map(_start, echoes)), list(map(end_of, echoes))),
            )
        return found


def _start(draft: Draft) -> int:
    return draft.span.start_unix_nano


def may_repeat(calls: Sequence[Draft]) -> bool:
    """Whether two of these may be one call, by a glance."""
    if len(calls) < 2:
        return False
    ids = [d.response_id for d in calls if d.response_id]
    if len(set(ids)) < len(ids):
        return True
    tellers = {told_by(d) for d in calls if d.convention in APART or d.convention in ASIDE}
    if len(tellers) > 1:
        return True
    conventions = {d.convention for d in calls}
    return len(conventions) > 1 and not ASIDE.isdisjoint(conventions)


def same_call(inner: Draft, outer: Draft) -> bool:
    """Whether both tell of one call; ``inner`` ran while ``outer`` did."""
    if inner is outer or inner.recording is not None or outer.recording is not None:
        return False
    by_id = inner.response_id is not None and inner.response_id == outer.response_id
    apart = told_by(inner) != told_by(outer) and is_told_by_sdk(inner) >= is_told_by_sdk(outer)
    agree = (
        inner.kind == outer.kind
        and _within(inner, outer, by_id=by_id)
        and (by_id or inner.response_id is None or outer.response_id is None)
        and same_model(_models(inner), _models(outer))
        and (inner.error is None) == (outer.error is None)
    )
    if not agree:
        return False
    asked = same_question(inner, outer)
    said = same_answer(inner, outer)
    if not by_id:
        return (
            apart
            and told_apart(told_by(inner)[:2], told_by(outer)[:2])
            and is_told_by_sdk(inner)
            and not is_told_by_sdk(outer)
            and bool(asked)
            and bool(said)
        )
    if apart:
        return asked is not False or said is not False
    same_start = inner.span.start_unix_nano == outer.span.start_unix_nano
    return inner.convention in TWICE and same_start and bool(asked) and bool(said)


def _within(inner: Draft, outer: Draft, *, by_id: bool) -> bool:
    """Whether a call ran while the other did; an SDK's may begin before, its own of a stream also end
    after."""
    began, ended = inner.span.start_unix_nano, end_of(inner)
    if by_id and inner.echo == "inside":
        return began <= end_of(outer) + SLACK_NANO and outer.span.start_unix_nano <= ended
    return may_lie_within((began, ended), (outer.span.start_unix_nano, end_of(outer)))


def may_lie_within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    """Whether one call may be told within another by when they began and ended."""
    lead = LEAD_NANO if outer[0] <= inner[1] else SLACK_NANO
    return outer[0] <= inner[0] + lead and inner[1] <= outer[1] + SLACK_NANO


_Keys = dict[Draft, Key]


def _by_id(inners: Iterable[Draft], outers: Iterable[Draft]) -> tuple[_Keys, _Keys]:
    """Keys of calls that may be told of again, and of other tellings of them; none of those that only
    one library tells of."""
    found: list[_Keys] = []
    tellers: dict[Key, set[object]] = defaultdict(set)
    for some in (inners, outers):
        keys: _Keys = {d: (d.kind, d.response_id) for d in some if d.response_id is not None}
        for draft, key in keys.items():
            tellers[key].add(told_by(draft))
            if draft.convention in TWICE:
                tellers[key].add(TWICE)
        found.append(keys)
    inner, outer = ({d: k for d, k in keys.items() if len(tellers[k]) > 1} for keys in found)
    return inner, outer


def _by_what_is_told(inners: Iterable[Draft], outers: Iterable[Draft]) -> tuple[_Keys, _Keys]:
    """As :func:`_by_id`, of an SDK's telling and another's that were asked the same."""
    return _asked_alike(
        [d for d in inners if d.convention in APART and is_told_by_sdk(d)],
        [d for d in outers if d.convention in APART and not is_told_by_sdk(d)],
        by_convention=True,
    )


def _aside(inners: Iterable[Draft], outers: Iterable[Draft]) -> tuple[_Keys, _Keys]:
    """As :func:`_by_what_is_told`, of an SDK's telling and that of one of :data:`ASIDE`."""
    return _asked_alike(
        [d for d in inners if is_told_by_sdk(d)],
        [d for d in outers if d.convention in ASIDE and not is_told_by_sdk(d)],
        by_convention=False,
    )


def _uncounted(inners: Iterable[Draft], outers: Iterable[Draft]) -> tuple[_Keys, _Keys]:
    """As :func:`_aside`, of an SDK's telling of a stream that counts nothing."""
    silent = [d for d in inners if is_told_by_sdk(d) and counts_nothing(d)]
    told = APART | ASIDE
    others = [d for d in outers if d.convention in told and not is_told_by_sdk(d)] if silent else ()
    return _asked_alike(silent, others, by_convention=False, counted=False)


def counts_nothing(draft: Draft) -> bool:
    """Whether a call was answered and tells no tokens."""
    used = draft.usage
    return draft.error is None and not used.input_tokens and not used.output_tokens


def _asked_alike(
    inners: Sequence[Draft], outers: Sequence[Draft], *, by_convention: bool, counted: bool = True
) -> tuple[_Keys, _Keys]:
    told: list[_Keys] = [{}, {}]
    for found, some in zip(told, (inners, outers), strict=True):
        for draft in some:
            used, failed = draft.usage, draft.error is not None
            counts = (used.input_tokens, used.output_tokens) if counted else ()
            found[draft] = (draft.kind, by_convention and draft.convention, *counts, failed)
    shared = set(told[0].values()) & set(told[1].values())
    asked = [
        {d: (*key, question(d)) for d, key in keys.items() if key in shared and _is_asked(d)}
        for keys in told
    ]
    return asked[0], asked[1]


def _is_asked(draft: Draft) -> bool:
    return bool(draft.messages_in or draft.input is not None)


def same_model(ours: Set[str], theirs: Set[str]) -> bool:
    """Whether models that two tellings name, asked and served, may be those of one call."""
    if not ours or not theirs or ours & theirs:
        return True
    return any(_undated(x) == _undated(y) for x in ours for y in theirs)


def _undated(model: str) -> str:
    return _DATE.sub("", model)


def _models(draft: Draft) -> set[str]:
    return {m for m in (draft.request_model, draft.response_model) if m}


def same_question(a: Draft, b: Draft) -> bool | None:
    """Whether both were asked the same; None where one of them does not tell it."""
    if not _is_asked(a) or not _is_asked(b):
        return None
    return question(a) == question(b)


def same_answer(a: Draft, b: Draft) -> bool | None:
    """As :func:`same_question`; of calls that failed, why they did."""
    if a.error is not None and b.error is not None:
        return a.error.message == b.error.message
    if not a.has_output or not b.has_output:
        return None
    return bool(a.output == b.output) or _calls_alone(a, b) or _calls_alone(b, a)


def _calls_alone(silent: Draft, other: Draft) -> bool:
    """Whether one tells nothing of an answer that holds calls of tools and no words."""
    if silent.output != "" or not other.messages_out:
        return False
    parts = [p for m in other.messages_out for p in m.parts]
    return bool(parts) and all(p.get("type") == "tool_call" for p in parts)


def holding(calls: Iterable[Draft], parent_of: Callable[[str], str]) -> set[str]:
    """Ids of all spans that hold one of these calls."""
    found: set[str] = set()
    for call in calls:
        here = parent_of(call.id)
        while here and here not in found:
            found.add(here)
            here = parent_of(here)
    return found


MCP = "mcp"


def is_served(outer: Draft, inner: Draft) -> bool:
    """Whether a client and its server tell of one request of MCP's, both by the protocol's own SDK."""
    protocol = outer.convention == inner.convention == MCP
    return protocol and outer.span.kind != inner.span.kind

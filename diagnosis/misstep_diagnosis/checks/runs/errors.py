"""An exception traced back to the hop that produced the value it stumbled over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep.model import ErrorInfo, Hop, Json
from misstep_diagnosis.blame import blame_of
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts, input_of
from misstep_diagnosis.reading.values import last_key, leaves

_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`")
_WORD = re.compile(r"[a-z]{3,}")
_EMPTY: tuple[Json, ...] = (None, "", [], {})


def failed_hop(known: RunFacts) -> tuple[Hop | None, ErrorInfo] | None:
    """The innermost hop whose exception ended the run, and the error; hop None: the run itself."""
    if known.run.error is None:
        return None
    if "failed_hop" not in known.memo:
        known.memo["failed_hop"] = _innermost(known, known.run.error)
    failed: Hop | None = known.memo["failed_hop"]
    return failed, known.run.error


def _innermost(known: RunFacts, error: ErrorInfo) -> Hop | None:
    failed = [h for h in known.hops if h.error is not None]
    same = [h for h in failed if h.error and h.error.message == error.message]
    ids = {h.hop_id for h in same}
    inner = [h for h in same if ids.isdisjoint(known.children.get(h.hop_id, ()))]
    return inner[-1] if inner else None


def traced(known: RunFacts, good: Good) -> list[Found]:
    """Who produced the empty or wrong value that an exception names."""
    failure = failed_hop(known)
    if failure is None:
        return []
    hop, error = failure
    given = input_of(hop) if hop is not None else known.run.input
    for path, value in _named(given, error.message):
        source = _first_with(known, hop, path, value)
        if source is not None:
            return [_found(known, source, path, value, error, hop)]
    return _by_key(known, hop, error) or _by_text(known, hop, error)


_MISSING_KEY = re.compile(
    r"(?i)keyerror|missing|required|no (attribute|field|key|column|property)|"
    r"has no|undefined|unknown (field|key|column)"
)


def _by_key(known: RunFacts, failed: Hop | None, error: ErrorInfo) -> list[Found]:
    """A key that the failing hop wanted, and who first put out one much like it instead."""
    if not _MISSING_KEY.search(f"{error.type} {error.message}"):
        return []
    given = {last_key(p) for p, _ in leaves(input_of(failed) if failed else known.run.output, "i")}
    quoted = [g for m in _QUOTED.findall(error.message) for g in m if g]
    for key in [q for q in quoted if re.fullmatch(r"[\w\-]{3,60}", q) and q not in given]:
        for fact in known.leaves:
            if failed is not None and fact.hop.index >= failed.index:
                break
            made = {last_key(p): p for p, _ in leaves(fact.hop.output, "output")}
            received = {last_key(p) for p, _ in leaves(fact.given, "input")}
            near = next((k for k in made if k not in received and _alike(k, key)), None)
            if near is not None and key not in made:
                at = failed.name if failed is not None else "the pipeline"
                detail = f"{at} wanted {key!r} and failed; the field is called {near!r} since here"
                return [
                    found(
                        "error.key", fact.hop.hop_id, near, detail, strict=True, path=made[near],
                        expected=key, bad=(f"k{near}",),
                    )
                ]  # fmt: skip
    return []


def _alike(a: str, b: str) -> bool:
    x, y = (re.sub(r"\W|_", "", t.casefold()) for t in (a, b))
    same = next(
        (i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y))
    )
    return x != y and len(x) > 2 and (same >= 4 or x in y or y in x)


def _named(given: Json, message: str) -> Iterator[tuple[str, Json]]:
    """Input values the message points at: empty ones whose key or neighbours it mentions first."""
    words = set(_WORD.findall(message.lower()))
    quotes = [
        next(g for g in m if g is not None) if any(m) else "" for m in _QUOTED.findall(message)
    ]
    found_leaves = list(leaves(given, "input"))
    empties = [
        (p, v) for p, v in found_leaves if v in _EMPTY and not isinstance(v, bool | int | float)
    ]
    told_empty = "" in quotes or re.search(r"(?i)\b(none|null|empty|missing)\b", message)

    def score(item: tuple[str, Json]) -> int:
        path = item[0]
        record = path.rpartition(".")[0]
        beside = {v for p, v in found_leaves if p.startswith(record + ".") and isinstance(v, str)}
        key_words = set(_WORD.findall(last_key(path).lower()))
        return 2 * len(key_words & words) + 3 * len(beside & {q for q in quotes if q})

    if told_empty or any(q in last_key(p) for p, _ in empties for q in quotes if q):
        yield from sorted(empties, key=score, reverse=True)
    for quote in quotes:
        if quote:
            yield from ((p, v) for p, v in found_leaves if isinstance(v, str) and v == quote)


def _first_with(known: RunFacts, failed: Hop | None, path: str, value: Json) -> HopFacts | None:
    """The earliest hop whose output holds this key with this value, its own input not."""
    key = last_key(path)
    limit = failed.index if failed is not None else len(known.hops)
    holders = [
        f
        for f in known.leaves
        if f.hop.index < limit and _holds(f.hop.output, key, value) and f.hop is not failed
    ]
    fresh = [f for f in holders if not _holds(input_of(f.hop), key, value)]
    return next(iter(fresh or holders), None)


def _holds(value: Json, key: str, wanted: Json) -> bool:
    return any(last_key(p) == key and v == wanted for p, v in leaves(value, "v"))


def _found(
    known: RunFacts, source: HopFacts, path: str, value: Json, error: ErrorInfo, failed: Hop | None
) -> Found:
    key = last_key(path)
    where = next(
        (p for p, v in leaves(source.hop.output, "output") if last_key(p) == key and v == value),
        None,
    )
    shown = "empty" if value in _EMPTY else repr(value)
    at = failed.name if failed is not None else "the pipeline"
    return found(
        "error.traced",
        source.hop.hop_id,
        f"{key}: {value!r}",
        f"{at} failed with “{error.message[:160]}”; {key} was {shown} first here",
        strict=True,
        path=where,
        bad=(f"e{key}",) if value in _EMPTY else (),
    )


def _by_text(known: RunFacts, failed: Hop | None, error: ErrorInfo) -> list[Found]:
    """A quoted value of the message, looked for in all outputs."""
    quotes = [next((g for g in m if g), "") for m in _QUOTED.findall(error.message)]
    lacking = _LACKING.search(error.message)
    if lacking:
        # What was wanted and is not there tells more than where it was looked for.
        quotes.insert(0, lacking[1])
    for quote in quotes:
        if len(quote) < 3:
            continue
        traced_back = blame_of(known, quote, failed.hop_id if failed else None)
        origin = traced_back.origin
        if (
            origin is not None
            and origin.hop_id
            and (failed is None or origin.hop_id != failed.hop_id)
        ):
            detail = (
                f"the error names {quote!r}, which first appeared here: “{error.message[:160]}”"
            )
            return [
                found("error.traced", origin.hop_id, quote, detail, strict=traced_back.introduced)
            ]
    return []


_LACKING = re.compile(
    r"(?i)(?:no attribute|no module named|no such (?:table|column|file|function|key)|unknown \w+|"
    r"undefined \w+|unresolved \w+|cannot find \w+|not found|unexpected keyword argument)"
    r"\W{0,4}['\"`]?([\w.\-/]{3,60})"
)


# What the other side of a call did, or the way to it: no value in the request is to blame.
_SERVICE = re.compile(
    r"^(408|425|429|5\d\d)$|(?i:(^|\.)(internal_?server|server|api_?connection|api_?timeout|"
    r"rate_?limit|overloaded|service_?unavailable|bad_?gateway|gateway_?timeout|too_?many_?requests|"
    r"connect|connection|connection_?(refused|reset|aborted)|connect_?timeout|read_?timeout|read|"
    r"remote_?protocol|remote_?disconnected|deadline_?exceeded|resource_?exhausted|throttling)"
    r"_?(error|exception)?$)"
)
_STATUS = re.compile(
    r"(?i)\b(?:error code|status(?:[ _]code)?|http)\b[ :=]{1,3}(?:408|425|429|5\d\d)\b"
)


def raised(known: RunFacts, good: Good) -> list[Found]:
    """The hop that raised the exception that ended the run: its service's fault, or where a fault
    surfaced."""
    failure = failed_hop(known)
    if failure is None:
        return []
    hop, error = failure
    if hop is None:
        return []
    told = f"{error.type}: {error.message}"
    said = told[:200].rstrip(" .:")  # the sentence around it ends with a dot of its own
    if _SERVICE.search(error.type) or _STATUS.search(error.message[:200]):
        detail = f"what it called failed, and the run ended with that: {said}"
        return [found("error.service", hop.hop_id, told, detail, strict=True, local=True)]
    return [found("error.raised", hop.hop_id, told, f"it raised {said}", weight=0.8)]


def nothing(known: RunFacts, good: Good) -> list[Found]:
    """Found by the rule before it."""
    return []


RULES = (
    Rule("error.traced", "It produced the value that an exception stumbled over.", True, traced),
    Rule("error.key", "It renamed a field that a later hop failed without.", True, nothing),
    Rule("error.service", "What it called failed, and the run ended with that.", True, nothing),
    Rule("error.raised", "It raised the exception that ended the run.", False, raised),
)

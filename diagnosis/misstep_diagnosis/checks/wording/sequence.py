"""What came first: a cause that stands in the log after its effect, and a journey whose next leg leaves
before the last one arrives."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.clauses import clause, clauses
from misstep_diagnosis.reading.dates import dates
from misstep_diagnosis.reading.spoken import Words
from misstep_diagnosis.reading.values import fold, last_key, leaves

_HEAD = 7
"""Signs before the time of a line: a bracket, a dash, a word such as Chart."""
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)")


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a log or chart: its day and second of the day, its words."""

    at: tuple[str, int]
    text: str
    stems: frozenset[str]
    trouble: bool


_TROUBLE = re.compile(
    r"\b(?:error|fail\w*|exhaust\w*|oom\w*|kill\w*|timed? ?out|timeouts?|refus\w*|down|full|"
    r"expired?|denied|crash\w*|"
    r"5xx|50\d|burst|stopped|lost|unavailable|panic|fatal|lag|deadlock|corrupt\w*|rejected|"
    r"overheat\w*|alarm)\b"
)


_CALM = re.compile(r"\b(?:info|debug|notice|note|ok|recovered|resolved|cleared|planned)\b")


def _events(fact: HopFacts) -> list[Event]:
    """Lines and sentences that begin with, or hold, one time or date, in their order of time."""
    found_events: list[Event] = []
    for _, text in fact.given_texts:
        if len(text) > 40_000:
            continue
        day = ""
        for one in clauses(text):
            at, day = _when(one.text, day)
            if at is not None:
                bare = clause(_CLOCK.sub(" ", _ISO.sub(" ", one.text)))
                trouble = bool(_TROUBLE.search(one.folded)) and not _CALM.search(one.folded)
                found_events.append(Event(at, one.text, bare.bag, trouble))
        if len(found_events) > 400:
            break
    return sorted(found_events, key=lambda e: e.at)


def _when(text: str, day: str) -> tuple[tuple[str, int] | None, str]:
    head = text[:60]
    told = next(
        (k[0][1:] for s, _, k in sorted(dates(head, Words(head))) if len(k) == 1 and s <= _HEAD),
        None,
    )
    clock = _CLOCK.search(_ISO.sub(lambda m: m[2], head))
    # A time in the middle of a line is a log's where it tells the second.
    if clock and told is None and clock.start() > _HEAD and not clock[3]:
        clock = None
    day = told or day
    if clock:
        return (day, int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)), day
    return ((day, 0), day) if told else (None, day)


# --- causes ----------------------------------------------------------------------------------------

_BY = re.compile(
    r"(?P<effect>[^.;\n]{6,200}?)\b(?:(?:was|were|is|are|been|be)\s+(?:\w+ly\s+)?(?:caused|"
    r"triggered|set off|brought on|provoked|started|"
    r"induced)\s+by|because of|due to|owing to|as a result of|because|after|following|wegen|"
    r"weil|nachdem|ausgelöst durch|verursacht durch|"
    r"à cause de|suite à|causée? par|a causa de|debido a|a causa di)\s+(?P<cause>[^.;\n]{4,200})"
)
_LED = re.compile(
    r"(?P<cause>[^.;\n]{4,200}?)\b(?:caused|triggered|set off|led to|resulted in|brought about|"
    r"provoked|made|führte zu|verursachte|löste|"
    r"a provoqué|provocó|causò)\s+(?P<effect>[^.;\n]{4,200})"
)
_FIRST = re.compile(
    r"^(?:because(?: of)?|due to|after|following|wegen|nachdem|suite à|"
    r"debido a)\s+(?P<cause>[^.;\n]{4,160}?),?\s+(?=the\b|a\b|there\b|all\b|der\b|die\b|das\b|"
    r"le\b|la\b|el\b)(?P<effect>[^.;\n]{4,200})"
)
_CLAIMS = re.compile(
    r"\b(?:caused|triggered|set off|brought on|provoked|because|due to|owing to|as a result|"
    r"after|following|led to|resulted in|wegen|weil|"
    r"nachdem|ausgelöst|verursach\w*|führte|à cause|suite à|provoqué\w*|debido|root cause|cause)\b"
)
_CAUSE_KEY = re.compile(
    r"(?i)^(?:(?:root|likely|probable|most_likely|primary|main)_?)?(?:cause|trigger|culprit|"
    r"triggered_by|caused_by)$"
)
_DENIES = re.compile(
    r"\b(?:not|never|no|nothing|neither|before|nicht|kein\w*|pas|sin|without|although|despite|"
    r"even though|ruled out)\b"
)


def cause_after(known: RunFacts, good: Good) -> list[Found]:
    """A cause that its input's times put after the effect."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent", "chain"):
        claims = list(_claims(fact))
        events = _events(fact) if claims else []
        if len(events) < 2:
            continue
        hit = next((h for c, e in claims if (h := _reversed(c, e, events))), None)
        if hit is not None:
            cause, effect, weight = hit
            out.append(
                found(
                    "cause.after",
                    fact.hop.hop_id,
                    f"{cause.text[:120]} | {effect.text[:120]}",
                    f"it names as the cause “{cause.text[:90]}”, which its input puts after "
                    f"“{effect.text[:90]}”",
                    expected=effect.text[:120],
                    local=True,
                    weight=weight,
                )
            )
    return out


def _claims(fact: HopFacts) -> Iterator[tuple[str, str]]:
    """(cause, effect) as an output words them; without an effect where a field names the cause."""
    output = read_json(fact.hop.output)
    for path, leaf in leaves(output, "o"):
        if not isinstance(leaf, str) or len(leaf) > 20_000:
            continue
        if _CAUSE_KEY.match(last_key(path)) and not _DENIES.search(leaf.casefold()):
            yield leaf.casefold(), ""
        if " " not in leaf or not _CLAIMS.search(leaf.casefold()):
            continue
        for one in clauses(leaf):
            if _DENIES.search(one.folded) or "?" in one.text:
                continue
            for pattern in (_FIRST, _BY, _LED):
                match = pattern.search(one.folded)
                if match:
                    yield _RELATIVE.split(match["cause"])[0], match["effect"]
                    break


_RELATIVE = re.compile(r",\s+(?:which|who|that|and|so|die|der|das|was|qui|que|lo que)\b")


def _reversed(
    cause: str, effect: str, events: Sequence[Event]
) -> tuple[Event, Event, float] | None:
    """The events that a claim names, where the cause's first one is later than the effect's."""
    by_stem: dict[str, int] = {}
    for event in events:
        for one in event.stems:
            by_stem[one] = by_stem.get(one, 0) + 1
    first = _named(cause, events, by_stem)
    if first is None:
        return None
    second = _named(effect, events, by_stem) if effect else None
    if second is not None and second is not first:
        shared = second.stems & first.stems & clause(cause).bag
        return (first, second, 2.0) if second.at < first.at and not shared else None
    if second is first or (effect and not _WHOLE.search(effect)):
        return None
    # The first trouble of the log stands before what is called its cause.
    earliest = next((e for e in events if e.trouble), None)
    before = earliest is not None and earliest.at < first.at and not first.trouble
    return (first, earliest, 1.6) if before and earliest is not None else None


_WHOLE = re.compile(
    r"\b(?:outage|incident|failures?|errors?|problem|disruption|downtime|degradation|störung|"
    r"ausfall|panne|incidente|it|everything)\b"
)


def _named(phrase: str, events: Sequence[Event], by_stem: dict[str, int]) -> Event | None:
    """The earliest of the events that hold most of the rarer words of a phrase."""
    words = [s for s in clause(phrase).bag if by_stem.get(s)]
    if not words:
        return None
    scored = [(sum(1.0 / by_stem[s] for s in words if s in e.stems), e) for e in events]
    best = max(score for score, _ in scored)
    if best < 0.5:
        return None
    return next(e for score, e in scored if score >= _MOST_OF * best)


_MOST_OF = 0.6


# --- journeys ----------------------------------------------------------------------------------------

_LEAVES = re.compile(
    r"(?i)^(dep|departs?|departure(?:_?time)?|leaves?|start|from_?time|departing|abfahrt|ab|"
    r"départ|salida)$"
)
_ARRIVES = re.compile(
    r"(?i)^(arr|arrives?|arrival(?:_?time)?|reaches|end|to_?time|arriving|ankunft|an|arrivée|"
    r"llegada)$"
)
_FROM = re.compile(r"(?i)^(from|origin|dep_?station|from_?station|von|de|start_?station)$")
_TO = re.compile(r"(?i)^(to|destination|arr_?station|to_?station|nach|à|a|end_?station)$")
_JOURNEY = re.compile(
    r"(?i)(legs?|segments?|itinerary|journey|route|connection|trip|chosen|picked|plan|selected)"
)
_HALF_DAY = 6 * 3600


def leg_impossible(known: RunFacts, good: Good) -> list[Found]:
    """Legs of one journey of which the next leaves before the last arrives."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent", "chain"):
        if not any(
            _LEAVES.match(last_key(p)) for p, _ in fact.made_leaves[:200]
        ) and not isinstance(fact.hop.output, str):
            continue
        for path, rows in _lists(read_json(fact.hop.output)):
            hit = next(
                (
                    h
                    for a, b in itertools.pairwise(rows)
                    if (h := _missed(a, b, path, fact.hop.name))
                ),
                None,
            )
            if hit is not None:
                out.append(
                    found(
                        "order.impossible",
                        fact.hop.hop_id,
                        f"arrives {hit[0]}, leaves {hit[1]}",
                        f"its next leg leaves at {hit[1]}, before the one before it arrives at "
                        f"{hit[0]}",
                        path=path,
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


def _lists(value: Json) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    stack: list[tuple[str, Json]] = [("output", value)]
    seen = 0
    while stack and seen < 100:
        seen += 1
        path, here = stack.pop()
        if isinstance(here, dict):
            stack += [(f"{path}.{k}", v) for k, v in here.items() if isinstance(v, dict | list)]
        elif (
            isinstance(here, list)
            and 2 <= len(here) <= 12
            and all(isinstance(r, dict) for r in here)
        ):
            yield path, here
        elif isinstance(here, list):
            stack += [(f"{path}[{i}]", v) for i, v in enumerate(here[:20])]


def _field(row: dict[str, Any], pattern: re.Pattern[str]) -> str | None:
    return next((v for k, v in row.items() if isinstance(v, str) and pattern.match(k)), None)


def _missed(a: dict[str, Any], b: dict[str, Any], path: str, name: str) -> tuple[str, str] | None:
    ends, begins = _field(a, _ARRIVES), _field(b, _LEAVES)
    if ends is None or begins is None:
        return None
    to, fro = _field(a, _TO), _field(b, _FROM)
    linked = to is not None and fro is not None
    if linked and not _same_place(str(to), str(fro)):
        return None
    if not linked and not (_JOURNEY.search(path) or (path == "output" and _JOURNEY.search(name))):
        return None
    late = _later(ends, begins)
    return (ends, begins) if late else None


def _same_place(a: str, b: str) -> bool:
    x, y = fold(a), fold(b)
    return x == y or x.startswith(y) or y.startswith(x)


def _later(ends: str, begins: str) -> bool:
    """Whether the first moment is after the second; of times without a day, by less than six hours."""
    try:
        x, y = (datetime.fromisoformat(t) for t in (ends, begins))
        return (x.tzinfo is None) == (y.tzinfo is None) and x > y
    except ValueError:
        pass
    clocks = [m for t in (ends, begins) if (m := _CLOCK.search(t))]
    if len(clocks) != 2 or any(len(t) > 12 for t in (ends, begins)):
        return False
    x_s, y_s = (int(m[1]) * 3600 + int(m[2]) * 60 for m in clocks)
    return 0 < x_s - y_s < _HALF_DAY


RULES = (
    Rule("cause.after", "It names as a cause what came after the effect.", False, cause_after),
    Rule(
        "order.impossible",
        "The next leg leaves before the last one arrives.",
        False,
        leg_impossible,
    ),
)

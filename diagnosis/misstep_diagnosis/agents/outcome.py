"""What a run handed in at its end, and the step at which each part of that came into being.

A step after everything in the outcome was already there cannot have been the first to go wrong; the
step that brought it in, or one before it, was. What a terminal printed is credited to whoever wrote
the code it ran.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from misstep_diagnosis.agents import words as w

_HANDED_IN = re.compile(r"final answer:?\W*\s*(.*)", re.I)
_MARKED = re.compile(
    r"\*\*([^*\n]{1,60})\*\*|\\boxed\{([^}]{1,60})\}|[\"“`]([^\"”`\n]{2,60})[\"”`]"
)
_ITEM = re.compile(r"[,;\n]+\s*")
_WORDS_APART = re.compile(r"\s+")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d{3})")
_SCALED = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)\s*(thousand|million|billion)\b")
_SCALE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_TRIVIAL = 40
_MOST_PARTS = 40


@dataclass(frozen=True, slots=True)
class Said:
    """A turn as far as the outcome needs it. ``works`` is false for a request, note or terminal."""

    text: str
    works: bool
    environment: bool
    code: bool
    closing: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """``born[i]`` is the share (0..1) of the outcome that step i brought in, ``before[i]`` what was
    there before it; both are 0 everywhere when nothing was handed in (``reached`` is false then)."""

    reached: bool
    born: tuple[float, ...]
    before: tuple[float, ...]


def outcome_of(question: str, turns: Sequence[Said]) -> Outcome:
    """Where the parts of what was handed in first stood."""
    asked = _plain(question)
    parts = [p for p in _parts(turns) if not _stands_in(p, asked)]
    plain = [_plain(t.text) for t in turns]
    born = [0.0] * len(turns)
    found = 0
    for part in parts:
        at = next((i for i, text in enumerate(plain) if _stands_in(part, text)), None)
        if at is not None and not turns[at].closing:
            born[_author(turns, at)] += 1.0
            found += 1
    if found:
        born = [b / found for b in born]
    before, total = [], 0.0
    for share in born:
        before.append(min(1.0, total))
        total += share
    return Outcome(bool(found), tuple(born), tuple(before))


def _author(turns: Sequence[Said], at: int) -> int:
    """Who wrote the code whose output this is; the turn itself when it is no output."""
    if not turns[at].environment:
        return at
    return next((i for i in range(at - 1, -1, -1) if turns[i].code), at)


def _parts(turns: Sequence[Said]) -> list[str]:
    """The pieces of the outcome: what was handed in, else the marked values, numbers or names of
    the last turn that says something."""
    for turn in reversed(turns):
        handed = _HANDED_IN.search(turn.text[-3000:])
        if handed and (given := handed.group(1).strip()):
            pieces = _ITEM.split(given.splitlines()[0])
            return _told([p.strip(" .*`\"'") for p in pieces])
    for turn in reversed(turns):
        if turn.works and len(turn.text) > _TRIVIAL:
            return [] if turn.code else _stated(turn.text)
    return []


def _stated(text: str) -> list[str]:
    marked = [next(g for g in m if g) for m in _MARKED.findall(text) if any(m)]
    if found := _told([m for m in marked if not m.rstrip().endswith(":")]):
        return found
    facts = w.facts(text)
    return _told([f for f in facts if f[0].isdigit()]) or _told(sorted(facts))


def _told(pieces: Sequence[str]) -> list[str]:
    return sorted({p for p in map(_plain, pieces) if _tells(p)})[:_MOST_PARTS]


def _tells(part: str) -> bool:
    return len(part) > 1 or part.isdigit()


def _plain(text: str) -> str:
    """Lower case, one space, numbers without separators, written-out thousands as digits."""
    low = _WORDS_APART.sub(" ", _COMMA_IN_NUMBER.sub("", text[: w.MAX_CHARS].lower())).strip()
    scaled = [str(round(float(n) * _SCALE[s])) for n, s in _SCALED.findall(low)]
    return " ".join([low, *scaled]) if scaled else low


def _stands_in(part: str, text: str) -> bool:
    if part not in text:
        return False
    if len(part) == 1:
        return bool(
            re.search(rf"(?:\bis|\bare|=|:|\*\*|\{{)\s*\$?{re.escape(part)}(?![\w.])", text)
        )
    return bool(re.search(rf"(?<![\w.]){re.escape(part)}(?!\w|\.\d)", text))

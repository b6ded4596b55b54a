"""Two recordings side by side: which hop received the same and answered otherwise."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from misstep.model import Json
from misstep.payload import canonical_json
from misstep.replay.job import RecordedCall
from misstep.replay.matching import place
from misstep_diagnosis import same_meaning
from misstep_store.replaying.recordings import Entry, RunRecording

Correction = Json | RecordedCall


@dataclass(frozen=True, slots=True)
class Differing:
    """A hop of a run that the good run answered otherwise, and that answer; ``decides``: the
    difference is more than wording."""

    path: str
    hop_id: str
    correction: Correction
    decides: bool


def same_input(a: Json, b: Json) -> bool:
    """Whether two inputs are the same question: equal but for case and spacing of texts."""
    return canonical_json(_folded(a)) == canonical_json(_folded(b))


def _folded(value: Json) -> Json:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {k: _folded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_folded(v) for v in value]
    return value


_TELLING = re.compile(r"\d[\d.,:/-]*\d|\d")
_NAME = re.compile(r"(?<![.!?:;\n\"'(])(?<=\s)[A-Z][\w'-]+")


def same_outcome(a: Json, b: Json) -> bool:
    """Whether every number, date, name, identifier and choice of two outcomes agrees, wording
    apart; in doubt they differ."""
    if canonical_json(a) == canonical_json(b):
        return True
    return same_meaning(a, b) and _told(a) == _told(b)


def _told(value: Json) -> list[tuple[tuple[str, ...], frozenset[str]]]:
    """Of each text that is a sentence: its numbers in order of size, and its names."""
    if isinstance(value, str):
        numbers = tuple(sorted(_TELLING.findall(value)))
        return [(numbers, frozenset(_NAME.findall(re.sub(r"[.!?:;]\s+", ". x", value))))]
    members = value.values() if isinstance(value, dict) else value
    return [t for m in members for t in _told(m)] if isinstance(value, dict | list) else []


def differing(run: RunRecording, good: RunRecording, units: Iterable[str]) -> list[Differing]:
    """Hops among ``units`` with an input that the good run had too, and another output.

    Decisions before wording, in order of start. A hop around one of them is left out: what it got
    from inside was different."""
    wanted = set(units)
    entries = [e for e in run.entries if e.hop_id in wanted]
    answers: dict[str, list[Entry]] = defaultdict(list)
    for entry in good.entries:
        answers[place(entry.path)].append(entry)
    found = [d for e in entries if (d := _compared(e, answers.get(place(e.path), ())))]
    around = _around(run, {d.hop_id for d in found})
    kept = [d for d in found if d.hop_id not in around]
    return sorted(kept, key=lambda d: not d.decides)


def asked_alike(entry: Entry, good: RunRecording) -> bool:
    """Whether the good run asked there what was asked now, wording apart."""
    others = [o for o in good.entries if place(o.path) == place(entry.path)]
    return any(_asked(o) == _asked(entry) or _same_question(o, entry) for o in others)


def _same_question(a: Entry, b: Entry) -> bool:
    if isinstance(a, RecordedCall) and isinstance(b, RecordedCall):
        return same_outcome(a.request, b.request)
    if isinstance(a, RecordedCall) or isinstance(b, RecordedCall):
        return False
    return same_outcome(a.input, b.input)


def _compared(entry: Entry, others: Sequence[Entry]) -> Differing | None:
    """What differs against the good run's answers to the same input, if none of them is equal."""
    same = [o for o in others if _asked(o) == _asked(entry)]
    if not same:
        same = [o for o in others if o.path == entry.path and _alike(o, entry)]
    usable = [o for o in same if _succeeded(o)]
    if not usable or any(_said(o) == _said(entry) for o in same):
        return None
    best = next((o for o in usable if o.path == entry.path), usable[0])
    correction = best if isinstance(best, RecordedCall) else best.output
    return Differing(entry.path, entry.hop_id, correction, not _same_answer(entry, best))


def _asked(entry: Entry) -> str:
    return entry.content_key if isinstance(entry, RecordedCall) else canonical_json(entry.input)


def _alike(a: Entry, b: Entry) -> bool:
    if isinstance(a, RecordedCall) or isinstance(b, RecordedCall):
        return False
    return same_input(a.input, b.input)


def _said(entry: Entry) -> str:
    if isinstance(entry, RecordedCall):
        return f"{entry.status} {entry.body}"
    failed = entry.error.message if entry.error else ""
    return canonical_json([entry.output, failed])


def _succeeded(entry: Entry) -> bool:
    if isinstance(entry, RecordedCall):
        return entry.status is not None and entry.status < 400
    return entry.error is None and entry.has_output


def _same_answer(a: Entry, b: Entry) -> bool:
    if isinstance(a, RecordedCall) or isinstance(b, RecordedCall):
        return False
    return a.error is None and same_outcome(a.output, b.output)


def _around(recording: RunRecording, hop_ids: set[str]) -> set[str]:
    parents = {e.hop_id: e.parent_id for e in recording.entries}
    around: set[str] = set()
    for hop_id in hop_ids:
        above = parents.get(hop_id)
        while above is not None and above not in around:
            around.add(above)
            above = parents.get(above)
    return around

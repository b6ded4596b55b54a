"""Signals of a transcript: agents that talk, hand work over, run code and look at pages in turns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from misstep_diagnosis.agents import words as w
from misstep_diagnosis.agents.outcome import Outcome, Said, outcome_of
from misstep_diagnosis.agents.reading import ENDS, Conversation, Read, Turn, read_turns

_VERIFIER = re.compile(r"verif|valid|check|review|critic", re.I)
_PAGE = re.compile(r"\[([^\]\n]{0,300})\]\((https?://[^\s)]*)\)")
_SEARCH_PAGE = re.compile(r"- Search\b|/search\?", re.I)
_LOOKED_AT = 6
"""Turns before one that it is compared with for repetition."""


@dataclass
class _Past:
    """What happened before a turn."""

    known: set[str]
    acted: set[str] = field(default_factory=set)
    bodies: list[set[str]] = field(default_factory=list)
    opened: bool = False
    coded: bool = False


def turn_signals(question: str, turns: Sequence[Turn]) -> list[dict[str, float]]:
    """Signals of every turn, by name.

    Args:
        question: the task the agents were given.
        turns: the transcript in order.
    """
    run = read_turns(question, turns)
    outcome = outcome_of(question, [_said(r) for r in run.reads])
    past = _Past(known=w.facts(question))
    made = []
    for read in run.reads:
        signals = _kind(read, past)
        signals |= _claims(read, past)
        signals |= _code(read, run, past)
        signals |= _page(read, past)
        signals |= _team(read, run)
        signals |= _of_outcome(read, outcome)
        made.append({k: float(v) for k, v in signals.items() if v})
        _remember(read, past)
    return made


def _said(read: Read) -> Said:
    works = read.body or read.ledger or read.plan
    return Said(read.text, works, read.environment, read.has_code, read.closing)


def _kind(read: Read, past: _Past) -> dict[str, float]:
    return {
        "request": read.human,
        "ledger": read.ledger,
        "dispatch": read.dispatch,
        "departs": read.departs,
        "verifies": read.body and bool(_VERIFIER.search(read.agent)),
        "first_by_agent": read.body and read.agent not in past.acted,
        "terminates": read.body and bool(ENDS.search(read.speech)),
        "repeats": max((w.share_in(read.words, b) for b in past.bodies[-_LOOKED_AT:]), default=0.0)
        if read.body
        else 0.0,
    }


def _claims(read: Read, past: _Past) -> dict[str, float]:
    """What the agent says in its own words."""
    if read.opening:
        return {"assumes": w.times(w.ASSUMES, read.own, 3)}
    if not read.body:
        return {}
    text, new = read.speech, math.log1p(len(read.claims - past.known)) / 3
    return {
        "assumes": w.times(w.ASSUMES, text, 3),
        "answers": w.times(w.ANSWERS, text, 3),
        "claims_looked": not read.has_code and bool(w.CLAIMS_LOOKED.search(text)),
        "new_facts": 0.0 if read.has_code else new,
        "new_facts_in_code": new if read.has_code else 0.0,
        "long": math.log1p(len(text)) / 10,
    }


def _code(read: Read, run: Conversation, past: _Past) -> dict[str, float]:
    if not read.has_code:
        return {}
    if read.opening:
        return {"opening_code": True}
    if not read.body:
        return {}
    reply = run.reply_to(read)
    fails = reply is not None and bool(w.FAILED.search(reply))
    return {
        "code": True,
        "first_code_lost": fails and not past.coded and not run.accepted,
    }


def _page(read: Read, past: _Past) -> dict[str, float]:
    page = _opened(read)
    return {"first_page": page is not None and not past.opened}


def _opened(read: Read) -> str | None:
    """Title and address of the page a turn shows; None for none, and for a list of search results."""
    found = _PAGE.search(read.text[:3000]) if read.shows else None
    if found is None:
        return None
    page = f"{found.group(1)} {found.group(2)}"
    return None if _SEARCH_PAGE.search(page) else page


def _team(read: Read, run: Conversation) -> dict[str, float]:
    """A coordinator and its workers: where an answer was accepted it is the coordinator's doing,
    where none was ever found a worker came back without it."""
    if read.coordinates:
        return {
            "coordinator_accepted": run.accepted and not read.hands_over,
            "coordinator_code": read.has_code,
        }
    if not (run.led and read.body):
        return {}
    before, after = run.instruction_before(read), run.instruction_after(read)
    turned = before is not None and after is not None and before.turn.role != after.turn.role
    return {
        "worker_accepted": run.accepted,
        "worker_lost": not run.accepted,
        "shows_lost": not run.accepted and read.shows,
        "tells_lost": not run.accepted and not read.shows,
        "other_worker_next": turned,
    }


def _of_outcome(read: Read, outcome: Outcome) -> dict[str, float]:
    return {
        "outcome_born": outcome.born[read.index],
        "outcome_known": outcome.before[read.index],
    }


def _remember(read: Read, past: _Past) -> None:
    past.known |= read.facts
    past.opened = past.opened or _opened(read) is not None
    if read.body:
        past.acted.add(read.agent)
        past.bodies.append(read.words)
        past.coded = past.coded or read.has_code

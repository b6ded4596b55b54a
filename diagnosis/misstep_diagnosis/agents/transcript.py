"""Signals of a transcript: agents that talk, hand work over, run code and look at pages in turns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from misstep_diagnosis.agents import words as w

_ENVIRONMENT = re.compile(r"terminal|executor|environment|user_proxy|interpreter", re.I)
_BROWSER = re.compile(r"surf|brows|navigat", re.I)
_VERIFIER = re.compile(r"verif|valid|check|review|critic", re.I)
_NO_CODE = re.compile(r"no code", re.I)
_OUTPUT = re.compile(r"(?:code )?output:", re.I)
_PAGE = re.compile(r"\[([^\]\n]{0,300})\]\((https?://[^\s)]*)\)")
_SEARCH_PAGE = re.compile(r"- Search\b|/search\?", re.I)
_ADVERT = re.compile(r"google_vignette|gclid|utm_medium|doubleclick|msclkid|aclick", re.I)
_PAGE_TROUBLE = re.compile(r"error|not found|404|403|denied|captcha|unable|timeout|blocked", re.I)
_LEDGER = re.compile(r'"is_[a-z_]+"\s*:\s*\{')
_HANDOVER_NOTE = re.compile(r"^\s*next speaker\b|^\s*(?:terminate|request satisfied)\W*$", re.I)
_FINAL = re.compile(r"final answer:?\s*(.*)", re.I)
_BOXED = re.compile(r"\*\*([^*\n]{1,60})\*\*|\\boxed\{([^}]*)\}")
_DEBUGGING = re.compile(r"debug|error|fix|script|code", re.I)
_EMPTY_OUTPUTS = ("", "[]", "{}", "None", "null")


@dataclass(slots=True)
class Turn:
    """One message. ``role`` is what the log calls it, e.g. ``Orchestrator (-> WebSurfer)``."""

    speaker: str
    role: str
    text: str


@dataclass
class _Read:
    """A turn with what all signals need of it."""

    turn: Turn
    index: int
    question: str

    @cached_property
    def text(self) -> str:
        return self.turn.text or ""

    @cached_property
    def agent(self) -> str:
        return re.sub(r"\s*\(.*", "", self.turn.speaker or self.turn.role)

    @cached_property
    def environment(self) -> bool:
        return bool(_ENVIRONMENT.search(self.turn.speaker or self.turn.role))

    @cached_property
    def human(self) -> bool:
        return "human" in self.turn.role.lower()

    @cached_property
    def thought(self) -> bool:
        return "thought" in self.turn.role.lower()

    @cached_property
    def dispatch(self) -> bool:
        return "->" in self.turn.role

    @cached_property
    def closing(self) -> bool:
        return "termination" in self.turn.role.lower()

    @cached_property
    def note(self) -> bool:
        return bool(_HANDOVER_NOTE.search(self.text[:200])) and len(self.text) < 200

    @cached_property
    def ledger(self) -> bool:
        return bool(_LEDGER.search(self.text[:2000]))

    @cached_property
    def plan(self) -> bool:
        opening = self.text[:3000].lower()
        return (
            not self.opening
            and self.thought
            and not self.ledger
            and (opening.startswith("initial plan") or "fact sheet" in opening)
        )

    @cached_property
    def opening(self) -> bool:
        """The first turn, where it hands the task over with a plan of its own."""
        return (
            self.index == 0
            and not self.human
            and w.share_in(w.words(self.question), set(w.words(self.text))) > 0.8
        )

    @cached_property
    def own(self) -> str:
        """What the turn says beyond the task it was given (of an opening: what follows the plan)."""
        if not self.opening:
            return self.text
        parts = re.split(r"(?m)^##+ ", self.text)
        kept = [p for p in parts[1:] if re.match(r"result|previous|reason|error|update", p, re.I)]
        return "\n".join(kept)

    @cached_property
    def body(self) -> bool:
        """A turn in which an agent works: no request, plan, ledger, note or environment."""
        return not (
            self.environment
            or self.human
            or self.opening
            or self.note
            or self.closing
            or self.ledger
            or self.plan
        )

    @cached_property
    def browser(self) -> bool:
        return (
            bool(_BROWSER.search(self.agent))
            and not self.thought
            and not self.dispatch
            and not self.closing
        )

    @cached_property
    def has_code(self) -> bool:
        return "```" in self.text

    @cached_property
    def facts(self) -> set[str]:
        return w.facts(self.text)

    @cached_property
    def words(self) -> set[str]:
        return set(w.words(self.text))

    @cached_property
    def page(self) -> tuple[str, str] | None:
        found = _PAGE.search(self.text[:3000])
        return (found.group(1), found.group(2)) if found else None


@dataclass
class _Past:
    """What happened before a turn."""

    known: set[str]
    acted: set[str] = field(default_factory=set)
    bodies: list[set[str]] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)
    coded: bool = False
    answered: set[str] = field(default_factory=set)


def turn_signals(question: str, turns: Sequence[Turn]) -> list[dict[str, float]]:
    """Signals of every turn, by name.

    Args:
        question: the task the agents were given.
        turns: the transcript in order.
    """
    reads = [_Read(t, i, question) for i, t in enumerate(turns)]
    answer = _final_facts(reads) - w.facts(question)
    first_seen: dict[str, int] = {}
    for read in reads:
        for fact in read.facts:
            first_seen.setdefault(fact, read.index)
    past = _Past(known=w.facts(question))
    made = []
    for read in reads:
        after = reads[read.index + 1 :]
        signals = _kind(read)
        signals |= _opening(read)
        signals |= _claims(read, past, answer)
        signals |= _code(read, after, past)
        signals |= _flow(read, reads, first_seen)
        signals |= _page(read, past)
        signals |= _next_says(read, after)
        made.append({k: float(v) for k, v in signals.items() if v})
        _remember(read, past, answer)
    return made


def _final_facts(reads: Sequence[_Read]) -> set[str]:
    """Facts of the final answer, where the transcript states one."""
    for read in reversed(reads):
        found = _FINAL.search(read.text)
        if found and (facts := w.facts(found.group(1))):
            return facts
    for read in reversed(reads):
        boxed = _BOXED.findall(read.text)
        if boxed:
            return {f for pair in boxed for f in w.facts(" ".join(pair))}
    return set()


def _kind(read: _Read) -> dict[str, float]:
    ledger_says = read.text if read.ledger else ""
    return {
        "body": read.body,
        "opening": read.opening,
        "environment": read.environment,
        "request": read.human,
        "note": read.note,
        "closing": read.closing,
        "ledger": read.ledger,
        "ledger_satisfied": _answer(ledger_says, "is_request_satisfied") is True,
        "plan": read.plan,
        "thinks": read.thought and not (read.ledger or read.note or read.plan),
        "dispatch": read.dispatch,
        "browses": read.browser,
        "verifies": read.body and bool(_VERIFIER.search(read.agent)),
        "long": math.log1p(len(read.text)) / 10 if read.body else 0.0,
    }


def _answer(text: str, key: str) -> bool | None:
    found = re.search(rf'"{key}":\s*\{{[^}}]*?"answer":\s*(true|false)', text, re.S)
    return found.group(1) == "true" if found else None


def _opening(read: _Read) -> dict[str, float]:
    if not read.opening:
        return {}
    start = read.text.find("## Task description")
    told = read.text[start : read.text.find("## Plan", start)] if start >= 0 else read.text
    return {
        "opening_code": read.has_code,
        "opening_drifts": 1 - w.share_in(w.words(read.question), set(w.words(told))),
        "opening_debugs": bool(_DEBUGGING.search(told)),
        "assumes": w.times(w.ASSUMES, read.own, 3),
    }


def _claims(read: _Read, past: _Past, answer: set[str]) -> dict[str, float]:
    if not read.body:
        return {}
    text, new = read.text, read.facts - past.known
    return {
        "first_by_agent": read.agent not in past.acted,
        "assumes": w.times(w.ASSUMES, text, 3),
        "invents": bool(w.INVENTS.search(text)),
        "confirms_without_code": 0.0 if read.has_code else w.times(w.CONFIRMS, text, 4),
        "asks": bool(w.ASKS.search(text)),
        "answers": w.times(w.ANSWERS, text, 3),
        "new_facts": 0.0 if read.has_code else math.log1p(len(new)) / 3,
        "new_facts_in_code": math.log1p(len(new)) / 3 if read.has_code else 0.0,
        "ungrounded": 0.0 if read.has_code else len(new) / max(1, len(read.facts)),
        "answer_first": bool(answer & new) and not answer & past.answered,
        "terminates": "TERMINATE" in text,
        "computes": bool(w.COMPUTES.search(text)),
        "placeholder": bool(w.PLACEHOLDER.search(text)),
        "repeats": max((w.share_in(read.words, b) for b in past.bodies[-6:]), default=0.0),
    }


def _code(read: _Read, after: Sequence[_Read], past: _Past) -> dict[str, float]:
    reply = after[0].text if after and after[0].environment else None
    signals: dict[str, float] = {
        "no_code_to_run": read.body and reply is not None and bool(_NO_CODE.search(reply))
    }
    if not read.body or not read.has_code:
        return signals
    failed = reply is not None and bool(w.FAILED.search(reply))
    shown = _OUTPUT.split(reply)[-1].strip() if reply is not None else None
    return signals | {
        "code": True,
        "code_fails": failed,
        "first_code_fails": failed and not past.coded,
        "code_shows_nothing": not failed and shown is not None and shown[:4] in _EMPTY_OUTPUTS,
        "file_assumed": any(f not in read.question for f in w.FILES.findall(read.text)),
    }


def _flow(read: _Read, reads: Sequence[_Read], first_seen: dict[str, int]) -> dict[str, float]:
    """Where its facts came from, and whether what it introduced was used later."""
    if not read.body and not read.opening:
        return {}
    given = reads[0].facts if read.index else w.facts(read.question)
    facts = read.facts - given
    introduced = {f for f in facts if first_seen[f] == read.index}
    later = [r for r in reads[read.index + 1 :] if r.body or r.ledger]
    used = [bool(introduced & r.facts) for r in later]
    earlier = [first_seen[f] for f in facts if first_seen[f] < read.index]
    sources = [
        reads[i].environment or reads[i].browser or reads[i].human or i == 0 for i in earlier
    ]
    grounded = sum(sources) / max(1, len(facts))
    before = reads[read.index - 1] if read.index else None
    reads_result = read.body and before is not None and before.environment and not read.has_code
    return {
        "used_later": sum(used) / len(used) if used else 0.0,
        "carried": (len(sources) - sum(sources)) / max(1, len(facts)) if read.body else 0.0,
        "grounded": grounded if read.body else 0.0,
        "misreads": (1 - grounded) if reads_result and facts else 0.0,
    }


def _page(read: _Read, past: _Past) -> dict[str, float]:
    if not read.browser:
        return {}
    signals: dict[str, float] = {
        "page_trouble": bool(_PAGE_TROUBLE.search(read.text[:1500])),
        "clicked": read.text.startswith("I clicked"),
    }
    if read.page is None:
        return signals
    title, url = read.page
    searching = bool(_SEARCH_PAGE.search(title + " " + url))
    left_search = any(not _SEARCH_PAGE.search(" ".join(p)) for p in past.pages)
    asked = set(w.words(read.question))
    return signals | {
        "search_page": searching,
        "first_page": not searching and not left_search,
        "same_page": bool(past.pages) and past.pages[-1] == read.page,
        "irrelevant_page": 1 - w.share_in(asked, read.words),
        "advert": bool(_ADVERT.search(url + read.text[:600])),
    }


def _next_says(read: _Read, after: Sequence[_Read]) -> dict[str, float]:
    """What the turns after it think of it."""
    signals: dict[str, float] = {}
    ledger = next((r.text for r in after[:2] if r.ledger), "")
    if ledger and not read.thought and not read.dispatch:
        signals["no_progress"] = _answer(ledger, "is_progress_being_made") is False
        signals["in_loop"] = _answer(ledger, "is_in_loop") is True
    following = next((r.text for r in after if r.body), "")
    signals["corrected"] = read.body and bool(w.CORRECTS.search(following))
    if read.dispatch:
        asked = w.facts(read.question)
        signals["constraints_missing"] = (
            sum(f not in read.text for f in asked) / len(asked) if asked else 0.0
        )
    return signals


def _remember(read: _Read, past: _Past, answer: set[str]) -> None:
    past.known |= read.facts
    past.answered |= answer & read.facts if read.body else set()
    if read.body:
        past.acted.add(read.agent)
        past.bodies.append(read.words)
        past.coded = past.coded or read.has_code
    if read.page is not None:
        past.pages.append(read.page)

"""A turn of a transcript with what all signals need of it: who speaks, in what part, in what words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from misstep_diagnosis.agents import words as w

_ENVIRONMENT = re.compile(r"terminal|executor|environment|user_proxy|interpreter", re.I)
_SHOWS = re.compile(
    r"^Here is a screenshot of"
    r"|^Address: .*\n(?:Title: .*\n)?(?:You previously visited.*\n)?Viewport position",
    re.M,
)
_LEDGER = re.compile(r'"is_[a-z_]+"\s*:\s*\{')
_SATISFIED = re.compile(r'"is_request_satisfied":\s*\{[^}]*?"answer":\s*true', re.S)
_NEXT = re.compile(r"\A\s*next speaker\b", re.I)
_NOTE = re.compile(
    r"\A\s*next speaker\b|\A\s*stalled\b|\A\W*(?:terminate|request satisfied)\W*(?:\n|\Z)", re.I
)
_ACCEPTS = re.compile(r"\A\s*request satisfied\b", re.I)
ENDS = re.compile(r"\bTERMINATE\b")
_HEAD = 3000
_END_OF_RUN = 4
"""Turns at the end in which a run says that it is done."""


@dataclass(slots=True)
class Turn:
    """One message. ``role`` is what the log calls it, e.g. ``Orchestrator (-> WebSurfer)``."""

    speaker: str
    role: str
    text: str


@dataclass
class Read:
    """A turn, read once; every property is a fact about it alone."""

    turn: Turn
    index: int
    question: str
    first: bool
    """Whether nobody but the asking human spoke before."""

    @cached_property
    def text(self) -> str:
        """What was said, "" for nothing."""
        return self.turn.text or ""

    @cached_property
    def agent(self) -> str:
        """Who speaks, without what the log says beside the name."""
        return re.sub(r"\s*\(.*", "", self.turn.speaker or self.turn.role)

    @cached_property
    def environment(self) -> bool:
        """A terminal or interpreter that reports what code did."""
        return bool(_ENVIRONMENT.search(self.agent))

    @cached_property
    def human(self) -> bool:
        """The request itself."""
        return "human" in self.turn.role.lower()

    @cached_property
    def thought(self) -> bool:
        """A coordinator's thought, spoken to nobody."""
        return "thought" in self.turn.role.lower()

    @cached_property
    def dispatch(self) -> bool:
        """An instruction that a coordinator gives one worker."""
        return "->" in self.turn.role

    @cached_property
    def closing(self) -> bool:
        """The harness's last word."""
        return "termination" in self.turn.role.lower()

    @cached_property
    def hands_over(self) -> bool:
        """A note that only says who is next."""
        return bool(_NEXT.search(self.text[:200]))

    @cached_property
    def note(self) -> bool:
        """A turn that says nothing of its own: who is next, that it ends, that it stalled."""
        return bool(_NOTE.search(self.text[:200]))

    @cached_property
    def ledger(self) -> bool:
        """A coordinator's account of how far the request is."""
        return bool(_LEDGER.search(self.text[:2000]))

    @cached_property
    def opening(self) -> bool:
        """The first turn, where it hands the task over with a plan of its own."""
        return self._first_of_agents and self._repeats_question

    @cached_property
    def departs(self) -> bool:
        """A first turn by an agent that states another task than the question."""
        return self._first_of_agents and not self._repeats_question

    @cached_property
    def _first_of_agents(self) -> bool:
        return self.first and not self.human and not self.thought and bool(self.text)

    @cached_property
    def _repeats_question(self) -> bool:
        return w.share_in(w.words(self.question), set(w.words(self.text))) > 0.8

    @cached_property
    def plan(self) -> bool:
        """A coordinator's plan."""
        start = self.text[:_HEAD].lower()
        planned = start.startswith("initial plan") or "fact sheet" in start
        return self.thought and not self.opening and not self.ledger and planned

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
    def coordinates(self) -> bool:
        """A coordinator's own step: a plan, an account, an instruction, a decision."""
        return (self.thought or self.dispatch) and not self.closing

    @cached_property
    def shows(self) -> bool:
        """A turn that shows a page or file somebody looked at: not the agent's own claims."""
        return not self.environment and bool(_SHOWS.search(self.text[:1500]))

    @cached_property
    def speech(self) -> str:
        """The agent's own words; "" where the turn shows a page or file."""
        return "" if self.shows else self.text

    @cached_property
    def own(self) -> str:
        """What the turn says beyond the task it was given (of an opening: what follows the plan)."""
        if not self.opening:
            return self.text
        parts = re.split(r"(?m)^##+ ", self.text)
        kept = [p for p in parts[1:] if re.match(r"result|previous|reason|error|update", p, re.I)]
        return "\n".join(kept)

    @cached_property
    def has_code(self) -> bool:
        """Whether a block of code is in it."""
        return bool(w.CODE.search(self.text))

    @cached_property
    def claims(self) -> set[str]:
        """Numbers and names in the agent's own words."""
        return w.facts(self.speech)

    @cached_property
    def facts(self) -> set[str]:
        """Numbers and names in the whole turn."""
        return w.facts(self.text)

    @cached_property
    def words(self) -> set[str]:
        """Words that carry meaning."""
        return set(w.words(self.text))


@dataclass(frozen=True)
class Conversation:
    """All turns of a run, read. ``accepted``: who led it took an answer for good."""

    question: str
    reads: Sequence[Read]

    @cached_property
    def accepted(self) -> bool:
        """Whether the run ended with an answer that its agents accepted, right or wrong."""
        for read in self.reads[-_END_OF_RUN:]:
            start = read.text[:_HEAD]
            if ENDS.search(start) or _ACCEPTS.search(start) or _SATISFIED.search(start):
                return True
        return False

    @cached_property
    def led(self) -> bool:
        """Whether a coordinator gives instructions to workers."""
        return any(r.dispatch for r in self.reads)

    def reply_to(self, read: Read) -> str | None:
        """What a terminal answered to a turn, None where none did."""
        after = self.reads[read.index + 1 : read.index + 2]
        return after[0].text if after and after[0].environment else None

    def instruction_before(self, read: Read) -> Read | None:
        """The instruction a worker's turn answers."""
        return next((r for r in reversed(self.reads[: read.index]) if r.dispatch), None)

    def instruction_after(self, read: Read) -> Read | None:
        """The next instruction after a turn."""
        return next((r for r in self.reads[read.index + 1 :] if r.dispatch), None)


def read_turns(question: str, turns: Sequence[Turn]) -> Conversation:
    """The turns of a transcript, read in order."""
    reads: list[Read] = []
    for i, turn in enumerate(turns):
        first = all(r.human for r in reads) if len(reads) < 2 else False
        reads.append(Read(turn, i, question, first))
    return Conversation(question, reads)

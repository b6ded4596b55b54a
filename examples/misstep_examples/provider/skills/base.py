"""A skill, the moment it is used in, and the choice among skills."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from misstep_examples.provider.exchange import Answer, Ask
from misstep_examples.provider.faults import FaultBoard

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """One use of a skill: what is asked, and which faults are on."""

    ask: Ask
    board: FaultBoard

    @property
    def text(self) -> str:
        """What was last said to the model."""
        return self.ask.text

    def data(self) -> Any:
        """The JSON object in the request."""
        return self.ask.data()

    def errs(self, fault: str, *, prone: bool = False) -> bool:
        """Whether the model makes this mistake now: by its nature, or because it is switched on."""
        return prone or self.board.strikes(fault, self.ask.everything)

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        """One of several wordings, the same for the same request."""
        return self.ask.pick(purpose, options)


Reply = str | dict[str, Any] | Answer


@dataclass(frozen=True, slots=True)
class Skill:
    """One task, recognised by ``phrase`` in the instruction; ``faults`` are its mistakes."""

    phrase: str
    answer: Callable[[Moment], Reply]
    faults: tuple[str, ...] = ()


class Skills:
    """A set of skills and what to say where none fits."""

    def __init__(self, skills: Iterable[Skill], *, fallback: Callable[[Moment], Reply]) -> None:
        self._skills = tuple(skills)
        self._fallback = fallback

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of all mistakes the skills can be made to make."""
        return tuple(name for skill in self._skills for name in skill.faults)

    def answer(self, ask: Ask, board: FaultBoard) -> Answer:
        """The answer of the first skill whose phrase the instruction holds."""
        told = " ".join(ask.system.lower().split())
        found = next((s.answer for s in self._skills if s.phrase in told), self._fallback)
        reply = found(Moment(ask, board))
        if isinstance(reply, Answer):
            return reply
        return Answer(reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False))

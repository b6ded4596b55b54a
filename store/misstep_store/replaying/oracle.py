"""What makes an outcome good: what the user said, else what the recordings say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from misstep.errors import UsageError
from misstep.model import ErrorInfo, Finding, Json, RunDetail, TrialOutcome
from misstep.payload import canonical_json
from misstep.replay.job import Result
from misstep_store.replaying.compare import same_input, same_outcome

Kind = Literal["expect", "check", "good_run", "no_error", "mark"]
_UNREACHED = re.compile(r"(?i)(?<!\w)(?=\w*$)\w*?(?:connect|timeout|network|proxy)")
"""In the last word."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """Judges outcomes. ``text``: what must (``expect``) or must not (``mark``) be in it;
    ``outcome``: the good run's; ``failure``: the error the run itself ended with."""

    kind: Kind
    text: str = ""
    check: str | None = None
    outcome: Json = None
    failure: ErrorInfo | None = None

    @property
    def told(self) -> str:
        """What a good outcome does, to complete "a good outcome is one that …"."""
        return {
            "expect": f"contains {self.text!r}",
            "check": f"passes {self.check}",
            "good_run": "agrees with the good run's",
            "no_error": "comes without an error and keeps its contract",
            "mark": f"no longer contains {self.text!r}",
        }[self.kind]

    def judge(self, result: Result, findings: Sequence[Finding]) -> tuple[TrialOutcome, str]:
        """``good``, ``bad`` or ``undefined``, and why."""
        if result.divergence is not None:
            return "undefined", result.divergence.message
        if result.unrestorable is not None:
            return "undefined", result.unrestorable
        if result.error is not None:
            return self._error(result)
        if not result.returned:
            return "undefined", "the execution ended without an outcome"
        strict = [f.message for f in findings if f.strict]
        if strict:
            return "bad", f"a contract of the outcome is broken: {strict[0]}"
        return self._outcome(result)

    def _error(self, result: Result) -> tuple[TrialOutcome, str]:
        error = result.error
        assert error is not None
        kind = error.type.rpartition(".")[2]
        away = unreached(result, self.failure)
        if away is not None:
            return "undefined", away
        known = self.failure is not None and self.failure.type == error.type
        if result.effects_unanswered and not known:
            names = ", ".join(dict.fromkeys(result.effects_unanswered))
            return "undefined", (
                f"{kind}: {error.message}, perhaps for want of an answer of {names}: name a good run "
                "that has one with --good"
            )
        return "bad", f"{kind}: {error.message}"

    def _outcome(self, result: Result) -> tuple[TrialOutcome, str]:
        if self.kind == "check":
            if result.checked is None:
                return "undefined", result.check_note or "the check was not asked"
            return ("good" if result.checked else "bad"), result.check_note or ""
        if self.kind == "good_run":
            return ("good" if same_outcome(result.outcome, self.outcome) else "bad"), ""
        if self.kind == "expect":
            return ("good" if contains(result.outcome, self.text) else "bad"), ""
        if self.kind == "mark":
            return ("bad" if contains(result.outcome, self.text) else "good"), ""
        return "good", ""


def unreached(result: Result, before: ErrorInfo | None) -> str | None:
    """That a live hop's other end could not be reached, where it did not fail like that before."""
    error = result.error
    if error is None or (before is not None and before.type == error.type):
        return None
    kind = error.type.rpartition(".")[2]
    if not _UNREACHED.search(kind):
        return None
    at = f" at {result.live_hops[-1]}" if result.live_hops else ""
    return f"what runs live could not be reached{at} ({kind}: {error.message}); is the provider up?"


def contains(outcome: Json, text: str) -> bool:
    """Whether an outcome holds the text: in itself, its canonical JSON, or one of its strings."""
    if isinstance(outcome, str):
        return text in outcome
    return text in canonical_json(outcome) or any(text in s for s in _strings(outcome))


def _strings(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for v in value.values() for s in _strings(v)]
    if isinstance(value, list):
        return [s for v in value for s in _strings(v)]
    return [] if value is None else [str(value)]


def choose(
    run: RunDetail, good: RunDetail | None, *, expect: str | None, check: str | None, named: bool
) -> Oracle:
    """The oracle for a run: the user's word, the good run's outcome, else what speaks of itself.

    Args:
        named: the good run was named by the user, so that it counts also for another input.

    Raises:
        UsageError: when nothing says what a good outcome is.
    """
    failure = run.error
    if expect is not None:
        return Oracle("expect", text=expect, failure=failure)
    if check is not None:
        if ":" not in check:
            raise UsageError(f"--check wants module:function, got {check!r}")
        return Oracle("check", check=check, failure=failure)
    if good is not None and (named or same_input(run.input, good.input)):
        return Oracle("good_run", outcome=good.output, failure=failure)
    if run.status == "error" or any(f.strict for f in run.findings):
        return Oracle("no_error", failure=failure)
    if run.verdict.state == "bad" and run.verdict.text:
        return Oracle("mark", text=run.verdict.text, failure=failure)
    raise UsageError(
        "nothing says what a good outcome of this run is: name a good run with --good RUN_B, the "
        "text it must hold with --expect TEXT, or a function with --check module:function"
    )

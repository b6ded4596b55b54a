"""The run itself, of long traces: what it was given and gave, read from as few spans as will do.

A short trace is mapped whole when its run is first shown. A long one is not: its root says most, and
where that does not tell what went in and came out, the hops that do are read, and only those.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep.model import ErrorInfo, Run, Verdict
from misstep_store.conventions.between import calling
from misstep_store.conventions.between import runs as whole
from misstep_store.conventions.between.hops import iso
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.readers.misstep_own import recorded_values
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.shapes import quick
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import (
    CALL,
    HOP,
    KIND_OF,
    NONE,
    TOOL,
    Facts,
    Scores,
    SpanColumns,
)
from misstep_store.headers.columns.tables import to_json


class Bodies:
    """Makes bodies of runs from what was read of their spans.

    Args:
        odd: spans of each trace that were read one by one, by start.
        judged: the scores in each trace, as ``odd``.
    """

    def __init__(
        self,
        spans: SpanColumns,
        facts: Facts,
        forest: Forest,
        odd: dict[int, list[Draft]],
        judged: dict[int, list[Scores]],
    ) -> None:
        self._spans, self._facts, self._forest = spans, facts, forest
        self._odd, self._judged = odd, judged
        self._silent: set[int] = set()
        self._told: dict[int, dict[int, Draft]] = {}

    def body(
        self,
        told: dict[str, Any],
        lead: int,
        hops: list[int],
        *,
        error: ErrorInfo | None,
        alone: bool,
        models: list[str],
        unpriced: int,
        spans: int,
    ) -> str:
        """The JSON of a run.

        Args:
            told: its facts, as :data:`tables.FACTS` names them.
            lead: the span that speaks for it.
            hops: its hops by index.
            alone: whether the lead is the only root.
            models: of its hops, in the order of the hops.
        """
        forest = self._forest
        trace = int(forest.trace[lead])
        is_root = int(forest.root[trace]) == lead
        draft = self._draft(lead)
        is_own_hop = draft.convention == OWN and int(self._facts.role[lead]) == HOP
        is_hop = not is_root and (is_own_hop or lead in forest.speaking)
        given, gave = self._payloads(
            draft,
            hops,
            own=is_root or (is_hop and alone),
            failed=is_root and error is not None,
        )
        a = {**self._spans.resource(lead).attributes, **self._spans.attributes[lead]}
        odd = self._odd.get(trace, [])
        run = quick(
            Run,
            {
                **{name: told[name] for name in _SAME[:5]},
                "started_at": iso(told["start_unix_nano"]),
                "duration_ms": told["duration_ms"],
                "hop_count": len(hops),
                "status": told["status"],
                "complete": told["complete"],
                "verdict": Verdict(),
                "origin": None,
                "origins": [],
                "session_id": told["session_id"],
                "user_id": told["user_id"],
                "tags": told["tags"],
                "models": models,
                "input": given,
                "output": gave,
                "input_tokens": told["input_tokens"],
                "output_tokens": told["output_tokens"],
                "unpriced_tokens": unpriced,
                "cost_usd": told["cost_usd"],
                "error": error,
                "findings": list(draft.findings) if is_root else [],
                "scores": [
                    s for j in self._judged.get(trace, ()) for s in (*j.scores, *j.run_scores)
                ],
                "states": whole.states(odd, draft if is_root else None, told["start_unix_nano"]),
                "convention": draft.convention,
                "span_count": spans,
                "root_id": self._spans.span_id[lead] if is_root else None,
                "recorded": recorded_values(draft.span) if is_root else [],
                "diagnosis_verdict": None,
                **whole.told_by(a),
            },
        )
        run.verdict = whole.verdict(odd, run.run_id, status=run.status, findings=run.findings)
        return to_json(run.model_dump(mode="python"))

    def _draft(self, place: int) -> Draft:
        return self._forest.twice.draft(place, self._spans, self._facts)

    def _payloads(
        self, lead: Draft, hops: list[int], *, own: bool, failed: bool
    ) -> tuple[object, object]:
        """As :mod:`between.runs` chooses them."""
        own = own or len(hops) == 1
        given, gave = (lead.input, lead.output) if own else (None, None)
        if given in whole.NOTHING and not lead.recording:
            told = (
                (self._given(p), self._is(_EMBEDDING, p)) for p in hops if not self._is_within(p)
            )
            given = whole.question(told, given)
        if not (own and (lead.has_output or lead.recording)) and not (failed or lead.error):
            gave = self._last_output(hops)
        return given, gave

    def _is_within(self, place: int) -> bool:
        """Whether it is a tool inside of a step: what that was given is not the run's."""
        return bool(self._facts.kind[place] == TOOL and self._forest.above[place] != NONE)

    def _is(self, kind: int, place: int) -> bool:
        """Whether a hop is of a kind, or a step that is a call of that."""
        call = int(self._forest.call[place])
        return bool(self._facts.kind[place if call == NONE else call] == kind)

    def _given(self, place: int) -> object:
        return self._said(place)[0]

    def _gave(self, place: int) -> object:
        return self._said(place)[1]

    def _said(self, place: int) -> tuple[object, object]:
        """What a hop was given and gave; hops without either are read once."""
        if place in self._silent or self._is_mute(place):
            return None, None
        step = self._draft(place)
        unsaid = (calling.is_unsaid(step) and step.messages_in) or calling.wants_tools(step)
        later = calling.is_told_later(step) or calling.lacks_result(step) or calling.is_glued(step)
        if unsaid or calling.is_silent(step) or later:
            # One around calls of its own is none of them, whatever its span says of itself.
            step = self._told_by_calls(int(self._forest.trace[place])).get(place, step)
        call = int(self._forest.call[place])
        given, gave = step.input, step.output
        says = step.has_output or step.error is not None
        may_lead = step.kind == "chain" and bool(step.messages_out)
        if call != NONE and (given is None or not says or may_lead):
            made = self._draft(call)
            given = made.input if given is None else given
            if not says or (may_lead and made.messages_out):  # as :func:`hops.hop` tells it
                gave = made.output
        if given is None and gave is None:
            self._silent.add(place)
        return given, gave

    def _is_mute(self, place: int) -> bool:
        """Whether a hop is one span that says neither, to which no other adds."""
        twice, call = self._forest.twice, int(self._forest.call[place])
        if place not in self._facts.mute or call != NONE or twice.is_told_of(place):
            return False
        above = int(self._forest.parent[place])
        return above == NONE or self._facts.role[above] != CALL

    def _told_by_calls(self, trace: int) -> dict[int, Draft]:
        """Tools and calls of a trace, as other calls tell what they were given and gave."""
        found = self._told.get(trace)
        if found is None:
            forest, facts = self._forest, self._facts
            matter = (facts.kind == TOOL) | (facts.role == CALL)
            places = np.flatnonzero((forest.trace == trace) & matter & ~forest.twice.gone)
            drafts = {p: self._draft(p) for p in places.tolist()}
            ids = {p: d.id for p, d in drafts.items()}
            above = {ids[p]: ids.get(int(forest.parent[p]), "") for p in ids}
            self._hear(trace, drafts)
            calling.ask({d.id: d for d in drafts.values()}, above)
            calls = [d for d in drafts.values() if d.role == "call"]
            calling.shorten(calls)
            calling.answer(calls)
            calling.fill(drafts.values())
            calling.fill_inside({d.id: d for d in drafts.values()}, above)
            found = self._told[trace] = drafts
        return found

    def _hear(self, trace: int, drafts: dict[int, Draft]) -> None:
        """:func:`calling.hear`, of steps around calls that do not say what they answered."""
        forest = self._forest
        unsaid = [p for p, d in drafts.items() if d.messages_in and calling.is_unsaid(d)]
        for step in sorted({int(forest.parent[p]) for p in unsaid} - {NONE}):
            inside = forest.parent == step
            inside &= (forest.trace == trace) & ~forest.twice.gone
            below = np.flatnonzero(inside).tolist()
            near = [drafts.get(p) or self._draft(p) for p in sorted(below, key=self._began)]
            calling.hear((self._draft(step), *near), [d for d in near if d.role == "call"])

    def _began(self, place: int) -> tuple[int, str]:
        return int(self._forest.start[place]), self._spans.span_id[place]

    def _last_output(self, hops: list[int]) -> object:
        """The output of the hop that ended last at the top, or anywhere if none there has one; what
        an evaluator gave only where nothing else gave anything. As :mod:`between.runs` chooses it."""
        forest = self._forest
        begun = int(forest.run_start[forest.trace[hops[0]]]) if hops else 0

        def ended(place: int) -> float:
            start, end = int(forest.start[place]), int(forest.end[place])
            return max(0, start - begun) / 1e6 + max(0, end - start) / 1e6

        kinds, above = self._facts.kind, self._forest.above
        judging = [p for p in hops if kinds[p] == _EVALUATOR]
        others = [p for p in hops if kinds[p] != _EVALUATOR] if judging else hops
        over = {int(above[p]) for p in hops if kinds[p] == _AGENT}  # it had answered before
        after = [p for p in others if kinds[p] != _LLM or p not in over]
        only = [] if self._tops(others) else self._tops(judging)  # of what only evaluates
        for chosen in (only, self._tops(others), after, others, self._tops(judging), judging):
            # Of hops that ended together the first speaks: the sort keeps their order.
            for place in sorted(chosen, key=ended, reverse=True):
                gave = self._gave(place)
                if gave is not None:
                    is_heard = kinds[place] == TOOL and self._is_heard(hops, ended(place), begun)
                    return None if is_heard else gave
        return None

    def _is_heard(self, hops: list[int], end: float, begun: int) -> bool:
        """As :mod:`between.runs` tells it."""
        start = self._forest.start
        return any(
            self._is(_LLM, p)
            and max(0, int(start[p]) - begun) / 1e6 >= end
            and p not in self._facts.errors
            and self._gave(p) is None
            for p in hops
        )

    def _tops(self, hops: list[int]) -> list[int]:
        return [p for p in hops if self._forest.above[p] == NONE]


_AGENT, _LLM, _EVALUATOR, _EMBEDDING = (
    KIND_OF[kind] for kind in ("agent", "llm", "evaluator", "embedding")
)
_SAME = ("run_id", "name", "service", "pipeline", "version")

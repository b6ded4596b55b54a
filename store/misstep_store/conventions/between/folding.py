"""Several spans that are one call: doubled spans, streamed halves, requests, pieces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

from misstep_store.conventions.between import resuming, retold
from misstep_store.conventions.between.absorbing import (
    absorb,
    absorb_beside,
    absorb_step,
    take_failure,
    take_part,
)
from misstep_store.conventions.between.nearest import Line
from misstep_store.conventions.between.partners import (
    SLACK_NANO,
    Partners,
    counted_alike,
    distance_nano,
    end_of,
    overlap_nano,
    stream_pairs,
)
from misstep_store.conventions.between.serving import Tellings, Told
from misstep_store.conventions.between.tries import (
    are_batches_of,
    attempt_of,
    chains,
    request_attempt,
)
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

_TOLD_TWICE = frozenset({"tool", "agent"})
PIECES_DEEP = 4
"""So deep pieces are looked for that stand in pieces, as Mastra's chunks in what inferred them."""


class Folder:
    """Folds what tells of one call into one draft.

    ``doubles`` says {span left out: span that stands for it}; the drafts given are changed: the one
    that stands takes what only the others told.
    """

    def __init__(
        self,
        drafts: Mapping[str, Draft],
        parents: Mapping[str, str],
        depths: Mapping[str, int],
    ) -> None:
        self._drafts = drafts
        self._parents = parents
        self._depths = depths
        self.doubles: dict[str, str] = {}
        self._lifted: dict[str, list[Draft]] = {}
        self._around_bare: dict[str, Draft | None] = {}
        self._by_parent: dict[str | None, Line[Draft]] | None = None

    def fold(self) -> dict[str, str]:
        """Runs all rules; see :attr:`doubles`."""
        drafts = list(self._drafts.values())
        self._same_steps(drafts)
        self._served_beside(drafts)
        self._parts(drafts)
        calls = [d for d in drafts if d.role == "call" and d.echo != "http"]
        if not calls:
            return self.doubles
        for second, first in resuming.halves(self._drafts, self._parents):
            self.doubles[second.id] = first.id
            resuming.join(second, first)
        echoes = [d for d in drafts if d.echo]
        self._nested(calls)
        if len({d.span.scope.name for d in calls}) > 1:
            self._same_answer([d for d in calls if d.id not in self.doubles])
        if len(calls) > 1:
            self._retold(calls)
        self._beside([d for d in echoes if d.echo == "inside"], calls)
        streams = [d for d in echoes if d.echo == "stream" and d.id not in self.doubles]
        for stream, request in stream_pairs(streams, calls):
            if self.standing(request.id) != stream.id:  # one inside the stream is the stream's
                self._drop(stream, request)
        self._requests([d for d in echoes if d.echo == "http"])
        return self.doubles

    def standing(self, span_id: str) -> str:
        """The span that stands for a span, itself when nothing does."""
        passed = []
        while span_id in self.doubles:
            passed.append(span_id)
            span_id = self.doubles[span_id]
        for double in passed:  # so that a chain of doubles is walked once
            self.doubles[double] = span_id
        return span_id

    def parent(self, span_id: str) -> str:
        """The parent of a span that stands, past those left out in favour of what they hold."""
        parent = self._parents[span_id]
        while parent in self._lifted:
            parent = self._parents[parent]
        return self.standing(parent)

    def _drop(self, other: Draft, kept: Draft) -> None:
        self.doubles[other.id] = kept.id
        absorb(kept, other)

    def _drop_beside(self, other: Draft, kept: Draft) -> None:
        self.doubles[other.id] = kept.id
        absorb_beside(kept, other)

    # --- one tool or agent inside another ---------------------------------------------------

    def _same_steps(self, drafts: Sequence[Draft]) -> None:
        """A framework's own span inside an instrumentation's, one of them without content, or both
        of one call of a tool's."""
        for inner in drafts:
            if inner.kind not in _TOLD_TWICE or inner.role != "hop":
                continue
            outer = self._drafts.get(self._parents.get(inner.id, ""))
            if (
                outer is not None
                and (
                    outer.kind == "tool" or self._parents[outer.id]
                )  # an outermost agent is the run
                and (outer.role, outer.kind, outer.name) == ("hop", inner.kind, inner.name)
                and _tell_the_same_step(outer, inner)
                and inner.recording is None
            ):
                outer = self._drafts[self.standing(outer.id)]
                self.doubles[inner.id] = outer.id
                absorb_step(outer, inner)

    def _served_beside(self, drafts: Sequence[Draft]) -> None:
        """A tool of an MCP server as its protocol tells of it, beside the agent's own telling: of
        tools called at once each has its own."""
        told = [
            d
            for d in drafts
            if d.convention == MCP and d.kind == "tool" and is_bare(d) and d.id not in self.doubles
        ]
        if not told:
            return
        tellings = Tellings(
            self._telling(d)
            for d in drafts
            if d.kind == "tool"
            and d.role == "hop"
            and d.convention != MCP
            and d.id not in self.doubles
        )
        for inner in told:
            outer = tellings.of(self._telling(inner))
            if outer is not None:
                self.doubles[inner.id] = outer.id
                absorb_step(outer, inner)
                tellings.stretch(outer, end_of(outer))

    def _telling(self, draft: Draft) -> Told[Draft]:
        parent, span = self._parents.get(draft.id), draft.span
        start, end = span.start_unix_nano, end_of(draft)
        return Told(draft, parent, draft.name, start, end, draft.id, span.kind)

    def _parts(self, drafts: Sequence[Draft]) -> None:
        """Pieces of what a span made, told as spans of their own; those of the run itself stay.

        They may say why a tool failed, and why a stream ended."""
        for part in drafts:
            if part.echo == "part":
                outer = self._made_of(part)
                if outer is None or outer.echo == "part":
                    continue
                if self._parents[outer.id] or outer.role == "call":
                    self.doubles[part.id] = outer.id
                    take_part(outer, part)

    def _made_of(self, part: Draft) -> Draft | None:
        """What a piece, or a piece of a piece, is one of."""
        outer = self._drafts.get(self._parents.get(part.id, ""))
        for _ in range(PIECES_DEEP):
            if outer is None or outer.echo != "part":
                break
            outer = self._drafts.get(self._parents.get(outer.id, ""))
        return outer

    # --- one call inside another ------------------------------------------------------------

    def _enclosing(self, draft: Draft) -> Draft | None:
        """The nearest enclosing draft that is more than a bare span."""
        here = self._parents.get(draft.id, "")
        passed = []
        while here and here not in self._around_bare:
            if self._drafts[here].role != "span":
                break
            passed.append(here)
            here = self._parents.get(here, "")
        known = self._around_bare
        found = known[here] if here in known else self._drafts.get(here)
        for bare in passed:  # so that a chain of bare spans is walked once
            self._around_bare[bare] = found
        return found

    def _nested(self, calls: Sequence[Draft]) -> None:
        within: dict[str, list[Draft]] = defaultdict(list)
        for call in calls:
            outer = self._enclosing(call)
            if outer is not None and outer.role == "call" and not outer.apart:
                within[outer.id].append(call)
        if not within:
            return
        # What only reads a stream's pieces does not keep a call from being the call inside it:
        # MLflow puts LangChain's parser there.
        parents = set(self._parents.values())
        busy = {
            outer.id
            for draft in self._drafts.values()
            if draft.role == "hop"
            and not (draft.echo == "part" and draft.id in self.doubles)
            and (outer := self._enclosing(draft)) is not None
            and (draft.kind != "chain" or draft.id in parents)
        }
        for outer_id in sorted(within, key=self._depths.__getitem__, reverse=True):
            outer = self._drafts[outer_id]
            inner = [t for d in within[outer_id] for t in self._lifted.get(d.id, (d,))]
            if outer_id in busy:
                inner = [d for d in inner if d.echo == "inside"]
            # How a stream ended, told beside its request, is no try of its own.
            asked = [d for d in inner if d.echo != "stream"] or inner
            tries = chains(asked)
            if len(tries) > 1 and are_batches_of(outer, inner):
                outer.role, outer.kind = "hop", "chain"
            if len(tries) != 1 or tries[0].draft.kind != outer.kind:
                continue
            if tries[0].draft.recording is not None:
                self._lift(outer, inner, tries[0].draft)
            else:
                take_failure(outer, tries[0].draft)
                for draft in inner:
                    self._drop(draft, outer)
                if len(asked) > 1 and not outer.attempts:
                    outer.attempts = tries[0].attempts

    def _lift(self, outer: Draft, inner: list[Draft], last: Draft) -> None:
        """misstep's own calls stand for the span around them: what a replay needs is on them."""
        self._lifted[outer.id] = inner
        self._drop(outer, last)
        if last.error is None:
            last.error = outer.error

    # --- side by side -----------------------------------------------------------------------

    def _same_answer(self, calls: Sequence[Draft]) -> None:
        """Different libraries report the same response id at the same time."""
        groups: dict[str, list[Draft]] = defaultdict(list)
        for draft in calls:
            if draft.response_id:
                groups[draft.response_id].append(draft)
        for group in groups.values():
            if len(group) > 1:
                self._told_by_scopes(group)

    def _told_by_scopes(self, group: Sequence[Draft]) -> None:
        """Each telling of an answer is left out for the one nearest in time that says as much, of
        another library; of more than :data:`_MOST_SCOPES` libraries only so many are left out."""
        scopes = list(dict.fromkeys(d.span.scope.name for d in group))
        if len(scopes) < 2:
            return
        lines = {}
        for scope in scopes[:_MOST_SCOPES]:
            others = [d for d in group if d.span.scope.name != scope]
            starts, ends = [d.span.start_unix_nano for d in others], list(map(end_of, others))
            lines[scope] = Line(others, starts, ends)
        for other in sorted(group, key=richness):
            scope, told = other.span.scope.name, richness(other)
            for line in lines.values():
                line.remove(other)  # all that follow say more
            if scope not in lines:
                continue
            began, last = other.span.start_unix_nano, end_of(other) + SLACK_NANO
            for best in lines[scope].near(began, until=last, reach=began - SLACK_NANO):
                if overlap_nano(best, other) >= 0 and richness(best) >= told:
                    lines[scope].remove(best)
                    self._drop_beside(other, best)
                    for line in lines.values():
                        line.stretch(best, end_of(best))
                    break

    def _retold(self, calls: Sequence[Draft]) -> None:
        """Two libraries tell of one call, neither within the other."""
        standing = [d for d in calls if d.id not in self.doubles and not d.echo]
        if not retold.may_repeat(standing):
            return
        told = [d for d in calls if not d.echo]
        around = retold.holding(told, lambda i: self._parents.get(i, ""))
        alone = [d for d in standing if d.id not in around]
        for inner, outer in retold.pairs(alone, alone):
            self._drop_beside(inner, outer)

    def _beside(self, echoes: Sequence[Draft], calls: Sequence[Draft]) -> None:
        """An SDK's own spans beside the instrumentation's, neither telling a response id."""
        echoes = [d for d in echoes if d.id not in self.doubles]
        if not echoes:
            return
        taken = {self.standing(d) for d in self.doubles if self._drafts[d].echo == "inside"}
        free = [d for d in calls if d.id not in self.doubles and d.id not in taken]

        def parent(draft: Draft) -> str | None:
            return self._parents.get(draft.id)

        several = len({d.span.trace_id for d in [*free, *echoes]}) > 1
        for place, away in ((parent, False), (_anywhere, True))[: 1 + several]:
            told = counted_alike(echoes, free, place, elsewhere=away)
            gone = {d.id for pair in told for d in pair}
            free = [d for d in free if d.id not in gone]
            echoes = [d for d in echoes if d.id not in gone]
            for echo, call in told:
                self._drop(echo, call)
        beside = Partners(free, parent)
        elsewhere = Partners(free if several else ())
        for echo in echoes:
            found = [
                d for d in (beside.of(echo), elsewhere.of(echo, elsewhere=True)) if d is not None
            ]
            if found:
                call = min(
                    found, key=lambda d: (distance_nano(d, echo), d.span.start_unix_nano, d.id)
                )
                beside.remove(call)
                elsewhere.remove(call)
                self._drop(echo, call)

    def _requests(self, requests: Sequence[Draft]) -> None:
        """HTTP requests inside a call are how it was made; several are its tries."""
        within: dict[str, list[Draft]] = defaultdict(list)
        for request in requests:
            outer = self._enclosing(request)
            if outer is None or outer.role != "call":
                outer = self._around(request)
            if outer is not None and outer.role == "call":
                within[self.standing(outer.id)].append(request)
        for call_id, made in within.items():
            call = self._drafts[call_id]
            for request in made:
                self.doubles[request.id] = call_id
            if call.attempts:
                continue
            made.sort(key=lambda d: d.span.start_unix_nano)
            attempts = [request_attempt(call, d, n) for n, d in enumerate(made, 1)]
            if call.error is None and all(d.request_model and d.error for d in made):
                # Other models that failed before the one whose answer the call tells itself.
                attempts.append(attempt_of(call, len(attempts) + 1))
            if len(attempts) > 1:
                call.attempts = attempts

    def _around(self, request: Draft) -> Draft | None:
        """The call beside a request to a model, made while it ran: streams hold no request."""
        if not asks_a_model(request.span.attributes):
            return None
        if self._by_parent is None:
            self._by_parent = self._calls_by_parent()
        line = self._by_parent.get(self._parents.get(request.id))
        if line is None:
            return None
        began = request.span.start_unix_nano
        found = list(islice(line.near(began, until=began, reach=began - SLACK_NANO), 2))
        return found[0] if len(found) == 1 else None

    def _calls_by_parent(self) -> dict[str | None, Line[Draft]]:
        found: dict[str | None, list[Draft]] = defaultdict(list)
        for draft in self._drafts.values():
            if draft.role == "call" and not draft.echo:
                found[self._parents.get(draft.id)].append(draft)
        return {
            parent: Line(calls, [d.span.start_unix_nano for d in calls], list(map(end_of, calls)))
            for parent, calls in found.items()
        }


_MOST_SCOPES = 8
WRAPS_AGAIN = "opentelemetry.instrumentation.google_genai"
"""An instrumentation that wraps the tools of a stream once more for each request of it."""


def _tell_the_same_step(outer: Draft, inner: Draft) -> bool:
    same = outer.span.scope.name == inner.span.scope.name
    if same and not retold.is_served(outer, inner):
        return outer.kind == "tool" and outer.span.scope.name == WRAPS_AGAIN
    named = inner.kind == "tool" and inner.tool_call_id is not None
    return (named and inner.tool_call_id == outer.tool_call_id) or is_bare(inner) or is_bare(outer)


MCP = retold.MCP


def asks_a_model(a: Mapping[str, object]) -> bool:
    """Whether the address of a request is one of a model provider's."""
    address = rd.text(a, "url.full", "http.url", "http.target") or ""
    return bool(_MODEL_PATHS.search(address))


_MODEL_PATHS = re.compile(
    r"/(chat/completions|completions|responses|embeddings|v\d/messages|v\d/chat|rerank)\b"
    r"|:(stream)?[gG]enerateContent|:batchEmbedContents|/(converse|invoke)(-stream)?$"
)


def is_bare(draft: Draft) -> bool:
    """Whether a step says neither what it was given nor what it made."""
    return draft.input is None and not draft.has_output and not draft.messages_in


def richness(draft: Draft) -> tuple[bool, int, int, str]:
    """How much a draft tells; an echo tells less than any other."""
    told = [draft.messages_in, draft.messages_out, draft.usage.input_tokens, draft.request_model]
    return (
        not draft.echo,
        sum(1 for t in told if t),
        len(draft.span.attributes),
        draft.id,
    )


def _anywhere(_: Draft) -> None:
    """Where a call must stand of which another trace tells too."""

"""The tree of a trace: which span is the run, which are hops, and which stand for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import islice

from misstep import semconv as sc
from misstep.model import MODEL_KINDS, Json, Message
from misstep_store.conventions.between import (
    begun,
    calling,
    leaking,
    looping,
    placeholders,
    refusing,
    sending,
    wrapping,
)
from misstep_store.conventions.between.failover import tell_failovers
from misstep_store.conventions.between.folding import Folder
from misstep_store.conventions.between.tries import Node, chains
from misstep_store.conventions.content.langchain import End, is_state
from misstep_store.conventions.readers import mastra
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Alone, Draft


def _tell(near: Sequence[Draft], answer: Json, told: End) -> None:
    """Gives the one call with this answer what it lacks."""
    said = (d for d in near if d.role == "call" and d.has_output and d.output == answer)
    calls = list(islice(said, 2))
    if len(calls) == 1:
        _fill(calls[0], told)


def _by_answer(near: Sequence[Draft]) -> dict[Hashable, list[Draft]]:
    """Calls by what they answered."""
    found: dict[Hashable, list[Draft]] = defaultdict(list)
    for call in near:
        if call.role == "call" and call.has_output:
            found[comparable(call.output)].append(call)
    return found


def comparable(value: Json, depth: int = 0) -> Hashable:
    """What is the same of values that are equal."""
    if depth > _DEEPEST or not isinstance(value, (dict, list)):
        return None if isinstance(value, (dict, list)) else value
    if isinstance(value, list):
        return tuple(comparable(v, depth + 1) for v in value)
    return frozenset((k, comparable(v, depth + 1)) for k, v in value.items())


_DEEPEST = 8


def _tell_last(near: Sequence[Draft], told: End) -> bool:
    """Gives the one of several tries that did not fail what it lacks; whether there is one."""
    calls = [d for d in near if d.role == "call"]
    answered = [d for d in calls if d.error is None]
    if len(calls) < 2 or len(answered) != 1:
        return False
    _fill(answered[0], told)
    return True


def _tell_named(near: Sequence[Draft], told: End) -> bool:
    """Gives the one call whose answer has this id what it lacks; whether there is one."""
    named = (d for d in near if d.role == "call" and told[2] and d.response_id == told[2])
    calls = list(islice(named, 2))
    if len(calls) == 1:
        _fill(calls[0], told)
    return len(calls) == 1


def _tell_only(step: Draft, near: Sequence[Draft], told: End) -> bool:
    """Gives the one call in a node of a graph what the answer in that node's state says; whether there
    is one."""
    calls = list(islice((d for d in near if d.role == "call"), 2))
    if len(calls) != 1 or calls[0].error or not is_state(step.span.attributes, "output"):
        return False
    _fill(calls[0], told)
    return True


def _fill(call: Draft, told: End) -> None:
    finish, model, identity = told
    call.finish_reason = call.finish_reason or finish
    call.response_model = call.response_model or model
    call.response_id = call.response_id or identity


def lend(step: Draft, call: Draft, around: Draft | None) -> None:
    """Tells the one call inside what it does not say itself.

    Args:
        around: what is around the step, where that holds nothing else.
    """
    lend_messages(step, call)
    _lend_answer(step, call)
    if step.lends_counts:
        _lend_counts(step, call)
        if around is not None and around.lends_counts:
            _lend_counts(around, call)


def _answering(calls: Sequence[Draft]) -> Draft | None:
    """The one call, or the last where all before it failed."""
    if not calls:
        return None
    *before, last = sorted(calls, key=lambda d: (d.span.start_unix_nano, d.id))
    if before and (last.error or not all(d.error for d in before)):
        return None
    return last


def lend_messages(step: Draft, call: Draft) -> None:
    """What was asked and said, where a step alone tells it, to the one call inside."""
    if not call.messages_in:
        call.messages_in, call.input = step.messages_in, step.input
        call.system = call.system or step.system
        call.tools = call.tools or step.tools
        call.input_cut = step.input_cut
    if not any(m.text or len(m.parts) > 1 for m in call.messages_out) and step.messages_out:
        call.messages_out = step.messages_out
        call.output, call.has_output = step.output, step.has_output
        call.output_cut = step.output_cut
    elif call.messages_out and step.messages_out:
        _add_untold(call.messages_out[0], step.messages_out)


def _lend_answer(step: Draft, call: Draft) -> None:
    """Which answer it was, of which model, and why it ended."""
    call.finish_reason = call.finish_reason or step.finish_reason
    step.finish_reason = None
    call.response_id = call.response_id or step.response_id
    call.response_model = call.response_model or step.response_model


def _lend_counts(step: Draft, call: Draft) -> None:
    """The models, and the tokens."""
    call.provider = call.provider or step.provider
    call.request_model = call.request_model or step.request_model
    call.response_model = call.response_model or step.response_model
    call.usage = call.usage if any(call.usage) else step.usage
    step.provider = step.request_model = None


def _add_untold(said: Message, told: Sequence[Message]) -> None:
    """Thoughts and tool calls of an answer of which a call tells only the words."""
    known = {p.get("type") for p in said.parts}
    more = {kind: [p for m in told for p in m.parts if p.get("type") == kind] for kind in _BESIDE}
    thoughts, calls = ([] if kind in known else more[kind] for kind in _BESIDE)
    if thoughts or calls:
        said.parts = [*thoughts, *said.parts, *calls]


_BESIDE = ("reasoning", "tool_call")


def open_up(step: Draft, calls: Sequence[Draft]) -> bool:
    """Makes what told of all ``calls`` as of one the step around them; whether it did."""
    if calls[0].role == "call":
        calling.part_out(step, calls)
        return True
    return mastra.take_apart(step, calls)


def stand_alone(step: Draft, told: Alone, around: Draft | None, *, is_only: bool) -> None:
    """Makes a step the call it is about, by what is told of that or of the agent ``around``.

    Args:
        is_only: whether the agent took no other step: then what it was asked and said is the call's.
    """
    step.role, step.kind = "call", told.kind
    if told.is_sure:  # it says all that is told
        return
    step.provider, step.request_model = told.provider, told.request_model
    step.finish_reason = told.finish_reason or step.finish_reason
    if told.request_model is not None or around is None:
        return
    step.provider, step.request_model = around.provider, around.request_model
    if is_only:
        step.usage = around.usage
        step.finish_reason = step.finish_reason or around.finish_reason
        lend_messages(around, step)


def is_of_its_call(step: Draft, call: Draft) -> bool:
    """Whether a step around one call is that call: a tool of another library that asks a model is a
    tool beside, a step that failed after its call had answered is no failure of the call, and what a
    step made although its call failed is no answer of the call."""
    if step.convention == OWN:
        return True
    if (step.error is None) is (call.error is None):
        return step.kind != "tool"
    return step.kind != "tool" and step.error is None and not step.output


class Tree:
    """Spans by parent, robust against missing parents, self parents and cycles."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        # Spans arrive in any order; what is made of them must not depend on it.
        self.all = sorted(drafts, key=lambda d: (d.span.start_unix_nano, d.span.span_id))
        self.marks = [d for d in self.all if d.role == sc.ROLE_MARK]
        self.drafts = {d.span.span_id: d for d in self.all if d.role != sc.ROLE_MARK}
        known = self.drafts
        self.parents = {
            i: p if (p := d.span.parent_span_id) in known and p != i else ""
            for i, d in known.items()
        }
        sending.settle(known, self.parents)
        came = begun.settle(known, self.parents)
        leaking.lift(self.all, self.parents, known)
        wrapping.settle(known, self.parents)
        self.depths: dict[str, int] = {}
        self._measure()
        folder = Folder(known, self.parents, self.depths)
        self.doubles = folder.fold()
        if self.doubles:
            self._leave_out(folder)
        self.doubles.update((i, folder.standing(span_id)) for i, span_id in came.items())
        self.children: dict[str, list[Draft]] = defaultdict(list)
        for hop_id, parent in self.parents.items():
            if parent:
                self.children[parent].append(self.drafts[hop_id])
        self._open()
        self.roots = [self.drafts[i] for i, p in self.parents.items() if not p]
        self.roots.sort(key=lambda d: (bool(d.span.parent_span_id), d.span.start_unix_nano))
        self.begins_with_a_hop = False
        """Whether a hop of misstep's own, called outside a run, is the run and its outermost hop."""
        looping.settle(self.drafts, self.children)
        self._stand_alone()
        self._lend()
        refusing.refuse(self.drafts, self.parents)
        calls = [d for d in self.drafts.values() if d.role == "call"]
        calling.ask(self.drafts, self.parents)
        calling.shorten(calls)
        calling.answer(calls)
        calling.fill(self.drafts.values())
        calling.fill_inside(self.drafts, self.parents)
        placeholders.fill(self.drafts, self.parents)
        self._above_calls = self._with_calls_below()
        self._repeating = self._with_calls_below(past_tools=False)
        self._answers = {d.response_id for d in calls}
        self.root = self._run_root()
        self._hop_ids: set[str] = set()
        self._above: dict[str, str] = {}

    def _measure(self) -> None:
        """Depths by memo; a cycle is broken where it is found."""
        depths, parents = self.depths, self.parents
        for start in parents:
            path: list[str] = []
            on_path: set[str] = set()
            here = start
            while here and here not in depths:
                if here in on_path:
                    parents[here] = ""
                    break
                on_path.add(here)
                path.append(here)
                here = parents[here]
            for span_id in reversed(path):
                parent = parents[span_id]
                depths[span_id] = depths.get(parent, -1) + 1 if parent else 0

    def _leave_out(self, folder: Folder) -> None:
        self.drafts = {i: d for i, d in self.drafts.items() if i not in self.doubles}
        parents = {}
        for span_id in self.drafts:
            parent = folder.parent(span_id)
            parents[span_id] = "" if parent == span_id else parent
        self.doubles = {i: folder.standing(i) for i in self.doubles}
        self.parents = parents
        self.depths = {}
        self._measure()

    def _lend(self) -> None:
        """Why a call ended, where only a step says so whose output or input is its answer."""
        for step_id, inside in self.children.items():
            step = self.drafts[step_id]
            if step.finish_reason and step.role == "hop" and step.kind == "chain":
                told = step.finish_reason, step.response_model, step.response_id
                if not (
                    _tell_last(inside, told)
                    or _tell_named(inside, told)
                    or _tell_only(step, inside, told)
                ):
                    _tell(inside, step.output, told)
                if sum(d.role == "call" for d in inside) != 1:  # those of a call further in
                    step.finish_reason = step.response_model = step.response_id = None
            if step.lends:
                call = _answering([d for d in inside if d.role == "call"])
                if call is not None:
                    around = self.drafts.get(self.parents[step_id])
                    is_only = around is not None and len(self._beside(step)) == 1
                    lend(step, call, around if is_only else None)
            if step.instructs and step.system:
                self._instruct(step.system, inside)
            heard = [d for d in inside if d.heard]
            answers = _by_answer(inside) if heard else {}
            for beside in heard:
                if beside.heard and not _tell_named(inside, beside.heard):
                    _tell(answers.get(comparable(beside.input), ()), beside.input, beside.heard)
            calling.hear((step, *inside), [d for d in inside if d.role == "call"])
        for step in self.drafts.values():
            if step.lends:  # the answer is that of a call
                step.response_id = step.response_model = None

    def _open(self) -> None:
        """What tells of several calls as of one is the step around them."""
        inside: dict[str, list[Draft]] = defaultdict(list)
        for call in self.drafts.values():
            outer = self.drafts.get(self.parents[call.id]) if call.is_one_of else None
            if outer is not None and outer.role == "call":
                inside[outer.id].append(call)
        for step_id, calls in inside.items():
            calls.sort(key=lambda d: d.span.start_unix_nano)
            open_up(self.drafts[step_id], calls)

    def _instruct(self, system: str, steps: Sequence[Draft]) -> None:
        """Gives the calls among and in an agent's steps its system prompt, where they say none."""
        for step in steps:
            inside = self.children.get(step.id, ()) if step.kind == "chain" else ()
            for call in (step, *inside):
                if call.role == "call" and call.system is None:
                    call.system = system

    def _stand_alone(self) -> None:
        """Steps whose call has no span, as that of a stream which was stopped, are the call."""
        holding = []
        for step in self.drafts.values():
            if step.alone is None:
                continue
            if any(d.echo != "http" for d in self.children.get(step.id, ())):
                holding += [step] if step.alone.is_sure else []
                continue
            around = self.drafts.get(self.parents[step.id])
            of_agent = around is not None and around.kind == "agent"
            if step.alone.request_model is None and not (of_agent or step.alone.is_sure):
                continue
            steps = [d for d in self._beside(step) if d.echo != "http"]
            stand_alone(step, step.alone, around, is_only=len(steps) == 1)
        if holding:
            self._stand_around(holding)

    def _stand_around(self, holding: list[Draft]) -> None:
        """Steps around others that are a call where none is inside: of those in each other the one
        that names its model, else the innermost."""
        above, inside = self._with_calls_below(), set[str]()
        holding.sort(key=lambda d: -self.depths[d.id])
        for named in (True, False):
            stood = set()
            for step in holding:
                told = step.alone
                if told is None or step.id in above or step.id in inside:
                    continue
                if (told.request_model is not None) is named:
                    stand_alone(step, told, None, is_only=False)
                    stood.add(step.id)
                    here = self.parents[step.id]
                    while here and here not in above:
                        above.add(here)
                        here = self.parents[here]
            if named and stood:
                inside = self._inside(stood)

    def _inside(self, span_ids: set[str]) -> set[str]:
        """The spans inside of some."""
        found: set[str] = set()
        for span_id in sorted(self.parents, key=self.depths.__getitem__):
            if self.parents[span_id] in span_ids or self.parents[span_id] in found:
                found.add(span_id)
        return found

    def _beside(self, step: Draft) -> Sequence[Draft]:
        return self.children[parent] if (parent := self.parents[step.id]) else (step,)

    def is_orphan(self, draft: Draft) -> bool:
        """Whether the span names a parent that never arrived."""
        parent = draft.span.parent_span_id
        return bool(parent) and parent not in self.drafts and parent not in self.doubles

    def _run_root(self) -> Draft | None:
        """The span that is the run itself, not a hop of it; None when there is none."""
        runs = [d for d in self.drafts.values() if d.role == sc.ROLE_RUN]
        if runs:
            return min(runs, key=lambda d: d.span.start_unix_nano)
        true_roots = [d for d in self.roots if not self.is_orphan(d)]
        if len(true_roots) != 1:
            return None
        root = true_roots[0]
        if (root.convention == OWN and root.role == sc.ROLE_HOP) or self._speaks_for_calls(root):
            self.begins_with_a_hop = True
            return None
        contains = bool(self.children.get(root.span.span_id))
        return root if contains and root.kind in ("chain", "agent") else None

    def _speaks_for_calls(self, draft: Draft) -> bool:
        """Whether an agent counts tokens of calls that no span tells of: then it is their hop. One
        that names the answer of a call beside it counts that call's again."""
        return (
            draft.kind == "agent"
            and draft.role == sc.ROLE_HOP
            and bool(draft.usage.input_tokens or draft.usage.output_tokens)
            and draft.id not in self._above_calls
            and (draft.response_id is None or draft.response_id not in self._answers)
        )

    def hop_parent(self, hop_id: str) -> str | None:
        """The nearest enclosing hop; None at the top."""
        here = self.parents.get(hop_id, "")
        passed = []
        while here and here not in self._hop_ids and here not in self._above:
            passed.append(here)
            here = self.parents.get(here, "")
        found = self._above.get(here, here)
        for other in passed:  # so that a chain of spans that are none is walked once
            self._above[other] = found
        return found or None

    def nodes(self) -> list[Node]:
        """All hops, with attempts and one-call steps folded."""
        outside = self._above_root()
        by_parent: dict[str, list[Draft]] = defaultdict(list)
        steps: list[Draft] = []
        for hop_id, draft in self.drafts.items():
            if draft is self.root or hop_id in outside:
                continue
            if draft.role == "call":
                by_parent[self.parents[hop_id]].append(draft)
            else:
                steps.append(draft)
        calls = {parent: chains(drafts) for parent, drafts in by_parent.items()}
        self._count_leaves(calls)
        made = [self._step(step, calls) for step in steps]
        folded = {n.call.id for n in made if n.call is not None}
        made += [n for group in calls.values() for n in group if n.id not in folded]
        tell_failovers(made, lambda span_id: self.parents.get(span_id, ""))
        self._hop_ids = {n.id for n in made}
        self._tell_doubles(made)
        return made

    def _tell_doubles(self, made: Sequence[Node]) -> None:
        if not self.doubles:
            return
        stands: dict[str, Node] = {}
        for node in made:
            for span_id in (node.id, *node.merged):
                stands[span_id] = node
        for span_id, standing in self.doubles.items():
            if standing in stands:
                stands[standing].merged.append(span_id)

    def _above_root(self) -> set[str]:
        """Spans of other libraries around the run, e.g. a web server's: not hops of it."""
        above: set[str] = set()
        here = self.parents.get(self.root.span.span_id, "") if self.root else ""
        while here:
            above.add(here)
            here = self.parents.get(here, "")
        return above

    def _step(self, step: Draft, calls: dict[str, list[Node]]) -> Node:
        span_id = step.span.span_id
        own = calls.get(span_id, ())
        if len(own) == 1 and step.kind != "agent" and step.role == "hop":
            call = own[0]
            alone = all(c.role == "call" for c in self.children[span_id])
            tries = [call.id, *call.merged]
            alone = alone and not any(self.children.get(i) for i in tries)
            if alone and is_of_its_call(step, call.draft):
                return Node(step, [*call.merged, call.id], call.attempts, call)
        counted = step.kind in MODEL_KINDS and span_id not in self._repeating
        return Node(step, counted=counted or self._speaks_for_calls(step))

    def _with_calls_below(self, *, past_tools: bool = True) -> set[str]:
        """Spans with a model's inside; ``past_tools``: also inside of a tool or an agent, where it is a
        call of its own."""
        above: set[str] = set()
        for span_id, draft in self.drafts.items():
            if draft.kind in MODEL_KINDS:
                here = self.parents[span_id]
                while here and here not in above:
                    above.add(here)
                    if not past_tools and self.drafts[here].kind in ("tool", "agent"):
                        break
                    here = self.parents[here]
        return above

    def _count_leaves(self, calls: dict[str, list[Node]]) -> None:
        # A model span with a model span inside repeats its tokens: only the inner one counts. One of
        # a tool or an agent inside, as Google's ADK nests them, is another call.
        for group in calls.values():
            for node in group:
                node.counted = node.draft.apart or node.id not in self._repeating

"""The trees of many traces at once: which span is the run, which are hops, what is one hop.

The rules are those of :mod:`between.tree`. What they decide by more than parents, roles, kinds
and times is not decided here: such traces are in :attr:`Forest.left`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store.conventions.between import leaking, looping, sending
from misstep_store.conventions.between.hops import ROUNDS
from misstep_store.conventions.readers import langsmith
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.values.errors import clearer
from misstep_store.headers.between.answered import Answered
from misstep_store.headers.between.begun import Begun
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.between.lending import lend
from misstep_store.headers.between.opening import open_steps
from misstep_store.headers.between.refusing import refuse
from misstep_store.headers.between.retold import fold_retold
from misstep_store.headers.between.standing import read_whole, stand
from misstep_store.headers.between.streams import fold_streams
from misstep_store.headers.between.tries import Tries
from misstep_store.headers.between.twice import fold
from misstep_store.headers.between.within import fold_steps
from misstep_store.headers.columns.places import have_parents, numbered_in_turn, places_of_parents
from misstep_store.headers.columns.spans import (
    AGENT,
    CALL,
    CHAIN,
    HOP,
    INSIDE,
    KIND_OF,
    MODEL_KIND,
    NONE,
    RUN,
    TOOL,
    Facts,
    SpanColumns,
)

_DEEPEST = 200
_LLM = KIND_OF["llm"]
"""Deeper trees, and those with a cycle, are left to the conventions."""


def grow(spans: SpanColumns, facts: Facts, begun: Begun) -> Forest:
    """The trees of whole traces, of which ``begun`` were taken out."""
    trace, trace_ids = numbered_in_turn(spans.text("trace_id"))
    has_parent = have_parents(spans)
    parent, unusual = places_of_parents(spans, trace)
    left = np.zeros(len(trace_ids), np.bool_)
    left[trace[unusual]] = True
    if facts.left:
        left[trace[list(facts.left)]] = True
    for number, trace_id in enumerate(trace_ids.to_pylist()) if spans.logs.judged else ():
        left[number] |= trace_id in spans.logs.judged
    _send(parent, trace, facts, spans)
    depth, lost = _depths(parent)
    left[trace[lost]] = True
    parent[lost] = NONE
    start, ended = spans.numbers("start_unix_nano"), spans.numbers("end_unix_nano")
    _leave_leaked(parent, trace, left, facts, spans)
    _leave_wrapping(parent, trace, left, facts)
    _leave_written_over(parent, trace, left, facts, spans)
    end = ended.copy()
    twice = fold(parent, trace, end, left, facts=facts, spans=spans)
    moved = fold_steps(parent, trace, end, left, twice=twice, facts=facts, spans=spans)
    moved |= fold_streams(parent, trace, end, left, twice=twice, facts=facts, spans=spans)
    if moved:
        depth, lost = _depths(parent)
        left[trace[lost]] = True
        parent[lost] = NONE
    count = len(trace)
    none = np.empty(0, np.int64)
    made = Forest(
        trace_ids=trace_ids,
        trace=trace,
        parent=parent,
        depth=depth,
        start=start,
        ended=ended,
        end=end,
        left=left,
        root=np.full(len(trace_ids), NONE),
        run_start=_earliest(
            np.concatenate([trace, trace[begun.of]]),
            np.concatenate([start, begun.start]),
            len(trace_ids),
        ),
        hops=none,
        index=none,
        call=np.full(count, NONE),
        counted=np.ones(count, np.bool_),
        above=np.full(count, NONE),
        orphan=has_parent & (parent == NONE),
        tops=np.flatnonzero(~has_parent),
        twice=twice,
        begun=begun,
    )
    fold_retold(made, facts, spans)
    open_steps(made, facts, spans)
    _settle_loops(made, facts)
    stand(made, facts, spans)
    lend(made, facts, spans)
    refuse(made, facts, spans)
    made.speaking = _speaking(made, facts)
    _roots(made, facts)
    _fold(made, facts, spans)
    return made


def _depths(parent: Any) -> tuple[Any, Any]:
    """How many spans are above each, and places from which no root is reached."""
    depth = np.zeros(len(parent), np.int64)
    live = np.flatnonzero(parent != NONE)
    here = parent[live]
    for _ in range(_DEEPEST):
        if not len(live):
            break
        depth[live] += 1
        here = parent[here]
        going = here != NONE
        live, here = live[going], here[going]
    return depth, live


def _leave_wrapping(parent: Any, trace: Any, left: Any, facts: Facts) -> None:
    """Leaves traces in which several calls stand in a step on which one of them was told."""
    if not facts.wraps:
        return
    calls = np.flatnonzero((facts.echo == INSIDE) & (parent != NONE))
    steps = parent[calls[np.isin(parent[calls], list(facts.wraps))]]
    several = np.bincount(steps, minlength=len(trace)) > 1
    left[trace[several]] = True


def _leave_written_over(
    parent: Any, trace: Any, left: Any, facts: Facts, spans: SpanColumns
) -> None:
    """Leaves traces in which a call of LangSmith's stands in a step on which one was written."""
    if langsmith.NAME not in facts.conventions:
        return
    calls = np.flatnonzero((facts.role == CALL) & (parent != NONE))
    calls = calls[facts.are_of(calls, langsmith.NAME)]
    steps = parent[calls]
    steps = steps[(facts.role[steps] == CALL) & facts.are_of(steps, langsmith.NAME)]
    for step in steps.tolist():
        if facts.text.one("name", step) != spans.name[step]:
            left[trace[step]] = True


def _send(parent: Any, trace: Any, facts: Facts, spans: SpanColumns) -> None:
    """Puts requests into the calls that sent them, as :func:`sending.settle` does."""
    number = facts.conventions.get(sending.TELLS)
    if number is None:
        return
    every = np.flatnonzero((facts.role == CALL) & (facts.by_convention == number)).tolist()
    a = spans.attributes
    new, old = sending.HEADERS
    headers = ((p, a[p].get(new) or a[p].get(old)) for p in every)
    told = [p for p, h in headers if type(h) is str and sending.NAMES in h]
    sent = {p: i for p in told if (i := sending.sent_in(a[p])) and i != spans.span_id[p]}
    if not sent:
        return
    senders = set(sent.values())
    at = {(int(trace[p]), i): p for p in every if (i := spans.span_id[p]) in senders}
    for place, span_id in sent.items():
        sender = at.get((int(trace[place]), span_id))
        if sender is not None and sender not in sent and parent[place] == parent[sender]:
            parent[place] = sender


def _leave_leaked(parent: Any, trace: Any, left: Any, facts: Facts, spans: SpanColumns) -> None:
    """Leaves traces with spans that began when the call they name as their parent had answered, as
    :mod:`between.leaking` lifts them."""
    inside = np.flatnonzero(parent != NONE)
    inside = inside[facts.role[parent[inside]] == CALL]
    ended = spans.numbers("end_unix_nano")[parent[inside]]
    late = inside[(ended > 0) & (ended < spans.numbers("start_unix_nano")[inside])]
    for place in late.tolist():
        if not left[trace[place]]:
            both = (read_whole(p, facts, spans) for p in (place, int(parent[place])))
            left[trace[place]] = leaking.follows(*both)


def _settle_loops(made: Forest, facts: Facts) -> None:
    """Makes calls around calls steps, as :mod:`between.looping` does."""
    number = facts.conventions.get(looping.LOOPS)
    if number is None:
        return
    are_calls = (facts.by_convention == number) & (facts.kind == _LLM) & (facts.role == CALL)
    are_calls &= ~made.twice.gone
    answered = are_calls & (made.parent != NONE)
    answered[list(facts.errors)] = False
    around = made.parent[answered]
    outer, several = np.unique(around[are_calls[around]], return_counts=True)
    outer = outer[several > 1]
    facts.role[outer], facts.kind[outer] = HOP, CHAIN
    for place in outer.tolist():
        made.twice.standing.add(place)
        if (draft := facts.drafts.get(place)) is not None:
            draft.role, draft.kind = "hop", "chain"


def _earliest(trace: Any, start: Any, traces: int) -> Any:
    """When each trace began; 0 when none of its spans says so."""
    never = np.iinfo(np.int64).max
    found, says = np.full(traces, never), np.zeros(traces, np.bool_)
    np.minimum.at(found, trace, np.where(start != 0, start, never))
    says[trace[start != 0]] = True
    return np.where(says, found, 0)


def _speaking(made: Forest, facts: Facts) -> set[int]:
    """Agents that count tokens of calls which no span tells of: they are the hops of these."""
    counts = (facts.tokens["input_tokens"] != 0) | (facts.tokens["output_tokens"] != 0)
    agents = np.flatnonzero((facts.kind == AGENT) & (facts.role == HOP) & counts & ~made.twice.gone)
    if not len(agents):
        return set()
    above = _above_model_kinds(made.parent, facts, ~made.twice.gone)
    alone = agents[~above[agents]]
    if len(alone) and facts.text.are_told("response_id"):
        alone = alone[~_tell_again(alone, made, facts)]
    return set(alone.tolist())


def _tell_again(agents: Any, made: Forest, facts: Facts) -> Any:
    """Which agents name the answer of a call in their trace."""
    answers = facts.text.at("response_id", agents)
    named = answers != None  # noqa: E711 - of an array
    if not named.any():
        return named
    traces = np.isin(made.trace, made.trace[agents[named]])
    calls = np.flatnonzero((facts.role == CALL) & ~made.twice.gone & traces)
    told = facts.text.at("response_id", calls).tolist()
    known = set(zip(made.trace[calls].tolist(), told, strict=True))
    pairs = zip(made.trace[agents].tolist(), answers.tolist(), strict=True)
    return named & np.array([pair in known for pair in pairs])


def _roots(made: Forest, facts: Facts) -> None:
    """The span that is the run itself, for each trace that has one."""
    trace, traces = made.trace, len(made.trace_ids)
    runs = np.flatnonzero(facts.role == RUN)
    several = np.bincount(trace[runs], minlength=traces)
    made.left |= several > 1
    made.root[trace[runs]] = runs
    tops = np.flatnonzero((made.parent == NONE) & ~made.orphan)
    count = np.bincount(trace[tops], minlength=traces)
    alone = tops[(count[trace[tops]] == 1) & (several[trace[tops]] == 0)]
    children = _children(made)
    own_hop = facts.are_of(alone, OWN) & (facts.role[alone] == HOP)
    kind = facts.kind[alone]
    if made.speaking:
        own_hop |= np.isin(alone, list(made.speaking))
    is_root = ~own_hop & (children[alone] > 0) & ((kind == CHAIN) | (kind == AGENT))
    made.root[trace[alone[is_root]]] = alone[is_root]


def _rounds(steps: Any, facts: Facts, spans: SpanColumns) -> set[int]:
    """Those that :func:`hops.is_round` tells of."""
    found: set[int] = set()
    known = set(spans.name)  # most hold none: looking at each step took 2 % of all
    for convention, names in ROUNDS.items():
        there = known.intersection(names)
        if there and convention in facts.conventions:
            mine = steps[facts.are_of(steps, convention)]
            named = facts.text.at("name", mine)
            for name in there:
                found.update(mine[named == name].tolist())
    return found


def _fold(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Hops in their order, one-call steps folded."""
    trace, parent = made.trace, made.parent
    hop = ~made.twice.gone
    roots = made.root[made.root != NONE]
    hop[roots] = False
    for root in roots[parent[roots] != NONE].tolist():
        here = parent[root]
        while here != NONE:  # spans of other libraries around the run
            hop[here] = False
            here = parent[here]
    is_call = (facts.role == CALL) & hop
    inner = parent != NONE
    children = _children(made)
    made.attempts.update(made.twice.attempts)
    tries = Tries(made, facts, spans)
    before = tries.fold(np.flatnonzero(is_call), children)
    if before:
        hop[before] = is_call[before] = False
        above = parent[before]
        np.subtract.at(children, above[above != NONE], 1)
    calls = np.flatnonzero(is_call & inner & (children == 0))
    around = parent[calls]
    merges = (
        hop[around]
        & (children[around] == 1)
        & (facts.role[around] == HOP)
        & (facts.kind[around] != AGENT)
    )
    _apart(merges, calls, around, made, facts, spans)
    made.call[around[merges]] = calls[merges]
    hop[calls[merges]] = False
    made.rounds = _rounds(around[merges], facts, spans)
    for step in around[merges].tolist() if made.attempts else ():
        if (told := made.attempts.pop(int(made.call[step]), None)) is not None:
            made.attempts[step] = told
    steps = np.flatnonzero(hop & ((made.call != NONE) | is_call))
    tries.tell_failovers(steps, np.where(made.call[steps] == NONE, steps, made.call[steps]))
    repeating = _above_model_kinds(parent, facts, ~made.twice.gone, past_tools=False)
    model_step = MODEL_KIND[facts.kind] & ~repeating
    made.counted = np.where(is_call, ~repeating, model_step) | (made.call != NONE)
    made.counted[list(made.speaking)] = True
    made.above = _nearest(parent, hop)
    _order(made, np.flatnonzero(hop & ~made.left[trace]), spans)
    if facts.errors:
        _silent_failures(made, facts, spans)


def _apart(
    merges: Any, calls: Any, around: Any, made: Forest, facts: Facts, spans: SpanColumns
) -> None:
    """Takes the steps out that are not their one call, as :func:`tree.is_of_its_call`."""
    doubtful = merges & (facts.kind[around] == TOOL)
    if facts.errors:
        failed = np.zeros(len(facts.kind), np.bool_)
        failed[list(facts.errors)] = True
        doubtful |= merges & failed[around] & ~failed[calls]
        mended = np.flatnonzero(merges & failed[calls] & ~failed[around])
        if len(mended):
            answered = Answered(made.twice, facts, spans)
            doubtful[mended] |= list(map(answered.said, around[mended].tolist()))
    if doubtful.any():
        places = np.flatnonzero(doubtful)
        foreign = [facts.text["convention"][p] != OWN for p in around[places].tolist()]
        merges[places[foreign]] = False


def _silent_failures(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """A step that gave nothing and does not say how its one call failed, or not with what: it failed
    as the call did."""
    steps, answered = made.hops[made.call[made.hops] != NONE], Answered(made.twice, facts, spans)
    for step, call in zip(steps.tolist(), made.call[steps].tolist(), strict=True):
        if call in facts.errors and facts.text.one("convention", step) != OWN:
            if step in facts.errors:
                facts.errors[step] = clearer(facts.errors[step], facts.errors[call])
            elif not answered.gave(step):
                facts.errors[step] = facts.errors[call]


def _children(made: Forest) -> Any:
    """How many spans are directly below each, doubles left out: what is below those is below what
    stands around them."""
    parent, gone = made.parent, made.twice.gone
    above = parent[(parent != NONE) & ~gone]
    while (below := np.flatnonzero(gone[above])).size:
        above[below] = parent[above[below]]
        above = above[above != NONE]
    return np.bincount(above, minlength=len(made.trace))


def _above_model_kinds(parent: Any, facts: Facts, stands: Any, *, past_tools: bool = True) -> Any:
    above = np.zeros(len(parent), np.bool_)
    here = parent[np.flatnonzero(MODEL_KIND[facts.kind] & stands)]
    while len(here):
        here = here[here != NONE]  # some of them twice, which costs less than to sort them out
        here = here[~above[here]]
        above[here] = True
        if not past_tools:  # what a model's tool or another agent asks a model is a call of its own
            here = here[(facts.kind[here] != TOOL) & (facts.kind[here] != AGENT)]
        here = parent[here]
    return above


def _nearest(parent: Any, hop: Any) -> Any:
    """The nearest enclosing hop of each."""
    above = parent.copy()
    for _ in range(_DEEPEST):
        passed = np.flatnonzero(above != NONE)
        passed = passed[~hop[above[passed]]]
        if not len(passed):
            break
        above[passed] = parent[above[passed]]
    return above


def _order(made: Forest, hops: Any, spans: SpanColumns) -> None:
    """By start, depth, length and id, as the index of a hop says."""
    offset, took = made.offset_ms(hops), made.took_ms(hops)
    order = np.lexsort((took, made.depth[hops], offset, made.trace[hops]))
    hops = hops[order]
    told = (made.trace[hops], offset[order], made.depth[hops], took[order])
    same = np.logical_and.reduce([np.diff(by) == 0 for by in told])
    if same.any():
        _by_id(hops, same, spans)
    trace = made.trace[hops]
    first = np.searchsorted(trace, np.arange(len(made.trace_ids)))
    made.hops, made.index = hops, np.arange(len(hops)) - first[trace]


def _by_id(hops: Any, same: Any, spans: SpanColumns) -> None:
    """Sorts the stretches in which all else is equal."""
    at = 0
    edges = np.flatnonzero(~same).tolist()
    for last in [*edges, len(hops) - 1]:
        if last > at:
            stretch = hops[at : last + 1].tolist()
            hops[at : last + 1] = sorted(stretch, key=lambda p: spans.span_id[p])
        at = last + 1

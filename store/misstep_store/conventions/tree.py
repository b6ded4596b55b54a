"""The tree of a trace: which span is the run, which are hops, and what they add up to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from misstep import semconv as sc
from misstep.model import (
    MODEL_KINDS,
    Environment,
    Hop,
    Run,
    StateSnapshot,
    Verdict,
)
from misstep_store.conventions import reading as rd
from misstep_store.conventions.folding import Node, chains, without_doubles
from misstep_store.conventions.misstep_own import recorded_values
from misstep_store.conventions.types import Draft, Normalised, Price

_MAX_DEPTH = 10_000


def build(drafts: Sequence[Draft], *, price: Price | None) -> Normalised:
    """The run and its hops."""
    tree = _Tree(drafts)
    nodes = tree.nodes()
    start = min((d.span.start_unix_nano for d in drafts if d.span.start_unix_nano), default=0)
    hops = [_hop(node, tree, start, price) for node in nodes]
    hops.sort(key=lambda h: (h.offset_ms, tree.depth(h.hop_id), h.hop_id))
    for index, hop in enumerate(hops):
        hop.index = index
    return Normalised(_run(tree, nodes, hops, start), hops)


class _Tree:
    """Spans by parent, robust against missing parents, self parents and cycles."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.all = list(drafts)
        kept, self.doubles = without_doubles(drafts)
        self.marks = [d for d in kept if d.role == sc.ROLE_MARK]
        self.drafts = {d.span.span_id: d for d in kept if d.role != sc.ROLE_MARK}
        self.parents = {i: self._parent(d) for i, d in self.drafts.items()}
        self._break_cycles()
        self.children: dict[str, list[Draft]] = defaultdict(list)
        for hop_id, parent in self.parents.items():
            if parent:
                self.children[parent].append(self.drafts[hop_id])
        self.roots = [self.drafts[i] for i, p in self.parents.items() if not p]
        self.roots.sort(key=lambda d: (bool(d.span.parent_span_id), d.span.start_unix_nano))
        self.root = self._run_root()
        self._merged: dict[str, str] = {}
        self._depths: dict[str, int] = {}

    def _parent(self, draft: Draft) -> str:
        parent = draft.span.parent_span_id
        parent = self.doubles.get(parent, parent)
        return parent if parent in self.drafts and parent != draft.span.span_id else ""

    def _break_cycles(self) -> None:
        safe: set[str] = set()
        for start in list(self.parents):
            path: list[str] = []
            seen: set[str] = set()
            here = start
            while here and here not in safe:
                if here in seen:
                    self.parents[here] = ""
                    break
                seen.add(here)
                path.append(here)
                here = self.parents.get(here, "")
            safe.update(path)

    def is_orphan(self, draft: Draft) -> bool:
        """Whether the span names a parent that never arrived."""
        return bool(draft.span.parent_span_id) and draft.span.parent_span_id not in self.drafts

    def _run_root(self) -> Draft | None:
        """The span that is the run itself, not a hop of it; None when there is none."""
        runs = [d for d in self.drafts.values() if d.role == sc.ROLE_RUN]
        if runs:
            return min(runs, key=lambda d: d.span.start_unix_nano)
        true_roots = [d for d in self.roots if not self.is_orphan(d)]
        if len(true_roots) != 1:
            return None
        root = true_roots[0]
        contains = bool(self.children.get(root.span.span_id))
        return root if contains and root.kind in ("chain", "agent") else None

    def depth(self, hop_id: str) -> int:
        """Number of ancestors."""
        count, here = 0, self.parents.get(hop_id, "")
        while here and count < _MAX_DEPTH:
            count, here = count + 1, self.parents.get(here, "")
        return count

    def hop_parent(self, hop_id: str) -> str | None:
        """The nearest enclosing hop; None at the top."""
        here = self.parents.get(hop_id, "")
        while here:
            if here in self._hop_ids:
                return here
            here = self.parents.get(here, "")
        return None

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
        for span_id, stands in self.doubles.items():
            for node in made:
                if stands in (node.id, node.call.id if node.call else None):
                    node.merged.append(span_id)
        self._hop_ids = {n.id for n in made}
        return made

    def _above_root(self) -> set[str]:
        """Spans of other libraries around the run, e.g. a web server's: not hops of it."""
        above: set[str] = set()
        here = self.parents.get(self.root.span.span_id, "") if self.root else ""
        while here:
            above.add(here)
            here = self.parents.get(here, "")
        return above

    def _step(self, step: Draft, calls: dict[str, list[Node]]) -> Node:
        own = calls.get(step.span.span_id, [])
        children = self.children.get(step.span.span_id, [])
        others = [c for c in children if c.role != "call"]
        if len(own) == 1 and not others and step.kind != "agent" and step.role == "hop":
            call = own[0]
            if not self.children.get(call.id):
                return Node(step, merged=[*call.merged, call.id], attempts=call.attempts, call=call)
        return Node(step, counted=step.kind in MODEL_KINDS and not self._has_call_below(step))

    def _has_call_below(self, draft: Draft) -> bool:
        stack, seen = [draft.span.span_id], 0
        while stack and seen < _MAX_DEPTH:
            seen += 1
            for child in self.children.get(stack.pop(), []):
                if child.kind in MODEL_KINDS:
                    return True
                stack.append(child.span.span_id)
        return False

    def _count_leaves(self, calls: dict[str, list[Node]]) -> None:
        # A model span with a model span inside repeats its tokens: only the inner one counts.
        for group in calls.values():
            for node in group:
                node.counted = not self._has_call_below(node.draft)


def iso(unix_nano: int) -> str:
    """ISO 8601 UTC with microseconds; empty for 0."""
    if unix_nano <= 0:
        return ""
    moment = dt.datetime.fromtimestamp(unix_nano // 1000 / 1_000_000, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _duration_ms(draft: Draft) -> float:
    return max(0, draft.span.end_unix_nano - draft.span.start_unix_nano) / 1e6


def _hop(node: Node, tree: _Tree, start: int, price: Price | None) -> Hop:
    step, call = node.draft, (node.call.draft if node.call else node.draft)
    merged = node.call is not None
    tokens = call.usage.input_tokens + call.usage.output_tokens if node.counted else 0
    cost = _cost(call, price) if tokens else None
    span = step.span
    recording = step.recording
    if merged and recording is not None and call.recording is not None:
        recording.response_status = call.recording.response_status
        recording.response_content_type = call.recording.response_content_type
    return Hop(
        hop_id=node.id,
        parent_id=tree.hop_parent(node.id),
        name=step.name or span.name,
        kind=call.kind if merged and step.kind == "chain" else step.kind,
        provider=call.provider,
        request_model=call.request_model,
        response_model=call.response_model,
        input=call.input if step.input is None else step.input,
        output=step.output if step.has_output or step.error else call.output,
        messages_in=call.messages_in,
        messages_out=call.messages_out,
        system=call.system,
        tools=call.tools,
        finish_reason=call.finish_reason,
        error=step.error,
        attempt=max(call.attempt, len(node.attempts)) or 1,
        attempts=node.attempts,
        started_at=iso(span.start_unix_nano),
        offset_ms=max(0, span.start_unix_nano - start) / 1e6,
        duration_ms=_duration_ms(step),
        time_to_first_token_ms=call.time_to_first_token_ms,
        input_tokens=call.usage.input_tokens if node.counted else 0,
        output_tokens=call.usage.output_tokens if node.counted else 0,
        cached_tokens=call.usage.cached_tokens if node.counted else 0,
        cache_write_tokens=call.usage.cache_write_tokens if node.counted else 0,
        reasoning_tokens=call.reasoning_tokens if node.counted else 0,
        unpriced_tokens=tokens if tokens and cost is None else 0,
        cost_usd=cost,
        convention=step.convention,
        scores=step.scores + (call.scores if merged else []),
        path=step.path,
        complete=span.end_unix_nano != 0,
        orphan=tree.is_orphan(step),
        merged=node.merged,
        answer=call.output if merged else None,
        documents=step.documents or call.documents,
        parameters=call.parameters,
        tool_call_id=step.tool_call_id,
        response_id=call.response_id,
        prompt_name=step.prompt_name or call.prompt_name,
        prompt_version=step.prompt_version or call.prompt_version,
        findings=step.findings + (call.findings if merged else []),
        input_cut=step.input_cut,
        output_cut=step.output_cut,
        redacted=step.redacted,
        links=[link.span_id for link in span.links],
        recording=recording,
    )


def _cost(call: Draft, price: Price | None) -> float | None:
    if call.cost_usd is not None:
        return call.cost_usd
    if price is None:
        return None
    for model in (call.response_model, call.request_model):
        found = price(call.provider, model, call.usage, call.span.start_unix_nano)
        if found is not None:
            return found
    return None


def _run(tree: _Tree, nodes: list[Node], hops: list[Hop], start: int) -> Run:
    root = tree.root
    lead = root or (tree.roots[0] if tree.roots else tree.all[0])
    span = lead.span
    a = {**span.resource.attributes, **span.attributes}
    end = max((d.span.end_unix_nano for d in tree.all), default=0)
    models = list(dict.fromkeys(m for h in hops if (m := h.response_model or h.request_model)))
    costs = [h.cost_usd for h in hops if h.cost_usd is not None]
    failed = [h for h in hops if h.error is not None and h.parent_id is None]
    error = lead.error if root else (failed[-1].error if failed else None)
    complete = (
        bool(tree.roots)
        and all(d.span.end_unix_nano for d in tree.all)
        and (root is not None or any(not d.span.parent_span_id for d in tree.all))
    )
    drafts = list(tree.drafts.values())
    substituted = a.get(sc.REPLAY_SUBSTITUTED)
    run = Run(
        run_id=span.trace_id,
        name=lead.pipeline or lead.name or span.name,
        service=rd.text(a, sc.SERVICE_NAME),
        pipeline=lead.pipeline or (lead.name if root else None),
        version=rd.text(a, sc.SERVICE_VERSION),
        started_at=iso(start),
        duration_ms=(_duration_ms(root) if root else max(0, end - start) / 1e6),
        hop_count=len(hops),
        status="error" if error else ("ok" if complete else "unset"),
        complete=complete,
        session_id=next((d.session_id for d in (lead, *drafts) if d.session_id), None),
        user_id=next((d.user_id for d in (lead, *drafts) if d.user_id), None),
        tags=list(dict.fromkeys(t for d in drafts for t in d.tags)),
        models=models,
        input=lead.input if root or len(hops) == 1 else (hops[0].input if hops else None),
        output=lead.output if root or len(hops) == 1 else _last_output(hops),
        input_tokens=sum(h.input_tokens for h in hops),
        output_tokens=sum(h.output_tokens for h in hops),
        unpriced_tokens=sum(h.unpriced_tokens for h in hops),
        cost_usd=sum(costs) if costs else None,
        replay_of=rd.text(a, sc.REPLAY_OF),
        error=error,
        findings=lead.findings if root else [],
        scores=[s for d in drafts for s in d.scores],
        states=_states(tree, start),
        environment=_environment(a),
        convention=lead.convention,
        span_count=len(tree.all),
        root_id=span.span_id if root else None,
        replay_fork=rd.text(a, sc.REPLAY_FORK),
        replay_substituted=[str(s) for s in substituted] if isinstance(substituted, list) else [],
        recorded=recorded_values(span) if root else [],
    )
    run.verdict = _verdict(tree, run)
    return run


def _last_output(hops: list[Hop]) -> object:
    top = [h for h in hops if h.parent_id is None and h.output is not None]
    return max(top, key=lambda h: h.offset_ms + h.duration_ms).output if top else None


def _environment(a: dict[str, object]) -> Environment:
    versions = rd.parsed(a.get(sc.SDK_VERSIONS))
    dirty = a.get(sc.VCS_DIRTY)
    return Environment(
        entry=rd.text(a, sc.ENTRY),
        arguments=rd.parsed(a.get(sc.ENTRY_ARGUMENTS)),
        vcs_commit=rd.text(a, sc.VCS_REVISION),
        vcs_dirty=dirty if isinstance(dirty, bool) else None,
        sdk_versions={str(k): str(v) for k, v in versions.items()}
        if isinstance(versions, dict)
        else {},
        schema_version=rd.text(a, sc.SCHEMA),
    )


def _states(tree: _Tree, start: int) -> list[StateSnapshot]:
    found = [
        StateSnapshot(
            offset_ms=max(0, event.time_unix_nano - start) / 1e6,
            hop_id=None if draft is tree.root else draft.span.span_id,
            value=rd.parsed(event.attributes.get(sc.STATE_VALUE)),
        )
        for draft in tree.drafts.values()
        for event in draft.span.events
        if event.name == sc.EVENT_STATE
    ]
    return sorted(found, key=lambda s: s.offset_ms)


def _verdict(tree: _Tree, run: Run) -> Verdict:
    """What the recording itself says: a mark from code, else a broken contract of the final
    output, else the error status."""
    marks = [
        (event.time_unix_nano, event.attributes)
        for draft in (*tree.drafts.values(), *tree.marks)
        for event in draft.span.events
        if event.name == sc.EVENT_MARK
        and event.attributes.get(sc.MARK_RUN_ID) in (None, run.run_id)
    ]
    if marks:
        given = max(marks, key=lambda m: m[0])[1]
        state = given.get(sc.MARK_STATE)
        if state in ("good", "bad", "unknown"):
            return Verdict(
                state=state,
                by=rd.text(given, sc.MARK_BY) or "user",
                text=rd.text(given, sc.MARK_TEXT),
            )
    if any(f.strict for f in run.findings):
        return Verdict(state="bad", by="check", note=run.findings[0].message)
    if run.status == "error":
        return Verdict(state="bad", by="status")
    return Verdict()


__all__ = ["build", "iso"]

"""Signals of an agent's trace: model calls that plan, act through tools, and answer."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from misstep_diagnosis.agents import words as w

_FINAL = re.compile(r"final_?answer", re.I)
_PLANNED_STEP = re.compile(r"(?m)^[^\S\n]*\d+\.")
_IMPORT = re.compile(r"(?m)^[^\S\n]*(?:import|from)\s")
_NETWORK = re.compile(r"requests\.|urllib|bs4|http")
_MARKER = re.compile(r"<end_\w+>")
_TROUBLE = re.compile(r"error|exception|failed|not found|invalid|denied|no results|cannot", re.I)
_REFUSED = re.compile(
    r"\b(?:error|status(?: code)?|http)\W{0,3}(?:40[1237]|429|5\d\d)\b"
    r"|\b(?:401|403|429|50[0234])\b.{0,20}(?:error|forbidden|unauthorized)"
    r"|forbidden|unauthorized|connection (?:aborted|refused|reset)|access denied"
    r"|too many requests|timed? ?out",
    re.I,
)
"""A server that would not answer; that something was not found is an answer."""
_HELPER = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_ASKED = 50
"""Calls of an agent that a later one is compared with."""
_NO_HELPERS = frozenset(("final_answer", "end_plan"))
_TEAM_CALL = re.compile(r"\b\w*(?:agent|search|tool)\w*\b", re.I)


@dataclass
class Act:
    """One span. ``parent`` is an id; ``received`` and ``produced`` are text, JSON where it is JSON;
    ``parameters`` the tool's declared ones as JSON text, None where unknown."""

    id: str
    parent: str | None
    kind: Literal["model", "tool", "agent", "chain"]
    name: str
    received: str = ""
    produced: str = ""
    failed: bool = False
    parameters: str | None = None

    @cached_property
    def answer(self) -> tuple[str, list[Any]]:
        """What a model said, and the tool calls it asked for."""
        parsed = _json(self.produced)
        if not isinstance(parsed, dict):
            return self.produced, []
        calls = parsed.get("tool_calls")
        return str(parsed.get("content") or ""), calls if isinstance(calls, list) else []

    @property
    def is_final(self) -> bool:
        """A tool that hands in the final answer."""
        return self.kind == "tool" and bool(_FINAL.search(self.name))

    @cached_property
    def undeclared(self) -> bool:
        """Whether a tool was called with an argument it does not declare."""
        declared = _json(self.parameters or "")
        given = _json(self.received)
        if not isinstance(declared, dict) or not isinstance(given, dict):
            return False
        named = given.get("kwargs", given)
        known = declared.get("properties", declared)
        return isinstance(named, dict) and any(k not in known for k in named)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@dataclass
class _Tree:
    """The acts by id and by the act that contains them."""

    acts: Sequence[Act]
    by_id: dict[str, Act] = field(default_factory=dict)
    inside: dict[str | None, list[Act]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for act in self.acts:
            self.by_id[act.id] = act
            self.inside[act.parent].append(act)

    def agent_of(self, act: Act) -> Act | None:
        """The innermost agent around an act."""
        seen: set[str] = set()
        parent = act.parent
        while parent in self.by_id and parent not in seen:
            seen.add(parent)
            if self.by_id[parent].kind == "agent":
                return self.by_id[parent]
            parent = self.by_id[parent].parent
        return None

    def step_of(self, act: Act) -> Act | None:
        """The chain around a model call, where an agent is around that: a step of its loop."""
        parent = self.by_id.get(act.parent or "")
        chained = parent is not None and parent.kind == "chain"
        return parent if chained and self.agent_of(act) is not None else None


@dataclass
class _AgentPast:
    """What one agent did so far."""

    steps: int = 0
    observed: int = 0
    plan: str = ""
    relies: bool = False
    """Whether a plan of its names helpers."""
    asked: list[tuple[str, set[str]]] = field(default_factory=list)
    """Tools it called so far, each with the words of what it gave them."""


_CODE_ASKED = re.compile(r"```|<code>|\bCode:")


def act_signals(acts: Sequence[Act]) -> list[tuple[str, dict[str, float]]]:
    """(id, signals by name) of every model and tool act, in the order given."""
    tree = _Tree(acts)
    pasts: dict[str | None, _AgentPast] = defaultdict(_AgentPast)
    said: list[set[str]] = []
    called: list[tuple[str, str]] = []
    steps = [a for a in acts if a.kind == "model" and tree.step_of(a) is not None]
    troubled = {a.id: bool(w.TROUBLE.search(b.answer[0])) for a, b in itertools.pairwise(steps)}
    made: list[tuple[str, dict[str, float]]] = []
    for act in acts:
        if act.kind not in ("model", "tool"):
            continue
        agent = tree.agent_of(act)
        past = pasts[agent.id if agent else None]
        if act.kind == "tool":
            signals = _tool(act, called)
            _observe(act, agent, tree, pasts)
        else:
            signals = _model(act, agent, tree, past, said)
            signals["short_run"] = len(steps) <= 2
            signals["unended_plan_short"] = (
                signals["short_run"]
                and bool(signals.get("marker_missing"))
                and not signals.get("plans_again")
            )
            signals["trouble_next"] = troubled.get(act.id, False)
        made.append((act.id, {k: float(v) for k, v in signals.items() if v}))
    return made


def _observe(act: Act, agent: Act | None, tree: _Tree, pasts: dict[str | None, _AgentPast]) -> None:
    """A tool's answer is known to its agent and to whoever called that agent."""
    if act.is_final:
        return
    while agent is not None:
        pasts[agent.id].observed += 1
        agent = tree.agent_of(agent)


def _tool(act: Act, called: list[tuple[str, str]]) -> dict[str, float]:
    same_name = sum(name == act.name for name, _ in called[-6:])
    signals: dict[str, float] = {
        "tool": True,
        "hands_in": act.is_final,
        "tool_failed": act.failed,
        "tool_says_error": not act.is_final and bool(_TROUBLE.search(act.produced[:300])),
        "refused": not act.is_final and bool(_REFUSED.search(act.produced[:400])),
        "tool_repeated": (act.name, act.received) in called,
        "tool_again": min(5, same_name) / 5,
        "tool_empty": len(act.produced) < 5 and not act.is_final,
        "undeclared_argument": act.undeclared,
    }
    called.append((act.name, act.received))
    return signals


def _model(
    act: Act, agent: Act | None, tree: _Tree, past: _AgentPast, said: list[set[str]]
) -> dict[str, float]:
    step = tree.step_of(act)
    text, calls = act.answer
    common: dict[str, float] = {
        "model": True,
        "nested_agent": agent is not None and tree.agent_of(agent) is not None,
        "outside_agents": agent is None,
        "assumes": w.times(w.ASSUMES, text, 4),
        "long": math.log1p(len(text)) / 10,
        "long_input": math.log1p(len(act.received)) / 12,
        "unable": bool(w.UNABLE.search(text)),
        "says_nothing": not text.strip() and not calls,
        "asks_tool": bool(calls),
    }
    if step is None:
        return common | _planning(act, agent, text, past)
    return common | _acting(act, step, tree, text, calls, past, said)


def _planning(act: Act, agent: Act | None, text: str, past: _AgentPast) -> dict[str, float]:
    surveys = "facts" in text[:300].lower()
    plans = agent is not None and not surveys
    signals: dict[str, float] = {
        "surveys": surveys,
        "plans": plans,
        "plans_again": bool(past.plan) and past.steps > 0,
        "plan_steps": min(20, len(_PLANNED_STEP.findall(text))) / 10 if plans else 0.0,
        "plan_without_tools": plans and not _TEAM_CALL.search(text),
        "marker_missing": plans
        and any(m not in text for m in set(_MARKER.findall(act.received[-4000:]))),
        "facts_claimed": min(6, len(re.findall(r"\b\d{2,}\b", text))) / 6 if surveys else 0.0,
        "gives_up": agent is None and bool(w.UNABLE.search(text)),
    }
    past.plan += text
    past.relies = past.relies or bool(set(_HELPER.findall(text)) - _NO_HELPERS)
    return signals


def _acting(
    act: Act,
    step: Act,
    tree: _Tree,
    text: str,
    calls: list[Any],
    past: _AgentPast,
    said: list[set[str]],
) -> dict[str, float]:
    code = w.code_of(text)
    beside = [a for a in tree.inside[step.id] if a.kind in ("tool", "agent")]
    tools = [a for a in beside if not a.is_final]
    final = any(a.is_final for a in beside)
    unused = not tools and not step.failed
    ignored = past.relies and not tools and past.observed == 0
    mine = set(w.words(text + json.dumps(calls)[:400] if calls else text))
    signals: dict[str, float] = {
        "acts": True,
        "first_act": past.steps == 0,
        "late": math.log1p(past.steps),
        "code": bool(code),
        "step_failed": step.failed,
        "no_tool": unused,
        "final": final,
        "final_unobserved": final and past.observed == 0,
        "final_at_once": final and past.steps == 0,
        "final_in_text": bool(_FINAL.search(text)),
        "tool_trouble": any(a.failed or _TROUBLE.search(a.produced[:200]) for a in tools),
        "bad_arguments": any(a.undeclared for a in tools),
        "asks_alike": _asks_alike(tools, past),
        "plan_ignored": ignored,
        "plan_ignored_at_once": ignored and past.steps == 0,
        "recalls": bool(w.RECALLS.search(text)),
        "only_prints": bool(code) and unused and not final and "print(" in code,
        "names_unused": bool(code) and unused and _names_unused(past.plan, text),
        # Only who was asked to think aloud, or to act in code, can have left it out.
        "no_thought": "Thought:" in act.received and "Thought:" not in text and not calls,
        "no_code": bool(_CODE_ASKED.search(act.received)) and not code and not calls,
        "repeats": max((w.share_in(mine, s) for s in said[-6:]), default=0.0),
        "gives_up": final and bool(w.UNABLE.search(text)),
        "says_trouble": bool(w.TROUBLE.search(text)),
        "hard_coded": bool(w.HARD_CODED.search(code)),
        "imports": bool(_IMPORT.search(code)),
        "own_network": bool(_NETWORK.search(code)),
        "hands_over": any(a.kind == "agent" for a in beside),
        "makes_up_observation": "Observation:" in text,
    }
    past.steps += 1
    past.observed += len(tools)
    past.asked += [(a.name, set(w.words(a.received))) for a in tools if a.kind == "tool"]
    said.append(mine)
    return signals


def _asks_alike(tools: Sequence[Act], past: _AgentPast) -> float:
    """How much a tool is asked what this agent asked it before, 0..1, in other words perhaps."""
    most = 0.0
    for act in tools:
        mine = set(w.words(act.received))
        alike = (
            w.likeness(mine, other) for name, other in past.asked[-_ASKED:] if name == act.name
        )
        most = max(most, *alike, 0.0)
    return most


def _names_unused(plan: str, text: str) -> bool:
    """A helper named in plan and text (``search_agent``) that the step did not call."""
    helpers = set(re.findall(r"\b[a-z]+_(?:agent|tool)\b", plan))
    return any(h in text and f"{h}(" not in text for h in helpers)

"""Runs of agents that plan, call tools and answer: steps that look wrong by what they did."""

from __future__ import annotations

from misstep_diagnosis.agents import act_signals, load_model
from misstep_diagnosis.agents.hops import acts_of, hop_id_of
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts

_MOST = 5
_WEIGHT = 1.5
"""Times the chance (below 1): never enough to accuse without another witness."""

SENTENCES: dict[str, str] = {
    "acts": "it acts",
    "assumes": "it assumes what nothing before it says",
    "bad_arguments": "it called a tool with an argument the tool does not declare",
    "code": "it acts through code",
    "final_at_once": "it gave the final answer in its first step",
    "final_unobserved": "it gave the final answer without having observed anything",
    "gives_up": "it gave up instead of an answer",
    "hands_in": "it hands in the answer",
    "imports": "its code imports modules of its own",
    "long_input": "it was given a long context",
    "names_unused": "it names a helper that it then did not call",
    "no_code": "it gave no code and called no tool",
    "no_thought": "it acted without the reasoning asked for",
    "no_tool": "it used no tool",
    "only_prints": "its code only prints text",
    "plan_steps": "its plan has many steps",
    "plan_without_tools": "its plan uses none of the tools",
    "plans": "it plans",
    "repeats": "it repeats an earlier step",
    "says_nothing": "it said nothing",
    "short_run": "the agent stopped after very few steps",
    "step_failed": "its step failed",
    "tool": "it is a tool call",
    "tool_again": "the same tool was called again and again",
    "tool_empty": "it returned nothing",
    "tool_failed": "it failed",
    "tool_repeated": "the same call was made before",
    "tool_says_error": "it returned an error as its result",
    "tool_trouble": "the tool it called had trouble",
    "trouble_next": "the next step speaks of trouble",
    "undeclared_argument": "it was called with an argument it does not declare",
}
"""What a signal that speaks against a step means."""

_UNTELLING = frozenset({"acts", "code", "tool", "plans", "hands_in", "long_input", "plan_steps"})


def suspicious_steps(known: RunFacts, _good: Good) -> list[Found]:
    """Steps of an agent that are likelier wrong than not, by signals learned from labelled logs."""
    if not any(h.kind == "agent" for h in known.hops):
        return []
    signals = act_signals(acts_of(known.hops))
    if not signals:
        return []
    model = load_model("spans")
    chances = model.chances([s for _, s in signals])
    order = sorted(range(len(signals)), key=lambda i: -chances[i])
    out = []
    for i in order[:_MOST]:
        told = _told(model.reasons(signals[i][1], most=6))
        if chances[i] >= model.threshold and told:
            hop_id = hop_id_of(signals[i][0])
            quote = _quote(known, hop_id)
            out.append(found("agent.step", hop_id, quote, told, weight=_WEIGHT * chances[i]))
    return out


def _told(reasons: list[str]) -> str:
    telling = [SENTENCES[r] for r in reasons if r in SENTENCES and r not in _UNTELLING]
    return "; ".join(telling[:2])


def _quote(known: RunFacts, hop_id: str) -> str:
    hop = known.by_id[hop_id]
    if hop.error is not None:
        return hop.error.message
    return str(hop.output)[:200] if hop.output is not None else hop.name


RULES = (
    Rule(
        "agent.step",
        "A step of an agent did what wrong steps of labelled agent logs tend to do.",
        False,
        suspicious_steps,
    ),
)

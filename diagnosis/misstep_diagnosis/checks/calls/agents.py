"""Runs of agents that plan, call tools, talk and answer: steps that look wrong by what they did."""

from __future__ import annotations

from misstep_diagnosis.agents import act_signals, load_model, turn_signals
from misstep_diagnosis.agents.hops import acts_of, hop_id_of, turns_of
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts, known_bad

_MOST = 5
_WEIGHT = 1.5
"""Times the chance (below 1): never enough to accuse without another witness."""
_TURN_WEIGHT = 0.9
"""Times the share of being the first wrong turn: a hint, which orders the suspects of a bad run."""

SENTENCES: dict[str, str] = {
    "acts": "it acts",
    "asks_alike": "it asks a tool what it asked it before, in like words",
    "assumes": "it assumes what nothing before it says",
    "bad_arguments": "it called a tool with an argument the tool does not declare",
    "code": "it acts through code",
    "final": "it gives the answer",
    "final_at_once": "it gave the final answer in its first step",
    "final_unobserved": "it gave the final answer without having observed anything",
    "gives_up": "it gave up instead of an answer",
    "hands_in": "it hands in the answer",
    "hands_over": "it hands work to another agent",
    "hard_coded": "its code holds the data itself",
    "imports": "its code imports modules of its own",
    "long_input": "it was given a long context",
    "names_unused": "it names a helper that it then did not call",
    "no_code": "it gave no code and called no tool",
    "no_thought": "it acted without the reasoning asked for",
    "no_tool": "it used no tool",
    "only_prints": "its code only prints text",
    "plan_ignored": "its plan relies on helpers, and it acts without any",
    "plan_ignored_at_once": "its first act leaves out the helpers of its plan",
    "plan_steps": "its plan has many steps",
    "plan_without_tools": "its plan uses none of the tools",
    "plans": "it plans",
    "recalls": "it answers from what it recalls",
    "refused": "a server refused it or did not answer",
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
    "unended_plan_short": "its plan lacks the mark that was asked for, and few steps followed",
    "undeclared_argument": "it was called with an argument it does not declare",
}
"""What a signal that speaks against a step means."""

TURN_SENTENCES: dict[str, str] = {
    "answers": "it states an answer",
    "assumes": "it assumes what nothing before it says",
    "claims_looked": "it says it looked, and shows nothing that it saw",
    "code": "it acts through code",
    "coordinator_accepted": "the coordinator's own step, in a run whose answer it accepted",
    "coordinator_code": "the coordinator wrote the code itself",
    "departs": "it states another task than the one that was asked",
    "first_by_agent": "the agent's first turn",
    "first_code_lost": "the first code that failed, in a run that never got to an answer",
    "first_page": "the first page that was opened",
    "long": "it says much",
    "new_facts": "it states facts that nothing before it says",
    "new_facts_in_code": "its code holds values that nothing before it says",
    "opening_code": "it hands over code with the task",
    "other_worker_next": "after it the coordinator turned to somebody else",
    "outcome_born": "what was handed in at the end stands here first",
    "repeats": "it repeats an earlier turn",
    "shows_lost": "it came back without what was sought, in a run that never found it",
    "terminates": "it ends the run",
    "worker_lost": "a worker's turn in a run that never got to an answer",
}
"""What a signal that speaks against a turn of a conversation means."""

_UNNAMED = "of the turns of this run it is among the likeliest, by no single sign"
_UNTELLING = frozenset(
    (
        *("acts", "code", "tool", "plans", "hands_in", "long_input", "plan_steps"),
        *("final", "hands_over"),
    )
)


def suspicious_steps(known: RunFacts, _good: Good) -> list[Found]:
    """Steps of an agent that are likelier wrong than not, by signals learned from labelled logs."""
    if not any(h.kind == "agent" for h in known.hops) or turns_of(known.run.input, known.hops):
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


def suspicious_turns(known: RunFacts, _good: Good) -> list[Found]:
    """Turns of agents in conversation, in a run known to be bad, by how likely each is the first
    wrong one. Only failed conversations were labelled, so nothing is said of others."""
    if not known_bad(known.run):
        return []
    conversation = turns_of(known.run.input, known.hops)
    if not conversation:
        return []
    signals = turn_signals(conversation[0][1].text, [t for _, t in conversation])
    model = load_model("transcript")
    shares = model.shares(signals)
    out = []
    for i in model.ranked(signals)[: _MOST + 1]:
        hop_id = conversation[i][0]
        if hop_id is None:
            continue
        reasons = model.reasons(signals[i], most=6)
        told = "; ".join([TURN_SENTENCES[r] for r in reasons if r in TURN_SENTENCES][:2])
        weight = _TURN_WEIGHT * shares[i]
        out.append(
            found("agent.turn", hop_id, _quote(known, hop_id), told or _UNNAMED, weight=weight)
        )
    return out[:_MOST]


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
    Rule(
        "agent.turn",
        "A turn of agents in conversation did what first wrong turns of labelled logs tend to do.",
        False,
        suspicious_turns,
    ),
)

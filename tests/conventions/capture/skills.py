"""The local provider as the captured programs meet it: tools are called, and some questions fail."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

from tests.conventions.capture.watching import Watched, current

from misstep_examples.provider import Answer, Ask, LocalProvider, Skills, ToolCall
from misstep_examples.provider.exchange import cut_to, usage_of
from misstep_examples.provider.openai_wire import snapshot
from misstep_examples.provider.skills import general
from misstep_examples.provider.skills.base import Moment

_FINAL = re.compile(r"final_(answer|result)|submit|respond|output", re.IGNORECASE)


def answer(moment: Moment) -> Answer:
    """One call of a tool the user's words fit, then the framework's own last tool, or a sentence.

    Frameworks that want an answer in a shape of their own say so in their instructions."""
    ask = moment.ask
    role = ask.turns[-1][0] if ask.turns else ""
    if "Think aloud" in ask.text:
        return Answer("Five.", thought="P, a, r, i, s: that makes five letters.")
    if "Paris and Oslo" in ask.text and "get_weather" in ask.tools and role == "user":
        both = tuple(ToolCall("get_weather", {"city": city}) for city in ("Paris", "Oslo"))
        return Answer(tool_calls=both, finish="tool_calls")
    final = [t for t in ask.tools if _FINAL.search(t)]
    others = {t: s for t, s in ask.tools.items() if t not in final}
    if role == "tool" and final:
        given = dict.fromkeys(ask.tools[final[0]].get("properties") or (), "sunny, 21 degrees")
        return Answer(tool_calls=(ToolCall(final[0], given),), finish="tool_calls")
    if "[[ ##" in ask.everything:
        return Answer(_dspy(ask.text))
    if ask.text.startswith("Observation") and final:
        given = dict.fromkeys(ask.tools[final[0]].get("properties") or (), "sunny, 21 degrees")
        return Answer(tool_calls=(ToolCall(final[0], given),), finish="tool_calls")
    if "Final Answer:" in ask.everything:
        return Answer("Thought: I now can give a great answer\nFinal Answer: Paris is sunny.")
    if "<code>" in ask.system or "```py" in ask.system:
        return Answer('Thought: I know it.\n<code>\nfinal_answer("sunny, 21 degrees")\n</code>')
    return general.small_talk(replace(moment, ask=replace(ask, tools=others or ask.tools)))


def _dspy(text: str) -> str:
    """The fields DSPy asks for; of its agents, a tool's call first and the end after it."""
    asked = text.lower().rpartition("respond with")[2]
    found = re.findall(r"\[\[ ## (\w+) ## \]\]", asked)
    done = "observation_0" in text
    special = {
        "next_tool_name": "finish" if done else "get_weather",
        "next_tool_args": "{}" if done else '{"city": "Paris"}',
    }
    told = [f"[[ ## {f} ## ]]\n{special.get(f, 'Paris')}" for f in found if f != "completed"]
    return "\n\n".join([*told, "[[ ## completed ## ]]"])


def about(ask: Ask) -> dict[str, Any]:
    """What a call asks, refused or not."""
    return {
        "model": ask.model,
        "system": ask.system,
        "turns": [list(turn) for turn in ask.turns],
        "tools": sorted(ask.tools),
        "stream": ask.stream,
    }


def exchange(ask: Ask, made: Answer) -> dict[str, Any]:
    """What a call was answered: what an export is held against."""
    made = cut_to(made, ask.max_tokens)
    return {
        "served": snapshot(ask.model),
        "text": made.text,
        "thought": made.thought,
        "calls": [[call.name, call.arguments] for call in made.tool_calls],
        "finish": made.finish,
        "usage": asdict(usage_of(ask, made)),
    }


def provider(told: list[dict[str, Any]] | None = None) -> LocalProvider:
    """The provider, not started; ``told`` gets each request and how it was answered.

    What contains ``please fail`` gets a 500, ``too many`` a 429, ``never answers`` no answer at all;
    ``Busy at first`` gets a 429 and ``Stumbles once`` a 500 before their answers."""

    def answering(moment: Moment) -> Answer:
        made = answer(moment)
        current.get({}).update(exchange(moment.ask, made))
        return made

    skills = Skills([], fallback=answering)
    local = LocalProvider(latency=0, skills=skills)
    local.provider = Watched(skills, [] if told is None else told, about)
    local.set_fault("server_error", match="please fail")
    local.set_fault("rate_limit", match="too many")
    local.set_fault("timeout", match="never answers")
    local.set_fault("rate_limit", match="Busy at first", times=1)
    local.set_fault("server_error", match="Stumbles once", times=1)
    local.set_fault("server_error", match="gpt-4o\n\ngpt-4o is ill")
    return local

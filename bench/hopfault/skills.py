"""What the models of HopFault can do, and where their faults strike."""

from __future__ import annotations

import json
import re
from typing import Any

from bench.hopfault.mutations import MUTATIONS, mutate

from misstep_examples.provider import Answer, Ask, FaultBoard, Skill, Skills, ToolCall
from misstep_examples.provider.skills.base import Moment
from misstep_examples.provider.skills.general import small_talk

INSTRUCTIONS = {
    "extract": "You extract the fields of a request.",
    "items": "You extract the items in a part of a request.",
    "price": "You price a record with a factor.",
    "price_one": "You price one item with a factor.",
    "decide": "You decide whether a total is within its limit.",
    "write": "You write a short note about a request.",
    "criticise": "You criticise a note about a request.",
    "repair": "You repair a note about a request.",
    "route": "You route a request.",
    "judge": "You judge two solutions.",
    "converse": "You keep the state of a conversation.",
    "estimate": "You estimate a total with the tools you have.",
    "answer": "You answer a question from a document.",
}
"""The instruction each step gives its model, by step."""

REGRESSION = "Round every amount to full tens."
"""What a careless edit of a prompt adds."""


def fields_of(instruction: str) -> dict[str, str]:
    """The domain's field names, read from the instruction."""
    found = re.search(r"Fields: (\w+), (\w+) \((\w+), (\w+), (\w+)\), (\w+)", instruction)
    names = ("entity", "items", "name", "count", "value", "limit")
    return dict(zip(names, found.groups() if found else names, strict=True))


def _items(text: str, key: dict[str, str]) -> list[dict[str, Any]]:
    found = re.findall(r"(\d+) x ([a-z ]+?) at ([\d.]+\d)", text)
    return [{key["name"]: n, key["count"]: int(c), key["value"]: float(v)} for c, n, v in found]


def _extract(moment: Moment) -> dict[str, Any]:
    text, key = moment.text, fields_of(moment.ask.system)
    head = re.search(r"(\d{4}) from (.+?) on (\S+?)\.", text)
    limit = re.search(rf"The {key['limit']} is (\d+)", text)
    return {
        "reference": head[1] if head else "",
        key["entity"]: head[2] if head else "",
        "date": head[3] if head else "",
        key["items"]: _items(text, key),
        key["limit"]: float(limit[1]) if limit else None,
    }


def _only_items(moment: Moment) -> dict[str, Any]:
    key = fields_of(moment.ask.system)
    return {key["items"]: _items(moment.text, key)}


def _amount(item: dict[str, Any], key: dict[str, str], factor: float) -> float:
    return round((item.get(key["count"]) or 0) * (item.get(key["value"]) or 0) * factor, 2)


def _price(moment: Moment) -> dict[str, Any]:
    asked, key = moment.data(), fields_of(moment.ask.system)
    factor = asked.get("factor") or 1.0
    items = asked["record"].get(key["items"]) or []
    lines = [{"name": i.get(key["name"]), "amount": _amount(i, key, factor)} for i in items]
    return {"lines": lines, "total": round(sum(line["amount"] for line in lines), 2)}


def _price_one(moment: Moment) -> dict[str, Any]:
    asked, key = moment.data(), fields_of(moment.ask.system)
    item = asked["item"]
    return {"name": item.get(key["name"]), "amount": _amount(item, key, asked.get("factor") or 1)}


def _decide(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    total, limit = asked.get("total") or 0, asked.get("limit")
    if limit is None:
        return {"decision": "approve", "margin": None}
    margin = round(limit - total, 2)
    return {"decision": "approve" if margin >= 0 else "escalate", "margin": margin}


def _write(moment: Moment) -> str:
    return _note(moment, moment.data())


def _note(moment: Moment, facts: dict[str, Any]) -> str:
    opening = moment.pick("opening", ("This concerns", "A note on", "Regarding"))
    verb = moment.pick("verb", ("comes to", "amounts to", "adds up to"))
    parts = [f"{opening} {facts.get('reference')} of {facts.get('entity')}"]
    if facts.get("total") is not None:
        parts.append(f"The total {verb} {facts['total']} {facts.get('unit', '')}".strip())
    if facts.get("decision"):
        parts.append(f"The decision is to {facts['decision']} it")
    return ". ".join(parts) + "."


def _criticise(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    facts, note = asked["facts"], asked["note"]
    wanted = [facts.get("entity"), facts.get("total")]
    missing = [str(w) for w in wanted if w is not None and str(w) not in note]
    return {"remarks": [f"{m} is missing" for m in missing], "publish": not missing}


def _repair(moment: Moment) -> str:
    asked = moment.data()
    return _note(moment, asked["facts"]) if asked["remarks"] else str(asked["note"])


def _route(moment: Moment) -> dict[str, Any]:
    return {"route": "complex" if "express" in moment.text else "simple"}


def _judge(moment: Moment) -> dict[str, Any]:
    """Prefers the solution whose lines add up to its total."""
    asked = moment.data()
    winner = "second" if not _adds_up(asked["first"]) and _adds_up(asked["second"]) else "first"
    return {"winner": winner, "total": asked[winner].get("total")}


def _adds_up(solution: dict[str, Any]) -> bool:
    lines = solution.get("lines") or []
    amounts = [line.get("amount") or 0 for line in lines]
    return abs(sum(amounts) - (solution.get("total") or 0)) < 0.02


def _converse(moment: Moment) -> dict[str, Any]:
    """The state after one more message: an item's count changed, or an item removed."""
    asked, key = moment.data(), fields_of(moment.ask.system)
    state, message = asked["state"], asked["message"]
    changed = re.search(r"make it (\d+) x ([a-z ]+)", message)
    removed = re.search(r"leave out the ([a-z ]+)", message)
    items = state.get(key["items"]) or []
    if changed:
        for item in items:
            if item.get(key["name"]) == changed[2]:
                item[key["count"]] = int(changed[1])
    if removed:
        state[key["items"]] = [i for i in items if i.get(key["name"]) != removed[1]]
    return dict(state)


def _estimate(moment: Moment) -> Answer:
    """Asks for the factor first, then prices the record with what the tool said."""
    results = [text for role, text in moment.ask.turns if role == "tool"]
    record = json.loads(next(text for role, text in moment.ask.turns if role == "user"))["record"]
    key = fields_of(moment.ask.system)
    if not results:
        call = ToolCall("get_factor", {"entity": record.get(key["entity"]) or ""})
        return Answer(tool_calls=(call,), finish="tool_calls")
    factor = json.loads(results[-1]).get("factor") or 1.0
    items = record.get(key["items"]) or []
    return Answer(json.dumps({"total": round(sum(_amount(i, key, factor) for i in items), 2)}))


def _answer(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    found = re.search(r"Terms (\d+) for .+?: the factor is ([\d.]+\d)", asked["document"])
    return {"factor": float(found[2]) if found else None, "version": found[1] if found else ""}


_SKILLS = {
    "extract": _extract,
    "items": _only_items,
    "price": _price,
    "price_one": _price_one,
    "decide": _decide,
    "write": _write,
    "criticise": _criticise,
    "repair": _repair,
    "route": _route,
    "judge": _judge,
    "converse": _converse,
    "estimate": _estimate,
    "answer": _answer,
}


class FaultySkills(Skills):
    """The skills, with a mutation of the answer where a fault of that kind is switched on."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The kinds a model's answer can have."""
        return tuple(MUTATIONS)

    def answer(self, ask: Ask, board: FaultBoard) -> Answer:
        """The right answer, or the mutated one where a fault strikes and can apply."""
        answer = super().answer(ask, board)
        if not answer.text:
            return answer
        text = _rounded(answer.text) if REGRESSION in ask.system else answer.text
        for kind in MUTATIONS:
            changed = mutate(kind, text, ask.seed(kind))
            if changed is not None and board.strikes(kind, ask.everything):
                text = changed
        return Answer(text, answer.tool_calls, answer.finish)


def _rounded(text: str) -> str:
    return re.sub(r"(?<![\w.-])\d+\.\d+(?![\w-])", lambda m: f"{round(float(m[0]), -1):.1f}", text)


SKILLS = FaultySkills(
    [Skill(INSTRUCTIONS[step].lower().rstrip("."), skill) for step, skill in _SKILLS.items()],
    fallback=small_talk,
)

"""Skills of the support pipeline: classify, plan, choose a document, draft, check, compose."""

from __future__ import annotations

import re
from typing import Any

from misstep_examples.provider.skills.base import Moment, Skill

_TOPICS = {
    "return": ("return", "refund", "send back", "money back"),
    "delivery": ("deliver", "shipping", "shipped", "arrive", "parcel"),
    "warranty": ("warranty", "repair", "broke", "defect", "stopped working"),
}
_PRODUCT = re.compile(r"\b(?:my|the|a|these|those)\s+(?:new\s+)?(\w+)", re.I)
_ORDER = re.compile(r"\b([A-Z]-\d{4})\b")
_NO_PRODUCT = frozenset(("order", "warranty", "refund", "money", "parcel", "time", "price"))


def _classify(moment: Moment) -> dict[str, Any]:
    """The order id is read only where it is printed in one piece; `A 1077` escapes the model."""
    text = moment.text
    lower = text.lower()
    topic = next((t for t, words in _TOPICS.items() if any(w in lower for w in words)), "other")
    order = _ORDER.search(text)
    lost = moment.errs("support.lose_order", prone=order is None)
    names = [p for p in _PRODUCT.findall(text) if p.lower() not in _NO_PRODUCT]
    hard = text.count("?") > 1 or any(w in lower for w in ("although", "however", "lawyer"))
    return {
        "topic": topic,
        "product": names[0].lower() if names else "",
        "order_id": "" if lost or order is None else order[1],
        "difficulty": "hard" if hard else "simple",
    }


def _plan(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    product = asked["product"] or "product"
    asks = {
        "return": f"how many days to return {product} and get a refund",
        "delivery": f"how many days delivery of {product} takes",
        "warranty": f"how many days warranty covers {product}",
    }
    query = asks.get(asked["topic"], f"help with {product}")
    lead = moment.pick("lead", ("state", "name", "give"))
    points = [f"{lead} the period that applies to {product}", f"refer to order {asked['order_id']}"]
    if moment.ask.model.startswith("o1"):
        points.append("answer each question in turn")
    return {"query": query, "points": points}


def _choose(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    query = _words(asked["query"])
    best = max(asked["candidates"], key=lambda c: _fit(query, c))
    if moment.errs("support.wrong_document"):
        best = min(asked["candidates"], key=lambda c: _fit(query, c))
    why = moment.pick("why", ("closest to the question", "covers what is asked", "fits best"))
    return {"document": best["id"], "reason": f"{best['title']}: {why}"}


def _fit(query: set[str], candidate: dict[str, Any]) -> int:
    return 3 * len(query & _words(candidate["title"])) + len(query & _words(candidate["text"]))


def _words(text: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"[a-z]{3,}", text.lower())}


def _draft(moment: Moment) -> dict[str, Any]:
    asked = moment.data()
    policy = asked["policy"]
    period = re.search(r"(\d+) days", policy["text"])
    days = int(period[1]) if period else 0
    if moment.errs("support.misread_period"):
        days = _misread(days)
    opening = moment.pick("opening", ("Thank you for writing.", "Thanks for your message."))
    says = {
        "return": f"you can return your {asked['product']} within {days} days of delivery",
        "delivery": f"your {asked['product']} is delivered within {days} days of the order",
        "warranty": f"your {asked['product']} is covered for {days} days from delivery",
    }
    sentence = says.get(asked["topic"], f"the period that applies is {days} days")
    text = f"{opening} Under our policy {policy['id']} {sentence}."
    return {"text": text, "window_days": days, "policy_id": policy["id"]}


def _misread(days: int) -> int:
    """As a hurried reader takes thirty for thirteen, and others for one less."""
    return {30: 13, 14: 40, 5: 15, 730: 370}.get(days, max(days - 1, 0))


def _guard(moment: Moment) -> dict[str, Any]:
    draft = moment.data()["draft"]
    lower = draft["text"].lower()
    issues = [f"promises too much: {w}" for w in ("guarantee", "always", "never") if w in lower]
    if draft["policy_id"] not in draft["text"]:
        issues.append("names no policy")
    return {"ok": not issues, "issues": issues}


def _compose(moment: Moment) -> str:
    asked = moment.data()
    greeting = moment.pick("greeting", ("Hello", "Good day", "Dear customer"))
    closing = moment.pick("closing", ("Kind regards", "Best wishes", "All the best"))
    last = f" For order {asked['order_id']} that is {asked['deadline']}."
    return f"{greeting},\n\n{asked['draft']}{last}\n\n{closing}\nThe support team"


SKILLS = (
    Skill("classify support tickets", _classify, ("support.lose_order",)),
    Skill("plan how to answer", _plan),
    Skill("choose the policy document", _choose, ("support.wrong_document",)),
    Skill("draft an answer to a customer", _draft, ("support.misread_period",)),
    Skill("check a draft before it is sent", _guard),
    Skill("write the reply", _compose),
)

"""Support desk: a ticket is classified, the policy that applies is found, an answer is written.

Nine steps, five models, all asynchronous. gpt-4o-mini classifies; simple tickets are planned by
gpt-4o-mini and hard ones by o1; the question is embedded and the nearest policies are retrieved;
gpt-4o-mini chooses one; claude-3-5-sonnet drafts, and when Anthropic refuses, gpt-4o does;
claude-3-5-haiku checks the draft; the deadline is looked up; gpt-4o-mini writes the reply.

What can go wrong without a sound: the index still offers a policy for headphones that expired in
2023, because nobody archived it, and the customer is told 14 days instead of 30. Or the model that
took over after the failover misreads 30 days as 13. What fails loudly, but far away: an order id
written ``A 1077`` is not recognised, and six steps later the order cannot be found.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Literal

from anthropic import APIError as AnthropicError
from pydantic import BaseModel

import misstep
from misstep_examples.models import async_models, async_session
from misstep_examples.policies import DIMENSIONS, EMBEDDING_MODEL, Policy, policies

SMALL = "gpt-4o-mini"
REASONING = "o1"
SECOND_CHOICE = "gpt-4o"
FAST = "claude-3-5-haiku-20241022"
CAREFUL = "claude-3-5-sonnet-20241022"
TODAY = "2025-03-14"

Topic = Literal["return", "delivery", "warranty", "other"]


class Ticket(BaseModel):
    """What the customer wrote."""

    ticket_id: str
    text: str


class Classified(BaseModel):
    """What the ticket is about; ``difficulty`` decides which model plans the answer."""

    topic: Topic
    product: str
    order_id: str
    difficulty: Literal["simple", "hard"]


class Plan(BaseModel):
    """What to search for, and what the answer must say."""

    query: str
    points: list[str]


class Found(BaseModel):
    """A policy that search returned."""

    id: str
    title: str
    text: str
    valid_from: str
    valid_until: str
    score: float


class Draft(BaseModel):
    """An answer before it is checked; ``window_days`` is the period it promises."""

    text: str
    window_days: int
    policy_id: str


class Check(BaseModel):
    """Whether a draft may be sent."""

    ok: bool
    issues: list[str]


class SupportReply(BaseModel):
    """What the customer gets."""

    ticket_id: str
    text: str
    policy_id: str
    window_days: int
    deadline: str
    checked: bool


class OrderNotFoundError(LookupError):
    """No order has that id."""


ORDERS = {"A-1042": "2025-02-20", "A-1077": "2025-02-25", "B-2210": "2025-03-01"}
"""Day of delivery by order id."""

CLASSIFY = """You classify support tickets. Answer with JSON only: topic (return, delivery,
warranty, other), product, order_id, difficulty (simple, hard)."""
PLAN = "You plan how to answer a ticket. Answer with JSON only: query, points."
CHOOSE = (
    "You choose the policy document that answers a query. JSON only: document (its id), reason."
)
DRAFT = """You draft an answer to a customer from one policy. Name the policy's id. Answer with
JSON only: text, window_days (the period in days), policy_id."""
CHECK = "You check a draft before it is sent: no promises beyond the policy. JSON only: ok, issues."
COMPOSE = "You write the reply to the customer: greeting, the draft, the deadline, closing."


@misstep.hop(kind="llm", output=Classified)
async def classify(text: str) -> Classified:
    """Topic, product, order and difficulty, by gpt-4o-mini."""
    return Classified.model_validate_json(await _ask_openai(SMALL, CLASSIFY, text, as_json=True))


@misstep.hop(kind="llm", output=Plan)
async def plan_answer(about: Classified) -> Plan:
    """What to search and to say: o1 for hard tickets, gpt-4o-mini for simple ones."""
    model = REASONING if about.difficulty == "hard" else SMALL
    asked = about.model_dump_json(exclude={"difficulty"})
    return Plan.model_validate_json(await _ask_openai(model, PLAN, asked, as_json=True))


@misstep.hop(kind="embedding")
async def embed_query(query: str) -> list[float]:
    """The query as a vector."""
    answer = await async_models().openai.embeddings.create(
        model=EMBEDDING_MODEL, input=query, dimensions=DIMENSIONS, encoding_format="float"
    )
    return answer.data[0].embedding


@misstep.hop(kind="retriever")
async def retrieve(vector: list[float], valid_on: str, top: int = 3) -> list[Found]:
    """The nearest policies that are not archived."""
    current = [p for p in policies() if not p.archived]
    scored = sorted(((_cosine(vector, p), p) for p in current), key=lambda s: (-s[0], s[1].id))
    return [Found(**p.model_dump(exclude={"vector", "archived"}), score=s) for s, p in scored[:top]]


@misstep.hop(kind="reranker", output=Found)
async def select_policy(query: str, found: list[Found]) -> Found:
    """The policy gpt-4o-mini thinks answers the query."""
    candidates = [f.model_dump(include={"id", "title", "text"}) for f in found]
    asked = json.dumps({"query": query, "candidates": candidates})
    chosen = json.loads(await _ask_openai(SMALL, CHOOSE, asked, as_json=True))["document"]
    return next((f for f in found if f.id == chosen), found[0])


@misstep.hop(kind="llm", output=Draft)
async def draft_answer(about: Classified, points: list[str], policy: Found) -> Draft:
    """A draft by claude-3-5-sonnet; by gpt-4o when Anthropic refuses."""
    asked = json.dumps(
        {
            "topic": about.topic,
            "product": about.product,
            "points": points,
            "policy": policy.model_dump(include={"id", "text"}),
        }
    )
    with misstep.attempts("draft_answer"):
        try:
            drafted = await _ask_anthropic(CAREFUL, DRAFT, asked)
        except AnthropicError:
            drafted = await _ask_openai(SECOND_CHOICE, DRAFT, asked, as_json=True)
    return Draft.model_validate_json(drafted)


@misstep.hop(kind="guardrail", output=Check)
async def check_draft(draft: Draft) -> Check:
    """Whether the draft may be sent, by claude-3-5-haiku."""
    asked = json.dumps({"draft": draft.model_dump()})
    return Check.model_validate_json(await _ask_anthropic(FAST, CHECK, asked))


@misstep.hop(kind="tool", pure=True)
async def look_up_deadline(order_id: str, window_days: int) -> str:
    """The last day of the period for that order.

    Raises:
        OrderNotFoundError: no order has that id.
    """
    delivered = ORDERS.get(order_id)
    if delivered is None:
        raise OrderNotFoundError(f"no order with id {order_id!r}")
    return (dt.date.fromisoformat(delivered) + dt.timedelta(days=window_days)).isoformat()


@misstep.hop(kind="llm")
async def compose_reply(draft: str, order_id: str, deadline: str) -> str:
    """The reply as gpt-4o-mini streams it."""
    asked = json.dumps({"draft": draft, "order_id": order_id, "deadline": deadline})
    stream = await async_models().openai.chat.completions.create(
        model=SMALL,
        messages=[{"role": "system", "content": COMPOSE}, {"role": "user", "content": asked}],
        stream=True,
        stream_options={"include_usage": True},
    )
    return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])


@misstep.pipeline(name="support_desk")
async def answer_ticket(ticket: Ticket) -> SupportReply:
    """Answers one ticket.

    Raises:
        OrderNotFoundError: the order the ticket is about does not exist.
    """
    async with async_session():
        about = await classify(ticket.text)
        plan = await plan_answer(about)
        vector = await embed_query(plan.query)
        policy = await select_policy(plan.query, await retrieve(vector, valid_on=TODAY))
        draft = await draft_answer(about, plan.points, policy)
        check = await check_draft(draft)
        deadline = await look_up_deadline(about.order_id, draft.window_days)
        text = await compose_reply(draft.text, about.order_id, deadline)
    return SupportReply(
        ticket_id=ticket.ticket_id,
        text=text,
        policy_id=draft.policy_id,
        window_days=draft.window_days,
        deadline=deadline,
        checked=check.ok,
    )


def _cosine(vector: list[float], policy: Policy) -> float:
    return round(sum(a * b for a, b in zip(vector, policy.vector, strict=True)), 4)


async def _ask_openai(model: str, instruction: str, text: str, *, as_json: bool = False) -> str:
    answer = await async_models().openai.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": instruction}, {"role": "user", "content": text}],
        response_format={"type": "json_object"} if as_json else {"type": "text"},
    )
    return answer.choices[0].message.content or ""


async def _ask_anthropic(model: str, instruction: str, text: str) -> str:
    answer = await async_models().anthropic.messages.create(
        model=model,
        max_tokens=500,
        system=instruction,
        messages=[{"role": "user", "content": text}],
    )
    return "".join(block.text for block in answer.content if block.type == "text")

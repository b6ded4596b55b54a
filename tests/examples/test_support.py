"""The support pipeline: routing, failover, the expired policy, the lost order."""

from __future__ import annotations

import datetime as dt

import pytest

from misstep_examples import support
from misstep_examples.policies import DIMENSIONS, embedded_text, policies
from misstep_examples.provider import LocalProvider
from misstep_examples.provider.vectors import embed
from misstep_examples.support import OrderNotFoundError, SupportReply, Ticket, answer_ticket

pytestmark = pytest.mark.usefixtures("provider")
LAMP = "I want to return my lamp from order A-1077. How long can I wait?"


async def _answer(text: str) -> SupportReply:
    reply: SupportReply = await answer_ticket(Ticket(ticket_id="T-1", text=text))
    return reply


@pytest.mark.parametrize(
    ("text", "policy", "days", "deadline"),
    [
        (LAMP, "RET-2025", 30, "2025-03-27"),
        ("When will my blender arrive? The order is B-2210.", "DEL-2025", 5, "2025-03-06"),
        ("My toaster broke. Warranty? Who pays? Order B-2210.", "WAR-2025", 730, "2027-03-01"),
    ],
)
async def test_tickets_are_answered_from_the_policy_in_force(
    text: str, policy: str, days: int, deadline: str
) -> None:
    reply = await _answer(text)
    assert (reply.policy_id, reply.window_days, reply.deadline) == (policy, days, deadline)
    assert reply.checked
    assert f"{days} days" in reply.text and deadline in reply.text


@pytest.mark.parametrize(
    ("text", "model"),
    [("Where is my parcel, order A-1042?", "gpt-4o-mini"), ("Is it? Or not? A-1042", "o1")],
)
async def test_hard_tickets_are_planned_by_the_reasoning_model(
    text: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = support._ask_openai

    async def noting(model: str, instruction: str, text: str, *, as_json: bool = False) -> str:
        if instruction == support.PLAN:
            asked.append(model)
        return await ask(model, instruction, text, as_json=as_json)

    monkeypatch.setattr(support, "_ask_openai", noting)
    await _answer(text)
    assert asked == [model]


async def test_a_refusing_provider_is_replaced_and_the_answer_is_the_same(
    provider: LocalProvider,
) -> None:
    direct = await _answer(LAMP)
    provider.set_fault("rate_limit", times=2, match="claude-3-5-sonnet")
    failed_over = await _answer(LAMP)
    assert failed_over.window_days == direct.window_days == 30


async def test_the_failover_models_slip_reaches_the_customer(provider: LocalProvider) -> None:
    provider.set_fault("rate_limit", times=2, match="claude-3-5-sonnet")
    provider.set_fault("support.misread_period", times=1)
    reply = await _answer(LAMP)
    assert (reply.window_days, reply.deadline, reply.checked) == (13, "2025-03-10", True)


async def test_the_expired_policy_is_found_for_headphones_and_carried_to_the_customer() -> None:
    reply = await _answer(LAMP.replace("lamp", "headphones"))
    assert (reply.policy_id, reply.window_days) == ("RET-AUDIO-22", 14)
    (expired,) = [p for p in policies() if p.id == "RET-AUDIO-22"]
    assert expired.valid_until < support.TODAY and not expired.archived


async def test_archiving_the_expired_policy_mends_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = tuple(p for p in policies() if p.id != "RET-AUDIO-22")
    monkeypatch.setattr(support, "policies", lambda: kept)
    reply = await _answer(LAMP.replace("lamp", "headphones"))
    assert (reply.policy_id, reply.window_days) == ("RET-2025", 30)


async def test_a_wrong_choice_of_document_changes_the_answer(provider: LocalProvider) -> None:
    provider.set_fault("support.wrong_document", times=1)
    assert (await _answer(LAMP)).policy_id != "RET-2025"


async def test_a_lost_order_id_fails_far_from_its_cause() -> None:
    with pytest.raises(OrderNotFoundError, match="no order with id ''"):
        await _answer("I want to send back my radio, order A 1077.")
    reply = await _answer("I want to send back my radio, order A-1077.")
    assert reply.window_days == 30


async def test_the_same_ticket_gets_the_same_reply_twice() -> None:
    assert await _answer(LAMP) == await _answer(LAMP)


def test_the_index_holds_the_vectors_the_provider_would_make() -> None:
    for policy in policies():
        assert policy.vector == embed(embedded_text(policy), DIMENSIONS), policy.id


def test_the_validity_of_every_policy_is_a_date() -> None:
    for policy in policies():
        dt.date.fromisoformat(policy.valid_from)
        assert policy.valid_until == "" or dt.date.fromisoformat(policy.valid_until)

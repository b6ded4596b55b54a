"""Each rule fires on its example and stays silent on the harmless twin beside it."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import fired

SALES = [{"city": "Berlin", "sold": 412}, {"city": "Lyon", "sold": 389}]

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "number.misread",
        {"input": "Total 1.299,00 EUR", "output": {"total": 1.299}},
        {"input": "Total 1.299,00 EUR", "output": {"total": 1299.0}},
    ),
    (
        "number.misread",
        {"input": "Amount due: 1.640,00 EUR", "output": {"total": 1.64}},
        {"input": "Amount due: 2.000,00 EUR, for both", "output": {"pieces": 2}},
    ),
    (
        "number.scale",
        {"input": "Revenue was 4.2 million euro.", "output": "Revenue: 4.2 billion euro."},
        {"input": "Revenue was 4.2 million euro.", "output": "Revenue: 4.2m euro."},
    ),
    (
        "number.contradicts",
        {"input": "Give dose 5 mg daily", "output": "Give dose 50 mg daily"},
        {"input": "Give dose 5 mg daily", "output": "Daily: 5 mg"},
    ),
    (
        "number.slipped",
        {"input": "Total due 14,976.60 EUR", "output": {"total": 14796.6}},
        {"input": "Total due 14,976.60 EUR", "output": {"total": 14976.6}},
    ),
    (
        "number.slipped",
        {"input": "Dose of 23.5 mg", "output": "Give 32.5 mg."},
        {"input": "Length 235 mm", "output": "It is 23.5 cm long."},
    ),
    (
        "number.slipped",
        {"input": "Stock: 588 pieces", "output": "We have 5880 pieces."},
        {"input": "Price 588, 4 of them: what in all?", "output": "In all 2352."},
    ),
    (
        "number.slipped",
        {"input": "Order 14467 was paid", "output": "Order 1467 was paid."},
        {"input": "Readings 14467 and 14476", "output": "They rose from 14467 to 14476."},
    ),
    (
        "number.swapped",
        {"input": SALES, "output": "Berlin sold 389."},
        {"input": SALES, "output": "Berlin sold 412."},
    ),
    (
        "arithmetic.total",
        {"output": {"lines": [{"amount": 10}, {"amount": 20}, {"amount": 30}], "total": 600}},
        {"output": {"lines": [{"amount": 10}, {"amount": 20}, {"amount": 30}], "total": 60}},
    ),
    (
        "document.expired",
        {
            "kind": "retriever",
            "input": {"as_of": "2025-03-01"},
            "output": [{"text": "Policy", "valid_until": "2023-12-31"}],
        },
        {
            "kind": "retriever",
            "input": {"as_of": "2025-03-01"},
            "output": [{"text": "Policy", "valid_until": "2026-12-31"}],
        },
    ),
    (
        "document.filter",
        {
            "kind": "retriever",
            "input": {"filter": {"country": "DE"}},
            "output": [{"country": "AT"}],
        },
        {
            "kind": "retriever",
            "input": {"filter": {"country": "DE"}},
            "output": [{"country": "DE"}],
        },
    ),
    ("finish.length", {"output": "so", "finish_reason": "length"}, {"finish_reason": "stop"}),
    (
        "call.served_model",
        {"request_model": "gpt-4o", "response_model": "claude-3-5-haiku"},
        {"request_model": "gpt-4o", "response_model": "gpt-4o-2024-08-06"},
    ),
    (
        "output.denies",
        {"input": "Berlin 412, Lyon 389", "output": "No figures are given, unknown."},
        {"input": "Berlin 412, Lyon 389", "output": "Berlin leads with 412 over 389."},
    ),
    (
        "output.refusal",
        {"output": "I'm sorry, I cannot help with that."},
        {"output": "I'm glad to help."},
    ),
    (
        "tool.error_result",
        {"kind": "tool", "output": {"error": "timed out"}},
        {"kind": "tool", "output": {"error": None, "rows": 3}},
    ),
]


@pytest.mark.parametrize(("rule", "faulty", "harmless"), CASES, ids=[c[0] for c in CASES])
def test_a_rule_fires_on_its_example_only(
    rule: str, faulty: dict[str, Any], harmless: dict[str, Any]
) -> None:
    assert rule in fired(faulty)
    assert rule not in fired(harmless)


@pytest.mark.parametrize(
    ("asked", "served", "provider"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307", "aws.bedrock"),
        ("r1-v1:0", "us.deepseek.r1-v1:0", "aws.bedrock"),
        ("prod-chat", "gpt-4o-2024-08-06", "azure.ai.openai"),
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
    ],
)
def test_a_model_under_another_name_is_not_another_model(
    asked: str, served: str, provider: str
) -> None:
    hop = {"request_model": asked, "response_model": served, "provider": provider}
    assert "call.served_model" not in fired(hop)
    other = {**hop, "request_model": "gpt-4.1", "response_model": "gpt-3.5-turbo"}
    assert ("call.served_model" in fired(other)) is (provider != "azure.ai.openai")

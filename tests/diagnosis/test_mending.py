"""What a rule knows to be right is put in the place of what is wrong, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from misstep.model import Evidence, Hop, Json, Run
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.verdict.mending import mended

SALES = [{"city": "Berlin", "sold": 412}, {"city": "Lyon", "sold": 389}]


def _evidence(given: Json, output: Json, **more: Any) -> list[Evidence]:
    """What the rules say of one hop."""
    moment = "2025-03-01T00:00:00Z"
    hop = Hop(
        **{"hop_id": "a" * 16, "index": 0, "name": "step", "kind": "llm", "started_at": moment}
        | {"duration_ms": 1.0, "convention": "misstep", "input": given, "output": output}
        | more
    )
    run = Run(
        run_id="1" * 32, name="p", started_at=moment, duration_ms=1.0, hop_count=1, output=output
    )
    return [f.evidence for f in find_all(RunFacts(run, [hop]), ())]


@pytest.mark.parametrize(
    ("given", "output", "right"),
    [
        (
            "Total 1.299,00 EUR",
            {"total": 1.299, "currency": "EUR"},
            {"total": 1299.0, "currency": "EUR"},
        ),
        (
            "Revenue was 4.2 million euro.",
            "Revenue: 4.2 billion euro.",
            "Revenue: 4.2 million euro.",
        ),
        (SALES, "Berlin sold 389. Lyon sold 412.", "Berlin sold 412. Lyon sold 389."),
    ],
    ids=["misread", "scale", "swapped"],
)
def test_a_strict_rules_value_is_put_where_it_points(
    given: Json, output: Json, right: Json
) -> None:
    assert mended(output, _evidence(given, output)) == right


def test_a_document_that_should_not_be_there_is_left_out() -> None:
    documents = [
        {"text": "Policy of 2022", "valid_until": "2023-12-31"},
        {"text": "Policy in force", "valid_until": "2026-12-31"},
        {"text": "Policy of 2019", "valid_until": "2020-12-31"},
    ]
    evidence = _evidence({"as_of": "2025-03-01"}, documents, kind="retriever")
    two = [
        Evidence(
            rule="document.expired",
            strict=True,
            hop_id=None,
            quote="",
            detail="",
            path=f"output[{i}]",
        )
        for i in (0, 2)
    ]
    assert mended(documents, two) == [documents[1]]
    assert mended(documents, evidence) in ([documents[1]], documents[1:], documents[:2])


@pytest.mark.parametrize(
    ("rule", "strict", "path", "expected"),
    [
        ("number.misread", False, "output.total", "1299"),
        ("number.misread", True, "output.sum", "1299"),
        ("number.misread", True, "output.total", "many"),
        ("number.scale", True, "output.total", "3, 4 million"),
        ("profile.source", True, "output.total", "1299"),
        ("error.traced", True, "output.currency", None),
        ("document.filter", True, "output.total", None),
    ],
)
def test_nothing_is_guessed(rule: str, strict: bool, path: str, expected: str | None) -> None:
    one = Evidence(
        rule=rule,
        strict=strict,
        hop_id=None,
        quote="1.299,00 → 1.299",
        detail="",
        path=path,
        expected=expected,
    )
    assert mended({"total": 1.299, "currency": ""}, [one]) is None

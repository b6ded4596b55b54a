"""A service that failed and ended the run, told from requests that were refused."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import hops_of

from misstep.model import ErrorInfo, Run
from misstep_diagnosis import diagnose


def run_of(given: Any, made: Any, **fields: Any) -> Run:
    return Run(
        run_id="a" * 32, name="summary", pipeline="summary", input=given, output=made, **fields
    )


def _ended_by(error: ErrorInfo) -> set[str]:
    hops = hops_of(
        ("plan", {"task": "a summary"}, {"query": "summary of what"}),
        ("write", {"query": "summary of what"}, None),
    )
    hops[1].error = error
    run = run_of({"task": "a summary"}, None, status="error", error=error)
    made = diagnose(run, hops)
    assert made.origin is None or made.origin.name == "write"
    return {e.rule for s in made.suspects for e in s.evidence} if made.verdict == "fault" else set()


@pytest.mark.parametrize(
    "error",
    [
        ErrorInfo(type="500", message="The server had an error"),
        ErrorInfo(type="openai.InternalServerError", message="Error code: 500 - no"),
        ErrorInfo(type="RateLimitError", message="too many requests"),
        ErrorInfo(type="httpx.ReadTimeout", message="timed out"),
        ErrorInfo(type="anthropic.APIStatusError", message="Error code: 529 - overloaded"),
        ErrorInfo(type="ModelServerError", message="status_code: 500, model_name: m - no"),
    ],
    ids=lambda e: e.type,
)
def test_a_service_that_failed_and_ended_the_run_is_its_origin(error: ErrorInfo) -> None:
    assert "error.service" in _ended_by(error)


@pytest.mark.parametrize(
    "error",
    [
        ErrorInfo(type="400", message="too long"),
        ErrorInfo(type="openai.BadRequestError", message="Error code: 400 - 500 tokens too many"),
        ErrorInfo(type="AuthenticationError", message="Error code: 401"),
        ErrorInfo(type="ValueError", message="500 is not allowed"),
        ErrorInfo(type="ThreadError", message="429 threads"),
    ],
    ids=lambda e: e.type,
)
def test_a_request_that_was_refused_accuses_nobody_by_itself(error: ErrorInfo) -> None:
    assert not _ended_by(error)


def test_a_service_that_failed_and_was_made_up_for_is_no_origin() -> None:
    hops = hops_of(
        ("ask", {"q": "capital of France"}, None),
        ("ask", {"q": "capital of France"}, "Paris"),
    )
    hops[0].error = ErrorInfo(type="500", message="The server had an error")
    assert diagnose(run_of({"q": "capital of France"}, "Paris"), hops).verdict != "fault"

"""The judge: asked only when told, only about suspects, its word kept apart, its cost capped."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from misstep.errors import MisstepError
from misstep.model import Hop, Run
from misstep_diagnosis import diagnose
from misstep_diagnosis.judge import Question, questions, read_answer
from misstep_examples.provider import LocalProvider
from misstep_store.serve.judge import Judge


@pytest.fixture(scope="module")
def provider() -> Iterator[LocalProvider]:
    with LocalProvider(latency=0) as served:
        yield served


def _run() -> tuple[Run, list[Hop]]:
    hops = [
        Hop(
            hop_id="a" * 16,
            name="extract",
            kind="llm",
            input={"text": "Total 1.299,00 EUR"},
            output={"total": 1.299},
        ),
        Hop(
            hop_id="b" * 16,
            name="post",
            index=1,
            offset_ms=5.0,
            input={"total": 1.299},
            output={"posted": 1.299},
        ),
    ]
    run = Run(run_id="1" * 32, name="invoice", input="Total 1.299,00 EUR", output={"posted": 1.299})
    return run, hops


def _asked() -> list[Question]:
    run, hops = _run()
    made = diagnose(run, hops)
    assert made.suspects
    return questions(run, hops, made)


def test_only_suspects_are_asked_about_with_what_they_received_and_produced() -> None:
    (question,) = _asked()
    data = json.loads(question.data)
    assert question.name == data["step"] == "extract"
    assert data["received"] == {"text": "Total 1.299,00 EUR"}
    assert data["produced"] == {"total": 1.299}
    assert data["speaks_against_it"]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1"])
def test_either_wire_format_gives_a_verdict_and_its_cost(
    provider: LocalProvider, path: str
) -> None:
    model = "claude-3-5-haiku-20241022" if path.endswith("messages") else "gpt-4o-mini"
    made = Judge(provider.url + path, model).ask(_asked())
    assert [(a.name, a.verdict) for a in made.answers] == [("extract", "wrong")]
    assert made.input_tokens > 0
    assert made.cost_usd is not None and made.cost_usd > 0
    assert made.stopped is None


def test_no_question_is_asked_once_the_budget_is_spent(provider: LocalProvider) -> None:
    made = Judge(provider.url, "gpt-4o-mini", budget_usd=0.0).ask(_asked())
    assert made.answers == []
    assert made.stopped == "the budget of $0 is spent; 1 not asked"


def test_a_reply_in_another_form_is_unsure() -> None:
    question = Question("a" * 16, "extract", "{}")
    for text in ("", "wrong", '{"verdict": "guilty"}', "{" * 5000, '["wrong"]'):
        assert read_answer(question, text).verdict == "unsure"


def test_an_endpoint_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(MisstepError, match=r"could not be asked \(ConnectError\); check --judge"):
        Judge("http://127.0.0.1:9/v1", "gpt-4o-mini").ask(_asked())


def test_the_judge_never_changes_what_the_rules_say(provider: LocalProvider) -> None:
    run, hops = _run()
    made = diagnose(run, hops)
    before = made.model_copy(deep=True)
    made.judge = Judge(provider.url, "gpt-4o-mini").ask(questions(run, hops, made))
    assert made.model_copy(update={"judge": None}) == before


def test_nothing_is_sent_without_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(httpx.Client, "send", refuse)
    assert _asked()

"""Adding a convention as docs/conventions.md tells, and the page's tables."""

from __future__ import annotations

import pytest
from tests.conventions.coverage import DOCS, written
from tests.conventions.spans import hops, only, span

from misstep_store import conventions
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span


def read_acme(span_: Span, logs: Logs) -> Draft:
    """A made-up producer's calls: raw request and response in attributes of its own."""
    a = span_.attributes
    draft = Draft(span_, "acme", "llm" if "acme.request" in a else "chain")
    draft.session_id = rd.text(a, "acme.chat")
    bodies.request(draft, a.get("acme.request"))
    bodies.response(draft, a.get("acme.response"))
    otel_genai.fill(draft, a, logs)
    return finish(draft)


ACME = Convention("acme", read_acme, ("acme.*",), lambda s: "acme.chat" in s.attributes)


@pytest.fixture
def with_acme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conventions, "CONVENTIONS", (ACME, *conventions.CONVENTIONS))


def test_a_convention_of_twelve_lines_gives_complete_hops(with_acme) -> None:
    call = span(
        "unknown.scope",
        acme__chat="s-1",
        acme__request='{"model": "m-1", "temperature": 0, '
        '"messages": [{"role": "user", "content": "hi"}]}',
        acme__response="{'choices': [{'message': {'content': 'yo'}, 'finish_reason': 'stop'}], "
        "'usage': {'prompt_tokens': 3, 'completion_tokens': 1}}",
    )
    hop = only(call)
    assert (hop.convention, hop.kind, hop.request_model) == ("acme", "llm", "m-1")
    assert (hop.input, hop.output, hop.finish_reason) == ("hi", "yo", "stop")
    assert (hop.input_tokens, hop.output_tokens, hop.parameters) == (3, 1, {"temperature": 0})


def test_without_it_the_same_span_is_a_readable_chain_hop() -> None:
    assert [h.convention for h in hops(span("unknown.scope", acme__chat="s-1"))] == ["generic"]


def test_names_and_scopes_of_conventions_are_unique() -> None:
    names = [c.name for c in conventions.CONVENTIONS]
    scopes = [s for c in conventions.CONVENTIONS for s in c.scopes]
    assert len(set(names)) == len(names)
    assert len(set(scopes)) == len(scopes)


def test_the_page_s_tables_are_those_of_the_code_and_the_golden_files() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert written(text) == text, "run: python tests/conventions/make_docs.py"

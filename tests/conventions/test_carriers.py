"""What exporters and collectors do to spans on their way changes no hop, or loses only what is gone."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from tests.conventions.rendering import load, normalised, own_exports
from tests.conventions.spans import genai, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.conventions.values import cut
from misstep_store.otlp.spans import LogRecord, Scope, Span

NEWER = {
    "gen_ai.system": "gen_ai.provider.name",
    "gen_ai.usage.prompt_tokens": "gen_ai.usage.input_tokens",
    "gen_ai.usage.completion_tokens": "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "gen_ai.usage.cache_write.input_tokens",
}
CARRIED_AS_JSON = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
)
OF_A_COLLECTOR = {"deployment.environment": "prod", "k8s.pod.name": "p-1", "service.name": "x"}
# As far as a length limit leaves them: nothing but numbers and the tree is sure to be whole.
KEPT_WHEN_CUT = ("hop_id", "kind", "parent_id", "merged", "duration_ms", "attempt", "index")


def in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def other_carrier(key: str, value: Any) -> Any:
    """Structures as JSON text, JSON text as structures, counts as doubles."""
    if key in CARRIED_AS_JSON and isinstance(value, str):
        try:
            found = json.loads(value)
        except ValueError:
            return value
        return found if isinstance(found, list | dict) else value
    if key in CARRIED_AS_JSON and isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=in_base64)
    counts = type(value) is int and "token" in key
    return float(value) if counts else value


def on_its_way(span: Span) -> Span:
    """A span as a newer version and a collector would send it."""
    made = copy.copy(span)
    made.scope = Scope(span.scope.name)  # without its version
    made.attributes = {
        (new if (new := NEWER.get(k)) and new not in span.attributes else k): other_carrier(k, v)
        for k, v in span.attributes.items()
    } | OF_A_COLLECTOR
    made.events = [copy.copy(e) for e in span.events]
    for event in made.events:
        event.attributes = {k: other_carrier(k, v) for k, v in event.attributes.items()}
    return made


def named_by_attribute(log: LogRecord) -> LogRecord:
    made = copy.copy(log)
    made.attributes = {k: other_carrier(k, v) for k, v in log.attributes.items()}
    if made.event_name:
        made.attributes["event.name"], made.event_name = made.event_name, ""
    return made


def hops(spans: Sequence[Span], logs: Sequence[LogRecord]) -> list[Hop]:
    return [h for n in normalised(spans, logs) for h in n.hops]


Export = tuple[str, list[Span], list[LogRecord], list[Hop]]


@pytest.fixture(scope="module", params=own_exports())
def export(request: pytest.FixtureRequest) -> Export:
    """An export's name, spans, logs and hops, read once for all that is asked of it."""
    spans, logs = load(request.param)
    return request.param, spans, logs, hops(spans, logs)


def test_other_names_other_carriers_and_a_collectors_words_change_no_hop(export: Export) -> None:
    _, spans, logs, whole = export
    made = [on_its_way(s) for s in spans], [named_by_attribute(log) for log in logs]
    assert hops(*made) == whole


LEGIBLE = {
    "langsmith-langchain-wide-2026-11": 3_000,
    "litellm-2024-12": 200,
    "mastra-2026-02": 700,
    "mlflow-langchain-2025-10": 200,
    "mlflow-langchain-2026-11": 200,
    "mlflow-langchain-twice": 200,
    "mlflow-langchain-twice-2025-10": 200,
    "openinference-anthropic-deep-2026-11": 700,
    "openinference-langchain-twice": 200,
}
"""From how many letters on what two libraries tell of one call apart is legible; with fewer it stays
two calls, or one of two that were made at once is taken for the other. What steps of a generation of
Mastra's counted is legible in whole answers only; without that they are one call."""


def limited(span: Span, limit: int) -> Span:
    made = copy.copy(span)
    made.attributes = {
        k: v[:limit] if isinstance(v, str) else v for k, v in span.attributes.items()
    }
    return made


def test_a_length_limit_takes_no_hop_and_both_readings_agree_on_the_rest(export: Export) -> None:
    name, spans, logs, whole = export
    least = LEGIBLE.get(name, 64)
    short = [limited(s, random.Random(name).randrange(least, max(512, 2 * least))) for s in spans]
    same_both_ways(short, logs)
    for one, other in zip(whole, hops(short, logs), strict=True):
        assert [getattr(one, f) for f in KEPT_WHEN_CUT] == [
            getattr(other, f) for f in KEPT_WHEN_CUT
        ]


def sides(hop: Hop) -> tuple[bool, bool]:
    return hop.input_cut, hop.output_cut


def test_only_hops_whose_values_a_limit_cut_are_marked_so(export: Export) -> None:
    name, spans, logs, whole = export
    cut_itself = {"run_agent_step", "parse_agent_output"} if name == "llama-index-own" else set()
    assert {h.name for h in whole if any(sides(h))} == cut_itself
    limit = 256
    long = {s.span_id for s in spans if any(len(str(v)) > limit for v in s.attributes.values())}
    marked = [h for h in hops([limited(s, limit) for s in spans], logs) if any(sides(h))]
    assert all(long & {h.hop_id, *h.merged} for h in marked if h.name not in cut_itself)


def cut_at(text: str, limit: int, **more: Any) -> Hop:
    said = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": text}]}])
    made = genai(gen_ai__output__messages=said, gen_ai__input__messages=said, **more)
    return only(limited(made, limit))


def test_messages_that_stop_at_a_limit_mark_their_side_as_cut() -> None:
    assert sides(cut_at("word " * 40, 128)) == (True, True)
    assert sides(cut_at("word " * 40, 1_000)) == (False, False)


def test_an_answer_that_a_model_broke_off_itself_is_not_marked_as_cut() -> None:
    said = '{"total": 12, "lines": [{"name": "' + "a" * 40
    for asked in ("How much is that?", "[1, 2", '{"messages": 12'):
        made = genai()
        made.attributes["gen_ai.prompt.0.content"] = asked
        made.attributes["gen_ai.completion.0.content"] = said
        assert sides(only(made)) == (False, False)


def test_two_texts_of_one_round_length_say_that_there_is_a_limit() -> None:
    made = genai()
    made.attributes["gen_ai.prompt.0.content"] = "where " * 30
    made.attributes["gen_ai.completion.0.content"] = "there " * 30
    assert sides(only(limited(made, 128))) == (True, True)
    made.attributes["gen_ai.prompt.0.content"] = "where?"
    assert sides(only(limited(made, 128))) == (False, False)  # by chance, for all one can tell


def test_first_messages_that_the_number_of_attributes_dropped_mark_the_input_as_cut() -> None:
    made = genai()
    made.attributes["gen_ai.prompt.3.role"] = "user"
    made.attributes["gen_ai.prompt.3.content"] = "And of Sweden?"
    assert sides(only(made)) == (False, False)  # some number messages so
    made.dropped_attributes_count = 6
    assert sides(only(made)) == (True, False)


def test_a_call_whose_first_attributes_were_dropped_is_a_call_still() -> None:
    made = span("opentelemetry.instrumentation.openai.v1", "openai.chat")
    made.attributes |= {
        "gen_ai.prompt.90.role": "user",
        "gen_ai.prompt.90.content": "And of Sweden?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Stockholm.",
        "gen_ai.usage.prompt_tokens": 900,
    }
    made.dropped_attributes_count = 186
    hop = only(made)
    assert (hop.kind, hop.input_tokens, hop.output) == ("llm", 900, "Stockholm.")
    assert sides(hop) == (True, False)


def test_what_an_instrumentation_was_told_to_hide_is_marked_as_redacted() -> None:
    made = span("openinference.instrumentation.openai", openinference__span__kind="LLM")
    made.attributes["llm.input_messages.0.message.content"] = "__REDACTED__"
    assert only(made).redacted and not any(sides(only(made)))
    made.attributes["llm.input_messages.0.message.content"] = "Say __REDACTED__."
    assert not only(made).redacted


MESSAGES = [
    {"role": "system", "content": 'Be "short" \\ é 🙂'},
    {"role": "user", "parts": [{"type": "text", "content": "hi\nyou", "n": 12.5, "x": None}, {}]},
    {"role": "assistant", "tool_calls": []},
]


@pytest.mark.parametrize("dumped", [{}, {"ensure_ascii": False}, {"indent": 1}], ids=str)
def test_json_cut_anywhere_is_read_as_far_as_it_goes(dumped: dict[str, Any]) -> None:
    text = json.dumps(MESSAGES, **dumped)
    lengths = [len(json.dumps(cut.mended(text[:n]) or "")) for n in range(12, len(text))]
    assert all(lengths) and lengths[-1] > lengths[0]
    assert cut.mended(text[:-1]) == MESSAGES
    assert cut.mended(text) is None


@pytest.mark.parametrize(
    "text",
    ['{"a": 1} and more', "[note] see below", '["a"] ["b', '{"a" 1', '{"a": 1,, "b', "[" * 5_000],
)
def test_what_was_not_cut_is_not_mended(text: str) -> None:
    assert cut.mended(text) is None


def test_messages_that_were_cut_are_messages_still() -> None:
    text = json.dumps(MESSAGES, ensure_ascii=False)
    hop = only(genai(gen_ai__input__messages=text[: text.index("you") + 1]))
    assert (hop.system, hop.input) == ('Be "short" \\ é 🙂', "hi\ny")


def test_an_answer_that_is_json_and_ends_too_early_stays_broken() -> None:
    said = [{"role": "assistant", "parts": [{"type": "text", "content": '{"total": "12'}]}]
    assert only(genai(gen_ai__output__messages=json.dumps(said))).output == '{"total": "12'


def test_half_a_models_name_is_no_model() -> None:
    assert cut.mended('{"messages": [], "model": "gpt-4o-m') == {"messages": []}

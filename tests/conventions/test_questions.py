"""What a call was asked is the same, told by its attributes alone or by all of its span."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from tests.conventions.rendering import load, own_exports
from tests.conventions.spans import span

from misstep_store import conventions
from misstep_store.conventions.asking import question
from misstep_store.headers import SpanColumns
from misstep_store.headers.between.questions import asked, tells_both
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import LogRecord, Span

SCOPES = ("openai", "langchain", "llama_index", "smolagents", "dspy", "haystack")
ROLES = ("user", "assistant", "system", "developer", "tool", "USER", "", 7)
WORDS = (
    "Why?",
    "",
    "[[ ## question ## ]]",
    '[{"type": "text", "text": "Why?"}]',
    '["Why?"]',
    "ChatMessage(role=<MessageRole.USER: 'user'>, content='Why?')",
    "SelectorPromptTemplate(metadata={})",
    '{"a": 1}',
    "A\x00B",
    7,
)
RAW = (
    '{"messages": [{"role": "user", "content": "Why?"}], "instructions": "Be brief."}',
    '{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]}',
    '{"contents": "Why?"}',
)


def calls(spans: list[Span], logs: list[LogRecord]) -> int:
    """Asserts it of all that are told plainly; how many those are."""
    columns = SpanColumns.of(spans, logs)
    facts = read(columns)
    count = 0
    for place, one in enumerate(spans):
        told = asked(place, (), columns, facts)
        draft = conventions.read(one, columns.logs.of(place)) if told is not None else None
        if draft is not None:
            assert told == question(draft)
            assert draft.messages_in
            count += 1
        if tells_both(place, columns, facts):
            draft = conventions.read(one, columns.logs.of(place))
            assert draft.messages_in and draft.messages_out
    return count


TOLD = ("openinference", "agentops", "langfuse", "langsmith", "mlflow", "openllmetry", "otel")
TOLD += ("genai", "vercel")
PLAIN = ("agentops-plans", "langfuse-langchain-far", "langsmith-langchain-far", "mlflow-openai-odd")
PLAIN += ("vercel-ai-6-traceloop",)


@pytest.mark.parametrize("name", [n for n in own_exports() if n.startswith(TOLD)])
def test_questions_of_an_export_are_told_the_same_both_ways(name: str) -> None:
    assert calls(*load(name)) > 0 or name not in PLAIN


def at_random(rng: random.Random) -> Span:
    made = span(f"openinference.instrumentation.{rng.choice(SCOPES)}", "call")
    a = made.attributes
    a |= {"openinference.span.kind": rng.choice(["LLM"] * 6 + ["EMBEDDING"])}
    for n in rng.choice([(0,), (0, 1), (0, 1), (1, 0), (0, 2)]):
        for side in ("input", "output"):
            before = f"llm.{side}_messages.{n}.message."
            a[before + "role"] = rng.choice([*ROLES[:3] * 4, *ROLES])
            a[before + "content"] = rng.choice([*WORDS[:1] * 12, *WORDS])
    if rng.random() < 0.2:
        a["llm.input_messages.0.message.tool_calls.0.tool_call.id"] = "c-1"
    given = rng.choice(['{"temperature": 0}', '{"system": "So."}', '{"\\u0073ystem": "So."}', 7])
    if rng.random() < 0.4:
        a["llm.invocation_parameters"] = given
    if rng.random() < 0.3:
        a["input.value"] = rng.choice(RAW)
    if rng.random() < 0.1:
        a[rng.choice(["gen_ai.system_instructions", "llm.prompts"])] = '["So."]'
    return made


BODIES = {
    "langsmith": "gen_ai.prompt",
    "langfuse": "langfuse.observation.input",
    "mlflow": "mlflow.spanInputs",
    "agentops": "",
}
ANSWERS = ("gen_ai.completion", "langfuse.observation.output", "mlflow.spanOutputs")


def request_at_random(rng: random.Random) -> Any:
    """A request in one of the shapes in which libraries write it, or nearly so."""
    roles = [*ROLES[:3] * 4, *ROLES, "human", "ai"]
    words = [*WORDS[:1] * 12, *WORDS, "NOT_GIVEN", 'He said "lc".', None, [{"type": "text"}]]
    said: list[Any] = []
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        said.append({"role": rng.choice(roles), "content": rng.choice(words)})
        if rng.random() < 0.2:
            said[-1]["tool_calls"] = rng.choice([None, [{"id": "c", "name": "n", "args": {}}]])
    if rng.random() < 0.4:
        kwargs = [{"type": m["role"], "content": m["content"]} for m in said]
        path = ["langchain", "schema", "messages", "HumanMessage"]
        said = [[{"lc": 1, "type": "constructor", "id": path, "kwargs": k} for k in kwargs]]
        said *= rng.choice([1, 1, 1, 2])
    if rng.random() < 0.3:
        return said
    more = rng.choice([{}, {}, {"model": "m"}, {"system": "So."}, {"instructions": "So."}])
    told = {"messages": said} | more | rng.choice([{}, {}, {"input": "Why?"}, {"kwargs": {}}])
    return {"args": [told, {"signal": {}}]} if rng.random() < 0.2 else told


def half_at_random(rng: random.Random) -> Span:
    name = rng.choice([*BODIES])
    made = span({"mlflow": "mlflow.tracing", "langfuse": "langfuse-sdk"}.get(name, name), "call")
    kinds = {"langsmith.span.kind": "llm", "langfuse.observation.type": "generation"}
    made.attributes |= {"mlflow.spanType": '"CHAT_MODEL"'} if name == "mlflow" else kinds
    a = made.attributes
    if name == "agentops":
        made.attributes = a = {"agentops.span.kind": "llm", "gen_ai.request.model": "m"}
        for n in range(rng.choice([1, 2, 3])):
            a[f"gen_ai.prompt.{n}.role"] = rng.choice([*ROLES, "thinking"])
            a[f"gen_ai.prompt.{n}.content"] = rng.choice(WORDS)
    else:
        body = request_at_random(rng)
        a[BODIES[name]] = rng.choice([json.dumps(body), json.dumps(body), str(body), body])
    answer = '{"object": "response", "instructions": "So.", "output": []}'
    if rng.random() < 0.2:
        a |= dict.fromkeys(ANSWERS, rng.choice([answer, '{"choices": []}', 7]))
    if rng.random() < 0.1:
        a["gen_ai.system_instructions"] = '["So."]'
    return made


def test_questions_are_told_by_the_half_of_a_call_that_holds_its_request() -> None:
    rng = random.Random(9)
    assert calls([half_at_random(rng) for _ in range(3_000)], []) > 800


PARTS: tuple[Any, ...] = (
    [{"type": "text", "content": "Why?"}],
    [{"type": "text", "content": "Why?"}, {"type": "text", "content": "And how?"}],
    [{"type": "text", "content": '[{"type": "text"}]'}],
    [{"type": "text", "content": ""}],
    [{"type": "blob", "content": "aGk="}],
    [{"type": "tool_call_response", "id": "c-1", "response": "rain"}],
    [],
)


def in_genais_words(rng: random.Random) -> Span:
    listed = [
        {"role": rng.choice(ROLES[:5]), "parts": rng.choice([PARTS[0], PARTS[0], *PARTS])}
        for _ in range(rng.choice([0, 1, 1, 2, 3]))
    ]
    is_vercel = rng.random() < 0.5
    made = span("ai" if is_vercel else "mine", "chat m", gen_ai__request__model="m")
    a = made.attributes | {"gen_ai.input.messages": json.dumps(listed)}
    a |= {"ai.operationId": "ai.generateText.doGenerate"} if is_vercel else {}
    a |= {"gen_ai.operation.name": "chat"} if not is_vercel else {}
    a |= {"ai.prompt": '{"system": "So."}'} if rng.random() < 0.1 else {}
    a |= {"gen_ai.system_instructions": "So."} if rng.random() < 0.1 else {}
    a |= {"ai.prompt.messages": '[{"role": "user", "content": "A?"}]'} if rng.random() < 0.1 else {}
    return replace(made, attributes=a)


def test_questions_in_genais_words_are_told_the_same_both_ways() -> None:
    rng = random.Random(11)
    assert calls([in_genais_words(rng) for _ in range(3_000)], []) > 300


def test_questions_at_random_are_told_the_same_both_ways() -> None:
    rng = random.Random(7)
    assert calls([at_random(rng) for _ in range(3_000)], []) > 300


OFFERED = (
    *("Why?", "", None, 7, [{"type": "text", "text": "x"}], {"a": 1}, {"function": None}),
    *({"function": {"name": "f"}}, {"input_schema": {}}, {"function": 3, "input_schema": {}}),
)


def test_questions_with_tools_among_their_messages_are_told_the_same_both_ways() -> None:
    rng = random.Random(4)
    told = 0
    for _ in range(500):
        given = [
            {"role": rng.choice(("user", "system", "tool", "tool", "human"))}
            | {"content": rng.choice(OFFERED)}
            | ({"tool_call_id": "1"} if rng.random() < 0.1 else {})
            for _ in range(rng.randrange(1, 4))
        ]
        asked_so = {"langfuse__observation__input": json.dumps(given)}
        one = span("langfuse-sdk", "c", langfuse__observation__type="generation", **asked_so)
        told += calls([one], [])
    assert told > 300


@pytest.mark.parametrize(
    "content", ["Why?", "É", "Message(role='user')", "content='a' id=1", "12", 7]
)
@pytest.mark.parametrize("role", ["user", "system", "tool", 7])
def test_questions_that_are_flattened_are_told_the_same_both_ways(role: Any, content: Any) -> None:
    told = {"gen_ai__prompt__0__role": role, "gen_ai__prompt__0__content": content}
    told |= {"gen_ai__prompt__1__role": "user", "gen_ai__prompt__1__content": "Why so?"}
    about = {"gen_ai__system": "openai", "llm__request__type": "chat"}
    scope = "opentelemetry.instrumentation.openai.v1"
    assert calls([span(scope, "openai.chat", **about, **told)], []) == 1

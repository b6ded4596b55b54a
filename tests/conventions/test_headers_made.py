"""Headers of traces made at random, and of calls told of twice or tried again, both ways."""

from __future__ import annotations

import ast
import json
import random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conventions.spans import genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.conventions.readers import langsmith
from misstep_store.conventions.values import reading as rd
from misstep_store.headers import SpanColumns, headers
from misstep_store.otlp.spans import Span, SpanEvent

OI = "openinference.instrumentation.openai"
SDK = "com.anthropic.sdk.python"
FAILED: dict[str, Any] = {"status": 2, "error__type": "openai.RateLimitError"}
RESENT: dict[str, Any] = {"http__request__resend_count": 3, "http__response__status_code": 200}
ASKED = '[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]'

ASKED_FLAT: dict[str, Any] = {
    "openinference__span__kind": "LLM",
    "llm__model_name": "m",
    "input__value": "{}",
    "llm__input_messages__0__message__role": "system",
    "llm__input_messages__0__message__content": "Answer shortly.",
    "llm__input_messages__1__message__role": "user",
    "llm__input_messages__1__message__content": "hi",
}


def answered(**more: Any) -> SpanEvent:
    return SpanEvent("gen_ai.choice", 1, {"message": '{"content": "yo"}', **more})


def request(parent: Span, **more: Any) -> Span:
    return span("http", "POST", parent=parent, kind=3, http__request__method="POST", **more)


def told_twice_or_tried() -> dict[str, list[Span]]:
    run = span("misstep", "answer", misstep__role="run", misstep__pipeline="answer")
    outer = genai(parent=run, at=1_010, gen_ai__usage__output_tokens=0)
    inner = genai(
        parent=outer,
        scope=SDK,
        at=1_011,
        took=150,
        gen_ai__usage__cache_read__input_tokens=3,
        gen_ai__response__id="a-1",
        session__id="s",
    )
    failed = genai(parent=run, at=1_010, took=10, gen_ai__input__messages=ASKED, **FAILED)
    again = genai(parent=run, at=1_030, gen_ai__input__messages=ASKED)
    other = genai(parent=run, at=1_050, gen_ai__input__messages=ASKED.replace("hi", "no"))
    step = span("misstep", "plan", parent=run, misstep__role="hop", at=1_005, took=90)
    tries = [
        genai(parent=step, at=at, took=5, gen_ai__input__messages=ASKED, **more)
        for at, more in ((1_010, FAILED), (1_020, FAILED), (1_030, {}))
    ]
    beside = span("misstep", "plan b", parent=run, misstep__role="hop", at=1_200, status=2)
    fails = genai(parent=beside, at=1_201, took=5, gen_ai__input__messages=ASKED, **FAILED)
    stands_in = span("misstep", "plan c", parent=run, misstep__role="hop", at=1_400)
    works = genai(parent=stands_in, at=1_401, took=5, gen_ai__input__messages=ASKED)
    chain = [openinference_call(parent=run, at=1_001, took=300, session__id="s")]
    for at in (1_002, 1_003):
        chain.append(openinference_call(parent=chain[-1], at=at, took=300))
    last = openinference_call(parent=chain[-1], at=1_004, gen_ai__response__id="a-2", **FAILED)
    return {
        "calls inside of calls": [run, *chain, outer],
        "a failure at the end of calls inside of calls": [run, *chain, last],
        "several calls inside a call": [
            run,
            *chain[:2],
            openinference_call(parent=chain[0], at=1_400, gen_ai__response__id="a-3"),
        ],
        "several calls inside a call, one of which failed": [
            run,
            chain[0],
            openinference_call(parent=chain[0], at=1_010, took=5, **FAILED),
            openinference_call(parent=chain[0], at=1_020),
        ],
        "calls inside of calls with a request": [run, *chain, request(chain[-1], at=1_005)],
        "calls inside of calls, a tool in the middle": [run, *chain, tool(chain[1])],
        "a tool beside the call inside": [run, outer, inner, tool(outer)],
        "a tool beside the call inside a framework's": [run, *chain[:2], tool(chain[0])],
        "an SDK's spans alone": [run, inner_alone(run), inner_alone(run)],
        "an SDK's span inside an instrumentation's": [run, outer, inner],
        "with its request": [run, outer, inner, request(inner, at=1_012)],
        "two requests of one call": [run, outer, request(outer), request(outer, at=1_015)],
        "a request of nobody's": [run, request(run)],
        "a request that was sent again": [
            run,
            outer,
            request(outer, http__request__resend_count=2),
        ],
        "tried requests of an SDK's call": [
            run,
            outer,
            inner,
            request(inner, at=1_012, took=3, status=2, http__response__status_code=429),
            request(inner, at=1_020, took=3, http__response__status_code=200),
        ],
        "an SDK's call that was sent again": [run, inner_alone(run, http__request__resend_count=1)],
        "one inside an instrumentation's": [
            run,
            outer,
            inner_alone(outer, http__request__resend_count=2),
        ],
        "tries of which one was sent again": [
            run,
            failed,
            genai(parent=run, scope=SDK, at=1_030, gen_ai__input__messages=ASKED, **RESENT),
        ],
        "a step around one that was sent again": [
            run,
            lone := span("misstep", "plan", parent=run, misstep__role="hop", at=1_005, took=90),
            inner_alone(lone, **RESENT),
        ],
        "an SDK's span alone": [run, inner_alone(run)],
        "an SDK's span beside another call": [run, outer, inner_alone(run)],
        "an SDK's span with a tool inside": [run, outer, inner, tool(inner)],
        "a call tried again": [run, failed, again, other],
        "a call tried again, of which the SDK's span inside tells the status": [
            run,
            refused := span(OI, "chat", parent=run, at=1_010, took=10, **ASKED_FLAT, **FAILED),
            inner_alone(refused, http__response__status_code=500, **FAILED),
            span(OI, "chat", parent=run, at=1_030, **ASKED_FLAT),
        ],
        "a call tried three times in a step": [run, step, *tries],
        "a step that stands in for another": [run, beside, fails, stands_in, works],
        "a failed call and another question": [run, failed, other],
        "an empty answer of a failed call": [
            openinference_call(gen_ai__output__messages=said_nothing()),
            openinference_call(gen_ai__output__messages=said_nothing(), status=2),
            openinference_call(events=[SpanEvent("gen_ai.choice", 1, {"finish_reason": "x"})]),
            openinference_call(
                events=[SpanEvent("gen_ai.choice", 1, {"finish_reason": "x"})], status=2
            ),
        ],
        "an answer told by an event": [
            genai(events=[answered(finish_reason="stop")]),
            genai(events=[answered()]),
            genai(events=[SpanEvent("exception", 1, {"exception.type": "E"})], status=2),
        ],
        "a score on a call": [
            run,
            genai(
                parent=run,
                events=[SpanEvent("gen_ai.evaluation.result", 1, {"gen_ai.evaluation.name": "x"})],
            ),
        ],
    }


def test_requests_that_failed_alike_are_told_apart_by_their_status() -> None:
    made = [
        request(genai(), status=2, http__response__status_code=status, at=1_000 + status)
        for status in (404, 429)
    ]
    for one in made:
        one.parent_span_id = ""
    told = [h.error for h in normalise(made).hops if h.error]
    assert [e.message for e in told] == ["HTTP 404", "HTTP 429"]
    same_both_ways(made)


@pytest.mark.parametrize(
    ("scope", "event", "kind"),
    [
        ("openinference.instrumentation.openai", "First Token Stream Event", "openinference"),
        ("langsmith", langsmith.STREAMED, "langsmith"),
    ],
)
def test_the_first_token_came_with_the_first_event_that_says_when(
    scope: str, event: str, kind: str
) -> None:
    start = genai().start_unix_nano
    came = [SpanEvent(event, at, {}) for at in (0, start + 2_000_000, start + 9_000_000)]
    made = span(scope, "ask", events=came, **{f"{kind}__span__kind": "LLM"})
    same_both_ways([made])
    assert normalise([made]).hops[0].time_to_first_token_ms == 2


def openinference_call(**more: Any) -> Span:
    kind = {"openinference__span__kind": "LLM", "gen_ai__request__model": "m"}
    return span(OI, "chat", **kind, **more)


def said_nothing() -> str:
    return '[{"role": "assistant", "finish_reason": "length", "parts": []}]'


def inner_alone(parent: Span, **more: Any) -> Span:
    return genai(parent=parent, scope=SDK, at=1_011, **more)


def tool(parent: Span) -> Span:
    return span("one", "look", parent=parent, gen_ai__operation__name="execute_tool", at=1_020)


@pytest.mark.parametrize("name", list(told_twice_or_tried()))
def test_calls_told_of_twice_and_tried_again_have_the_same_headers_both_ways(name: str) -> None:
    spans = told_twice_or_tried()[name]
    alone = not any(s.parent_span_id for s in spans)
    for group in [[s] for s in spans] if alone else [spans]:
        same_both_ways(group)


@pytest.mark.parametrize(
    ("name", "merged", "attempts"),
    [
        ("an SDK's span inside an instrumentation's", 1, 0),
        ("with its request", 2, 0),
        ("calls inside of calls", 2, 0),
        ("several calls inside a call", 0, 0),
        ("calls inside of calls with a request", 3, 0),
        ("a tool beside the call inside a framework's", 0, 0),
        ("an SDK's spans alone", 0, 0),
        ("a call tried again", 1, 2),
        ("a call tried three times in a step", 3, 3),
        ("a step that stands in for another", 1, 2),
        ("two requests of one call", 2, 2),
        ("a request that was sent again", 1, 0),
        ("tried requests of an SDK's call", 3, 2),
        ("an SDK's call that was sent again", 0, 1),
        ("one inside an instrumentation's", 1, 1),
        ("a step around one that was sent again", 1, 1),
    ],
)
def test_plain_doubles_and_tries_are_folded_without_leaving_their_trace(
    name: str, merged: int, attempts: int
) -> None:
    made = headers(SpanColumns.of(told_twice_or_tried()[name]))
    assert made.left == []
    rows = made.hops.to_pylist()
    assert max(row["attempts"] for row in rows) == attempts
    assert max(len(orjson.loads(row["more"] or "{}").get("merged", ())) for row in rows) == merged


FINISHED = {"finish_reason": "stop", "model_name": "m-served"}


def dumped(content: str, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An answer as LangChain dumps it."""
    return {
        "type": "ai",
        "content": content,
        "additional_kwargs": {},
        "response_metadata": FINISHED,
        "tool_calls": calls or [],
    }


LOOKED = [{"name": "look", "args": {"city": "Oslo", "days": 2}, "id": "c-1", "type": "tool_call"}]
TOLD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a text": (dumped("Oslo."), {"role": "assistant", "content": "Oslo."}),
    "another text": (dumped("Oslo."), {"role": "assistant", "content": "Bergen."}),
    "JSON": (dumped('{"a": 1}'), {"role": "assistant", "content": '{"a":1}'}),
    "blank": (dumped(" Oslo"), {"role": "assistant", "content": " Oslo"}),
    "calls": (dumped("", LOOKED), {"role": "assistant", "content": "", "tool_calls": LOOKED}),
    "a call of parts": (
        dumped("", [{**LOOKED[0], "args": {"content": "x", "type": "ai"}}]),
        {"role": "assistant", "content": "", "tool_calls": LOOKED},
    ),
    "a state": ({"messages": [dumped("Oslo.")]}, {"role": "assistant", "content": "Oslo."}),
    "a state of two answers": (
        {"messages": [dumped("Oslo."), dumped("Oslo.")]},
        {"role": "assistant", "content": "Oslo."},
    ),
    "a question": (
        {"messages": [{**dumped("Oslo?"), "type": "human"}]},
        {"role": "assistant", "content": "Oslo?"},
    ),
    "a state of JSON": (
        {"messages": [dumped("Oslo.")]},
        {
            "role": "assistant",
            "content": '{"messages": [{"role": "assistant", "content": "Oslo."}]}',
        },
    ),
}


def lending(convention: str, told: str, *, beside: bool) -> list[Span]:
    """A step that gave an answer, or was given it, and two calls of which one may have made it."""
    step, answer = TOLD[told]
    gave = {"done": True} if beside else step
    around = _of(convention, gave, "chain", parent=None, side="output")
    calls = [
        _of(convention, said, "llm", parent=around, side="output", at=1_010 + n)
        for n, said in enumerate((answer, {"role": "assistant", "content": "Something else"}))
    ]
    heard = _of(convention, step, "chain", parent=around, side="input", at=1_050)
    return [around, *calls, *([heard] if beside else [])]


def _of(
    convention: str, value: Any, kind: str, *, parent: Span | None, side: str, at: int = 1_000
) -> Span:
    text = orjson.dumps(value).decode()
    if convention == "langfuse":
        more = {"type": {"llm": "generation"}.get(kind, "span"), side: text}
        scope, more = "langfuse-sdk", {f"langfuse.observation.{k}": v for k, v in more.items()}
    elif convention == "mlflow":
        whole = {"choices": [{"message": value}]} if kind == "llm" else value
        key = {"input": "mlflow.spanInputs", "output": "mlflow.spanOutputs"}[side]
        scope, more = "mlflow.langchain", {key: orjson.dumps(whole).decode()}
        more["mlflow.spanType"] = f'"{kind.upper()}"'
    else:
        scope = "opentelemetry.instrumentation.langchain"
        envelope = orjson.dumps({f"{side}s": value, "tags": [], "metadata": {}, "kwargs": {}})
        if side == "output":
            envelope = orjson.dumps({"outputs": value, "kwargs": {}})
        more = {"traceloop.span.kind": "task", f"traceloop.entity.{side}": envelope.decode()}
        if kind == "llm":
            more = {"llm.request.type": "chat", "gen_ai.completion.0.role": "assistant"}
            more["gen_ai.completion.0.content"] = value["content"]
    made = span(scope, kind, parent=parent, at=at, took=900 if parent is None else 5)
    made.attributes = more
    return made


@pytest.mark.parametrize("told", list(TOLD))
@pytest.mark.parametrize("convention", ["langfuse", "mlflow", "openllmetry"])
@pytest.mark.parametrize("beside", [False, True], ids=["around", "beside"])
def test_what_a_step_says_of_a_call_is_lent_the_same_both_ways(
    convention: str, told: str, *, beside: bool
) -> None:
    spans = lending(convention, told, beside=beside)
    assert same_both_ways(spans) == []
    ends = [h["finish_reason"] for h in headers(SpanColumns.of(spans)).hops.to_pylist()]
    lends = {"a text", "JSON", "blank"}
    lends |= {"calls"} if convention != "openllmetry" else set()
    lends |= {"a state of JSON"} if not beside else set()
    assert ends.count("stop") == (told in lends)


SCOPES = (
    "misstep",
    "opentelemetry.instrumentation.genai.openai",
    "openinference.instrumentation.openai",
    "traceloop.tracer",
    "langfuse-sdk",
    "langsmith",
    "mlflow.tracing",
    "ai",
    "litellm",
    "logfire.openai",
    "pydantic-ai",
    "openlit.otel.tracing",
    SDK,
    "unknown",
)
VALUES: dict[str, list[Any]] = {
    "gen_ai.operation.name": ["chat", "execute_tool", "embeddings", "invoke_agent"],
    "gen_ai.request.model": ["m", "openai/m", 7],
    "gen_ai.provider.name": ["openai", "langchain", "strands-agents"],
    "gen_ai.response.id": ["r-1", "r-2"],
    "gen_ai.response.finish_reasons": [["stop"], '["tool-calls"]', []],
    "gen_ai.usage.input_tokens": [21, "21", -3, 2**60],
    "gen_ai.usage.output_tokens": [0, 9],
    "gen_ai.usage.details.cache_read_tokens": [4],
    "gen_ai.output.messages": ['[{"role": "assistant", "finish_reason": "length", "parts": []}]'],
    "gen_ai.completion.0.finish_reason": ["stop"],
    "gen_ai.completion": ['{"choices": [{"finish_reason": "stop", "message": {"content": "x"}}]}'],
    "misstep.role": ["run", "hop", "call"],
    "misstep.hop.kind": ["llm", "tool", "none"],
    "openinference.span.kind": ["LLM", "AGENT", "TOOL"],
    "llm.token_count.prompt": [5],
    "llm.output_messages.0.message.finish_reason": ["stop"],
    "input.value": ['{"model": "asked"}', "{'model': 'asked'}", '{"messages": []}'],
    "llm.model_name": ["n"],
    "http.request.resend_count": [0, 2, "1"],
    "output.value": ['{"id": "r-1", "model": "n", "usage": {"prompt_tokens": 3}}', "told"],
    "traceloop.span.kind": ["tool", "workflow"],
    "traceloop.entity.output": ['{"raw_output": 1, "tool_name": "look"}', "{}"],
    "langsmith.span.kind": ["llm", "tool"],
    "langfuse.observation.type": ["generation", "span"],
    "langfuse.observation.level": ["ERROR", "DEFAULT"],
    "langfuse.observation.output": ['{"choices": [{"finish_reason": "stop"}]}', '"x"'],
    "langfuse.observation.usage_details": ['{"input": 3, "output": 4}'],
    "mlflow.spanType": ['"LLM"', '"CHAIN"'],
    "mlflow.spanOutputs": ['{"usage": {"input_tokens": 4}, "id": "r-2"}', "null"],
    "ai.operationId": ["ai.generateText", "ai.generateText.doGenerate", "ai.toolCall"],
    "ai.usage.promptTokens": [8],
    "session.id": ["s", ""],
    "logfire.msg": ["said"],
    "events": ['[{"event.name": "gen_ai.choice", "finish_reason": "stop"}]'],
    "hidden_params": ["{'response_cost': 0.5, 'model_id': None}"],
    "error.type": ["ValueError"],
}


def made_at_random(seed: int, *, alike: bool) -> list[Span]:
    """Spans of one trace; ``alike``: all of one scope and with the same keys."""
    rng = random.Random(seed)
    spans: list[Span] = []
    scope, keys = rng.choice(SCOPES), rng.sample(sorted(VALUES), rng.randrange(1, 9))
    for _ in range(rng.randrange(1, 12)):
        if not alike:
            scope, keys = rng.choice(SCOPES), rng.sample(sorted(VALUES), rng.randrange(1, 9))
        made = span(
            scope,
            rng.choice(["one", "two", "chat m"]),
            parent=rng.choice([None, *spans, *spans[-1:]]),
            at=1_000 + rng.randrange(50),
            took=rng.randrange(40),
            status=rng.choice([0, 0, 1, 2]),
            events=rng.choice([[], [], [answered(finish_reason="stop")]]),
        )
        made.attributes = {key: rng.choice(VALUES[key]) for key in keys}
        spans.append(made)
    return spans


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("alike", [False, True], ids=["mixed", "alike"])
def test_traces_made_at_random_have_the_same_headers_both_ways(seed: int, alike: bool) -> None:
    same_both_ways(made_at_random(seed, alike=alike))


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(plain_values) | st.dictionaries(st.text(), plain_values) | st.tuples(plain_values))
def test_a_literal_read_by_way_of_json_is_the_literal(value: Any) -> None:
    text = repr(value)
    try:
        expected = rd.plain(ast.literal_eval(text))
    except (ValueError, SyntaxError):  # nan and inf are no literals
        return
    found = rd.from_repr(text)
    assert found == expected or found == rd.parsed(text)
    assert repr(found) == repr(expected) or found == rd.parsed(text)


def test_a_session_beside_a_failed_call_asked_with_the_prompt_that_it_tells() -> None:
    def call(name: str, at: int, **more: Any) -> Span:
        asked = [{"role": "user", "parts": [{"type": "text", "content": "Oslo?"}]}]
        told = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"} | more
        if name != "openai.session":
            told["gen_ai__input__messages"] = json.dumps(asked)
        return span("opentelemetry.instrumentation.openai.v1", name, at=at, **told)

    for system, tries in (("Be short.", 0), ("", 2)):
        root = span("app", "root", at=0, took=900)
        failed = call("openai.chat", 10, parent=root, took=5, status=2)
        told = json.dumps([{"type": "text", "content": system}])
        session = call("openai.session", 20, parent=root, took=50, gen_ai__system_instructions=told)
        inner = call("openai.realtime", 30, parent=session, took=20)
        spans = [root, failed, session, inner]
        assert [len(hop.attempts) for hop in hops(*spans)] == ([0, 0] if system else [0, tries])
        same_both_ways(spans)

"""Headers of what frameworks print of their objects: read together, the same both ways."""

from __future__ import annotations

import orjson
import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read

USED = "{'completion_tokens': 7, 'completion_tokens_details': {'audio_tokens': 0}}"
SAID = "TextContent(text='Sunny.')"
CALLED = "ToolCall(tool_name='look', arguments={'city': 'Oslo'}, id='c-1', extra=None)"


def reply(content: str = SAID, used: str = USED, after: str = "") -> str:
    """What Haystack prints of an answer."""
    meta = f"{{'model': 'm-1', 'index': 0, 'finish_reason': 'stop', 'usage': {used}{after}}}"
    role = "<ChatRole.ASSISTANT: 'assistant'>"
    return f"ChatMessage(_role={role}, _content=[{content}], _name=None, _meta={meta})"


REPLIES = {
    "a text": [reply()],
    "a tool call": [reply(CALLED)],
    "another reason after all": [reply(after=", 'finish_reason': 'length'")],
    "counts that are not closed": [reply(used="{'a': {'b': 1}")],
    "words that look like counts": [reply("TextContent(text='_meta={}')")],
    "two": [reply(), reply(CALLED)],
    "none": [],
    "no text": [{"role": "assistant"}],
}


@pytest.mark.parametrize("name", list(REPLIES))
def test_a_reply_that_haystack_prints_ends_the_same_both_ways(name: str) -> None:
    told = {"openinference__span__kind": "LLM", "llm__model_name": "m-1"}
    made = orjson.dumps({"replies": REPLIES[name]}).decode()
    one = span("openinference.instrumentation.haystack", "run", output__value=made, **told)
    assert same_both_ways([one]) == []
    if name in ("a text", "a tool call"):
        facts = read(SpanColumns.of([one]))
        assert (facts.text["finish_reason"][0], facts.drafts) == ("stop", {})


GIVEN = (
    {"agent": "id=1 role='Weather man' goal='Tell'"},
    {"agent": "id=1 role='It\\'s me' goal='Tell'"},
    {"agent": "id=1 role='Two\nlines' goal='Tell'"},
    {"agent": 'id=1 role="W" goal="Tell"'},
    {"agent": {"role": "Weather man"}},
    {"args": ["x"], "kwargs": {"agent": "id=1 role='W'"}},
    {"args": [], "kwargs": {"agent": "id=1 role='W'", "session_id": "s", "user_id": "u"}},
    {"args": None, "kwargs": None, "session_id": "s", "user_id": 7},
    {"session_id": "s", "user_id": "", "agent": None},
    {"model": "m-2"},
    {"model": {"name": "m-2"}},
    ["agent", "session_id"],
)


@pytest.mark.parametrize("library", ["crewai", "agno", "openai"])
@pytest.mark.parametrize("kind", ["AGENT", "LLM"])
def test_what_a_step_was_given_is_read_the_same_both_ways(library: str, kind: str) -> None:
    spans = [
        span(
            f"openinference.instrumentation.{library}",
            "Task._execute_core",
            openinference__span__kind=kind,
            input__value=orjson.dumps(given).decode(),
        )
        for given in GIVEN
    ]
    assert same_both_ways(spans) == []


RAN = (
    {"content": "Oslo", "content_type": "str", "session_id": "s", "user_id": "u"},
    {"content": "Oslo", "content_type": "str", "session_id": 7, "user_id": ""},
    {"content": None, "content_type": None, "session_id": "s", "user_id": "u"},
    {"session_id": "a tool's own", "content": "Oslo"},
    {"content_type": {"session_id": "s"}},
    ["content_type", "session_id"],
)


@pytest.mark.parametrize("kind", ["AGENT", "TOOL", "LLM"])
def test_whose_a_run_is_stands_in_what_agno_knows_of_it_at_its_end(kind: str) -> None:
    spans = [
        span(
            "openinference.instrumentation.agno",
            "weatherman.run",
            openinference__span__kind=kind,
            output__value=made,
        )
        for told in RAN
        for made in (orjson.dumps(told).decode(), orjson.dumps(told).decode()[:-1])
    ]
    assert same_both_ways(spans) == []
    run = normalise(spans[:1], []).run
    assert (run.session_id, run.user_id) == (("s", "u") if kind != "LLM" else (None, None))
    assert normalise(spans[6:7], []).run.session_id is None


REQUESTS = (
    '{"model": "gemini-2.5-flash", "contents": "Hi"}',
    '{"\\u006dodel": "gemini-2.5-flash"}',
    '{"model": "gemini-2.5-flash", "contents": "H',
    '{"model": "a", "model": "b"}',
    '{"model": {"name": "a"}}',
    '{"model": ""}',
    '{"contents": "Hi"}',
    "[]",
)
COUNTS = ('{"prompt_token_count": 30}', '{"prompt_token_count": "30"}', "null", "[30]", "{}")


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("served", ["gemini-2.5-flash-001", ""])
def test_what_googles_sdk_asked_and_counted_is_read_the_same_both_ways(
    served: str, counts: str
) -> None:
    told = {"openinference__span__kind": "LLM", "llm__model_name": served}
    told |= {"llm__input_messages__0__message__role": "user"}
    spans = [
        span(
            "openinference.instrumentation.google_genai",
            "GenerateContent",
            input__value=given,
            output__value=f'{{"candidates": [], "usage_metadata": {counts}}}',
            llm__token_count__prompt=40,
            llm__token_count__prompt_details__cache_read=cached,
            **told,
        )
        for given in REQUESTS
        for cached in (0, 10, 20)
    ]
    assert same_both_ways(spans) == []


PRINTED = (
    "completion_tokens=11, prompt_tokens=96, total_tokens=107",
    "completion_tokens=0, prompt_tokens=0, total_tokens=107",
    "completion_tokens=11, prompt_tokens=96, total_tokens=107, completion_tokens_details="
    "CompletionTokensDetails(audio_tokens=0, reasoning_tokens=4), prompt_tokens_details=None",
    "completion_tokens=11, prompt_tokens=96, total_tokens=107, prompt_tokens_details="
    "PromptTokensDetails(cache_write_tokens=None, cached_tokens=7, image_tokens=None)",
    "completion_tokens=11, prompt_tokens=96, total_tokens=107, prompt_tokens_details="
    "PromptTokensDetails(cached_tokens=9007199254740993)",
    "completion_tokens=11, total_tokens=107, prompt_tokens=96",
    "completion_tokens=11, prompt_tokens=96, total_tokens=107, cost=Cost(usd='1')",
)


@pytest.mark.parametrize("counts", PRINTED)
def test_an_answer_that_smolagents_prints_is_read_the_same_both_ways(counts: str) -> None:
    answer = (
        "ChatCompletion(id='c-1', choices=[Choice(finish_reason='stop', index=0, message=Message("
        "content='So.', role='assistant'))], created=1, model='m-1', object='chat.completion', "
        f"usage=CompletionUsage({counts}))"
    )
    told = {"openinference__span__kind": "LLM", "llm__model_name": "m"}
    made = orjson.dumps({"role": "assistant", "content": "So.", "raw": answer}).decode()
    one = span("openinference.instrumentation.smolagents", "go", output__value=made, **told)
    assert same_both_ways([one]) == []


def agno(more: str = "", *, role: str = "'assistant'", content: str = "'It\\'s \\u2600.'") -> str:
    """What Agno prints of an answer, or of a piece of one."""
    rest = f"parsed=None, {more or 'tool_calls=[]'}, extra=None"
    return f"ModelResponse(role={role}, content={content}, {rest})"


CALLED_IN_AGNO = (
    "tool_calls=[{'id': 'c-1', 'function': {'arguments': '{\"city\": \"Oslo\"}', 'name': 'look'}, "
    "'type': 'function'}], event='AssistantResponse'"
)
COUNTED_IN_AGNO = "response_usage=Metrics(input_tokens=9, output_tokens=4, cache_read_tokens=2)"
PIECES = (
    "tool_calls=[ChoiceDeltaToolCall(index=0, id='c-1', function=Function(arguments='', name='look'))]",
    "tool_calls=[ChoiceDeltaToolCall(index=0, id=None, function=Function(arguments='{}', name=None))]",
)
FROM_AGNO = {
    "words": (agno(), "It's ☀."),
    "a call": (
        agno(CALLED_IN_AGNO, content="None"),
        [{"name": "look", "arguments": {"city": "Oslo"}}],
    ),
    "a stream": (
        orjson.dumps(
            [agno(role="None"), agno(role="None"), agno(COUNTED_IN_AGNO, content="None")]
        ).decode(),
        "It's ☀.It's ☀.",
    ),
    "a call in pieces": (
        orjson.dumps([agno(p, role="None", content="None") for p in PIECES]).decode(),
        [{"name": "look", "arguments": {}}],
    ),
    "cut": (agno()[:40], agno()[:40]),
    "cut in a list": (orjson.dumps([agno()[:40]]).decode(), [agno()[:40]]),
    "code": (
        "ModelResponse(role=__import__('os').getcwd())",
        "ModelResponse(role=__import__('os').getcwd())",
    ),
}


UNUSUAL_IN_AGNO = {
    "counted in words": agno(content="'response_usage=Metrics(input_tokens=9), x=1)'"),
    "counted in double quotes": agno(content='"It\'s response_usage=Metrics(input_tokens=9)"'),
    "counted twice": agno(f"{COUNTED_IN_AGNO}, {COUNTED_IN_AGNO.replace('9', '8')}"),
    "parts of a token": agno(COUNTED_IN_AGNO.replace("9", "9.5")),
    "none": agno(COUNTED_IN_AGNO.replace("9", "None").replace("4", "None")),
    "no number": agno(COUNTED_IN_AGNO.replace("9", "09")),
    "an address": agno(f"audio=<a.B object at 0x1>, {COUNTED_IN_AGNO}"),
    "an escape": agno(COUNTED_IN_AGNO, content="'\\xZZ'"),
    "thoughts": agno(f"reasoning_content='So. \\n', {COUNTED_IN_AGNO}"),
    "a call": agno(CALLED_IN_AGNO.replace("event", f"{COUNTED_IN_AGNO}, event")),
    "a stream that counts twice": orjson.dumps(
        [agno(COUNTED_IN_AGNO), agno(COUNTED_IN_AGNO.replace("9", "8")), agno()]
    ).decode(),
    "a stream with something else": orjson.dumps([agno(COUNTED_IN_AGNO), "So."]).decode(),
    "a stream of objects": orjson.dumps([agno(COUNTED_IN_AGNO), {"a": 1}]).decode(),
}


@pytest.mark.parametrize("known", [0, 5])
@pytest.mark.parametrize("name", list(UNUSUAL_IN_AGNO))
def test_what_agno_counts_is_read_the_same_both_ways(name: str, known: int) -> None:
    told = {"openinference__span__kind": "LLM", "llm__token_count__prompt": known}
    made = UNUSUAL_IN_AGNO[name]
    scope = "openinference.instrumentation.agno"
    assert same_both_ways([span(scope, "Model.invoke", output__value=made, **told)]) == []


@pytest.mark.parametrize("name", list(FROM_AGNO))
def test_an_answer_that_agno_prints_is_opened_the_same_both_ways(name: str) -> None:
    made, told = FROM_AGNO[name]
    spans = [
        span(
            "openinference.instrumentation.agno",
            "OpenAIChat.invoke",
            openinference__span__kind="LLM",
            llm__model_name="gpt-4o-mini",
            output__value=made,
        )
    ]
    assert same_both_ways(spans) == []
    hop = normalise(spans, []).hops[0]
    assert hop.output == told
    assert (hop.input_tokens, hop.output_tokens, hop.cached_tokens) == (
        (9, 4, 2) if name == "a stream" else (0, 0, 0)
    )


def test_answers_as_agno_prints_them_are_read_together() -> None:
    facts = read(SpanColumns.of(*load("openinference-agno-2025-09")))
    assert facts.drafts == {}
    assert facts.tokens["input_tokens"].sum() == 1241

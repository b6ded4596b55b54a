"""Events of BeeAI's emitter for Node, each a span of its own under OpenInference."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Scope, Span

ASKED = json.dumps([{"role": "user", "content": [{"type": "text", "text": "Where?"}]}])


def emitted(target: str, kind: str, parent: Span | None, at: int = 1_010, **more: Any) -> Span:
    """An event, as a span of no length."""
    told = {"target": target, "name_": target.rpartition(".")[2], "traceId": "t-1", **more}
    scope = "@arizeai/openinference-instrumentation-beeai"
    told |= {"openinference__span__kind": kind}
    made = span(scope, f"{target}-1", parent=parent, at=at, took=0, **told)
    made.attributes["name"] = made.attributes.pop("name_")
    return made


def call(parent: Span | None) -> list[Span]:
    asked = {"input__value": ASKED, "llm__model_name": "m"}
    said = {"output__value": '[{"role":"assistant","content":"Oslo."}]', "llm__model_name": "m"}
    said |= {"llm__output_messages__0__message__content": "Oslo.", "llm__token_count__prompt": 3}
    return [
        emitted("backend.openai.chat.start", "LLM", parent, **asked),
        emitted("backend.openai.chat.success", "LLM", parent, 1_020, **said),
        emitted("backend.openai.chat.finish", "LLM", parent, 1_021),
    ]


def test_what_began_a_call_and_what_ended_it_are_one_call() -> None:
    agent = emitted("agent.toolCalling.start", "AGENT", None)
    spans = [agent, *call(agent)]
    made = hops(*spans)
    calls = [h for h in made if h.kind == "llm"]
    assert [(h.output, h.input_tokens) for h in calls] == [("Oslo.", 3)]
    begun = next(h for h in made if h.hop_id == spans[1].span_id)
    assert (begun.kind, begun.input) == ("chain", json.loads(ASKED))
    same_both_ways(spans)


def test_a_tool_is_what_says_how_it_ended() -> None:
    run = emitted("agent.toolCalling.start", "AGENT", None)
    agent = emitted("agent.inner.start", "AGENT", run)
    given = {"tool__parameters": '{"city":"Oslo"}'}
    failed = {"exception__type": "ToolError", "exception__message": "No.", **given}
    ended = emitted("tool.look.success", "TOOL", agent, 1_030, output__value='"dry"', **given)
    spans = [run, agent, emitted("tool.look.start", "TOOL", agent, **given), ended]
    spans += [emitted("tool.look.finish", "TOOL", agent, 1_031)]
    spans += [emitted("tool.look.error", "TOOL", agent, 1_040, **failed)]
    spans[-1].status_code = 2
    tools = [h for h in hops(*spans) if h.kind == "tool"]
    assert [(h.input, h.output) for h in tools][:1] == [({"city": "Oslo"}, "dry")]
    assert len(tools) == 2
    assert tools[1].error is not None
    same_both_ways(spans)


def test_a_call_told_whole_around_its_events_is_one() -> None:
    more = {"openinference__span__kind": "LLM", "input__value": ASKED, "output__value": "Oslo."}
    scope = "@arizeai/openinference-instrumentation-beeai"
    root = span(scope, "beeai-framework-main", took=500, llm__model_name="m", **more)
    spans = [root, *call(root)]
    (llm,) = [h for h in hops(*spans) if h.kind == "llm"]
    assert (llm.hop_id, llm.input_tokens) == (root.span_id, 3)
    same_both_ways(spans)
    assert only(emitted("backend.openai.chat.finish", "LLM", None)).kind == "chain"


def test_anybodys_call_with_such_keys_is_a_call() -> None:
    made = emitted("db.read", "LLM", None, llm__model_name="m", llm__token_count__prompt=3)
    made.scope = Scope("acme.tracing")
    assert (only(made).kind, only(made).input_tokens) == ("llm", 3)
    same_both_ways([made])

"""Laminar: GenAI attributes on calls, input and output of its own on every other step."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.content import ai_sdk, flattened, responses
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import failed
from misstep_store.otlp.spans import Span

NAME = "laminar"
_S = "lmnr.span."
_PROPERTIES = "lmnr.association.properties."
_KINDS: dict[str, HopKind] = {
    "LLM": "llm",
    "CACHED": "llm",
    "TOOL": "tool",
    "EVALUATOR": "evaluator",
    "HUMAN_EVALUATOR": "evaluator",
}


_AGENTS = "openai.agents."
SESSIONS = (_PROPERTIES + "session_id", _PROPERTIES + "metadata." + _AGENTS + "group_id")
METADATA = "langchain.metadata"
_TALKS = ("session_id", "thread_id", "conversation_id")
GUARD = _AGENTS + "guardrail.name"
_HANDED = (_AGENTS + "handoff.from", _AGENTS + "handoff.to")
_COUNTING = (_AGENTS + "turn.index", _AGENTS + "task.name")


def claims(span: Span) -> bool:
    """Anything with a Laminar span type or path."""
    return _S + "type" in span.attributes or _S + "path" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind)
    if kind in ("llm", "embedding"):
        _call(draft, a, logs)
    elif is_agent(kind, a):
        draft.kind = "agent"
    draft.session_id, draft.user_id = whose(a)
    tags = a.get(_PROPERTIES + "tags", a.get(_S + "tags"))
    if tags is not None:
        draft.tags = rd.tags(tags)
    if kind not in ("llm", "embedding"):
        otel_genai.fill(draft, a, logs)
    if draft.kind == "guardrail":
        draft.name = rd.text(a, GUARD) or draft.name
    elif _HANDED[0] in a:
        draft.input = {key.rpartition(".")[2]: a[key] for key in _HANDED if key in a}
    elif draft.kind != "agent" and not counts(a):
        payloads(draft, a, (_S + "input",), (_S + "output",))
        draft.input, draft.output = _alone(draft.input), ai_sdk.readable(draft.output)
    if kind == "evaluator" and judges_run(a):
        draft.run_scores = judged.gave(draft.output, draft.name, None)
    finish(draft)
    if draft.error is None and threw(a, {e.name for e in span.events}) and not draft.has_output:
        draft.error = failed(span)
    return draft


def whose(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Session and user, which LangChain's steps were given as metadata."""
    session, user = rd.word(a, *SESSIONS), rd.word(a, _PROPERTIES + "user_id")
    about = rd.parsed(a.get(METADATA))
    if not isinstance(about, dict):
        return session, user
    return session or rd.word(about, *_TALKS), user or rd.word(about, "user_id")


def counts(a: Mapping[str, Any]) -> bool:
    """Whether a step tells its number and its tokens where others tell what they were given and gave:
    a turn or a task of OpenAI's agents."""
    return any(key in a for key in _COUNTING)


def is_agent(kind: str, a: Mapping[str, Any]) -> bool:
    """Whether a step is one of OpenAI's agents, which was given what it is made of."""
    given = a.get(_S + "input")
    return kind == "chain" and type(given) is str and _AGENT.match(given) is not None


_AGENT = re.compile(r'\{"name": ?"(?:[^"\\]|\\.){0,200}",.{0,4000}"output_type": ?', re.DOTALL)


def threw(a: Mapping[str, Any], happened: Collection[str]) -> bool:
    """Whether a function raised: the SDK for Node leaves the status of its span unset."""
    return "exception" in happened and _S + "output" not in a


def judges_run(a: Mapping[str, Any]) -> bool:
    """Whether an evaluator judges its run: of a dataset, one datapoint a trace."""
    return bool(a.get(_PROPERTIES + "trace_type") == "EVALUATION")


def judgement(a: Mapping[str, Any]) -> Json:
    """What an evaluator put out."""
    return rd.decoded(a.get(_S + "output"))


def _alone(given: Json) -> Json:
    """The one argument of a function; the SDK for Node lists it unless it is an object."""
    is_one = isinstance(given, list) and len(given) == 1 and not isinstance(given[0], dict)
    return given[0] if isinstance(given, list) and is_one else given


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span; embeddings are calls by their name alone."""
    told = str(a.get(_S + "type", "")).upper()
    # Responses calls had no type of span before 2026's end.
    kind = _KINDS.get(told, "chain") if told else otel_genai.kind_of(a)
    if kind == "chain" and GUARD in a:
        return "guardrail"
    if kind == "llm" and span.name.endswith(("embeddings", ".embed")):
        kind = "embedding"
    return kind


_SAID = "gen_ai.output.messages"


def stopped(a: Mapping[str, Any]) -> str | None:
    """Why an answer ended that stands as Anthropic gave it."""
    given = a.get(_SAID)
    if not isinstance(given, str) or '"stop_reason"' not in given:
        return None
    told = rd.parsed(given)
    first = told[0] if isinstance(told, list) and told else None
    return rd.text(first, "stop_reason") if isinstance(first, dict) else None


def items_in(given: Any) -> Any:
    """The answer of Responses, whole or its items, where messages should be."""
    if isinstance(given, list | dict):
        told = any(map(_is_item, given)) if isinstance(given, list) else _is_item(given)
    else:
        told = type(given) is str and _ITEMS.search(given) is not None
    if not told:
        return None
    answer = responses.opened(rd.parsed(given))
    return answer if responses.is_whole(answer) else None


def _is_item(given: Any) -> bool:
    """As :data:`_ITEMS`, of what came as a structure."""
    inside = given.get("content") if isinstance(given, dict) else None
    return any(map(_is_named, (given, *(inside if isinstance(inside, list) else ()))))


def _is_named(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    kind = item.get("type")
    return item.get("object") == "response" or (
        type(kind) is str and _ITEM.fullmatch(kind) is not None
    )


_ITEM = re.compile(r"\w+_call|output_text|reasoning")
_ITEMS = re.compile(rf'"object": ?"response"|"type": ?"(?:{_ITEM.pattern})"')


def _call(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    """The instructions of a Responses call stand among the older, indexed attributes alone."""
    if (answer := items_in(a.get(_SAID))) is not None:
        bodies.response(draft, answer)
    otel_genai.fill(draft, a, logs)
    draft.finish_reason = draft.finish_reason or stopped(a)
    draft.parameters = {
        k: v for k, v in draft.parameters.items() if k != "base_url" and v not in ([], {})
    }
    if not any(m.role == "system" for m in draft.messages_in):
        older = flattened.messages(a, "gen_ai.prompt", "user")
        draft.messages_in = [*(m for m in older if m.role == "system"), *draft.messages_in]


CONVENTION = Convention(NAME, read, scopes=("lmnr.*", "lmnr"), marks=claims)

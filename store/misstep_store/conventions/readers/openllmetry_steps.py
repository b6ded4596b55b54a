"""Steps and tools of frameworks under OpenLLMetry, out of the envelopes of callbacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.content import langchain, objects
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import model_named
from misstep_store.conventions.types import Alone, Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import error


def unwrap_step(draft: Draft) -> None:
    """LangChain steps: ``{"inputs": …, "tags": …, "metadata": …, "kwargs": …}``, likewise outputs."""
    given, made = inputs(draft.input), outputs(draft.output)
    if draft.kind == "chain":
        langchain.step(draft, next(iter(given), None), next(iter(made), None))
    if given:
        draft.input = langchain.readable(given[0])
    if made:
        draft.output = rd.parsed(langchain.readable(made[0]))
    if draft.span.scope.name == OF_NODE:
        draft.input, draft.output = map(langchain.readable, (draft.input, draft.output))
    if draft.span.scope.name.endswith(".llamaindex"):
        draft.input, draft.output = _nodes(draft.input), _nodes(draft.output)
        draft.input = objects.begun_with(draft.input)
        _predicted(draft)
    elif draft.span.scope.name == LLAMA_INDEX_OF_NODE:
        _engine(draft)


def _engine(draft: Draft) -> None:
    """Engines of LlamaIndex for Node gave the words in their answer; of a stream ``{}`` is told."""
    made = draft.output
    if made == {}:
        draft.output, draft.has_output = None, False
    elif isinstance(made, dict) and "sourceNodes" in made:
        said = msg.messages([made.get("message")], "assistant")
        draft.output = said[0].text if said and said[0].text else made


LLAMA_INDEX_OF_NODE = "@traceloop/instrumentation-llamaindex"
OF_NODE = "@traceloop/instrumentation-langchain"


def predicts(scope: str, name: str) -> bool:
    """Whether a step of LlamaIndex's asks a model: the call itself has no span in some versions."""
    return scope.endswith(".llamaindex") and name.partition(".")[0] in ("LLM", "StructuredLLM")


def asks(name: str) -> bool:
    """Whether such a step is sure to ask one, though it may not name it."""
    return name.startswith("LLM.")


def _predicted(draft: Draft) -> None:
    """What a prompt and its variables asked, and what was answered."""
    if draft.kind != "chain" or not predicts(draft.span.scope.name, draft.span.name):
        return
    given = draft.input if isinstance(draft.input, dict) else {}
    if asks(draft.span.name) and not draft.messages_in:
        draft.messages_in = _filled(rd.parsed(given.get("prompt")), given.get("prompt_args"))
        if isinstance(draft.output, str) and not draft.messages_out:
            draft.messages_out = msg.messages([{"role": "assistant", "content": draft.output}])
    if draft.messages_in:
        draft.input = None  # as its messages read
    if draft.messages_out:
        draft.output, draft.has_output = None, False
    asked = model_named(draft.request_model) if draft.request_model else None
    if asked is not None or asks(draft.span.name):
        draft.alone = Alone("llm", draft.provider, asked, is_sure=True)


def _filled(prompt: Json, given: Json) -> Sequence[Message]:
    """The messages that a template makes of its variables."""
    if not isinstance(prompt, dict):
        return ()
    known = prompt.get("kwargs")
    told = {
        **(known if isinstance(known, dict) else {}),
        **(given if isinstance(given, dict) else {}),
    }
    listed = prompt.get("message_templates", [{"role": "user", "content": prompt.get("template")}])
    found = msg.messages(listed)
    filling = _Filling(told)
    for message in found:
        for part in message.parts:
            text = part.get("content")
            if isinstance(text, str):
                part["content"] = _VARIABLE.sub(filling.said, text)
    return found


class _Filling:
    """Puts values into a template: each once, and again only as often as a prompt would, since a
    short template may name a long value over and over."""

    def __init__(self, told: Mapping[str, Json]) -> None:
        self._told = told
        self._once: set[str] = set()
        self._left = _MOST_REPEATED

    def said(self, found: re.Match[str]) -> str:
        """The value of a variable, or its name where it has none or is said no more."""
        name = found.group(1)
        value = self._told.get(name)
        if not isinstance(value, str):
            return found.group()
        if name in self._once:
            if len(value) > self._left:
                return found.group()
            self._left -= len(value)
        self._once.add(name)
        return value


_MOST_REPEATED = 100_000
_VARIABLE = re.compile(r"\{(\w+)\}")


def _nodes(value: Json) -> Json:
    """LlamaIndex's nodes stand in their lists as JSON texts."""
    if isinstance(value, list):
        return [rd.parsed(v) if isinstance(v, str) else v for v in value]
    if isinstance(value, dict):
        return {k: _nodes(v) if isinstance(v, list) else v for k, v in value.items()}
    return value


def inputs(value: Any) -> list[Json]:
    """What a LangChain step was given, out of its callback's envelope; empty without one."""
    if not isinstance(value, dict) or not {"tags", "metadata"} <= set(value):
        return []
    return [value[key] for key in ("query", "inputs") if key in value][:1]


def outputs(value: Any) -> list[Json]:
    """As :func:`inputs`, of what it gave."""
    is_one = isinstance(value, dict) and "outputs" in value and set(value) <= {"outputs", "kwargs"}
    return [value["outputs"]] if is_one else []


_OF_MCP = {"result", "is_error"}


def unwrap_tool(draft: Draft) -> None:
    """LangChain tools: ``{"input_str": repr, …}`` and a serialised ToolMessage; LlamaIndex's."""
    made = draft.output
    if isinstance(made, str) and (ran := objects.ran(made)) is not None:
        draft.output, failure = ran
        draft.error = draft.error or (error(None, failure) if failure is not None else None)
        return
    if isinstance(made, dict) and {"raw_output", "tool_name"} <= set(made):
        draft.output = made["raw_output"]
        draft.name = str(made["tool_name"] or draft.name)
        if isinstance(draft.input, dict) and set(draft.input) == {"kwargs"}:
            draft.input = draft.input["kwargs"]
        return
    if isinstance(draft.input, dict):
        for key in ("input_str", "inputs"):
            inner = draft.input.get(key)
            if isinstance(inner, str) and inner:
                draft.input = rd.from_repr(inner)
                break
            if isinstance(inner, dict):
                draft.input = inner
                break
        match draft.input:
            case {"args": [args], **others} if not others:  # LangChain's under Node
                draft.input = rd.decoded(args)
            case {"tool_name": str(), "arguments": given, **others} if not others:  # of MCP's
                draft.input = given
                if isinstance(made, dict) and "result" in made and made.keys() <= _OF_MCP:
                    draft.output = made["result"]
    named = tool_named(draft.name, draft.output)
    draft.name = named or draft.name
    if draft.tool_call_id is None and isinstance(draft.output, dict):
        draft.tool_call_id = langchain.tool_call_id(draft.output.get("output", draft.output))
    answer = tool_answer(draft.output)
    if isinstance(answer, dict) and {"content", "tool_call_id"} <= answer.keys():
        answer = rd.decoded(answer["content"])
    draft.output = langchain.readable(answer)


_NAMELESS = ("DynamicStructuredTool", "DynamicTool", "StructuredTool")
"""Classes of LangChain's for Node, which says them for the names of tools."""


def is_nameless(entity: Any) -> bool:
    """Whether an entity is named by the class of LangChain's tools."""
    return isinstance(entity, str) and entity in _NAMELESS


def tool_named(name: str, made: Any) -> str | None:
    """The name of a tool, of which only its answer says it."""
    if name not in _NAMELESS or not isinstance(made, dict):
        return None
    inner = made.get("kwargs")
    return rd.text(inner, "name") if isinstance(inner, dict) else None


def tool_answer(value: Any) -> Any:
    """What a LangChain tool answered, without its envelope."""
    for _ in range(4):
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("kwargs"), dict) and "lc" in value:
            value = value["kwargs"]
        elif set(value) == {"output"} or (set(value) <= {"output", "kwargs"} and "output" in value):
            value = value["output"]
        elif value.get("type") in ("tool", "ToolMessage") and "content" in value:
            return rd.decoded(value["content"])
        else:
            return value
    return value

"""What single OpenInference instrumentations leave to be read from the raw values beside it.

Each is asked for by the end of its scope (``openinference.instrumentation.haystack``): some write
messages without their tool calls, ids or tools, which stand in ``input.value`` and ``output.value``;
some write a framework's objects as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import glued, langchain, objects
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import NO_WORDS, simple
from misstep_store.conventions.finishing import provider, routed
from misstep_store.conventions.raw import bedrock, bodies
from misstep_store.conventions.readers import agno, autogen, google_adk
from misstep_store.conventions.readers import openinference_google as google
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

_NUMBERED = re.compile(r"_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}")
_READERS: dict[str, Callable[[Any], Json]] = {
    "langchain": langchain.readable,
    "haystack": objects.readable,
    "llama_index": objects.readable,
    "autogen_agentchat": autogen.readable,
    "claude_agent_sdk": simple,
}

_SCOPE = "openinference.instrumentation."
_JS_SCOPE = "@arizeai/openinference-instrumentation-"
_SAME = {name: name for name in ("langchain", "beeai")}
_IN_JS = {**_SAME, "langchain-v0": "langchain", "bedrock": "bedrock_js"}
"""Those of the libraries below that are instrumented in JavaScript too."""
_OTHERS = ("strands", "agent_framework", "pydantic-ai", "pydantic_ai", "@ai-sdk/", "@mastra/")
"""Scopes of frameworks whose own spans OpenInference's processors rewrite: they are no library's
below, whatever they hold."""
_MARKS = (
    ("_role=<ChatRole.", "haystack"),
    ('"sanitize_inputs_outputs"', "smolagents"),
    ('"raw": "ChatCompletion(', "smolagents"),
    ('"additional_kwargs"', "langchain"),
    ('"lc": 1', "langchain"),
    ("PromptTemplate(metadata=", "llama_index"),
    ("blocks=[TextBlock(", "llama_index"),
    ('"invocation_id"', "google_adk"),
    ('"raw_output"', "llama_index"),
    ('"ActionStep(step_number=', "smolagents"),
    ("ModelResponse(role=", "agno"),
)
_MARKS_OF_STEPS = (
    ("additional_kwargs={", "langchain"),
    ("page_content=", "langchain"),
    ("' tool_call_id='", "langchain"),
    ("=ChatMessage(role=<MessageRole.", "llama_index"),
    ("=[ChatMessage(role=<MessageRole.", "llama_index"),
    ("StartEvent()", "llama_index"),
)
"""What frameworks print: in prompts of calls it may stand whoever sends them."""
NO_CALLS = (
    *("._prepare_chat_with_tools", ".write_response_to_history"),
    *(".predict_and_call", ".apredict_and_call", ".structured_predict", ".astructured_predict"),
    *("StructuredLLM." + way for way in ("complete", "acomplete", "chat", "achat")),
)
_OF_GOOGLE = ("GenerateContent", "GenerateContentStream")
_CREWS = ("crew_key", "task_key", "flow_id")
_LOOKED_AT = 50_000


def library(draft: Draft) -> str:
    """The instrumented library, by the scope's name; where an export lost it, by what it wrote."""
    return library_of(draft.span.scope.name, draft.span.name, draft.span.attributes)


def library_of(scope: str, name: str, a: Mapping[str, Any]) -> str:
    """As :func:`library`, of a scope, a span's name and its attributes."""
    return libraries_of(scope, [name], [a])[0]


def told_by_scope(scope: str, a: Mapping[str, Any]) -> str | None:
    """The library that a scope or an attribute's key shows; None where it takes values to tell."""
    if scope == "gcp.vertex.agent":
        return "google_adk"
    if scope.startswith(_SCOPE):
        return scope[len(_SCOPE) :]
    if any(key in a for key in _CREWS):
        return "crewai"
    if scope.startswith(_JS_SCOPE):
        return _IN_JS.get(scope[len(_JS_SCOPE) :], "")
    return "" if scope.startswith(_OTHERS) else None


def libraries_of(scope: str, names: Sequence[str], many: Sequence[Mapping[str, Any]]) -> list[str]:
    """As :func:`library_of`, of spans that have one scope and the same keys."""
    alike = told_by_scope(scope, many[0])
    if alike is not None:
        return [alike] * len(many)
    by_name = {name: _named_by(name) for name in set(names)}
    keys = [k for k in ("input.value", "output.value") if k in many[0]]
    columns = [[_looked_at(a[k]) for a in many] for k in keys]
    found = []
    for low in range(0, len(many), _TOGETHER):
        parts = [column[low : low + _TOGETHER] for column in columns]
        whole = "\0".join(chain.from_iterable(parts))
        if len(parts) == 2:  # a mark may begin in the one value and end in the other
            ends = (i[-_MARK:] + o[:_MARK] for i, o in zip(*parts, strict=True))
            whole += "\0" + "\0".join(ends)
        marks = [(mark, known) for mark, known in _MARKS if mark in whole]
        of_steps = [(mark, known) for mark, known in _MARKS_OF_STEPS if mark in whole]
        for n, name in enumerate(names[low : low + _TOGETHER]):
            told = by_name[name]
            if not told and (marks or of_steps):  # most often there is none
                text = "".join([part[n] for part in parts])
                told = next((known for mark, known in marks if mark in text), "")
                if not told and of_steps and many[low + n].get(_KIND) not in _CALL_KINDS:
                    told = next((known for mark, known in of_steps if mark in text), "")
            found.append(told)
    return found


def _looked_at(value: Any) -> str:
    return value[:_LOOKED_AT] if isinstance(value, str) else ""


_KIND = "openinference.span.kind"
_CALL_KINDS = ("LLM", "DECISION", "EMBEDDING", "RERANKER")
_MARK = max(len(mark) for mark, _ in (*_MARKS, *_MARKS_OF_STEPS))
_TOGETHER = 64


def _named_by(name: str) -> str:
    """The library that a span's name shows."""
    if _NUMBERED.search(name):
        return "crewai"
    if name.endswith(_OF_GOOGLE):
        return "google_genai"
    return "llama_index" if name.endswith(NO_CALLS) else ""


def without_number(name: str) -> str:
    """Crews and flows without a name are called by id."""
    return _NUMBERED.sub("", name)


def mends(scope: str, *, is_call: bool) -> bool:
    """Whether hops of this scope take more than the attributes' own words."""
    return scope.rpartition(".")[2] in (_CALLS if is_call else _STEPS)


def _adk_words(value: Any) -> Json:
    """The words of an event, or of the message that began an invocation."""
    if not isinstance(value, dict):
        return value
    content = value.get("new_message") or value.get("content")
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        found = msg.message(content)
        return msg.readable(found) if found is not None and found.parts else value
    return value


_READERS["google_adk"] = _adk_words


def readable(draft: Draft, value: Json) -> Json:
    """A step's value as this library's users know it."""
    reader = _READERS.get(library(draft))
    return reader(value) if reader is not None else value


def call(draft: Draft, a: Mapping[str, Any]) -> None:
    """Mends a model call: tool calls and their ids, tools, finish reason, the served model."""
    given, made = a.get("input.value"), a.get("output.value")
    if isinstance(given, str) and _incomplete(draft.messages_in):
        _asked(draft, rd.parsed(given))
    if isinstance(made, str) and _incomplete(draft.messages_out):
        scratch = Draft(draft.span, draft.convention, draft.kind)
        bodies.response(scratch, made)
        msg.graft(draft.messages_out, scratch.messages_out)
    if not draft.tools and isinstance(given, str) and ('"tools"' in given or '"funct' in given):
        body = rd.parsed(given)
        listed = (body.get("tools") or body.get("functions")) if isinstance(body, dict) else None
        if isinstance(listed, list):
            opened = [objects.fields_of(t) if isinstance(t, str) else t for t in listed]
            draft.tools = docs.tools([t for t in opened if isinstance(t, dict)])
    if draft.span.status_code == 2:
        draft.messages_out = [m for m in draft.messages_out if msg.speaks(m)]
    own = _CALLS.get(library(draft))
    if own is not None:
        own(draft, a)


def step(draft: Draft, a: Mapping[str, Any]) -> None:
    """Mends a step that is no model call."""
    own = _STEPS.get(library(draft))
    if own is not None:
        own(draft, a)


# --- messages that lack what the raw body has -------------------------------------------------


def _incomplete(found: list[Message] | Any) -> bool:
    """Whether messages are empty in the middle, or calls and results do not say which they are."""
    for message in found:
        if not message.parts:
            return True
        for part in message.parts:
            if part.get("type") in ("tool_call", "tool_call_response") and part.get("id") is None:
                return True
    return False


def _asked(draft: Draft, body: Json) -> None:
    listed = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        msg.fill(draft.messages_in, body)
        return
    if len(listed) == 1 and isinstance(listed[0], list):  # LangChain's, a batch of one
        listed = listed[0]
    told = [objects.message(m) if isinstance(m, str) else msg.message(m) for m in listed]
    found = [m for m in told if m is not None]
    before = [m for m in draft.messages_in if m.role == "system"]
    if any(m.role == "system" for m in found):
        before = []
    if len(before) + len(found) >= len(draft.messages_in) and len(found) == len(listed):
        draft.messages_in = [*before, *found]
    else:
        msg.graft(draft.messages_in, found)


# --- single libraries -------------------------------------------------------------------------


def _langchain_call(draft: Draft, a: Mapping[str, Any]) -> None:
    served, draft.response_model = draft.response_model, None
    bodies.langchain_details(draft, rd.parsed(a.get("output.value")))
    draft.response_model = draft.response_model or served
    if draft.provider is None:
        told = rd.parsed(a.get("metadata"))
        draft.provider = provider(rd.text(told, "ls_provider") if isinstance(told, dict) else None)


def _haystack_call(draft: Draft, a: Mapping[str, Any]) -> None:
    body = rd.parsed(a.get("output.value"))
    replies = body.get("replies") if isinstance(body, dict) else None
    if not isinstance(replies, list) or not replies:
        return
    meta = objects.meta_of(replies[0])
    draft.finish_reason = draft.finish_reason or rd.text(meta, "finish_reason")
    told = [m for r in replies if (m := objects.message(r)) is not None]
    if not draft.messages_out:
        draft.messages_out = told
    else:
        msg.graft(draft.messages_out, told)


def _smolagents_call(draft: Draft, a: Mapping[str, Any]) -> None:
    """The provider's answer is printed inside the message; of late 2025 the messages are, too."""
    if all((m.text or "").startswith("ChatMessage(") for m in draft.messages_in):
        opened = [objects.fields_of(m.text or "") for m in draft.messages_in]
        draft.messages_in = msg.messages(opened) or draft.messages_in
        draft.input = None  # as its last message reads now
    body = rd.parsed(a.get("output.value"))
    raw = body.get("raw") if isinstance(body, dict) else None
    answer = objects.fields_of(raw) if isinstance(raw, str) else raw
    if isinstance(answer, dict):
        bodies.response(draft, {k: v for k, v in answer.items() if k != "class"})


def _llama_index_call(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.span.name.endswith(NO_CALLS):  # their call is a span beside them, or inside
        draft.kind, draft.messages_in, draft.messages_out = "chain", (), ()
        sides = (rd.decoded(a.get(f"{k}.value")) for k in ("input", "output"))
        draft.input, draft.output = (readable(draft, v) for v in sides)
        draft.has_output = draft.output is not None
        return
    asked = [m.text or "" for m in draft.messages_in if m.parts]
    if asked and all(map(_TEMPLATE.match, asked)):
        draft.messages_in = ()
        draft.input = rd.parsed(a.get("llm.prompt_template.variables"))
    glued.once(draft.messages_out)
    said = [p.get("content") for m in draft.messages_out for p in m.parts if p != NO_WORDS]
    if all(_SILENT.fullmatch(str(t)) for t in (a.get("output.value"), *said)):
        draft.messages_out, draft.output, draft.has_output = (), "", True


_TEMPLATE, _SILENT = re.compile(r"\w*PromptTemplate\("), re.compile(r"assistant:( None)?\s*")


def _llama_index_step(draft: Draft, _: Mapping[str, Any]) -> None:
    given = draft.input
    if isinstance(given, dict) and set(given) == {"ctx", "ev"}:  # a workflow's step
        draft.input = given["ev"]
        draft.name = draft.name.removeprefix("BaseWorkflowAgent.")
    else:
        draft.input = objects.begun_with(given)
    if draft.kind != "tool":
        return
    if isinstance(draft.input, dict) and set(draft.input) == {"kwargs"}:
        draft.input = draft.input["kwargs"]
    if isinstance(draft.output, dict) and "raw_output" in draft.output:
        draft.output = draft.output["raw_output"]


def _smolagents_step(draft: Draft, _: Mapping[str, Any]) -> None:
    """What the agent was asked and the tool was given, without the settings beside it."""
    given = draft.input
    if draft.kind == "agent" and isinstance(given, dict) and isinstance(given.get("task"), str):
        draft.input = given["task"]
    if draft.kind == "agent" and isinstance(draft.output, str):
        draft.output = objects.last_of_a_stream(draft.output)
    if draft.kind == "tool" and isinstance(given, dict) and "sanitize_inputs_outputs" in given:
        draft.input = given.get("kwargs") or given.get("args")
    if isinstance(given, dict) and isinstance(given.get("memory_step"), str):
        draft.input = objects.readable(given)


def _dspy_step(draft: Draft, _: Mapping[str, Any]) -> None:
    """What an adapter was given, without the model, the signature and the examples beside it."""
    given = draft.input
    if isinstance(given, dict) and {"lm", "signature", "inputs"} <= set(given):
        draft.input = given["inputs"]


def _adk_step(draft: Draft, _: Mapping[str, Any]) -> None:
    """A tool's answer, out of the function response it travels in."""
    made = draft.output
    draft.name = of_app(draft.name)
    if draft.span.name == google_adk.MERGED:
        draft.echo = "part"
    draft.tool_call_id = draft.tool_call_id if draft.tool_call_id != google_adk.NO_ID else None
    if draft.kind == "tool" and isinstance(made, dict) and {"name", "response"} <= set(made):
        draft.tool_call_id = draft.tool_call_id or rd.text(made, "id")
        draft.output = made["response"]


def of_app(name: str) -> str:
    """``invocation [weather]`` by its app: ``weather``."""
    told = _INVOCATION.fullmatch(name)
    return told.group(1) if told else name


_INVOCATION = re.compile(r"invocation \[(.+)\]", re.DOTALL)


def _langchain_step(draft: Draft, a: Mapping[str, Any]) -> None:
    if draft.name.startswith(("ChannelWrite<", "Branch<")):
        draft.kind = "chain"  # an agent by its name alone, which holds that of a node
    if draft.kind == "tool" and draft.tool_call_id is None:
        draft.tool_call_id = langchain.tool_call_id(rd.parsed(a.get("output.value")))


def _crewai_step(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a crew, a task or an agent was to do, and what it said in the end."""
    given, made = draft.input, draft.output
    draft.name = without_number(draft.name)
    if draft.kind == "agent":
        draft.name = rd.text(a, "graph.node.id") or draft.name
        if isinstance(made, dict) and isinstance(made.get("description"), str):
            draft.input = made["description"]
        elif isinstance(given, dict) and isinstance(given.get("agent"), dict):
            draft.input = given["agent"].get("goal") or given
        elif isinstance(given, dict) and isinstance(given.get("agent"), str):
            _printed_agent(draft, given["agent"])
    if isinstance(made, dict) and isinstance(made.get("raw"), str):
        shaped = made.get("json_dict") or made.get("pydantic")
        draft.output = shaped if isinstance(shaped, dict) else rd.parsed(made["raw"])


def _printed_agent(draft: Draft, text: str) -> None:
    """Older versions print the agent: its role and goal among everything it holds."""
    role = printed(text, "role")
    if role is not None and draft.name == draft.span.name:
        draft.name = role
    draft.input = printed(text, "goal") or draft.input


def printed(text: str, name: str) -> str | None:
    """The text that a field of a printed object holds."""
    found = re.search(rf" {name}={objects.LITERAL}", text[:_LOOKED_AT])
    if found and _PLAIN.fullmatch(literal := found.group(1)):
        return literal[1:-1]
    opened = rd.from_repr(f"[{found.group(1)}]") if found else None
    told = opened[0] if isinstance(opened, list) else None
    return told if isinstance(told, str) else None


_PLAIN = re.compile(r"[ !-\[\]-~]+")
"""A literal that is what stands in it."""


def _litellm_call(draft: Draft, _: Mapping[str, Any]) -> None:
    told = routed(draft.request_model, draft.response_model)
    if told is not None and draft.provider in (None, told[0]):
        draft.provider, draft.request_model, draft.response_model = told


def _bedrock_call(draft: Draft, a: Mapping[str, Any]) -> None:
    """What InvokeModel was given stands among the parameters alone."""
    draft.provider = draft.provider or "aws.bedrock"
    given = rd.parsed(a.get("input.value", a.get("llm.invocation_parameters")))
    if isinstance(given, dict) and not draft.messages_in:
        bodies.request(draft, given)
    draft.parameters = {k: v for k, v in draft.parameters.items() if k not in _GIVEN}
    if bedrock.embeds(draft.request_model):
        draft.kind = "embedding"  # all that InvokeModel asks is called an LLM's


_GIVEN = ("inputText", "prompt", "message", "messages", *bedrock.CONFIGS)


def _bedrock_js_call(draft: Draft, a: Mapping[str, Any]) -> None:
    """A model's name is told without its company and version, and of InvokeModel no instructions:
    both stand in the raw request."""
    given = rd.parsed(a.get("input.value"))
    if not isinstance(given, dict):
        return
    draft.request_model = rd.text(given, MODEL_ID) or draft.request_model
    if draft.system is None and given.get("system"):
        draft.system = msg.system_text(given["system"])


MODEL_ID = "modelId"
"""What a request of Bedrock's calls its model."""


def _bedrock_step(draft: Draft, a: Mapping[str, Any]) -> None:
    """An agent's tool: its arguments stand in a message, as a list of names and values."""
    if draft.kind != "tool" or draft.input is not None:
        return
    told = rd.parsed(a.get(_ARGUMENTS, a.get("tool.parameters")))
    if isinstance(told, list) and all(isinstance(t, dict) and "name" in t for t in told):
        told = {str(t["name"]): t.get("value") for t in told}
    draft.input, draft.messages_in = told, ()


_ARGUMENTS = "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments"


def _beeai_step(draft: Draft, a: Mapping[str, Any]) -> None:
    """What an agent or a tool was given, without the options beside it."""
    if draft.kind == "tool" and draft.input is None and draft.has_output and "target" in a:
        draft.input = rd.decoded(a.get("tool.parameters"))  # of an event that says how it ended
    given = draft.input
    if isinstance(given, dict) and "input" in given and set(given) <= {"input", "options"}:
        draft.input = given["input"]


_Mend = Callable[[Draft, Mapping[str, Any]], None]
_CALLS: dict[str, _Mend] = {
    "agno": agno.call,
    "autogen_agentchat": autogen.call,
    "bedrock": _bedrock_call,
    "bedrock_js": _bedrock_js_call,
    "google_genai": google.call,
    "langchain": _langchain_call,
    "haystack": _haystack_call,
    "llama_index": _llama_index_call,
    "smolagents": _smolagents_call,
    "litellm": _litellm_call,
}
_STEPS: dict[str, _Mend] = {
    "langchain": _langchain_step,
    "llama_index": _llama_index_step,
    "crewai": _crewai_step,
    "dspy": _dspy_step,
    "agno": agno.step,
    "smolagents": _smolagents_step,
    "google_adk": _adk_step,
    "beeai": _beeai_step,
    "bedrock": _bedrock_step,
    "litellm": _litellm_call,
}

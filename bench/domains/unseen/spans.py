"""Labelled runs as an instrumented program would export them: spans of three conventions.

A case is a tree of literal steps; :meth:`SpanCase.spans` writes it as misstep's own spans, as
OpenTelemetry GenAI or as OpenInference, and :meth:`SpanCase.recording` reads those spans with the
store's own conventions. Nothing of the label goes into a span.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from misstep.model import Hop, Json, Run, Score, Verdict
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Resource, Scope, Span, SpanEvent

Dialect = Literal["misstep", "genai", "openinference"]
_MS = 1_000_000
_BEGIN_MS = 1_790_000_000_000
_STEP_MS = 700


@dataclass(frozen=True, slots=True)
class Step:
    """One span. ``key`` is unique in a case and, unless ``shown`` is given, the span's name."""

    key: str
    kind: str
    given: Json = None
    made: Json = None
    inner: tuple[Step, ...] = ()
    asked: tuple[tuple[str, Json], ...] = ()
    """Messages of a model call: role and text, a tool call (``call``), or a tool's answer."""
    model: str = "gpt-4o-mini"
    served: str | None = None
    finish: str | None = "stop"
    settings: dict[str, Any] = field(default_factory=dict)
    tools: tuple[dict[str, Any], ...] = ()
    error: tuple[str, str] | None = None
    shown: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """Further attributes, as they are."""


def llm(key: str, asked: Sequence[tuple[str, Json]] | str, made: Json, **more: Any) -> Step:
    """A model call; a text asks as the user."""
    told = (("user", asked),) if isinstance(asked, str) else tuple(asked)
    return Step(key, "llm", made=made, asked=told, **more)


def tool(key: str, given: Json, made: Json, **more: Any) -> Step:
    return Step(key, "tool", given, made, **more)


def step(key: str, given: Json, made: Json, *inner: Step, **more: Any) -> Step:
    """A wrapped function, with the calls it made."""
    return Step(key, "chain", given, made, inner, **more)


def agent(key: str, given: Json, made: Json, *inner: Step, **more: Any) -> Step:
    return Step(key, "agent", given, made, inner, **more)


def search(key: str, query: Json, *documents: dict[str, Any], **more: Any) -> Step:
    """A retrieval; a document has ``id``, ``content`` and maybe ``score`` and ``metadata``."""
    return Step(key, "retriever", query, list(documents), **more)


def call(name: str, /, **arguments: Json) -> dict[str, Any]:
    """A tool call as a model makes it."""
    return {"call": name, "arguments": arguments}


@dataclass(frozen=True, slots=True)
class SpanCase:
    """A recorded run and its label, as :class:`bench.domains.case.DomainCase` has it.

    ``origin`` is a step's key, ``input`` or None. ``outcome``: ``unknown``, ``bad`` (a user's
    mark, ``told`` the text marked), ``error`` (the root failed), ``contract`` (a check of the final
    output failed with the words of ``told``) or ``score`` (0.0 given from outside).
    """

    name: str
    domain: str
    dialect: Dialect
    origin: str | None
    why: str
    given: Json
    made: Json
    steps: tuple[Step, ...]
    outcome: str = "unknown"
    told: str | None = None
    root: Literal["run", "agent", "silent", "none"] = "run"
    """``silent``: a root without payloads; ``none``: spans without any parent, one trace."""
    session: str | None = None

    @property
    def trace_id(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:32]

    def span_id(self, key: str) -> str:
        return hashlib.sha256(f"{self.name} {key}".encode()).hexdigest()[:16]

    def recording(self) -> tuple[Run, list[Hop]]:
        """The run and its hops as the store reads them from the spans, with what is known."""
        found = normalise(self.spans())
        run, hops = found.run, found.hops
        if self.outcome == "bad":
            run.verdict = Verdict(state="bad", by="user", text=self.told)
        elif self.outcome == "score":
            run.scores = [Score(name=self.told or "correctness", value=0.0, by="reviewer")]
        return run, hops

    def wanted(self, hops: Sequence[Hop]) -> str | None:
        """Id of the hop the label names: its span's, or the hop's that holds that span."""
        if self.origin in (None, "input"):
            return None
        wanted = self.span_id(str(self.origin))
        for hop in hops:
            if wanted == hop.hop_id or wanted in hop.merged:
                return hop.hop_id
        raise LookupError(f"{self.name}: no hop holds {self.origin}")

    def spans(self) -> list[Span]:
        """The trace."""
        made: list[Span] = []
        root = Step("(root)", "agent" if self.root == "agent" else "run", self.given, self.made)
        head = _Writer(self, made).write(root, "", _BEGIN_MS, self.name.rpartition("-")[0])
        at = _BEGIN_MS + 5
        parent = "" if self.root == "none" else head.span_id
        for one in self.steps:
            at = self._add(one, parent, at, made)
        head.end_unix_nano = (at + 5) * _MS
        if self.outcome == "error":
            last = next(s for s in reversed(made) if s.status_code == 2)
            head.status_code, head.status_message = 2, last.status_message
            head.events.extend(last.events)
        return made[1:] if self.root == "none" else made

    def _add(self, one: Step, parent: str, at: int, made: list[Span]) -> int:
        span = _Writer(self, made).write(one, parent, at, one.shown or one.key)
        inner = at + 10
        for child in one.inner:
            inner = self._add(child, span.span_id, inner, made)
        end = inner + 10 if one.inner else at + _STEP_MS
        span.end_unix_nano = end * _MS
        return end + 5


@dataclass(slots=True)
class _Writer:
    """Writes one step as a span of the case's dialect."""

    case: SpanCase
    made: list[Span]

    def write(self, one: Step, parent: str, at_ms: int, name: str) -> Span:
        span = Span(
            self.case.trace_id,
            self.case.span_id(one.key),
            name,
            parent_span_id=parent,
            kind=3 if one.kind == "llm" else 1,
            start_unix_nano=at_ms * _MS,
            resource=Resource({"service.name": self.case.domain}),
        )
        getattr(self, self.case.dialect)(one, span)
        span.attributes.update(one.extra)
        if self.case.session:
            key = "gen_ai.conversation.id" if self.case.dialect == "genai" else "session.id"
            span.attributes[key] = self.case.session
        if one.error:
            kind, message = one.error
            span.status_code, span.status_message = 2, message
            span.attributes["error.type"] = kind
            told = {"exception.type": kind, "exception.message": message}
            span.events.append(SpanEvent("exception", span.start_unix_nano, told))
        self.made.append(span)
        return span

    # --- misstep's own -----------------------------------------------------------------

    def misstep(self, one: Step, span: Span) -> None:
        a = span.attributes
        span.scope = Scope("misstep")
        a["misstep.schema"] = "1"
        if one.kind == "run" or (one.kind == "agent" and one.key == "(root)"):
            a.update({"misstep.role": "run", "misstep.pipeline": span.name})
            if self.case.root != "silent":
                a.update({"misstep.input": written(one.given), "misstep.output": written(one.made)})
            if self.case.outcome == "contract":
                told = {"misstep.finding.rule": "contract.output", "misstep.finding.strict": True}
                told["misstep.finding.message"] = self.case.told or "broken"
                span.events.append(SpanEvent("misstep.finding", span.start_unix_nano, told))
            return
        if one.kind == "llm":
            a.update({"misstep.role": "call", "misstep.hop.kind": "llm"})
            self._genai_call(one, span)
            return
        a.update(
            {"misstep.role": "hop", "misstep.hop.name": span.name, "misstep.hop.kind": one.kind}
        )
        a["misstep.input"] = written(one.given)
        if one.error is None:
            a["misstep.output"] = written(one.made)

    # --- OpenTelemetry GenAI -----------------------------------------------------------

    def genai(self, one: Step, span: Span) -> None:
        a = span.attributes
        if one.kind == "llm":
            span.scope = Scope("opentelemetry.instrumentation.genai.openai")
            span.name = f"chat {one.model}"
            self._genai_call(one, span)
        elif one.kind == "tool":
            span.scope = Scope("opentelemetry.instrumentation.genai.langchain")
            span.name = f"execute_tool {one.shown or one.key}"
            a.update(
                {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": one.shown or one.key}
            )
            a["gen_ai.tool.call.arguments"] = written(one.given)
            if one.error is None:
                a["gen_ai.tool.call.result"] = _plain(one.made)
        elif one.kind == "retriever":
            span.scope = Scope("opentelemetry.instrumentation.genai.langchain")
            span.name = f"retrieval {one.key}"
            a.update({"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": one.key})
            a["gen_ai.retrieval.query.text"] = _plain(one.given)
            a["gen_ai.retrieval.documents"] = written(one.made)
        elif self.case.root != "silent" or one.key != "(root)":
            operation = "invoke_workflow" if one.kind in ("run", "chain") else "invoke_agent"
            span.scope = Scope("opentelemetry.instrumentation.genai.langchain")
            a["gen_ai.operation.name"] = operation
            a["gen_ai.agent.name"] = span.name
            span.name = f"{operation} {span.name}"
            a["gen_ai.input.messages"] = written([_message("user", _plain(one.given))])
            a["gen_ai.output.messages"] = written([_message("assistant", _plain(one.made), "stop")])
        else:
            span.scope = Scope("app.tracer")

    def _genai_call(self, one: Step, span: Span) -> None:
        a = span.attributes
        a.update(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": one.model,
                "gen_ai.response.model": one.served or one.model,
                "gen_ai.input.messages": written([_message(r, c) for r, c in one.asked]),
                "gen_ai.usage.input_tokens": len(written(list(one.asked))) // 4,
            }
        )
        for key, value in one.settings.items():
            a[f"gen_ai.request.{key}"] = value
        if one.tools:
            told = [{"type": "function", **t} for t in one.tools]
            a["gen_ai.tool.definitions"] = written(told)
        if one.error is not None:
            return
        finish = "tool_call" if _calls(one.made) else one.finish
        a["gen_ai.output.messages"] = written([_message("assistant", one.made, finish)])
        a["gen_ai.usage.output_tokens"] = len(_plain(one.made)) // 4
        if one.finish:
            a["gen_ai.response.finish_reasons"] = ["tool_calls" if _calls(one.made) else one.finish]

    # --- OpenInference -----------------------------------------------------------------

    def openinference(self, one: Step, span: Span) -> None:
        a = span.attributes
        span.scope = Scope("openinference.instrumentation.langchain")
        kind = {"run": "CHAIN"}.get(one.kind, one.kind.upper())
        a["openinference.span.kind"] = kind
        if one.kind == "llm":
            self._openinference_call(one, span)
            return
        if one.key == "(root)" and self.case.root == "silent":
            return
        a["input.value"] = _plain(one.given)
        if not isinstance(one.given, str):
            a["input.mime_type"] = "application/json"
        if one.kind == "tool":
            a["tool.name"] = one.shown or one.key
        if one.kind == "retriever":
            for n, document in enumerate(one.made if isinstance(one.made, list) else []):
                for key, value in dict(document).items():  # type: ignore[arg-type]
                    told = written(value) if isinstance(value, dict) else value
                    a[f"retrieval.documents.{n}.document.{key}"] = told
        elif one.error is None:
            a["output.value"] = _plain(one.made)
            if not isinstance(one.made, str):
                a["output.mime_type"] = "application/json"
        if one.error is None:
            span.status_code = 1

    def _openinference_call(self, one: Step, span: Span) -> None:
        a = span.attributes
        span.name = one.shown or "ChatOpenAI"
        a["llm.model_name"] = one.served or one.model
        a["llm.provider"] = "openai"
        a["llm.invocation_parameters"] = written({"model": one.model, **one.settings})
        for n, (role, content) in enumerate(one.asked):
            _indexed(a, f"llm.input_messages.{n}.message", role, content)
        for n, told in enumerate(one.tools):
            schema = {"type": "function", "function": told}
            a[f"llm.tools.{n}.tool.json_schema"] = written(schema)
        a["llm.token_count.prompt"] = len(written(list(one.asked))) // 4
        if one.error is not None:
            return
        _indexed(a, "llm.output_messages.0.message", "assistant", one.made)
        a["output.value"] = _plain(one.made)
        a["llm.token_count.completion"] = len(_plain(one.made)) // 4
        if one.finish:
            a["llm.finish_reason"] = "tool_calls" if _calls(one.made) else one.finish
        span.status_code = 1


def _indexed(a: dict[str, Any], key: str, role: str, content: Json) -> None:
    a[f"{key}.role"] = role
    calls = _calls(content)
    for n, one in enumerate(calls):
        base = f"{key}.tool_calls.{n}.tool_call"
        a[f"{base}.function.name"] = one["call"]
        a[f"{base}.function.arguments"] = written(one["arguments"])
    if not calls:
        a[f"{key}.content"] = _plain(content)


def _message(role: str, content: Json, finish: str | None = None) -> dict[str, Any]:
    calls = _calls(content)
    parts: list[dict[str, Any]]
    if calls:
        parts = [
            {"type": "tool_call", "id": f"call_{n}", "name": c["call"], "arguments": c["arguments"]}
            for n, c in enumerate(calls)
        ]
    elif role == "tool":
        parts = [{"type": "tool_call_response", "id": "call_0", "response": content}]
    else:
        parts = [{"type": "text", "content": _plain(content)}]
    made: dict[str, Any] = {"role": role, "parts": parts}
    return made | ({"finish_reason": finish} if finish else {})


def _calls(content: Json) -> list[dict[str, Any]]:
    told = content if isinstance(content, list) else [content]
    found = [c for c in told if isinstance(c, dict) and set(c) == {"call", "arguments"}]
    return found if len(found) == len(told) else []


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else written(value)


def sound(
    name: str, domain: str, dialect: Dialect, given: Json, made: Json, *steps: Step
) -> SpanCase:
    """A clean run of which nobody said anything."""
    return SpanCase(name, domain, dialect, None, "", given, made, steps)


def written(value: Any) -> str:
    """The value as JSON, as a prompt or a span holds it."""
    return json.dumps(value, ensure_ascii=False)

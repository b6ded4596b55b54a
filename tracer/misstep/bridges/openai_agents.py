"""OpenAI Agents SDK: agents, tools, guardrails and handoffs as hops.

::

    from misstep.bridges import openai_agents
    openai_agents.install()

The SDK's own exporter, which sends traces to OpenAI, stays as it is: switch it off with
``agents.set_tracing_disabled`` or replace it with ``agents.set_trace_processors([Processor()])``.
"""

from __future__ import annotations

from typing import Any

from agents.tracing import Span, Trace, get_trace_provider
from agents.tracing.processor_interface import TracingProcessor

from misstep.bridges.steps import Steps, members
from misstep.providers.shapes import parsed
from misstep.record import SpanRecord
from misstep.snapshot import take

_KINDS = {"agent": "agent", "function": "tool", "guardrail": "guardrail", "custom": "chain"}
_MODELS = ("generation", "response")


class AgentsError(Exception):
    """What a span of the SDK tells of a failure."""


class Processor(TracingProcessor):
    """Records what the SDK tells of its traces and spans."""

    def __init__(self) -> None:
        self._steps = Steps()

    def on_trace_start(self, trace: Trace) -> None:
        """A workflow begins: the run, unless it is inside one."""
        self._steps.begin(trace.trace_id, None, name=trace.name)

    def on_trace_end(self, trace: Trace) -> None:
        """It has ended; what it gave is not in the trace."""
        self._steps.end(trace.trace_id)

    def on_span_start(self, span: Span[Any]) -> None:
        """An agent, tool, guardrail or model begins."""
        data, parent = span.span_data, span.parent_id or span.trace_id
        if data.type in _MODELS:
            name = getattr(data, "model", None) or "model"
            self._steps.watch(span.span_id, parent, name=f"chat {name}", given=_input(data))
        elif data.type in _KINDS:
            name = str(getattr(data, "name", None) or data.type)
            kind = _KINDS[data.type]
            self._steps.begin(span.span_id, parent, name=name, kind=kind, given=_input(data))
        elif data.type == "handoff":
            self._steps.begin(span.span_id, parent, name="handoff", given=data.from_agent)
        else:  # turns and tasks group what is told anyway
            self._steps.skip(span.span_id, parent)

    def on_span_end(self, span: Span[Any]) -> None:
        """It has ended; only now its input and output are in the span."""
        data, output = span.span_data, _output(span.span_data)
        if data.type in _MODELS:
            # The spans of agents and traces say neither: their input is that of their first model,
            # their output that of the last.
            for around in (span.parent_id, span.trace_id):
                self._steps.change(around, _taking(_input(data), output))
        elif data.type == "function":
            self._steps.change(span.span_id, _taking(_input(data), None))
        self._steps.end(span.span_id, output=output, error=_error(span))

    def shutdown(self) -> None:
        """Nothing to do: misstep delivers by itself."""

    def force_flush(self) -> None:
        """Nothing to do: misstep delivers by itself."""


def _taking(given: Any, output: Any) -> Any:
    def change(record: SpanRecord) -> None:
        if given is not None and (record.input is None or record.input.value is None):
            record.input = take(given)
        if output is not None:
            record.output = take(output)

    return change


def _input(data: Any) -> Any:
    given = getattr(data, "input", None)
    return parsed(given) if data.type == "function" else given


def _output(data: Any) -> Any:
    if data.type == "response":
        response = data.response
        return getattr(response, "output_text", None) or [
            o.model_dump(mode="json", exclude_none=True) for o in getattr(response, "output", [])
        ]
    if data.type == "generation":
        said = data.output
        only = said[0] if isinstance(said, list) and len(said) == 1 else None
        return members(only).get("content") or said
    if data.type == "guardrail":
        return {"triggered": data.triggered}
    if data.type == "handoff":
        return data.to_agent
    if data.type == "custom":
        return data.data
    return getattr(data, "output", None)


def _error(span: Span[Any]) -> BaseException | None:
    told = span.error
    if not told:
        return None
    detail = members(told.get("data")).get("error")
    message = str(told.get("message") or "")
    return AgentsError(f"{message}: {detail}" if detail else message)


_installed: Processor | None = None


def install() -> None:
    """Records every agent run of this process beside the SDK's own exporter; once."""
    global _installed
    if _installed is None:
        _installed = Processor()
        get_trace_provider().register_processor(_installed)


def uninstall() -> None:
    """Undoes :func:`install`: the other processors stay."""
    global _installed
    processor, _installed = _installed, None
    provider: Any = get_trace_provider()
    several = getattr(provider, "_multi_processor", None)
    if processor is not None and several is not None:
        provider.set_processors([p for p in several._processors if p is not processor])


__all__ = ["Processor", "install", "uninstall"]

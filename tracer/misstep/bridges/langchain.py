"""LangChain and LangGraph: chains, graph nodes, tools and retrievers as hops.

::

    from misstep.bridges import langchain
    langchain.install()                       # every chain and graph of this process
    # or, for one of them:
    graph.invoke(question, config={"callbacks": [langchain.Handler()]})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, cast
from uuid import UUID

from langchain_core.callbacks.base import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import LLMResult
from langchain_core.tracers import context as tracers

from misstep import semconv as sc
from misstep.bridges.steps import Steps, members

_HIDDEN = "langsmith:hidden"
_MAX_DEPTH = 20


class Handler(BaseCallbackHandler):
    """Records what LangChain tells of its steps; may be given to many runs at the same time."""

    run_inline = True  # in the caller's own context, or the calls inside would not find their step
    raise_error = False

    def __init__(self) -> None:
        self._steps = Steps()

    # --- chains and graph nodes -----------------------------------------------------------

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **told: Any,
    ) -> None:
        """A runnable, a graph or a node of it begins."""
        if _HIDDEN in (tags or ()):
            self._steps.skip(run_id, parent_run_id)
            return
        name = _name(serialized, told)
        self._steps.begin(run_id, parent_run_id, name=name, given=plain(inputs))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        """Its result."""
        self._steps.end(run_id, output=plain(outputs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Its exception; a graph that waits for a person has not failed."""
        waits = any(k.__name__ == "GraphBubbleUp" for k in type(error).__mro__)
        self._steps.end(run_id, error=None if waits else error)

    # --- tools and retrievers -------------------------------------------------------------

    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        """A tool is called."""
        given = input_str if inputs is None else inputs
        self._steps.begin(
            run_id,
            parent_run_id,
            name=_name(serialized, told, "tool"),
            kind="tool",
            given=plain(given),
        )

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """What it gave back; a message it wrapped an exception in says so."""
        said = output.content if isinstance(output, ToolMessage) else plain(output)
        self._steps.end(run_id, output=said)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Its exception."""
        self.on_chain_error(error, run_id=run_id)

    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **told: Any,
    ) -> None:
        """Documents are looked for."""
        name = _name(serialized, told, "retriever")
        self._steps.begin(run_id, parent_run_id, name=name, kind="retriever", given=query)

    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **_: Any) -> None:
        """What was found."""
        self._steps.end(run_id, output=plain(documents))

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Its exception."""
        self._steps.end(run_id, error=error)

    # --- models ---------------------------------------------------------------------------

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **told: Any,
    ) -> None:
        """A chat model is asked."""
        given = plain(messages[0] if len(messages) == 1 else messages)
        name = _name(serialized, told, "model")
        self._steps.watch(run_id, parent_run_id, name=name, given=given)

    def on_llm_start(
        self,
        serialized: dict[str, Any] | None,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **told: Any,
    ) -> None:
        """A completion model is asked."""
        given = prompts[0] if len(prompts) == 1 else prompts
        name = _name(serialized, told, "model")
        self._steps.watch(run_id, parent_run_id, name=name, given=given)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        """What it said."""
        made = (
            response.generations[0][0] if response.generations and response.generations[0] else None
        )
        message = getattr(made, "message", None)
        said = message.content if message is not None else getattr(made, "text", None)
        if isinstance(message, AIMessage) and message.tool_calls:
            said = plain(message)

        def write(attributes: dict[str, Any]) -> None:
            _write_model(attributes, message)

        self._steps.end(run_id, output=said, write=write)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Its exception."""
        self._steps.end(run_id, error=error)


def _name(serialized: Any, told: Mapping[str, Any], otherwise: str = "step") -> str:
    path = members(serialized).get("id")
    last = path[-1] if isinstance(path, list) and path else None
    return str(told.get("name") or members(serialized).get("name") or last or otherwise)


def _write_model(attributes: dict[str, Any], message: Any) -> None:
    usage = members(getattr(message, "usage_metadata", None))
    told = members(getattr(message, "response_metadata", None))
    for key, value in (
        (sc.INPUT_TOKENS, usage.get("input_tokens")),
        (sc.OUTPUT_TOKENS, usage.get("output_tokens")),
        (sc.REQUEST_MODEL, told.get("model_name") or told.get("model")),
    ):
        if isinstance(value, int | str) and value:
            attributes[key] = value
    reason = told.get("finish_reason") or told.get("stop_reason")
    if isinstance(reason, str):
        attributes[sc.FINISH_REASONS] = [reason]


def plain(value: Any, depth: int = 0) -> Any:
    """Messages and documents as what they say, without the framework's own fields."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, BaseMessage):
        made = {"role": value.type, "content": value.content}
        calls = getattr(value, "tool_calls", None)
        extra = {"name": value.name, "tool_calls": calls}
        extra["tool_call_id"] = getattr(value, "tool_call_id", None)
        return made | {k: v for k, v in extra.items() if v}
    if isinstance(value, Document):
        return {"page_content": value.page_content, "metadata": value.metadata}
    if isinstance(value, Mapping):
        return {k: plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v, depth + 1) for v in value]
    return value


class _Switch:
    """What LangChain asks for a handler: one that can be taken back, unlike a hook of its own."""

    handler: Handler | None = None

    def get(self) -> Handler | None:
        return self.handler


_switch = _Switch()
_registered = False


def install() -> None:
    """Records every chain and graph of this process; a second call changes nothing."""
    global _registered
    if _switch.handler is None:
        _switch.handler = Handler()
    if not _registered:
        _registered = True
        variable = cast("ContextVar[BaseCallbackHandler | None]", _switch)
        tracers.register_configure_hook(variable, inheritable=True)


def uninstall() -> None:
    """Undoes :func:`install`; what is running is still told to its end."""
    _switch.handler = None


__all__ = ["Handler", "install", "uninstall"]

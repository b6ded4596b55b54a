"""LlamaIndex: query engines, retrievers, synthesizers, agents and tools as hops.

::

    from misstep.bridges import llama_index
    llama_index.install()

It listens to LlamaIndex' own dispatcher (``llama-index-instrumentation``), which every part of the
framework reports to.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.span import BaseSpan
from llama_index_instrumentation.span_handlers import BaseSpanHandler
from pydantic import PrivateAttr

from misstep.bridges.steps import Steps

_ID_CHARS = 37  # a hyphen and a UUID end every span id
_MODEL_METHODS = frozenset(
    prefix + method
    for prefix in ("", "a", "stream_", "astream_")
    for method in ("chat", "complete", "predict", "chat_with_tools", "structured_predict")
)
_MAX_DEPTH = 10


class Handler(BaseSpanHandler[BaseSpan]):
    """Records what the dispatcher tells."""

    _steps: Steps = PrivateAttr(default_factory=Steps)

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex knows it by."""
        return "MisstepHandler"

    def new_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        parent_span_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **_: Any,
    ) -> BaseSpan:
        """A method of the framework begins."""
        owner, _dot, method = id_[:-_ID_CHARS].rpartition(".")
        if method.startswith("_") or "embedding" in method:
            self._steps.skip(id_, parent_span_id)  # repeats the public one, or is the seam's
        elif method in _MODEL_METHODS and hasattr(instance, "complete"):
            self._steps.watch(id_, parent_span_id, name=owner, given=plain(bound_args.arguments))
        else:
            name = f"{owner}.{method}" if owner else method
            kind = _kind(owner, method)
            given = plain(bound_args.arguments)
            self._steps.begin(id_, parent_span_id, name=name, kind=kind, given=given)
        return BaseSpan(id_=id_, parent_id=parent_span_id)

    def prepare_to_exit_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        result: Any = None,
        **_: Any,
    ) -> BaseSpan | None:
        """It returned."""
        self._steps.end(id_, output=plain(result))
        return self.open_spans.get(id_)

    def prepare_to_drop_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        err: BaseException | None = None,
        **_: Any,
    ) -> BaseSpan | None:
        """It raised."""
        self._steps.end(id_, error=err)
        return self.open_spans.get(id_)


def _kind(owner: str, method: str) -> str:
    if method in ("retrieve", "aretrieve"):
        return "retriever"
    if "Tool" in owner and method in ("call", "acall", "__call__"):
        return "tool"
    if method in ("postprocess_nodes", "apostprocess_nodes"):
        return "reranker"
    return "agent" if "Agent" in owner and method in ("run", "chat", "achat") else "chain"


def plain(value: Any, depth: int = 0) -> Any:
    """Queries, nodes and responses as what they say, without the framework's own fields."""
    if depth > _MAX_DEPTH or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {k: plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v, depth + 1) for v in value]
    for name in ("query_str", "response"):  # QueryBundle; Response
        said = getattr(value, name, None)
        if isinstance(said, str):
            return said
    if hasattr(value, "get_content") and hasattr(value, "node_id"):  # a node, maybe with its score
        made = {"id": value.node_id, "content": value.get_content()}
        score = getattr(value, "score", None)
        return made if score is None else made | {"score": score}
    return value


_installed: Handler | None = None


def install() -> None:
    """Records all of LlamaIndex in this process; a second call changes nothing."""
    global _installed
    if _installed is None:
        _installed = Handler()
        get_dispatcher().add_span_handler(_installed)


def uninstall() -> None:
    """Undoes :func:`install`."""
    global _installed
    handler, _installed = _installed, None
    root = get_dispatcher()
    root.span_handlers = [h for h in root.span_handlers if h is not handler]


__all__ = ["Handler", "install", "uninstall"]

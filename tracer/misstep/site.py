"""What is the same at every call of a wrapped function, worked out once and off the hot path."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from misstep import facts
from misstep import semconv as sc
from misstep.config import CaptureLevel
from misstep.contracts import Contracts

_OPERATIONS = {"tool": "execute_tool", "agent": "invoke_agent", "retriever": "retrieval"}
_UNCHANGING = (str, int, float, bool, bytes, type(None), type, enum.Enum)
_PLAIN_KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


@dataclass(frozen=True, slots=True)
class Spec:
    """What a decorator was told."""

    name: str | None = None
    kind: str = "chain"
    contracts: Contracts = field(default_factory=Contracts)
    effect: bool = False
    pure: bool = False
    capture: CaptureLevel | None = None
    is_pipeline: bool = False


class Site:
    """One wrapped function or kind of block."""

    __slots__ = (
        "_as_hop",
        "_as_run",
        "_encoded",
        "_entry",
        "_names",
        "binds_now",
        "capture",
        "contracts",
        "function",
        "is_pipeline",
        "kind",
        "name",
        "signature",
        "skip",
        "spec",
    )

    def __init__(self, spec: Spec, function: Callable[..., Any] | None = None) -> None:
        self.spec = spec
        self.function = function
        self.kind = spec.kind
        self.name = spec.name or getattr(function, "__name__", None) or "block"
        self.contracts = spec.contracts if spec.contracts.given else None
        self.capture = spec.capture
        self.is_pipeline = spec.is_pipeline
        self.signature = _signature(function)
        parameters = list(self.signature.parameters.values()) if self.signature else []
        self.skip = int(bool(parameters) and parameters[0].name in ("self", "cls"))
        # A default that may change is bound at the call; all others when the span is built.
        self.binds_now = any(not _unchanging(p.default) for p in parameters)
        plain = all(p.kind in _PLAIN_KINDS for p in parameters)
        self._names = [p.name for p in parameters[self.skip :]] if parameters and plain else None
        self._as_run: dict[str, Any] | None = None
        self._as_hop: dict[str, Any] | None = None
        self._encoded: dict[bool, bytes] = {}
        # Python takes ``__file__`` from a script's module when the script has ended, so the name is
        # found now: the worker may come to the attributes only after that.
        self._entry = facts.entry_name(function) if function is not None else ""

    @property
    def folder(self) -> str | None:
        """Where the code lies; None for a block."""
        return None if self.function is None else facts.folder_of(self.function)

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments (``self`` left out) by parameter name, defaults included."""
        names = self._names
        if names is not None and not kwargs and len(args) == len(names):
            return dict(zip(names, args, strict=True))
        if self.signature is None:
            return _unbound(args, kwargs)
        try:
            bound = self.signature.bind(*((None,) * self.skip), *args, **kwargs)
        except TypeError:  # the call itself raised it to the caller
            return _unbound(args, kwargs)
        bound.apply_defaults()
        return self._by_name(bound)

    def _by_name(self, bound: inspect.BoundArguments) -> dict[str, Any]:
        assert self.signature is not None
        out: dict[str, Any] = {}
        for index, (name, value) in enumerate(bound.arguments.items()):
            kind = self.signature.parameters[name].kind
            if index < self.skip:
                continue
            if kind is inspect.Parameter.VAR_KEYWORD:
                out.update(value)
            elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
                out[name] = value
        return out

    def attributes(self, *, is_run: bool) -> dict[str, Any]:
        """Attributes of every span made here; not to be changed. Called by the worker."""
        if is_run:
            if self._as_run is None:
                self._as_run = self._run_attributes()
            return self._as_run
        if self._as_hop is None:
            self._as_hop = self._hop_attributes()
        return self._as_hop

    def encoded(self, *, is_run: bool, how: Callable[[dict[str, Any]], bytes]) -> bytes:
        """:meth:`attributes` encoded by ``how``, once."""
        found = self._encoded.get(is_run)
        if found is None:
            found = self._encoded[is_run] = how(self.attributes(is_run=is_run))
        return found

    def _run_attributes(self) -> dict[str, Any]:
        out: dict[str, Any] = {sc.PIPELINE: self.name, sc.OPERATION: "invoke_workflow"}
        if self.function is not None:
            out |= self._code()
            out[sc.ENTRY] = self._entry
            out |= facts.place()
        return out

    def _hop_attributes(self) -> dict[str, Any]:
        out: dict[str, Any] = {sc.HOP_NAME: self.name, sc.HOP_KIND: self.kind}
        operation = _OPERATIONS.get(self.kind)
        if operation:
            out[sc.OPERATION] = operation
        if self.kind == "tool":
            out[sc.TOOL_NAME] = self.name
        if self.spec.effect:
            out[sc.EFFECT] = True
        if self.spec.pure:
            out[sc.PURE] = True
        return out | self._code() if self.function is not None else out

    def _code(self) -> dict[str, Any]:
        function = self.function
        assert function is not None
        out: dict[str, Any] = {sc.CODE_FUNCTION: facts.function_name(function)}
        code_hash, file, line = facts.code_facts(function)
        for key, value in (
            (sc.CODE_HASH, code_hash),
            (sc.CODE_FILE, file),
            (sc.CODE_LINE, line),
            (sc.OUTPUT_TYPE, _return_type(self.signature)),
        ):
            if value:
                out[key] = value
        return out


def _unbound(args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**{f"arg{i}": a for i, a in enumerate(args)}, **kwargs}


def _unchanging(value: Any) -> bool:
    if value is inspect.Parameter.empty or isinstance(value, _UNCHANGING):
        return True
    return isinstance(value, tuple) and all(map(_unchanging, value))


def _signature(function: Callable[..., Any] | None) -> inspect.Signature | None:
    if function is None:
        return None
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _return_type(signature: inspect.Signature | None) -> str | None:
    if signature is None or signature.return_annotation is inspect.Signature.empty:
        return None
    annotation = signature.return_annotation
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type):
        return f"{annotation.__module__}:{annotation.__qualname__}"
    return str(annotation)

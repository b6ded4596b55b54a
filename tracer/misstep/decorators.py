"""``@misstep.pipeline``, ``@misstep.hop``, ``with misstep.hop(...)``, ``with misstep.run(...)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from misstep.blocks import Block
from misstep.config import CaptureLevel
from misstep.contracts import Contracts, checks
from misstep.model import HopKind
from misstep.site import Spec
from misstep.wrapping import wrap

F = TypeVar("F", bound=Callable[..., Any])
Check = Callable[[Any], Any]


@overload
def pipeline(name: F) -> F: ...
@overload
def pipeline(
    name: str | None = None,
    *,
    input: Any = None,
    output: Any = None,
    check: Check | Sequence[Check] | None = None,
    capture: CaptureLevel | None = None,
) -> Callable[[F], F]: ...
def pipeline(
    name: Any = None,
    *,
    input: Any = None,
    output: Any = None,
    check: Check | Sequence[Check] | None = None,
    capture: CaptureLevel | None = None,
) -> Any:
    """The entry point of a run: one call of the decorated function is one run.

    Args:
        name: the pipeline's name; default the function's.
        input: type the arguments must have (pydantic model, dataclass, JSON Schema, …); checked, not
            enforced.
        output: type the result must have; checked, not enforced.
        check: callable(s) given the result: None or True is fine, False or a text is a violation.
        capture: ``none``, ``metadata`` or ``full``; default ``MISSTEP_CAPTURE``.

    A pipeline called inside a run is a hop of that run.
    """
    spec = Spec(
        name=name if isinstance(name, str) else None,
        contracts=Contracts(input, output, checks(check)),
        capture=capture,
        is_pipeline=True,
    )
    return _decorate(name, spec)


@overload
def hop(name: F) -> F: ...
@overload
def hop(
    name: str | None = None,
    *,
    kind: HopKind = "chain",
    input: Any = None,
    output: Any = None,
    check: Check | Sequence[Check] | None = None,
    effect: bool = False,
    pure: bool = False,
    capture: CaptureLevel | None = None,
) -> Block: ...
def hop(
    name: Any = None,
    *,
    kind: HopKind = "chain",
    input: Any = None,
    output: Any = None,
    check: Check | Sequence[Check] | None = None,
    effect: bool = False,
    pure: bool = False,
    capture: CaptureLevel | None = None,
) -> Any:
    """One step of a pipeline, as a decorator (bare or called) or as a ``with`` block.

    Wraps functions, methods, generators and coroutines of every kind; a class with ``__call__`` is
    given back with that recorded.

    Args:
        name: the hop's name; default the function's.
        kind: llm, embedding, tool, retriever, reranker, agent, guardrail, evaluator or chain.
        input: type the arguments must have (pydantic model, dataclass, TypedDict, JSON Schema as a
            dict, …); a violation becomes a finding, never an exception.
        output: type the result must have; likewise.
        check: callable(s) given the result: None or True is fine, False or a text is a violation.
        effect: executing it changes something outside; replay never executes it again.
        pure: a ``tool`` that changes nothing outside, so that replay may execute it.
        capture: ``none``, ``metadata`` or ``full``; default ``MISSTEP_CAPTURE``.
    """
    spec = Spec(
        name=name if isinstance(name, str) else None,
        kind=kind,
        contracts=Contracts(input, output, checks(check)),
        effect=effect,
        pure=pure,
        capture=capture,
    )
    return _decorate(name, spec)


def run(name: str) -> Block:
    """``with misstep.run("nightly"):`` a run without a decorator."""
    return Block(Spec(name=name, is_pipeline=True))


def _decorate(name: Any, spec: Spec) -> Any:
    if name is None or isinstance(name, str):
        return Block(spec)
    return wrap(name, spec)

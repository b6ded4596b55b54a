"""Contracts at a hop: what is violated becomes a finding on the span, never an exception."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from misstep.errors import first_line
from misstep.model import Json
from misstep.schemas import violations
from misstep.snapshot import Payload
from misstep.typeddicts import usable

Check = Callable[[Any], Any]
_MOST = 20


class Violation(NamedTuple):
    """A rule that was broken, how, and where below the input or output; not ``strict`` where the
    contract itself is at fault."""

    rule: str
    message: str
    path: str | None
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Contracts:
    """What a hop promises: types of its input and output, and checks of its output.

    ``input`` and ``output`` are anything pydantic can validate, or a JSON Schema as a dict. A check
    is called with the output; None or True is fine, False or a text or an exception is a
    violation."""

    input: Any = None
    output: Any = None
    checks: Sequence[Check] = ()

    @property
    def given(self) -> bool:
        """Whether anything is promised at all."""
        return self.input is not None or self.output is not None or bool(self.checks)

    def of_input(self, taken: Payload) -> Iterator[Violation]:
        """Each way the arguments break ``input``."""
        if self.input is None:
            return
        arguments = taken.value
        candidates: list[Any] = [arguments]
        if isinstance(arguments, dict) and len(arguments) == 1:
            candidates.append(next(iter(arguments.values())))
        try:
            problems = [_problems(self.input, candidate) for candidate in candidates]
        except _Unusable as error:
            yield _unusable("contract.input", error)
            return
        for path, message in min(problems, key=len):
            yield Violation("contract.input", message, f"input{path}")

    def of_output(self, value: Any, taken: Payload) -> Iterator[Violation]:
        """Each way the output breaks ``output`` or a check."""
        if self.output is not None and not _is_instance(value, self.output):
            try:
                for path, message in _problems(self.output, taken.value):
                    yield Violation("contract.output", message, f"output{path}")
            except _Unusable as error:
                yield _unusable("contract.output", error)
        for check in self.checks:
            complaint = _verdict(check, value)
            if complaint is not None:
                yield Violation("check", complaint, "output")


def checks(check: Any) -> Sequence[Check]:
    """``check=`` as a sequence: one callable, several, or none."""
    if check is None:
        return ()
    return (check,) if callable(check) else tuple(check)


class _Unusable(Exception):
    """The contract itself is broken, which says nothing of the value."""


def _unusable(rule: str, error: _Unusable) -> Violation:
    return Violation(rule, f"the contract itself cannot be used: {error}", None, strict=False)


@functools.lru_cache(maxsize=512)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(usable(kind))


def _is_instance(value: Any, kind: Any) -> bool:
    # A pydantic instance was validated when it was made; validating its dump again would only
    # find what coercion changed.
    return isinstance(kind, type) and hasattr(kind, "model_fields") and isinstance(value, kind)


def _problems(kind: Any, value: Json) -> list[tuple[str, str]]:
    if isinstance(kind, dict):
        return violations(kind, value)[:_MOST]
    try:
        adapter = _adapter(kind)
    except Exception as error:
        raise _Unusable(str(error).partition("\n")[0]) from error
    try:
        if isinstance(value, str) and _wants_object(adapter):
            adapter.validate_json(value)
        else:
            adapter.validate_python(value)
    except ValidationError as error:
        return [
            (_path(e["loc"]), f"{e['msg']} (got {_short(e['input'])})") for e in error.errors()
        ][:_MOST]
    except Exception as error:
        return [("", first_line(error))]
    return []


def _wants_object(adapter: TypeAdapter[Any]) -> bool:
    try:
        return adapter.core_schema["type"] in ("model", "dict", "typed-dict", "dataclass", "list")
    except Exception:
        return False


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location)


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        text = f"<repr() raised {type(error).__name__}>"
    return text if len(text) <= 80 else text[:79] + "…"


def _verdict(check: Check, value: Any) -> str | None:
    name = getattr(check, "__name__", "check")
    try:
        answer = check(value)
    except Exception as error:
        return f"{name}: {type(error).__name__}: {error}"
    if answer is None or answer is True:
        return None
    return f"{name}: {answer}" if isinstance(answer, str) else f"{name} answered {answer!r}"

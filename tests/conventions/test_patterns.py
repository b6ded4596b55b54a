"""What is searched with a pattern is hostile text: of what a pattern itself is made of, over and over,
four times as much takes about four times as long, never sixteen times.

Time of the processor is compared with itself alone, and only where there is enough of it to tell.
"""

from __future__ import annotations

import ast
import functools
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("misstep", "misstep_store", "misstep_ui", "misstep_diagnosis.checks.sources.cited")
"""Most other rules of the diagnosis look at the beginning of a text alone."""
_METHODS = ("search", "finditer", "findall", "sub", "subn", "split", "match", "fullmatch")
_ANCHORED = frozenset({"match", "fullmatch"})
_USED = "|".join(_METHODS)


# --- the patterns ------------------------------------------------------------------------------


@functools.cache
def _modules(package: str) -> list[Any]:
    root = importlib.import_module(package)
    names = [m.name for m in pkgutil.walk_packages(getattr(root, "__path__", ()), f"{package}.")]
    # Those two start a program.
    skipped = (".__main__", ".entry.app")
    return [root, *(importlib.import_module(n) for n in names if not n.endswith(skipped))]


def _held(value: Any) -> Iterator[Any]:
    """A value and what it holds."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _held(inner) if isinstance(inner, tuple) else (inner,)
    else:
        yield value


def _named(package: str) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Patterns that modules keep, and what is called of each."""
    every = {m.__name__: Path(m.__file__).read_text() for m in _modules(package)}
    together = "\n".join(every.values())
    seen = set()
    for module in _modules(package):
        for name, value in vars(module).items():
            for held in _held(value):
                pattern = getattr(held, "__self__", held)  # a method of one may be kept
                if not isinstance(pattern, re.Pattern) or (pattern, name) in seen:
                    continue
                seen.add((pattern, name))
                if pattern is held:
                    called = rf"\b{name}(?:\[[^\]]*\])?\.({_USED})\b"
                    own = re.findall(called, every[module.__name__])
                    uses = own or re.findall(called, together)
                else:
                    uses = [held.__name__]
                yield f"{module.__name__}:{name}", pattern, frozenset(uses or {"search"})


def _inline(package: str) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Patterns that stand where they are used."""
    for module in _modules(package):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=used),
                    args=[ast.Constant(value=str() | bytes() as text), *_],
                ) if used in _METHODS:
                    flags = re.RegexFlag(0)
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Attribute) and inner.attr.isupper():
                            flags |= getattr(re, inner.attr)
                    where = f"{module.__name__}:{node.lineno}"
                    yield where, re.compile(text, flags), frozenset({used})


# --- what they are made of ---------------------------------------------------------------------

# How the standard library reads a pattern.
_parser: Any = importlib.import_module("re._parser")
_op: Any = importlib.import_module("re._constants")
_COMMON = "aA0 \n_.,-'\"\\({[<:=/#@"
_MANY, _MOST_LETTERS, _MOST = 20, 12, 60
_BREAK = "\0"


class _Material:
    """Texts that a pattern reads, up to each place where it may go on for long, and what it does
    there."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.letters: dict[str, None] = {}
        self.long: dict[tuple[str, str], None] = {}
        flags = pattern.flags if isinstance(pattern.pattern, str) else 0
        self.whole = self._walk(_parser.parse(pattern.pattern, flags), "")

    def inputs(self) -> list[tuple[str, str, str]]:
        """What each begins with, repeats, and ends with."""
        letters = list(self.letters)[:_MOST_LETTERS]
        found = [("", x, "") for x in (*letters, self.whole, f"{self.whole} ") if x]
        found += [("", a + b, "") for a, b in itertools.pairwise(letters)]
        if "\\" in self.letters:
            found += [("", f"\\{x}", "") for x in (*letters, "'", '"')]
        for before, letter in self.long:
            found += [(before, letter, end) for end in ("", _BREAK)]
            found += [("", before + letter, end) for end in ("", _BREAK)]
            found += [("", before, ""), (before, letter + before, "")] if before else []
        return list(dict.fromkeys(found))[:_MOST]

    def _walk(self, tree: Any, text: str) -> str:
        for op, told in tree:
            match op:
                case _op.LITERAL:
                    text += self._letter([chr(told)])
                case _op.NOT_LITERAL | _op.ANY:
                    text += self._letter(["b" if told == ord("a") else "a"])
                case _op.IN:
                    text += self._letter(_members(told))
                case _op.BRANCH:
                    branches = [self._walk(branch, text) for branch in told[1]]
                    text = branches[0]
                case _op.SUBPATTERN:
                    text = self._walk(told[3], text)
                case _op.ATOMIC_GROUP:
                    text = self._walk(told, text)
                case _op.ASSERT if told[0] > 0:
                    self._walk(told[1], text)
                case _op.MAX_REPEAT | _op.MIN_REPEAT | _op.POSSESSIVE_REPEAT:
                    text = self._repeated(text, *told)
        return text

    def _repeated(self, before: str, least: int, most: int, body: Any) -> str:
        once = self._walk(body, before)[len(before) :]
        if most > _MANY:
            alone = len(body) == 1 and body[0][0] is _op.IN
            self.long |= dict.fromkeys(
                (before, x) for x in (_members(body[0][1]) if alone else [once]) if x
            )
        return before + once * max(least, 1)

    def _letter(self, letters: list[str]) -> str:
        self.letters |= dict.fromkeys(letters)
        return letters[0]


@functools.cache
def _reads(members: str) -> re.Pattern[str]:
    return re.compile(members)


_CATEGORIES = {
    _op.CATEGORY_DIGIT: r"\d",
    _op.CATEGORY_NOT_DIGIT: r"\D",
    _op.CATEGORY_SPACE: r"\s",
    _op.CATEGORY_NOT_SPACE: r"\S",
    _op.CATEGORY_WORD: r"\w",
    _op.CATEGORY_NOT_WORD: r"\W",
}


def _members(told: Any) -> list[str]:
    """Some members of a class of letters."""
    spelt, first = "", ""
    for op, arg in told:
        match op:
            case _op.LITERAL:
                spelt, first = spelt + re.escape(chr(arg)), first or chr(arg)
            case _op.RANGE:
                spelt += f"{re.escape(chr(arg[0]))}-{re.escape(chr(arg[1]))}"
                first = first or chr(arg[0])
            case _op.CATEGORY:
                spelt += _CATEGORIES[arg]
    negated = told[0][0] is _op.NEGATE
    found = re.findall(f"[{'^' if negated else ''}{spelt}]", _COMMON)
    return found[:4] or ["é" if negated else first]


# --- how their work grows ----------------------------------------------------------------------

_SIZES = [48 * 4**n for n in range(7)]
_ENOUGH_S, _PLENTY_S = 0.02, 0.06
"""From so much time on it tells something, and is not for more of it that more is tried."""
_MAYBE_STEEP, _STEEP, _STEEPEST = 5, 8, 24
"""Between four and sixteen times; and far more than sixteen."""


def _growth(run: Callable[[Any], Any], text: Callable[[int], Any]) -> float:
    """How many times longer four times as much takes, where that takes long at all."""
    before = text(_SIZES[0])
    for size in _SIZES[1:]:
        now = text(size)
        taken = _time(run, now)
        if taken > _ENOUGH_S:
            known = _time(run, before)
            if taken > _MAYBE_STEEP * known:  # it may have been the machine
                known = min(known, *(_time(run, before) for _ in range(2)))
                if taken < _STEEPEST * known:
                    taken = min(taken, _time(run, now))
            growth = taken / max(known, 1e-6)
            if growth > _STEEPEST or taken > _PLENTY_S:
                return growth
        elif size >= _SIZES[-2]:
            break
        before = now
    return 1.0


def _time(run: Callable[[Any], Any], text: Any) -> float:
    began = time.thread_time()
    run(text)
    return time.thread_time() - began


def _steep(pattern: re.Pattern[Any], uses: frozenset[str]) -> str | None:
    """An input over which the work of a pattern grows by more than the input does."""
    runs: list[Callable[[Any], Any]] = [getattr(pattern, u) for u in uses & _ANCHORED]
    if uses - _ANCHORED:
        runs.append(lambda text: sum(1 for _ in pattern.finditer(text)))
    for before, again, end in _Material(pattern).inputs():

        def text(size: int, parts: tuple[str, str, str] = (before, again, end)) -> Any:
            made = parts[0] + parts[1] * (size // len(parts[1])) + parts[2]
            return made if isinstance(pattern.pattern, str) else made.encode()

        growth = max(_growth(run, text) for run in runs)
        if growth > _STEEP:
            return f"{before!r} + {again!r} × n + {end!r}: × {growth:.0f}"
    return None


# --- the tests ---------------------------------------------------------------------------------


# Its modules are loaded here and not while tests are collected, which every worker does.
@pytest.mark.parametrize("package", PACKAGES)
def test_no_pattern_works_more_than_in_proportion(package: str) -> None:
    found = [*_named(package), *_inline(package)]
    steep = {name: _steep(pattern, uses) for name, pattern, uses in found}
    assert found
    assert {name: told for name, told in steep.items() if told} == {}


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"""('[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")""", "split"),
        (r"([A-Z]\w*(?:Error|Timeout))\((['\"])(.*)\2\)", "search"),
        (r'(?:cache\w*[iI]nput|reasoningTokens)": ?[1-9]', "search"),
        (r"[_/.(]*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\)?", "sub"),
        (r"<[\w.]+ object>|<\w*APIResponse \[.*\].*>", "fullmatch"),
        (r"^(.*?)\s*[-:.,]?\s*(\{.*\})\s*$", "match"),
    ],
)
def test_what_works_more_is_found(pattern: str, use: str) -> None:
    assert _steep(re.compile(pattern, re.DOTALL), frozenset({use}))

"""Secrets leave a payload before the payload leaves the process."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from misstep.model import Json

MARK = "[redacted]"

_SECRET_NAME = re.compile(
    r"(?i)^(.*[_\-. ])?(api[_\-]?key|apikey|secret([_\-]?key)?|password|passwd|pwd|passphrase|"
    r"authorization|proxy-authorization|x-api-key|cookie|set-cookie|access[_\-]?token|"
    r"refresh[_\-]?token|id[_\-]?token|auth[_\-]?token|bearer|client[_\-]?secret|private[_\-]?key|"
    r"credentials?|session[_\-]?token)$"
)
# Each alternative starts with literal text, so that scanning a long text stays linear.
_SECRET_TEXT = re.compile(
    r"sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_\-]{16,}"
    r"|AKIA[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{40,}"
    r"|xox[abprs]-[A-Za-z0-9\-]{10,}"
    r"|AIza[0-9A-Za-z_\-]{35}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}"
    r"|[Bb]earer [A-Za-z0-9._~+/\-]{20,}=*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]{0,8000}?-----END [A-Z ]*PRIVATE KEY-----"
)

Rule = Callable[[str, Json], Json | None]
"""User rule: (path, value) → the replacement, or None to leave the value as it is."""


@dataclass(slots=True)
class Redactor:
    """Replaces secrets in JSON values; ``paths`` are exact (``input.user.ssn``), ``patterns`` are
    regular expressions searched in every text, ``rule`` is asked at every leaf."""

    paths: Sequence[str] = ()
    patterns: Sequence[re.Pattern[str]] = ()
    rule: Rule | None = None
    enabled: bool = True
    _paths: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        self._paths = frozenset(self.paths)

    def value(self, value: Json, at: str) -> tuple[Json, int]:
        """The value without secrets and how many places were replaced."""
        if not self.enabled:
            return value, 0
        return self._walk(value, at)

    def text(self, text: str) -> tuple[str, int]:
        """A text without secrets and how many were replaced."""
        total = 0
        for pattern in (_SECRET_TEXT, *self.patterns):
            text, count = pattern.subn(MARK, text)
            total += count
        return text, total

    def _walk(self, value: Json, at: str) -> tuple[Json, int]:
        if at in self._paths:
            return MARK, 1
        if isinstance(value, dict):
            return self._members(value, at)
        if isinstance(value, list):
            pairs = [self._walk(v, f"{at}[{i}]") for i, v in enumerate(value)]
            return [v for v, _ in pairs], sum(n for _, n in pairs)
        if self.rule is not None:
            replaced = self.rule(at, value)
            if replaced is not None:
                return replaced, 1
        return self.text(value) if isinstance(value, str) else (value, 0)

    def _members(self, value: dict[str, Json], at: str) -> tuple[Json, int]:
        out: dict[str, Json] = {}
        total = 0
        for key, member in value.items():
            if isinstance(member, str) and member and _SECRET_NAME.match(key):
                out[key], count = MARK, 1
            else:
                out[key], count = self._walk(member, f"{at}.{key}")
            total += count
        return out, total

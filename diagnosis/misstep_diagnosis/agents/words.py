"""What texts of agents are read for: code, claims, assumptions, doubts, facts."""

from __future__ import annotations

import re

CODE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:```|\Z)", re.S)
FAILED = re.compile(
    r"exit ?code:? *(?!0\b)\d+|traceback \(most recent|\b\w*(?:error|exception)\b|time(?:d )?out"
    r"|execution failed",
    re.I,
)
ASSUMES = re.compile(
    r"\b(assum\w+|hypothe\w+|placeholder\w*|simulat\w+|let's say|suppose|dummy|sample data|mock\w*"
    r"|example data|generally|typical(?:ly)?|commonly|likely|presumably|probably|estimate[ds]?"
    r"|general knowledge|widely|from memory|based on (?:my|general|common|available|current)"
    r"|without (?:access|direct)|manual(?:ly)?|your_\w+|path/to|path_to\w*|example\.com|replace)\b",
    re.I,
)
ANSWERS = re.compile(
    r"\b(therefore|thus|hence|final answer|the answer is|result is|totals?|so the|is \*\*"
    r"|the (?:number|correct|answer|result))\b",
    re.I,
)
CLAIMS_LOOKED = re.compile(
    r"\bI have (?:now |carefully )?(?:verified|checked|reviewed|watched|confirmed|examined|searched"
    r"|double-checked)\b"
    r"|\b(?:after|upon|having) (?:\w+ ){0,2}(?:review|watch|verif|check|examin|search|visit|inspect)"
    r"|\bit was found\b"
    r"|\bhere (?:is|are) the (?:\w+ )?(?:data|details|findings|results|transcription|information)\b",
    re.I,
)
RECALLS = re.compile(
    r"\bI (?:recall|know|remember)\b|\bfrom (?:memory|my knowledge)\b|\bknown (?:fact|that)\b"
    r"|\bbased on (?:my|the) (?:knowledge|available)\b|\bit is (?:well )?known\b|\bcommonly\b",
    re.I,
)
UNABLE = re.compile(r"unable to|cannot|could not|not able|no information|don.t have", re.I)
TROUBLE = re.compile(r"\b(error|failed|not work|issue|instead)\b", re.I)
HARD_CODED = re.compile(r"=\s*\[[^\]]{30,}\]|=\s*\{[^}]{30,}\}")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_NAME = re.compile(r"\b[A-Z][a-z]{2,}(?:\s+[A-Z][a-z]{2,}){0,6}")
_WORD = re.compile(r"[a-z0-9]{3,}")
_COMMON = frozenset(
    (
        *("the", "and", "for", "are", "with", "that", "this", "from", "you", "will", "have", "has"),
        *("not", "let", "please", "step", "task", "code", "can", "should", "now", "also", "here"),
        *("using", "use"),
    )
)
MAX_CHARS = 60_000


def facts(text: str) -> set[str]:
    """Numbers of two digits or more and capitalised names."""
    text = text[:MAX_CHARS]
    numbers = (n.replace(",", "") for n in _NUMBER.findall(text))
    return {n for n in numbers if len(n) > 1} | set(_NAME.findall(text))


def words(text: str) -> list[str]:
    """Words that carry meaning, lower case."""
    return [w for w in _WORD.findall(text[:MAX_CHARS].lower()) if w not in _COMMON]


def share_in(part: list[str] | set[str], whole: set[str]) -> float:
    """How much of ``part`` is in ``whole``, 0..1; 0 when ``part`` is empty."""
    unique = set(part)
    return len(unique & whole) / len(unique) if unique else 0.0


def likeness(one: set[str], other: set[str]) -> float:
    """What two sets of words share, 0..1; 0 when both are empty."""
    return len(one & other) / len(one | other) if one or other else 0.0


def code_of(text: str) -> str:
    """The code blocks of a text, joined."""
    return "\n".join(CODE.findall(text))


def times(pattern: re.Pattern[str], text: str, most: int) -> float:
    """How often a pattern occurs, as a share of ``most``."""
    return min(most, len(pattern.findall(text))) / most

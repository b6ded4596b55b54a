"""Code in another programming language than was asked for."""

from __future__ import annotations

import re

from misstep.model import Hop
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.values import last_key, leaves

_ALIASES = {
    "python": "python py python3", "typescript": "typescript ts tsx",
    "javascript": "javascript js jsx node",
    "java": "java", "kotlin": "kotlin kt", "go": "go golang", "rust": "rust rs", "ruby": "ruby rb",
    "c#": "c# csharp cs", "c++": "c++ cpp", "php": "php", "swift": "swift", "scala": "scala",
    "sql": "sql postgresql mysql sqlite", "r": "r", "perl": "perl pl", "elixir": "elixir ex exs",
    "haskell": "haskell hs", "lua": "lua", "julia": "julia jl", "dart": "dart",
}  # fmt: skip
_LANGUAGES = {alias: name for name, told in _ALIASES.items() for alias in told.split()}
_KEY = re.compile(r"(?i)^(target_?|output_?|programming_?)?(language|lang)$|^(file|path|filename)$")
_SPOKEN = re.compile(
    r"(?i)\b(?:write|writes|in|to|into|port\w*|translate\w*|valid|only|nur|auf)\s+(?:idiomatic\s+|valid\s+|"
    r"modern\s+|only\s+)?(python|typescript|javascript|java|kotlin|golang|rust|ruby|c\+\+|c#|php|swift|"
    r"scala|sql|elixir|haskell|lua|julia|dart)(?![\w+#])"
)
_FENCE = re.compile(r"(?m)^[ \t]*```([A-Za-z+#0-9]+)[ \t]*$")


def language_wrong(known: RunFacts, good: Good) -> list[Found]:
    """A code block of another programming language than the one that was asked for."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in ("llm", "agent", "chain") or hop.error is not None:
            continue
        texts = [v for _, v in fact.made_leaves if isinstance(v, str)]
        fences = [m.lower() for t in texts for m in _FENCE.findall(t[:100_000])]
        made = {_LANGUAGES[f] for f in fences if f in _LANGUAGES}
        asked = _asked(hop) if made else set()
        if len(asked) != 1 or asked & made or _kin(asked, made):
            continue
        wanted, other = next(iter(asked)), sorted(made)[0]
        out.append(
            found(
                "code.language",
                hop.hop_id,
                f"```{other}",
                f"it was asked for {wanted}, but wrote {other}",
                strict=True,
                expected=wanted,
                local=True,
            )
        )
    return out


def _kin(asked: set[str], made: set[str]) -> bool:
    """JavaScript is no wrong answer where TypeScript was meant only by a file's name, and reverse."""
    return asked | made <= {"javascript", "typescript"}


def _asked(hop: Hop) -> set[str]:
    asked: set[str] = set()
    texts = [hop.system or ""]
    for path, leaf in leaves(hop.input, "i"):
        if isinstance(leaf, str) and _KEY.match(last_key(path)) and len(leaf) < 80:
            told = leaf.strip().lower()
            ending = told.rpartition(".")[2] if "." in told else told
            if ending in _LANGUAGES and len(ending) > 1:
                asked.add(_LANGUAGES[ending])
        elif isinstance(leaf, str):
            texts.append(leaf)
    texts += [m.text or "" for m in hop.messages_in]
    # Code that is given shows what is to be translated, not what is wanted.
    if any("```" in t for t in texts):
        return asked
    for text in texts:
        asked |= {_LANGUAGES[m.lower()] for m in _SPOKEN.findall(text[:8_000])}
    return asked


RULES = (
    Rule(
        "code.language", "It wrote another programming language than asked.", True, language_wrong
    ),
)

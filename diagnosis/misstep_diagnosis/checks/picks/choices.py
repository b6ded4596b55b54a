"""A choice among options that the instructions name, against what the input speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.kinds import CONTAINERS
from misstep_diagnosis.reading.values import fold

_WORD = re.compile(r"[^\W\d_]+")
_OPTIONS = re.compile(
    r"(?i)(?:one of|either|choose (?:from|between)|options?|categories|labels?|eine? von|"
    r"(?:classify|route|sort)\w*[^:.\n]{0,40}(?:as|to|into)|una de|un de|parmi|entre)\W{1,3}"
    r"((?:[\w-]{3,24}\W{1,4}(?:or\s|and\s|oder\s|ou\s|o\s|y\s)?){1,9}[\w-]{3,24})"
)
_LINKS = frozenset(("or", "and", "oder", "ou", "und", "the", "one", "of"))


def unlike(known: RunFacts, good: Good) -> list[Found]:
    """An option chosen of which its input holds no word, though it holds one of another option."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        hop = fact.hop
        chosen = [(p, fold(v)) for p, v in fact.made_texts if len(v) <= 24]
        for path, choice in chosen[:6]:
            if not choice or not choice[0].isalpha():
                continue
            options, data = _options(fact, choice)
            if len(options) < 2 or not data:
                continue
            spoken = {o for o in options if _speaks(o, data)}
            if choice not in spoken and len(spoken) == 1:
                other = next(iter(spoken))
                out.append(
                    found(
                        "choice.unlike",
                        hop.hop_id,
                        choice,
                        f"it chose {choice!r}, of which its input holds no word; of the other options "
                        f"it speaks of {other!r}",
                        path=path,
                        expected=other,
                        local=True,
                        weight=0.9,
                    )
                )
                break
    return out


def _options(fact: HopFacts, choice: str) -> tuple[set[str], list[str]]:
    """The options that hold the choice, and the words of what is to be judged; none without options."""
    hop = fact.hop
    texts: list[str] = [t for t in (hop.system, *(m.text for m in hop.messages_in)) if t]
    texts += [v for _, v in fact.input_leaves if isinstance(v, str)]
    options: set[str] = set(_listed(hop.input, choice))
    told = list(dict.fromkeys(t[:8_000] for t in texts))
    for n, text in enumerate(told):
        here = choice in text.casefold()
        for match in _OPTIONS.finditer(text) if here else ():
            if choice in _split(match[1]):
                options |= set(_split(match[1]))
                told[n] = told[n].replace(match.group(), " ")
    return options, [w for t in told for w in _WORD.findall(fold(t))] if options else []


def _split(listed: str) -> list[str]:
    words = re.findall(r"[\w-]{3,24}", fold(listed))
    return [w for w in words if w not in _LINKS]


def _listed(value: Json, choice: str) -> Sequence[str]:
    """A list of the input that holds the choice among other short words."""
    stack, seen = [value], 0
    while stack and seen < 100:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(v for v in here.values() if isinstance(v, CONTAINERS))
        elif isinstance(here, list):
            words = [fold(v) for v in here[:20] if isinstance(v, str) and len(v) <= 24]
            if choice in words and len(words) == len(here):
                return words
            stack.extend(v for v in here[:20] if isinstance(v, CONTAINERS))
    return ()


def _speaks(option: str, data: list[str]) -> bool:
    stems = [w for w in _WORD.findall(option) if len(w) > 2]
    return any(_kin(stem, word) for stem in stems for word in data)


def _kin(option: str, word: str) -> bool:
    """login and logs, billing and billed: one root by their beginnings."""
    if len(option) >= 5 and len(word) >= 5 and option[:5] == word[:5]:
        return True
    return option[:3] == word[:3] and len(word) >= 3 and abs(len(option) - len(word)) <= 2

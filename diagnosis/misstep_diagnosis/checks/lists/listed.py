"""What a text enumerates or states sentence by sentence, and an output goes on without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.lists.members import asks_to_drop
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.kinds import CONTAINERS
from misstep_diagnosis.reading.language import COMMON
from misstep_diagnosis.reading.polarity import is_negation, words_of
from misstep_diagnosis.reading.values import atoms, fold, leaves

_MAKES = ("llm", "agent", "chain")
_SELECTS = re.compile(
    r"(?i)(select|filter|rank|top|choose|pick|best|dedup|prune|limit|shortlist|match|recommend|"
    r"retriev|winner|sample|classif|triage|rout|highlight|headline|title)"
)
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•–▪]|\(?\d{1,2}[.)]|\(?[a-h]\))[ \t]+(\S[^\n]{2,300})$")
_INLINE = re.compile(
    r"(?:(?<=\s)|^)\(?(\d{1,2})[.)]\s+(.{3,200}?)(?=[,;.]?\s+\(?\d{1,2}[.)]\s|[.\n]|$)"
)
_NUMBERED = re.compile(r"\d[.)]\s")
_COUNTED = re.compile(
    r"(?<![\w.,])\d{1,4}\s?[x×]\s+([^\n;]{2,80}?)"
    r"(?=,?\s+(?:and|und|et|y|e|en|plus)\s+\d{1,4}\s?[x×]\s|[,;]\s*\d{1,4}\s?[x×]\s|\.(?:\s|$)|\n|;|$)"
)
_MAX_TEXT = 20_000
_LEAST = 3
_MOST = 60


@dataclass(frozen=True, slots=True)
class Item:
    """A member of an enumeration: its words' stems and the keys of its values."""

    text: str
    stems: frozenset[str]
    keys: frozenset[str]

    def like(self, other: Item) -> float:
        """How much of it the other holds: 1.0 for a shared identifier or name, else by words."""
        if any(k[0] in "ipqd" or (k[0] == "n" and len(k) > 3) for k in self.keys & other.keys):
            return 1.0
        return len(self.stems & other.stems) / max(1, len(self.stems))


@lru_cache(maxsize=4_096)
def _item(text: str) -> Item:
    words = (w for w in words_of(fold(text)) if len(w) > 2 and not is_negation(w))
    stems = frozenset(w[:5] for w in words if w not in COMMON)
    keys = frozenset(k for a in atoms(text, "i") if a.kind != "text" for k in a.keys)
    return Item(text.strip(), stems, keys)


def enumerated(text: str) -> list[str]:
    """The items of the longest enumeration of a text: bullets, numbered lines, 1. … 2. … inline, or
    articles in a sentence: 6 x oil, 4 x salt and 2 x pepper."""
    text = text[:_MAX_TEXT]
    bullets = [m[1] for m in _BULLET.finditer(text)] if text.count("\n") >= _LEAST - 1 else []
    found_inline = list(_INLINE.finditer(text)) if _NUMBERED.search(text) else []
    inline = [m[2] for m in found_inline]
    running = [int(m[1]) for m in found_inline] == list(range(1, len(inline) + 1))
    best = inline if running and len(inline) > len(bullets) else bullets
    if "x" in text or "×" in text:
        best = max(best, [m[1] for m in _COUNTED.finditer(text)], key=len)
    return best if _LEAST <= len(best) <= _MOST else []


_LONGEST_NOTE = 1_500
_STOP = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z])|\n+")


def _sentences(text: str) -> list[str]:
    """The sentences of a short text, a heading such as "Rules for week 27:" taken off the first."""
    if len(text) > _LONGEST_NOTE:
        return []
    told = [t.strip() for t in _STOP.split(text) if len(t.strip()) > 8]
    told = [re.sub(r"^[^.:]{3,40}:\s+", "", t) for t in told]
    return told if _LEAST <= len(told) <= 12 else []


def _members(output: Json) -> list[list[str]]:
    """Lists of an output, each member as one text; enumerations of its texts too."""
    made: list[list[str]] = []
    stack: list[Json] = [output]
    while stack and len(made) < 40:
        here = stack.pop()
        if isinstance(here, dict):
            stack.extend(here.values())
        elif isinstance(here, list):
            if 1 < len(here) <= _MOST:
                made.append([_spoken(v)[:600] for v in here])
            stack.extend(v for v in here[:20] if isinstance(v, CONTAINERS))
        elif isinstance(here, str) and len(here) > 20:
            listed = enumerated(here)
            if listed:
                made.append(listed)
    return made


def _spoken(value: Json) -> str:
    return " ".join(str(v) for _, v in leaves(value, "")) if not isinstance(value, str) else value


def dropped(known: RunFacts, good: Good) -> list[Found]:
    """An enumeration in a text that the output carries over but for an item or two."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in _MAKES or hop.error is not None or _SELECTS.search(hop.name):
            continue
        texts = [v for _, v in fact.given_texts if len(v) > 20]
        made = _members(hop.output) if texts else []
        if not made:
            continue
        lists = [told for t in texts[:60] if (told := enumerated(t))]
        plain = hop.kind in ("llm", "agent") and _plain_list(hop.output) and not lists
        spoken = [told for t in texts[:60] if (told := _sentences(t))] if plain else []
        fits = any(_fits(told, members) for told in lists or spoken for members in made)
        if not fits or asks_to_drop(fact):
            continue
        stems = _item(_spoken(hop.output)[:_MAX_TEXT]).stems
        everything = Item("", stems, fact.produced_keys)
        lost = next((x for told in lists or spoken if (x := _lost(told, made, everything))), None)
        if lost:
            shown = "; ".join(i.text[:60] for i in lost[:3])
            out.append(
                found(
                    "item.omitted",
                    hop.hop_id,
                    shown,
                    f"its input enumerates “{shown}”, its output goes on without",
                    local=True,
                    weight=_weight(lost, everything) if lists else _OF_SENTENCES,
                )
            )
    return out


_OF_SENTENCES = 0.9
"""Not every sentence of a note is a member of the list that is made of it."""


def _weight(lost: list[Item], everything: Item) -> float:
    return 2.0 if not any(i.keys & everything.keys for i in lost) else 1.3


def _plain_list(output: Json) -> bool:
    """Whether the output is a list of texts, or a record that holds one."""
    told = list(output.values()) if isinstance(output, dict) else [output]
    return any(
        isinstance(v, list) and len(v) > 1 and all(isinstance(m, str) for m in v) for v in told
    )


def _fits(told: list[str], members: list[str]) -> bool:
    return len(told) / 2 <= len(members) < len(told)


def _lost(told: list[str], made: list[list[str]], everything: Item) -> list[Item]:
    """Items with no member of their own, where all others have one each and no member is left."""
    items = [_item(t) for t in told]
    if any(not i.stems and not i.keys for i in items):
        return []
    for texts in made:
        if not _fits(told, texts):
            continue
        members = [_item(t) for t in texts]
        taken: dict[int, int] = {}
        for at, item in enumerate(items):
            ranked = sorted(
                ((max(item.like(m), m.like(item)), -n) for n, m in enumerate(members)), reverse=True
            )
            free = [(s, n) for s, n in ranked if -n not in taken.values()]
            if free and free[0][0] >= _LIKE:
                taken[at] = -free[0][1]
        lost = [i for at, i in enumerate(items) if at not in taken]
        gone = all(i.like(everything) < _GONE for i in lost)
        if len(taken) == len(members) >= 2 and lost and gone:
            return lost
    return []


_LIKE = 0.5
_GONE = 0.5


# --- sentences ---------------------------------------------------------------------------------

_CLAUSE = re.compile(
    r"[.;\n]|,?\s(?=(?:or|unless|except|provided|but not|oder|sofern|außer|es sei denn|sauf|à moins|"
    r"ou|salvo|excepto|a menos|o si|tenzij)\s)"
)
_BINDS = re.compile(
    r"(?i)\b(not|no|never|unless|except|only|must|without|until|before|lapse\w*|exclud\w*|nicht|kein\w*|"
    r"nur|außer|ohne|muss|ne|pas|sauf|jamais|sans|doit|no|nunca|salvo|sin|debe|excepto|não|nur)\b"
)
_ALL = re.compile(
    r"(?i)\b(?:list|summar\w+|extract|include|name|keep|translate|carry|nenne|liste|fasse|extrai\w*|"
    r"résume|enumera|resume)\b[^.\n]{0,60}\b(?:complete(?:ly)?|all|every|everything|full(?:y)?|each|"
    r"vollständig\w*|alle[sn]?|jede\w*|tou(?:te)?s|complet\w*|todos?|todas?|cada|tutt[ie])\b"
)
_LEAST_CLAUSES = 3
_LEAST_TEXT = 120
_COVERED, _BARE, _BARE_VALUE = 0.4, 0.26, 0.3


def clause_dropped(known: RunFacts, good: Good) -> list[Found]:
    """A condition or exclusion that a hop left out of a text whose other clauses it carried over."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in ("llm", "agent") or hop.error is not None or _SELECTS.search(hop.name):
            continue
        if not any(len(v) > _LEAST_TEXT for _, v in fact.given_texts):
            continue
        texts = [v for _, v in fact.made_texts]
        said = _item(" ".join(texts)[:_MAX_TEXT])
        if len(said.stems) < 6:
            continue
        for _, leaf in fact.given_texts:
            hit = _uncovered(leaf, said) if len(leaf) > _LEAST_TEXT else None
            if hit is not None and not asks_to_drop(fact, beside=leaf):
                wanted = bool(_ALL.search(f"{hop.system or ''} {fact.given_text[:2_000]}"))
                out.append(
                    found(
                        "clause.dropped",
                        hop.hop_id,
                        hit[:120],
                        f"it carries over what its input says beside “{hit[:120]}”, but not that",
                        local=True,
                        weight=1.2 if wanted else 0.8,
                    )
                )
                break
    return out


def _uncovered(text: str, said: Item) -> str | None:
    clauses = [(c.strip(), _item(c)) for c in _CLAUSE.split(text[:_MAX_TEXT]) if c.strip()]
    told = [(c, i) for c, i in clauses if len(i.stems) >= 3]
    covered = [c for c, i in told if i.like(said) >= _COVERED]
    if len(told) < _LEAST_CLAUSES or len(covered) < 0.6 * len(told):
        return None
    return next((c for c, i in told if _left(c, i, said)), None)


def _left(clause: str, item: Item, said: Item) -> bool:
    values = [k for k in item.keys if k[0] in "nd"]
    gone = item.like(said) <= (_BARE_VALUE if values else _BARE) and not item.keys & said.keys
    return gone and (bool(_BINDS.search(clause)) or len(values) > 0)


RULES: Sequence[Rule] = (
    Rule("item.omitted", "An enumeration was carried over but for an item or two.", False, dropped),
    Rule(
        "clause.dropped", "A condition was left out of a text carried over.", False, clause_dropped
    ),
)

"""Statements turned into their opposite: a negation dropped or added between input and output."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.wording.denied import asserted, denies_by_word, forbids, permits
from misstep_diagnosis.checks.wording.translated import orders_translation, translates
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.kept import Kept
from misstep_diagnosis.reading.polarity import (
    denying,
    has_opposite,
    is_negation,
    negations,
    opposed,
    prefixed,
    words_of,
)
from misstep_diagnosis.reading.values import Atom, fold, last_key

_WRITERS = ("llm", "agent", "chain")
_SENTENCE = re.compile(r"[^.!?;\n。！？；]+[.!?;。！？；]?")
_LEAST_STEMS = 4
_SAME = 0.9
_LIKE = 0.75
_NEAR = 0.6
_MAX_SENTENCES = 600
_MAX_CHARS = 60_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence: its path, its words, the stems of those that tell something, its negations."""

    path: str
    text: str
    words: frozenset[str]
    stems: frozenset[str]
    denies: bool


def flipped(known: RunFacts, good: Good) -> list[Found]:
    """A sentence or a truth value that says the opposite of what its input says."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        hit = (
            _turned_sentence(fact)
            or _turned_flag(fact)
            or _turned_in_translation(fact)
            or asserted(fact)
        )
        if hit is not None:
            out.append(hit)
    known.memo["flipped"] = {f.hop_id for f in out}
    return out


# --- sentences ---------------------------------------------------------------------------------


def _turned_sentence(fact: HopFacts) -> Found | None:
    if not _may_be_turned(fact):
        return None
    made = list(_statements(fact.made_texts))
    if not made:
        return None
    given = [s for s in _statements(fact.given_texts) if not s.text.endswith(("?", "？"))]
    by_stem: dict[str, list[Statement]] = defaultdict(list)
    for one in given:
        for stem in one.stems:
            by_stem[stem].append(one)
    for said in made:
        source = _opposite(said, by_stem)
        if source is None or _also_says(made, source) or _denied_beside(said, source, fact):
            continue
        share = _share(said, source)
        frame = share >= _SAME and abs(len(said.stems) - len(source.stems)) <= 1
        told = f"it says “{said.text[:100]}”; its input says “{source.text[:100]}”"
        return found(
            "negation.flipped",
            fact.hop.hop_id,
            f"{source.text[:120]} → {said.text[:120]}",
            told,
            path=said.path,
            expected=source.text[:120],
            local=True,
            bad=_keys(fact.produced, said.path),
            weight=2.0 if frame else 1.2,
        )
    return None


def _may_be_turned(fact: HopFacts) -> bool:
    """Whether its input or its output denies anything at all, or a word of one is a word of the other
    with a prefix such as un: of most hops neither does, and no sentence need be read."""
    made, given = fact.made_words, fact.given_words
    if denying(made) or denying(given):
        return True
    if any(
        not v.isascii() and negations(fold(v)) for _, v in (*fact.made_texts, *fact.given_texts)
    ):
        return True
    return bool(prefixed(made, given) or prefixed(given, made))


_CLAUSE = re.compile(r"[^.,!?;\n。！？；，]+(?:[.,]\d[^.,!?;\n]*)*[.!?;。！？；]?")


def _statements(
    texts: Sequence[tuple[str, str]], part: re.Pattern[str] = _SENTENCE
) -> Iterator[Statement]:
    count = 0
    for path, leaf in texts:
        if len(leaf) < 12:
            continue
        for told in _told(leaf[:_MAX_CHARS], part):
            yield Statement(path, *told)
            count += 1
            if count >= _MAX_SENTENCES:
                return


@Kept
def _told(
    text: str, part: re.Pattern[str]
) -> tuple[tuple[str, frozenset[str], frozenset[str], bool], ...]:
    # A line that goes on in small letters after a long one was wrapped.
    pieces = (match.group().strip() for match in part.finditer(_WRAPPED.sub(" ", text)))
    read = ((piece, *_read(piece)) for piece in pieces)
    return tuple(islice((one for one in read if len(one[2]) >= _LEAST_STEMS), _MAX_SENTENCES))


_WRAPPED = re.compile(r"(?<=[^\n]{40})\n(?=[^\W\d_A-ZÄÖÜÀ-Þ])")


@lru_cache(2_048)
def _read(text: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Words, stems, and whether it denies; several rules ask the same sentences."""
    folded = fold(text)
    words = frozenset(words_of(folded))
    stems = frozenset(w[:6] for w in words if len(w) > 2 and not is_negation(w))
    return words, stems, negations(folded) > 0


def _share(a: Statement, b: Statement) -> float:
    return len(a.stems & b.stems) / max(len(a.stems), len(b.stems))


def _rarest(said: Statement, by_stem: dict[str, list[Statement]]) -> list[str]:
    """Its stems that the fewest sentences have; of as rare ones the same in every process."""
    return sorted(said.stems, key=lambda s: (len(by_stem.get(s, ())), s))[:6]


def _opposite(said: Statement, by_stem: dict[str, list[Statement]]) -> Statement | None:
    """The sentence of the input that is likest, when it is alike and says the opposite, and none
    that is nearly as like says the same."""
    rare = _rarest(said, by_stem)
    near = {id(s): s for stem in rare for s in by_stem.get(stem, ())[:40]}.values()
    ranked = sorted(near, key=lambda s: -_share(said, s))
    if not ranked or _share(said, ranked[0]) < _LIKE or not _turned(said, ranked[0]):
        return None
    agreeing = any(not _turned(said, s) for s in ranked if _share(said, s) >= _NEAR)
    return None if agreeing else ranked[0]


def _turned(a: Statement, b: Statement) -> bool:
    """Whether one denies what the other says; "not valid" and "invalid" say the same."""
    by_prefix = bool(prefixed(a.words, b.words) or prefixed(b.words, a.words))
    return (a.denies != b.denies) != by_prefix


_ON_CONDITION = re.compile(
    r"\b(?:without|unless|until|except|before|ohne|bevor|es sei denn|außer|sans|sauf|avant|sin|salvo|"
    r"hasta|senza|prima|tenzij|zonder|behalve|voordat|sem|exceto)\b"
)


_BRACKETS = re.compile(r"\([^()]*\)")


def _denied_beside(said: Statement, source: Statement, fact: HopFacts) -> bool:
    """Whether the denial is one on a condition (not without consent is only with consent), or stands
    in brackets or in the next part of the sentence that the input goes on with."""
    doubly = (s.denies and _ON_CONDITION.search(s.text.casefold()) for s in (said, source))
    if any(doubly):
        return True
    if any(s.denies and not negations(_BRACKETS.sub(" ", fold(s.text))) for s in (said, source)):
        return True
    if not said.denies or not source.text.endswith(";"):
        return False
    text = next((v for p, v in fact.given_texts if p == source.path), "")
    rest = text.partition(source.text)[2]
    return negations(fold(re.split(r"[.!?\n]", rest, maxsplit=1)[0])) > 0


def _also_says(made: Sequence[Statement], source: Statement) -> bool:
    """Whether some other sentence of the output says what the input says."""
    return any(_share(s, source) >= _NEAR and not _turned(s, source) for s in made)


def _keys(produced: Sequence[Atom], path: str) -> tuple[str, ...]:
    return tuple(k for a in produced if a.path == path and a.kind == "text" for k in a.keys)


# --- translations ------------------------------------------------------------------------------

_LEAST_ALIGNED = 3


def _turned_in_translation(fact: HopFacts) -> Found | None:
    """In a translation of as many sentences, the one sentence that lost or gained its negation, where
    all the others kept theirs."""
    hop = fact.hop
    texts = [(p, v) for p, v in fact.made_texts if len(v) >= 60]
    if not texts or not translates(fact):
        return None
    for path, made in texts:
        after = _sentences(made)
        for _, given in fact.given_texts:
            before = _sentences(given) if len(given) >= 60 else []
            if len(before) == len(after) + 1 and orders_translation(before[0]):
                before = before[1:]
            if len(before) != len(after) or len(after) < 2 or given == made:
                continue
            denied = [_denies(b) for b in before]
            says = [_denies(a) for a in after]
            turned = [
                i
                for i, (was, now) in enumerate(zip(denied, says, strict=True))
                # Keep clear, prohibited, only: a language may deny by a word of another kind.
                if was != now and not denies_by_word(before[i] if now else after[i])
            ]
            if len(turned) == 1 and any(denied):
                at = turned[0]
                few = len(after) < _LEAST_ALIGNED
                if few and not (denied[at] and permits(after[at])):
                    continue
                return found(
                    "negation.flipped",
                    hop.hop_id,
                    f"{before[at][:120]} → {after[at][:120]}",
                    f"its sentence “{after[at][:100]}” translates “{before[at][:100]}”; only one of "
                    f"them denies",
                    path=path,
                    expected=before[at][:120],
                    local=True,
                    bad=_keys(fact.produced, path),
                    # Languages deny in different places; that all others agree is one witness.
                    weight=1.3,
                )
    return None


_PREFIXED = re.compile(r"\b(?:non|nicht|no)-(?=\w)")


def _denies(sentence: str) -> bool:
    """Whether a sentence holds a negation, or forbids; the prefix of "non-" is none of its own."""
    return negations(_PREFIXED.sub("", fold(sentence))) > 0 or forbids(sentence)


_STOP = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")


def _sentences(text: str) -> list[str]:
    return [s for s in (p.strip() for p in _STOP.split(text[:_MAX_CHARS])) if len(s) > 8]


# --- opposites ---------------------------------------------------------------------------------


def reversed_word(known: RunFacts, good: Good) -> list[Found]:
    """A sentence of the input repeated but for a word that became its opposite."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        output = read_json(fact.hop.output)
        # Where no word at all has an opposite, no statement need be read.
        if output is fact.hop.output and not has_opposite(fact.made_words):
            continue
        made = (*_statements(fact.made_texts, _CLAUSE), *_records(output))
        told = [s for s in made if has_opposite(s.words)]
        given = list(_statements(fact.given_texts, _CLAUSE)) if told else []
        by_stem: dict[str, list[Statement]] = defaultdict(list)
        for one in given:
            for stem in one.stems:
                by_stem[stem].append(one)
        for said in told:
            rare = _rarest(said, by_stem)
            likely = {id(s): s for stem in rare for s in by_stem.get(stem, ())[:40]}.values()
            near = max(
                (s for s in likely if _same_but_one(said, s) and not _turned(said, s)),
                key=lambda s: _share(said, s),
                default=None,
            )
            if near is None:
                continue
            pair = opposed(near.words, said.words)
            if pair is None or any(pair[1] in s.words and _share(said, s) >= _NEAR for s in given):
                continue
            out.append(
                found(
                    "word.opposed",
                    fact.hop.hop_id,
                    f"{pair[0]} → {pair[1]}",
                    f"it says “{said.text[:100]}”; its input says “{near.text[:100]}”",
                    path=said.path,
                    expected=pair[0],
                    local=True,
                    bad=_keys(fact.produced, said.path),
                    weight=1.3,
                )
            )
            break
    return out


def _same_but_one(a: Statement, b: Statement) -> bool:
    """Whether the shorter says what the longer does, a word of it aside."""
    common = len(a.stems & b.stems)
    least = min(len(a.stems), len(b.stems))
    return common >= 3 and (common >= least - 1 or _share(a, b) >= _LIKE)


def _records(value: Json) -> Iterator[Statement]:
    """Each record of an output as a statement: its subject, and what it says of it."""
    stack, seen = [value], 0
    while stack and seen < 200:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            texts = [v for v in here.values() if isinstance(v, str) and len(v) <= 120]
            if len(texts) > 1:
                yield from _statements([("output", " ".join(texts) + " ")], _WHOLE)
            stack.extend(here.values())
        elif isinstance(here, list):
            stack.extend(here[:50])


_WHOLE = re.compile(r".{12,}", re.DOTALL)


# --- truth values --------------------------------------------------------------------------------

_DENIED = re.compile(
    r"(?:\b(?:not|never|no longer|non|nicht|nie|kein\w*|pas|jamais|nunca|non|não|niet|inte|ikke|"
    r"без|не)\b[\s-]+(?:\w+\s+)?|\bnon-?|\bun|\bin)$"
)
_STATED = re.compile(
    r"\b(?:is|are|was|were|be|ist|sind|wird|est|sont|es|son|está|è|sono|é|são|zijn|är|er)\s+"
    r"(?:fully|also|now|always|auch|immer|toujours|siempre)?\s*$"
)
_NEGATIVE_KEY = re.compile(
    r"(?i)(^|_)((not|no|non|without|never|missing)_|(non|un|dis|invalid|inactive|inelig)[a-z]*)"
)


def _turned_flag(fact: HopFacts) -> Found | None:
    flags = [(p, v) for p, v in fact.made_leaves if isinstance(v, bool)]
    texts = [v for _, v in fact.given_texts if " " in v.strip()] if flags else []
    for path, value in flags if texts else ():
        quote = _against(last_key(path), texts, said=value)
        if quote is not None:
            key = last_key(path)
            shown = str(value).lower()
            return found(
                "negation.flipped",
                fact.hop.hop_id,
                f"{key}: {shown}",
                f"{key} is {shown}, but its input says “{quote}”",
                path=path,
                expected=str(not value).lower(),
                local=True,
                weight=1.5 if value else 1.2,
            )
    return None


def _against(key: str, texts: Sequence[str], *, said: bool) -> str | None:
    """What the texts say of the last word of a field's name, when every mention contradicts it."""
    words = re.findall(r"[a-zà-ÿ]{5,}", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower())
    if not words or _NEGATIVE_KEY.search(key):
        return None
    mentions: list[tuple[bool, bool, str]] = []
    for text in texts:
        folded = text[:_MAX_CHARS].casefold()
        for match in re.finditer(rf"{re.escape(words[-1])}\b", folded):
            before = folded[max(0, match.start() - 30) : match.start()]
            denied, stated = bool(_DENIED.search(before)), bool(_STATED.search(before))
            mentions.append(
                (denied, stated, text[max(0, match.start() - 30) : match.end()].strip())
            )
    if not mentions or len(mentions) > 8:
        return None
    if said:
        return mentions[0][2] if all(denied for denied, _, _ in mentions) else None
    return mentions[0][2] if all(stated and not denied for denied, stated, _ in mentions) else None


RULES = (
    Rule("negation.flipped", "It says the opposite of what its input says.", False, flipped),
    Rule("word.opposed", "A word of its input became its opposite.", False, reversed_word),
)

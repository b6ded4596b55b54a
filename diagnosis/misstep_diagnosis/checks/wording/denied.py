"""What the input denies and the output asserts: no chest pain came in, chest pain went out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep_diagnosis.checks.found import Found, found
from misstep_diagnosis.facts import HopFacts
from misstep_diagnosis.reading.kept import by_text
from misstep_diagnosis.reading.polarity import negations
from misstep_diagnosis.reading.values import fold

_DENIED = re.compile(
    r"\b(?:no|denies|denied|denying|without|kein|keine|keinen|ohne|sin|sans|pas de|niega|nessuna?|"
    r"sem|geen)\s+(?:any\s+)?([^\W\d_]{4,}(?:\s+[^\W\d_]{4,}){1,2})(?=\s*(?:[,.;:!?\n)]|$|\b(?:or|and|nor|"
    r"oder|und|noch|ni|ou|et|o|y|e|of|in|on|at|for)\b))"
)
_HINT = re.compile(
    r"(?i)\b(?:no|den(?:ies|ied|ying)|without|kein\w*|ohne|sin|sans|pas|niega|nessuna?|sem|geen)\s"
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_CAREFUL = re.compile(
    r"\b(if|should|whether|watch|monitor|ask\w*|risk|avoid\w*|prevent\w*|unless|deni\w*|deny\w*|"
    r"rul\w+ out|negative|absen\w+|exclud\w*|free of|lack\w*|history|previous\w*|falls|wenn|ob|"
    r"risiko|vermeid\w*|si|riesgo|risque|resolved|gone|stopped|missing|question\w*|unremarkable|"
    r"waived|future|later|seek|return|report any|in case|zero|false|neither|until|before)\b"
)
_LONGEST = 20_000
_PERMITS = re.compile(
    r"(?i)\b(may|can|must|should|allowed|permitted|shall|darf|dürfen|kann|können|muss|soll\w*|peut|"
    r"peuvent|doit|doivent|puede\w*|debe\w*|può|possono|deve|devono|pode\w*|mag|mogen|kan|moet\w*)\b"
)
_DENIES_BY_WORD = re.compile(
    r"(?i)\b(avoid\w*|forbid\w*|forbidden|prohibit\w*|refus\w*|lack\w*|fail\w*|except\w*|unless|only|"
    r"instead|stop\w*|prevent\w*|refrain\w*|exclud\w*|closed|otherwise|verboten|untersagt|vermeid\w*|"
    r"nur|außer|ausgenommen|erst|freihalten|unterlass\w*|unzulässig\w*|interdit\w*|défense|défendu\w*|"
    r"évit\w*|sauf|prohib\w*|evit\w*|vietat\w*|divieto|salvo|solo|verboden|vermijd\w*|behalve|"
    r"vrijhouden|banned|keep (?:off|out|away|clear)|out of reach|"
    r"proibid\w*|запрещ\w*|\w*free)\b|禁|遠慮"
)


def permits(sentence: str) -> bool:
    """Whether a sentence that holds no negation allows or orders something, and denies it in no other
    way (forbidden, only, except)."""
    return bool(_PERMITS.search(sentence)) and not denies_by_word(sentence)


def denies_by_word(sentence: str) -> bool:
    """Whether a sentence denies or restricts without a negation: forbidden, avoid, only, except."""
    return _DENIES_BY_WORD.search(sentence) is not None


_FORBIDS = re.compile(
    r"(?i)\b(forbid\w*|prohib\w*|verboten|untersagt|interdit\w*|défense de|défendu\w*|vietat\w*|"
    r"divieto|proibid\w*|verboden|запрещ\w*)\b|禁止"
)


def forbids(sentence: str) -> bool:
    """Whether a sentence forbids by a word of its own: prohibido acampar, Rauchen verboten."""
    return _FORBIDS.search(sentence) is not None


def asserted(fact: HopFacts) -> Found | None:
    """A thing of two words or three that the input only ever denies, and a sentence of the output
    states without any negation or condition."""
    texts = [v for _, v in fact.made_texts if 12 <= len(v) <= _LONGEST]
    given = [v for _, v in fact.given_texts if 12 <= len(v) <= _LONGEST] if texts else []
    if not any(_HINT.search(v) for v in given):
        return None
    told = [s for t in given for s in _sentences(t) if not s.endswith("?")]
    denied = {m[1]: s for s in told for m in _DENIED.finditer(s)}
    made = [s for t in texts for s in _sentences(t)] if denied else []
    for phrase, source in denied.items():
        word = re.compile(rf"\b{re.escape(phrase)}\b")
        mentions = [s for s in told if word.search(s)]
        said = [s for s in made if word.search(s)]
        if not said or any(not negations(s) for s in mentions) or _only_with(source, phrase):
            continue
        if any(negations(s) or _CAREFUL.search(s) for s in said) or any(
            _CAREFUL.search(s) for s in mentions if s != source
        ):
            continue
        return found(
            "negation.flipped",
            fact.hop.hop_id,
            f"{source.strip()[:120]} → {said[0].strip()[:120]}",
            f"it says “{said[0].strip()[:100]}”; its input says “{source.strip()[:100]}”",
            expected=source.strip()[:120],
            local=True,
            weight=1.5,
        )
    return None


_WITHOUT = r"\b(?:without|ohne|sin|sans|senza|sem|zonder)\s+(?:any\s+)?"


def _only_with(sentence: str, phrase: str) -> bool:
    """Whether a sentence denies what is without the thing: not without consent is with it only."""
    return negations(sentence) > 1 and bool(re.search(_WITHOUT + re.escape(phrase), sentence))


@by_text
def _sentences(text: str) -> Iterator[str]:
    """Folded sentences; a point inside a number ends none."""
    return (m.group() for m in _SENTENCE.finditer(re.sub(r"(?<=\d)\.(?=\d)", ",", fold(text))))

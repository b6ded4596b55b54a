"""What became of a thing, turned round: stopped and continued, failed and passed; there and not."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from misstep_diagnosis.checks.found import Found, Good, Rule, each, found
from misstep_diagnosis.facts import HopFacts, RunFacts, read_json
from misstep_diagnosis.reading.clauses import Clause, clause, clauses

_MAKES = ("llm", "agent", "chain")
_AXES: tuple[tuple[str, str], ...] = (
    # One side, the other; words as they stand after folding.
    (
        r"stopped|discontinued|cancell?ed|terminated|suspended|paused|withdrawn|recalled|revoked|"
        r"(?:taken )?out of (?:service|use|order)|sold out|not to be (?:re)?\w+ed|no longer \w+|"
        r"ceased|decommissioned|"
        r"abgesetzt|eingestellt|gekündigt|storniert|beendet|gestoppt|arrêtée?s?|suspendue?s?|"
        r"résiliée?s?|annulée?s?|"
        r"suspendid[oa]s?|cancelad[oa]s?|retirad[oa]s?|gestopt|opgezegd",
        r"continues?|continued|unchanged|as before|ongoing|in (?:service|use|force|operation)|"
        r"available|keep taking|"
        r"go(?:es)? on taking|taken up again|taken again|"
        r"resumed?|restarted|reinstated|back in \w+|put back|weiter|"
        r"unverändert|wie bisher|fortgesetzt|"
        r"inchangée?s?|poursuivie?s?|comme avant|sin cambios|continúa|ongewijzigd|renewed|"
        r"in stock|active",
    ),
    (
        r"failed|fails|failing|crashed|broke|fehlgeschlagen|échouée?s?|falló",
        r"passed|passes|succeeded|successful(?:ly)?|went through|bestanden|réussie?s?|green",
    ),
    (
        r"rejected|declined|refused|denied|turned down|dismissed|voted down|abgelehnt|rejetée?s?|"
        r"refusée?s?|rechazad[oa]s?",
        r"approved|accepted|adopted|granted|carried|upheld|allowed|confirmed|genehmigt|angenommen|"
        r"acceptée?s?|approuvée?s?|"
        r"aprobad[oa]s?|aceptad[oa]s?",
    ),
    (
        r"overdue|unpaid|outstanding|in arrears|überfällig|offen|impayée?s?|vencid[oa]s?",
        r"paid|settled|cleared|bezahlt|beglichen|payée?s?|pagad[oa]s?",
    ),
    (
        r"optional|voluntary|freiwillig|facultati\w+|opcional|optioneel",
        r"required|mandatory|"
        r"compulsory|"
        r"obligatory|pflicht|verpflichtend|obligatoire|"
        r"obligatori[oa]|verplicht",
    ),
)
_SIDES = [tuple(re.compile(rf"(?<![\w-])(?:{side})(?![\w-])") for side in axis) for axis in _AXES]
_ANY = re.compile(r"(?<![\w-])(?:" + "|".join(s for axis in _AXES for s in axis) + r")(?![\w-])")
_DENIED = re.compile(
    r"(?:\b(?:not|never|nicht|pas|non|no|niet|cannot be|wasn't|isn't)\s+(?:yet\s+|been\s+)?)$"
)
_PARTLY = re.compile(r"(?i)\b(?:all but|except|apart from|other than)\b")
_PART = re.compile(
    r"[,;](?:\s+(?:and|but|und|aber|et|mais|y|pero)\b)?\s+|\s+(?:but|while|whereas)\s+"
)
_UNSURE = re.compile(
    r"\b(?:if|whether|unless|should|would|until|must|(?<!\d )may(?! \d)|can|could|ask|when|"
    r"once|check|say|list|"
    r"write|decide|falls|wenn|ob|si|or)\b|\?"
)


def status_turned(known: RunFacts, good: Good) -> list[Found]:
    """A thing that its input says last was stopped, failed or refused, and the output has going on,
    passed or granted; or the reverse."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        made = list(_told(fact))
        if not made:
            continue
        given = [p for _, v in fact.given_texts for p in _segments(v)][:600]
        rare = Counter(s for c, _ in given for s in c.bag)
        hit = next((h for c in made if (h := _turned(c, given, rare))), None)
        if hit is not None:
            said, source, now, was = hit
            out.append(
                found(
                    "status.turned",
                    fact.hop.hop_id,
                    f"{source.text[:120]} → {said.text[:120]}",
                    f"it says “{now}”; its input says last “{was}”",
                    expected=source.text[:120],
                    local=True,
                    weight=2.0,
                )
            )
    return out


def _told(fact: HopFacts) -> Iterator[Clause]:
    """What an output says of the state of things: its sentences, and its records as sentences."""
    output = read_json(fact.hop.output)
    records = list(_as_sentences(output)) if not isinstance(output, str) else []
    for text in [v for _, v in fact.read_leaves if isinstance(v, str) and " " in v] + records:
        if len(text) <= 20_000 and _ANY.search(text.casefold()) and not _PARTLY.search(text):
            yield from (c for c, _ in _segments(text) if _ANY.search(c.folded))


def _as_sentences(value: object) -> Iterator[str]:
    stack, seen = [value], 0
    while stack and seen < 200:
        seen += 1
        here = stack.pop()
        if isinstance(here, dict):
            short = [str(v) for v in here.values() if isinstance(v, str) and len(v) <= 80]
            if len(short) > 1:
                yield " ".join(short)
            stack.extend(v for v in here.values() if isinstance(v, dict | list))
        elif isinstance(here, list):
            stack.extend(v for v in here[:60] if isinstance(v, dict | list))


@lru_cache(maxsize=512)
def _segments(text: str) -> tuple[tuple[Clause, str], ...]:
    """Parts of sentences, each with what follows in its sentence; a part without a thing of its own
    belongs to the one before it."""
    made: list[tuple[Clause, str]] = []
    for sentence in clauses(text):
        begun, rest = "", sentence.folded
        for part in _PART.split(sentence.text):
            begun = f"{begun} {part}".strip()
            rest = rest.partition(part.casefold())[2]
            one = clause(begun)
            if _things(one):
                made.append((one, rest))
                begun = ""
        if begun and made:
            made[-1] = (clause(f"{made[-1][0].text}, {begun}"), "")
    return tuple(made)


def _things(one: Clause) -> frozenset[str]:
    """Stems of what a clause speaks of, the words of its state aside."""
    return _things_in(one.folded)


# By the text: each clause of an input meets each of an output, and a clause's hash is made anew.
@lru_cache(maxsize=4_096)
def _things_in(folded: str) -> frozenset[str]:
    return clause(_ANY.sub(" ", folded)).bag


def _state(one: Clause, axis: int) -> tuple[int, str] | None:
    """The last state of an axis that a clause tells, a denied one as its opposite."""
    return _state_in(one.folded, axis)


@lru_cache(maxsize=4_096)
def _state_in(folded: str, axis: int) -> tuple[int, str] | None:
    hits = [(m, side) for side in (0, 1) for m in _SIDES[axis][side].finditer(folded)]
    if not hits:
        return None
    match, side = max(hits, key=lambda h: h[0].end())
    denied = bool(_DENIED.search(folded[max(0, match.start() - 20) : match.start()]))
    return (1 - side if denied else side), match.group()


def _turned(
    said: Clause, given: Sequence[tuple[Clause, str]], rare: Counter[str]
) -> tuple[Clause, Clause, str, str] | None:
    things = {s for s in _things(said) if rare[s]}
    for axis in range(len(_AXES)) if things and not _UNSURE.search(said.folded) else ():
        now = _state(said, axis)
        if now is None:
            continue
        last: tuple[Clause, tuple[int, str]] | None = None
        for one, rest in given:
            about = things & _things(one)
            told = _state(one, axis) if about else None
            if told is None or not _same_thing(about, rare, said, one):
                continue
            if _UNSURE.search(one.folded) and "not to be" not in one.folded:
                return None
            # First rejected, then, after an amendment, adopted.
            last = None if _SIDES[axis][now[0]].search(rest) else (one, told)
        if last is not None and last[1][0] != now[0]:
            return said, last[0], now[1], last[1][1]
    return None


def _same_thing(
    about: frozenset[str] | set[str], rare: Counter[str], said: Clause, one: Clause
) -> bool:
    """Whether two clauses speak of one thing: a rare word in common, and no number apart."""
    mine, theirs = _numbered(said.stems), _numbered(one.stems)
    if any(word in theirs and not theirs[word] & mine[word] for word in mine):
        return False
    telling_ones = [
        s for s in about if rare[s] <= 4 and (len(s) >= 4 or any(c.isdigit() for c in s))
    ]
    first = next(iter(said.stems), "")
    if (len(about) >= 2 and telling_ones) or first in telling_ones:
        return True
    match = _ANY.search(said.folded)
    subject = clause(said.folded[: match.start()]).bag if match else frozenset()
    return len(subject) <= _FEW and any(s in subject and rare[s] == 1 for s in telling_ones)


_FEW = 3


@lru_cache(maxsize=4_096)
def _numbered(stems: tuple[str, ...]) -> dict[str, set[str]]:
    """Numbers by the word before them, of a clause's stems: batch 44 and 45."""
    made: dict[str, set[str]] = {}
    word = ""
    for here in stems:
        if here[0].isdigit():
            made.setdefault(word, set()).add(here)
        else:
            word = here
    made.pop("", None)
    return made


# --- all passed ----------------------------------------------------------------------------------

_ALL_WELL = re.compile(
    r"\b(?:all|every|each|alle|tous|toutes|todos|todas)\b[^.;\n]{0,40}\b(?:pass(?:ed|es)?|"
    r"succe\w+|green|bestanden|"
    r"erfolgreich|réussi\w*|ok|clean)\b|\bno (?:test )?(?:failures|failing tests|errors)\b|"
    r"\bkeine fehler\b"
)
_SOME_FAILED = re.compile(
    r"(?<![\w.])(\d+)\s+(?:\w+\s+)?(?:failed|failures?|failing|errors?|fehlgeschlagen|fehler|"
    r"échecs?|errores)\b|"
    r"\b(?:failed|failures|errors|fehler)\s*[:=]\s*(\d+)"
)


def all_well(known: RunFacts, good: Good) -> list[Found]:
    """It says that all passed, and the last count of failures that it received is above nought."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        text = "\n".join(v for _, v in fact.made_texts if len(v) <= 20_000).casefold()
        claim = _ALL_WELL.search(text)
        if claim is None or re.search(r"\b(?:except|but|apart from|außer|sauf|after|once)\b", text):
            continue
        counts = [
            (m, v)
            for _, v in fact.given_texts
            for m in _SOME_FAILED.finditer(v[:200_000].casefold())
        ]
        if not counts or int(counts[-1][0][1] or counts[-1][0][2]) == 0:
            continue
        match, given = counts[-1]
        if counts_all(claim.group(), given[match.end() :].casefold()):
            # A later run, in which as many passed as there are.
            continue
        out.append(
            found(
                "status.turned",
                fact.hop.hop_id,
                claim.group(),
                f"it says “{claim.group()}”; its input says “{match.group()}”",
                expected=match.group(),
                local=True,
                weight=2.0,
            )
        )
    return out


_PASSED = r"(?:pass(?:ed|es)?|succe\w+|green|ok|bestanden|erfolgreich|réussi\w*)"


def counts_all(said: str, told: str, well: str = _PASSED) -> bool:
    """Whether a text counts as many that are well as are said to be all."""
    numbers = re.findall(r"(?<![\w.,])\d+(?![\w]|[.,]\d)", said)
    return any(re.search(rf"(?<![\w.,]){n} (?:\w+ )?{well}\b", told) for n in numbers)


# --- there, and said not to be there -------------------------------------------------------------

_KINDS: tuple[str, ...] = (
    r"allerg\w*|anaphyla\w*|hypersensitiv\w*|intoleran\w*|hives|reactions? to|"
    r"adverse reactions?|unverträglich\w*|alerg\w*",
    r"injur\w*|hurt|wounded|casualt\w*|verletzt\w*|verletzung\w*|blessée?s?|heridos?",
    r"breaking|incompatib\w*|drop(?:s|ped)? support|removed? support",
    r"arrears|overdue|unpaid|rückst[aä]nd\w*|impayée?s?",
    r"damag\w*|beschädig\w*|endommag\w*|dañad\w*|cracks?|cracked",
    r"complain\w*|beschwer\w*|plaintes?|quejas?",
    r"object(?:ed|ion|ions|s)|einsprüche?|einspruch|widerspr\w*",
    r"convict\w*|criminal record|vorstrafe\w*",
    r"surger\w*|operated on|operations?|operiert\w*",
    r"pets?|dogs?|cats?|haustiere?",
    r"delay(?:s|ed)?|verspät\w*|retards?|late",
    r"leak(?:s|ed|ing|age)?|undicht\w*",
    r"conflicts? of interest",
    r"outages?|downtime|ausf[aä]ll\w*",
    r"penalt\w*|surcharges?|cancellation fee|vertragsstrafe\w*",
)
_KIND = [re.compile(rf"(?<![\w-])(?:{k})(?![\w-])") for k in _KINDS]
_NONE = re.compile(
    r"\b(?:no|without(?: any)?|free of|nil|zero|nobody was|no one was|kein\w*|ohne|"
    r"niemand wurde|aucune?s?|sans|"
    r"ningun[oa]?s?|sin|nessun[oa]?|geen)\s+(?:known |further |other |reported |drug |"
    r"medicine |any |bekannten? )?"
    r"((?:[^\W\d_]+\s+){0,2}[^\W\d_]+)|\b([^\W\d_]+(?:\s[^\W\d_]+)?)\s*:\s*(?:none|nil|no|"
    r"keine|aucune?|ninguna?)\b"
)
_HINT = re.compile(
    r"\b(?:no|without|free of|nil|none|zero|nobody|kein\w*|ohne|niemand|aucune?|sans|ning\w+|"
    r"sin|nessun\w+|geen)\b"
)


def presence_denied(known: RunFacts, good: Good) -> list[Found]:
    """It says that there is none of what its input tells of as a fact, and nowhere denies."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        texts = [c for _, v in fact.made_texts if len(v) <= 20_000 for c in clauses(v)]
        denied = [(c, k) for c in texts if _HINT.search(c.folded) for k in _denied_kinds(c)]
        given = [c for _, v in fact.given_texts for c in clauses(v)][:600] if denied else []
        for said, kind in denied:
            told = [c for c in given if _KIND[kind].search(c.folded)]
            affirmed = [c for c in told if not c.denials and not _ASKS.search(c.folded)]
            answered = any(c.denials and not _LATER.search(c.folded) for c in told) or _answered_no(
                told, given
            )
            if (
                affirmed
                and not answered
                and not any(_KIND[kind].search(c.folded) and not c.denials for c in texts)
            ):
                out.append(
                    found(
                        "presence.denied",
                        fact.hop.hop_id,
                        f"{affirmed[0].text[:120]} → {said.text[:120]}",
                        f"it says “{said.text[:100]}”; its input says “{affirmed[0].text[:100]}”",
                        expected=affirmed[0].text[:120],
                        local=True,
                        weight=2.0,
                    )
                )
                break
    return out


_ASKS = re.compile(
    r"\?|\b(?:if|whether|any|in case|should|must|list|write|name|say|state|mention|check|"
    r"no more than|falls|wenn|ob|"
    r"previous(?:ly)?|might|may (?:be|have|not|also|cause|occur|lead|need)|could|avoid|prevent|"
    r"risk)\b"
)
_LATER = re.compile(r"\b(?:not to be|never again|must not|do not)\b")
_NO = re.compile(r"(?:[\w .\]\[:]{0,24}:\s*)?(?:no|none|nein|non|nope)\s*(?:[.,!]|$)")


def _denied_kinds(said: Clause) -> Iterator[int]:
    for match in _NONE.finditer(said.folded):
        phrase = (match[1] or match[2] or "").strip()
        yield from (i for i, kind in enumerate(_KIND) if kind.search(phrase + " to"))


def _answered_no(told: Sequence[Clause], given: Sequence[Clause]) -> bool:
    """Whether a question about it is answered with no."""
    after = {id(a): b for a, b in itertools.pairwise(given)}
    return any("?" in c.text and (n := after.get(id(c))) and _NO.match(n.folded) for c in told)


RULES = (
    Rule(
        "status.turned",
        "What became of a thing is told the other way round.",
        False,
        each(status_turned, all_well),
    ),
    Rule(
        "presence.denied",
        "It denies what its input tells of as a fact.",
        False,
        presence_denied,
    ),
)

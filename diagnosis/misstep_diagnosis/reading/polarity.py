"""What turns a statement into its opposite: negations in many languages, and pairs of opposites."""

from __future__ import annotations

import re
from collections.abc import Set

from misstep_diagnosis.reading.spoken import bag

_NEGATING = bag(
    "not no never none nothing nobody neither nor without cannot cant nicht kein keine keinen "
    "keiner keinem keines nie niemals ohne weder nichts pas jamais aucun aucune rien sans ni nunca "
    "jamás sin ningún ninguno ninguna nada tampoco non senza nessun nessuno nessuna niente nulla "
    "não nao sem nenhum nenhuma niet geen nooit zonder inte aldrig utan ingen inget inga ikke aldri "
    "uden uten intet nie nigdy bez żaden żadna żadne není nejsou nelze nikdy değil yok asla не нет "
    "никогда без ни нельзя ні ніколи немає لا لم لن ليس ليست بدون غير לא אין בלי מעולם नहीं मत बिना "
    "ei eivät eikä ilman nem nincs nélkül nu fără tidak bukan tanpa không chưa"
)
_SPACELESS = re.compile(
    r"不(?!断|斷|仅|僅|只|但|过|過|久|同|良|足|可欠)|没有?|沒有?|无(?!论)|無(?!論|料)|未(?!来|來)|"
    r"(?<=[かがはもで])?ない|ません|なく(?!て)|지\s?않|없|못|아니|안\s|ไม่"
)
_IDIOMS = re.compile(
    r"\b(?:not only|not just|not least|no (?:more|less|fewer|longer) than|"
    r"no (?:later|earlier|sooner)\b|"
    r"not (?:later|earlier|more|less) than|no longer than|nothing (?:but|else)|no matter|no doubt|"
    r"whether or not|or not|if not|no problem|no\.?\s?\d+|nicht nur|nicht zuletzt|"
    r"non seulement|n'est-ce pas|ne\b[^.]{0,20}\bque|no s[oó]lo|no obstante|sin embargo|sin duda|"
    r"non solo|não só|niet alleen|inte bara|ikke bare|sans doute|ohne weiteres|nothing less than|"
    r"without (?:delay|doubt|fail)|not yet known)\b"
)
_CONTRACTED = re.compile(r"(\w)n['’]t\b")
_WORD = re.compile(r"[^\W\d_]+")
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "nicht", "ab")
_LEAST_PREFIXED = 5

_OPPOSITES = """
approve reject decline refuse deny | approved rejected declined refused denied |
accept decline refuse | accepted declined refused | allow forbid block | allowed forbidden blocked |
pass fail | passed failed | open close | open closed | opened closed | true false | yes no |
enable disable | enabled disabled | active inactive | valid invalid expired | safe unsafe dangerous |
increase decrease | increased decreased | rise fall | rose fell | rising falling |
rises falls | risen fallen | grow shrink | grows shrinks | grew shrank | increases decreases |
gains losses | up down |
higher lower | high low medium | highest lowest | more less fewer | most least | above below |
over under | maximum minimum | max min | before after | earlier later | first last | left right |
north south east west | inside outside | include exclude | included excluded | includes excludes |
all none some | always never sometimes | must may | required optional | mandatory optional |
positive negative | gain loss | profit loss | buy sell | bought sold | credit debit | import export |
win lose | won lost | success failure | succeeded failed | full empty | present absent | hot cold |
start stop | started stopped | begin end | grant revoke | granted revoked | confirm cancel |
confirmed cancelled canceled | urgent routine | critical minor major | male female | paid unpaid |
refund charge | refunded charged | escalate close resolve | escalated closed resolved |
morning afternoon evening night | day night | monthly weekly yearly daily quarterly annually |
genehmigt abgelehnt | angenommen abgelehnt | offen geschlossen | gestiegen gefallen | steigt sinkt |
höher niedriger | hoch niedrig mittel | mehr weniger | vor nach | links rechts | immer nie |
gültig ungültig abgelaufen | bezahlt unbezahlt offen | ja nein | wahr falsch | muss darf |
approuvé refusé rejeté | accepté refusé | ouvert fermé | hausse baisse | oui non | vrai faux |
avant après | plus moins | toujours jamais | payé impayé | aprobado rechazado | abierto cerrado |
aumenta disminuye | sí no | antes después | más menos | siempre nunca | approvato respinto |
aperto chiuso | aumento calo | prima dopo | più meno | red green blue yellow black white orange |
rot grün blau gelb schwarz weiß | rouge vert bleu jaune noir blanc
"""
_AXES: dict[str, set[int]] = {}
for _number, _axis in enumerate(_OPPOSITES.split("|")):
    for _one in _axis.split():
        _AXES.setdefault(_one, set()).add(_number)


def words_of(text: str) -> list[str]:
    """Words of a folded text, ``isn't`` as ``is not``."""
    return _WORD.findall(_spelled_out(text))


def _spelled_out(text: str) -> str:
    if "n't" not in text and "n’t" not in text:
        return text
    return _CONTRACTED.sub(r"\1 not", text)


def negations(text: str) -> int:
    """How many negations a folded text holds; idioms such as ``not only`` count none."""
    told = _spelled_out(text)
    if text.isascii() and _NEGATING.isdisjoint(_WORD.findall(told)):
        return 0
    plain = plainly(text)
    counted = sum(w in _NEGATING for w in _WORD.findall(plain))
    return counted if text.isascii() else counted + len(_SPACELESS.findall(plain))


def plainly(text: str) -> str:
    """A folded text without idioms that only look like negations, ``isn't`` as ``is not``."""
    return _IDIOMS.sub(" ", _CONTRACTED.sub(r"\1 not", text))


def is_negation(word: str) -> bool:
    """Whether a folded word negates by itself."""
    return word in _NEGATING


def denying(words: Set[str]) -> bool:
    """Whether any of the folded words negates by itself."""
    return not _NEGATING.isdisjoint(words)


def prefixed(a: Set[str], b: Set[str]) -> set[str]:
    """Words of ``a`` alone whose negated form stands in ``b``: valid, where ``b`` has invalid."""
    longer = [w for w in b if len(w) > _LEAST_PREFIXED and w.startswith(_PREFIXES)]
    bare = {w[len(p) :] for w in longer for p in _PREFIXES if w.startswith(p)}
    return {w for w in bare if len(w) > 3 and w in a and w not in b}


def has_opposite(words: Set[str]) -> bool:
    """Whether any of the words has an opposite that is known."""
    return not _AXES.keys().isdisjoint(words)


def opposed(a: Set[str], b: Set[str]) -> tuple[str, str] | None:
    """A word of ``a`` alone and its opposite of ``b`` alone; None when no such pair stands there."""
    only_a, only_b = a - b, b - a
    for word in sorted(only_a & _AXES.keys()):
        axes = _AXES[word]
        other = next((w for w in sorted(only_b & _AXES.keys()) if _AXES[w] & axes), None)
        if other is not None:
            return word, other
    return None

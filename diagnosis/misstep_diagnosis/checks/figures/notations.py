"""Notations that say more than digits: a trailing minus, brackets, CR."""

from __future__ import annotations

import re

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import fold, last_key, number_key, readings

_MAKES = ("llm", "agent", "chain", "tool")
_LONGEST = 60_000
_AMOUNT = r"(?:\d{1,3}(?:[.,' \u00a0]\d{3})+|\d+)[.,]\d\d(?!\d)"
_MINUS = re.compile(
    rf"(?<![\w.,])(?P<trail>{_AMOUNT})\s?[-\u2212](?![\w\d])|"
    rf"(?<![\w%])\((?:[$€£]\s?)?(?P<bracket>{_AMOUNT})\)|"
    rf"(?<![\w.,])(?P<credit>{_AMOUNT})\s?(?:CR|Cr|H)\b|"
    rf"(?<![\w.,-])[-\u2212]\s?(?:[$€£]\s?)?(?P<lead>{_AMOUNT})(?![\w%])"
)
_CENTS = re.compile(r"[.,]\d\d(?!\d)")
_HINT = re.compile(r"\d\d\s?[-\u2212](?!\d)|\(\W?\d|\d\s?(?:CR|Cr|H)\b|[-\u2212]\s?[$€£]?\d")
_SAYS_SO = re.compile(
    r"(?i)credit|refund|rebate|deduct|discount|negativ|reduc|return|gutschrift|erstattung|"
    r"abzug|rabatt|avoir|rembours|"
    r"abono|reembols|descuent|minus|subtract|less|reverse|chargeback|\bcr\b"
)
_TYPE = re.compile(r"(?i)^(type|kind|sign|direction|dc|side|art|nature|category|effect)$")


def sign_lost(known: RunFacts, good: Good) -> list[Found]:
    """An amount that its input writes with a minus, in brackets or as CR, taken as a plain one."""
    out: list[Found] = []
    for fact in known.answered_by(*_MAKES):
        # Few texts write an amount, and fewer one below nought.
        texts = [v[:_LONGEST] for _, v in fact.given_texts if _CENTS.search(v) and _HINT.search(v)]
        if not texts:
            continue
        negative = _negative(texts)
        plain = _plain(texts, fact) if negative else frozenset()
        hit = next(
            (
                (p, v, negative[k])
                for p, v in fact.read_leaves
                if isinstance(v, int | float) and not isinstance(v, bool) and v > 0
                if (k := number_key(float(v))) in negative and k not in plain and not _told(fact, p)
            ),
            None,
        )
        if hit is not None:
            path, value, written = hit
            out.append(
                found(
                    "sign.lost",
                    fact.hop.hop_id,
                    f"{last_key(path)}: {value:g}",
                    f"{last_key(path)} is {value:g}; its input writes “{written.strip()}”, an "
                    f"amount below nought",
                    path=path,
                    expected=f"-{value:g}",
                    local=True,
                    bad=(number_key(float(value)),),
                    weight=2.0,
                )
            )
    return out


def _negative(texts: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for text in texts:
        for match in _MINUS.finditer(text):
            number = next(g for g in match.groups() if g)
            start = text.rfind("\n", 0, match.start()) + 1
            for value in readings(number.strip()):
                made.setdefault(
                    number_key(value), text[max(start, match.start() - 40) : match.end()]
                )
    return made


def _plain(texts: list[str], fact: HopFacts) -> frozenset[str]:
    """Numbers that the input also writes without any minus."""
    keys = {
        number_key(v)
        for text in texts
        for m in re.finditer(_AMOUNT, _MINUS.sub(" ", text))
        for v in readings(m.group().strip())
    }
    fields = {
        number_key(float(v))
        for _, v in fact.given_leaves
        if isinstance(v, int | float) and not isinstance(v, bool) and v > 0
    }
    return frozenset(keys | fields)


def _told(fact: HopFacts, path: str) -> bool:
    """Whether the field's name, or a field of its record that names a type, says what the amount is."""
    if _SAYS_SO.search(path):
        return True
    record = path.rpartition(".")[0]
    beside = [
        v
        for p, v in fact.read_leaves
        if p.rpartition(".")[0] == record and isinstance(v, str) and _TYPE.match(last_key(p))
    ]
    return any(_SAYS_SO.search(v) or fold(v) in ("out", "h", "-", "c") for v in beside)


RULES = (Rule("sign.lost", "An amount below nought was taken as one above.", False, sign_lost),)

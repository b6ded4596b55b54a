"""Whether a hop translates: then its output has words, quotations and idioms of its own."""

from __future__ import annotations

import re

from misstep_diagnosis.facts import HopFacts
from misstep_diagnosis.reading.language import agrees, detect

_TRANSLATES = re.compile(
    r"(?i)(translat|übersetz|traduc|tradui|traduz|tradurre|vertaal|vertal|localis|localiz|"
    r"\b(?:in|into|en|auf|ins|nach|naar het|al|em) "
    r"(?:english|german|french|spanish|italian|dutch|japanese|portuguese|swedish|danish|polish|"
    r"deutsch\w*|englisch\w*|französisch\w*|spanisch\w*|italienisch\w*|niederländisch\w*|"
    r"japanisch\w*|anglais|allemand|français|espagnol|inglés|alemán|francés|italiano|inglese|tedesco|"
    r"nederlands|engels|duits|frans)\b|訳)"
)
_ASKED_WITHIN = 400
_ENOUGH = 40


def translates(fact: HopFacts) -> bool:
    """Whether it was asked to translate, or writes another language than any text it received."""
    made: bool | None = fact.noted.get("translates")
    if made is None:
        made = fact.noted["translates"] = _asked(fact) or _another_language(fact)
    return made


def orders_translation(sentence: str) -> bool:
    """Whether a sentence asks for a translation."""
    return _TRANSLATES.search(sentence[:_ASKED_WITHIN]) is not None


def _asked(fact: HopFacts) -> bool:
    if _TRANSLATES.search(fact.hop.name) or _TRANSLATES.search((fact.hop.system or "")[:20_000]):
        return True
    return any(_TRANSLATES.search(v[:_ASKED_WITHIN]) for _, v in fact.given_texts[:20])


def _another_language(fact: HopFacts) -> bool:
    said = detect(" ".join(v for _, v in fact.made_texts if len(v) >= _ENOUGH))
    given = (
        {detect(v) for _, v in fact.given_texts if len(v) >= _ENOUGH} - {None} if said else set()
    )
    return bool(said and given) and not any(agrees(str(g), str(said)) for g in given)

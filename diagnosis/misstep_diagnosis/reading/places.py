"""Countries by name and ISO 3166 code, so that an answer for another country can be told."""

from __future__ import annotations

import re

_NAMES = """
AE united arab emirates|AR argentina argentinien|AT austria österreich autriche|AU australia australien|
BE belgium belgien belgique bélgica|BG bulgaria bulgarien|BR brazil brasil brasilien brésil|
CA canada kanada|CH switzerland schweiz suisse suiza svizzera|CL chile|CN china|CO colombia kolumbien|
CR costa rica|CY cyprus zypern|CZ czechia czech republic tschechien|DE germany deutschland allemagne
alemania germania|DK denmark dänemark danmark|DO dominican republic|EC ecuador|EE estonia estland|
EG egypt ägypten|ES spain spanien espagne españa spagna|FI finland finnland suomi|FR france frankreich
francia|GR greece griechenland|HR croatia kroatien|HU hungary ungarn|ID indonesia indonesien|IE ireland
irland|IL israel|IN india indien|IS iceland island|IT italy italien italie italia|JP japan japon japón|
KE kenya kenia|KR south korea südkorea|LT lithuania litauen|LU luxembourg luxemburg|LV latvia lettland|
MA morocco marokko maroc|MX mexico méxico mexiko mexique|MY malaysia|NG nigeria|NL netherlands
niederlande pays-bas|NO norway norwegen norvège|NZ new zealand neuseeland|PE peru perú|PH philippines|
PK pakistan|PL poland polen pologne polonia|PT portugal|
PY paraguay|RO romania rumänien|RS serbia serbien|
SA saudi arabia|SE sweden schweden suède suecia|SG singapore singapur|SI slovenia slowenien|SK slovakia
slowakei|TH thailand|TN tunisia tunesien|TR turkey türkei türkiye turquie|TW taiwan|UA ukraine|
GB united kingdom great britain england scotland uk|US united states usa|UY uruguay|VE venezuela|
VN vietnam|ZA south africa südafrika
"""
_TWO_WORDS = (
    "united arab emirates", "costa rica", "czech republic", "dominican republic", "south korea",
    "new zealand", "saudi arabia", "united kingdom", "great britain", "united states",
    "south africa",
)  # fmt: skip


def _table() -> dict[str, str]:
    made: dict[str, str] = {}
    for entry in _NAMES.replace("\n", " ").split("|"):
        code, _, names = entry.strip().partition(" ")
        for several in _TWO_WORDS:
            if several in names:
                made[several] = code
                names = names.replace(several, " ")
        made.update(dict.fromkeys(names.split(), code))
    return made


_CODES = _table()
CODES = frozenset(_CODES.values())
_SPOKEN = re.compile(
    r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, _CODES), key=len, reverse=True)) + r")(?!\w)"
)


def countries(text: str) -> set[str]:
    """Codes of the countries a text names in words."""
    return {_CODES[m.group()] for m in _SPOKEN.finditer(text[:2_000].casefold())}


_PARTS = re.compile(r"(?<!\w)(england|scotland|wales|northern ireland|scottish|welsh)(?!\w)")
_PART_OF = {"scottish": "scotland", "welsh": "wales"}


def regions(text: str) -> set[str]:
    """Codes of the countries a text names in words, the parts of the United Kingdom by their names."""
    folded = text[:12_000].casefold()
    parts = {_PART_OF.get(m[1], m[1]) for m in _PARTS.finditer(folded)}
    told = {_CODES[m.group()] for m in _SPOKEN.finditer(folded)}
    return parts | (told - {"GB"} if parts else told)


def country_of(value: str) -> str | None:
    """The code a field called country means: ``DE``, ``de``, ``Germany``; None for anything else."""
    told = value.strip()
    if len(told) == 2 and told.upper() in CODES:
        return told.upper()
    return _CODES.get(told.casefold())

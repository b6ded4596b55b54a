"""Which language a text is written in, told from its script and its commonest words.

It answers only when the text is long enough and the lead is clear; else None.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from misstep_diagnosis.reading.kept import Kept

_COMMON = {
    "en": "the and of to in is you that it for was on are with as your have be this from not we our "
    "will has been by or an at which please dear were",
    "de": "der die das und ist nicht ein eine zu den mit auf für von sich dem des im sie wir ihre ihr "
    "wird wurde haben bitte auch als an es ich bei nach oder sind",
    "fr": "le la les et des est une un du que dans pour vous nous sur avec pas ne ce votre au aux qui "
    "par plus sont été ont cette en",
    "es": "el la los las y de que en un una es por para con no su se del al lo como más sus ha está "
    "son fue usted nos",
    "it": "il lo la gli le e di che un una è per con non del della dei nel sono si da al alla più "
    "questo vostra anche come ha",
    "pt": "o os as e de que um uma é não para com do da dos das em no na por se mais seu sua foi "
    "são você ao como está",
    "nl": "de het een en van is dat niet op te voor met zijn in die aan wij uw u ook bij wordt naar "
    "maar heeft deze om als",
    "sv": "och att det som en på är av för med den till inte har vi ni er om ett i från kan var "
    "ska har din",
    "da": "og at det er en på af for med den til ikke har vi jeg om et i fra kan som der var skal din",
    "no": "og at det er en på av for med den til ikke har vi jeg om et i fra kan som var skal din ble",
    "fi": "ja on ei se että oli hän mutta tai kun joka ovat voi sen myös kuin niin nyt ole jos tämä "
    "ennen",
    "pl": "i w na z że się nie do jest to o od po za jak dla oraz są ale przez czy był tym pan",
    "cs": "a v na se je že to s z do o pro jako ale by od jsou byl při nebo podle ve",
    "tr": "ve bir bu için ile da de çok olarak var daha ne gibi kadar olan değil ama sonra",
    "hu": "a az és hogy nem is egy ez meg de van volt csak vagy mint már ha el",
    "ro": "și în de la pe cu nu este că un o sunt din pentru care mai au fost",
    "id": "yang dan di untuk dengan dari ini itu tidak pada adalah dalam akan ke kami anda",
}
_WORDS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
COMMON = frozenset(w for words in _WORDS.values() for w in words)
"""Commonest words of all the languages told by their words."""
_SCRIPTS = (
    ("HIRAGANA", "ja"),
    ("KATAKANA", "ja"),
    ("HANGUL", "ko"),
    ("CJK", "zh"),
    ("ARABIC", "ar"),
    ("HEBREW", "he"),
    ("CYRILLIC", "cyrillic"),
    ("GREEK", "el"),
    ("DEVANAGARI", "hi"),
    ("THAI", "th"),
    ("BENGALI", "bn"),
    ("TAMIL", "ta"),
    ("GEORGIAN", "ka"),
    ("ARMENIAN", "hy"),
)
_CYRILLIC = {"ru", "uk", "bg", "sr", "mk", "be", "kk"}
_ARABIC = {"ar", "fa", "ur", "ps"}
_DEVANAGARI = {"hi", "mr", "ne", "sa"}
_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr",
    "spanish": "es", "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt",
    "dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi",
    "polish": "pl", "czech": "cs", "turkish": "tr", "hungarian": "hu", "romanian": "ro",
    "japanese": "ja", "korean": "ko", "chinese": "zh", "arabic": "ar", "hebrew": "he",
    "russian": "ru", "ukrainian": "uk", "greek": "el", "hindi": "hi", "thai": "th",
    "indonesian": "id",
}  # fmt: skip
KNOWN = frozenset(_WORDS) | {c for _, c in _SCRIPTS} | _CYRILLIC | _ARABIC | _DEVANAGARI
_MAX_CHARS = 6_000


def code_of(name: str) -> str | None:
    """The language code a setting names: ``de``, ``de-AT``, ``German``; None for anything else."""
    folded = name.strip().casefold()
    if folded in _NAMES:
        return _NAMES[folded]
    match = re.fullmatch(r"([a-z]{2})(?:[-_][a-z]{2,4})?", folded)
    if not match or match[1] not in KNOWN:
        return None
    return match[1]


def detect(text: str) -> str | None:
    """The language of a text, or of its script where that tells no more; None when unclear."""
    return _detected(text[:_MAX_CHARS])


@Kept
def _detected(text: str) -> str | None:
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 12:
        return None
    script = _script(letters)
    if script is not None:
        return script
    words = re.findall(r"[^\W\d_]+", text.casefold())
    if len(words) < 8:
        return None
    counts = Counter(words)
    scores = sorted(
        ((sum(counts[w] for w in common), code) for code, common in _WORDS.items()), reverse=True
    )
    (best, code), (second, _) = scores[0], scores[1]
    if best < 3 or best < 0.12 * len(words) or best < 1.4 * second:
        return None
    # A list of names repeats a particle or two; a text has many of its language's words.
    distinct = sum(counts[w] > 0 for w in _WORDS[code])
    return code if distinct >= min(best, 3 + len(words) // 40, 9) else None


def _script(letters: list[str]) -> str | None:
    counted: Counter[str] = Counter()
    for letter in letters[:600]:
        if letter.isascii():
            continue
        name = unicodedata.name(letter, "")
        for prefix, code in _SCRIPTS:
            if name.startswith(prefix):
                counted[code] += 1
                break
    if not counted:
        return None
    total = min(len(letters), 600)
    if counted["ja"] > 0.1 * total:
        return "ja"
    code, number = counted.most_common(1)[0]
    return code if number > 0.5 * total else None


def agrees(asked: str, found: str) -> bool:
    """Whether a detected language (or script) can be the language asked for."""
    if asked == found or {asked, found} <= {"no", "da", "nb", "nn"}:
        return True
    scripts = {"cyrillic": _CYRILLIC, "ar": _ARABIC, "hi": _DEVANAGARI, "zh": {"zh", "ja"}}
    return asked in scripts.get(found, ())

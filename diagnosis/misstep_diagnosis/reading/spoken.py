"""Numbers written in words: twelve, dreizehn, quarante-deux, veintidós, tweeënveertig, 三十, 二〇二五.

Words that mean something else in another language as often (``once``, ``due``, ``sei``, ``cent``)
count only inside a longer number. The articles (one, un, ein) never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

Role = str
"""``n`` is added, ``h`` multiplies what stands before it within a thousand, ``s`` ends a group."""


def bag(words: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(words.split())


_WORDS: dict[str, tuple[float, Role]] = {}
_UNSURE = bag("once due sei sept seize cent otto venti elf four ten cem mil sete")
_LINKS = bag("and und et y e en и")
_TOKEN = re.compile(r"[^\W\d_]+")


def _put(words: str, start: int, step: int = 1, role: Role = "n") -> None:
    for number, word in enumerate(words.split()):
        if word != "-":
            _WORDS.setdefault(word, (start + number * step, role))


def _several(words: str, value: float, role: Role) -> None:
    for word in words.split():
        _WORDS.setdefault(word, (value, role))


# A dash leaves a number out: articles, and words of another language's commonest.
_put("zero - two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
     "sixteen seventeen eighteen nineteen", 0)  # fmt: skip
_put("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_put("null - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
     "sechzehn siebzehn achtzehn neunzehn", 0)  # fmt: skip
_put("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig", 20, 10)
_put("- - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize", 0)
_put("vingt trente quarante cinquante soixante septante octante nonante", 20, 10)
_put("cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
     "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
     "veinticinco veintiséis veintisiete veintiocho veintinueve", 0)  # fmt: skip
_put("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
_put("doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
     "novecientos", 200, 100)  # fmt: skip
_put("- - dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis "
     "dezessete dezoito dezenove", 0)  # fmt: skip
_put("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
_put("duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos", 200,
     100)  # fmt: skip
_put("nul - twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien "
     "zestien zeventien achttien negentien", 0)  # fmt: skip
_put("twintig dertig veertig vijftig zestig zeventig tachtig negentig", 20, 10)
_put("- - due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici "
     "quindici sedici diciassette diciotto diciannove", 0)  # fmt: skip
_put("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)
_put("ноль - два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
     "тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
     "девятнадцать", 0)  # fmt: skip
_put("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто", 20, 10)
_several("deux dos duas twee", 2, "n")
_several("vingts", 20, "n")
_several("dreissig", 30, "n")
_several("hundred hundert honderd cents cento cien ciento", 100, "h")
_several("cent cem", 100, "h")
_several("dozen dutzend douzaine docena dúzia dozijn dozzina", 12, "h")
_several("anderthalb anderthalbe eineinhalb anderhalf anderhalve", 1.5, "n")
_several("thousand tausend duizend mille mila mil тысяч тысячи тысяча", 1_000, "s")
_several("million millions millionen miljoen millón millones milhão milhões milione milioni "
         "миллион миллиона миллионов", 1_000_000, "s")  # fmt: skip
_several("billion milliarde milliarden milliard milliards miljard miliardo miliardi миллиард "
         "миллиарда миллиардов", 1_000_000_000, "s")  # fmt: skip


_ONES = {
    "de": "- ein zwei drei vier fünf sechs sieben acht neun",
    "nl": "- een twee drie vier vijf zes zeven acht negen",
    "it": "- uno due tre quattro cinque sei sette otto nove",
}
_TENS = {
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
}


def _compounds() -> None:
    """German, Dutch and Italian write numbers below a thousand as one word."""
    for code in _ONES:
        ones, tens = _ONES[code].split(), _TENS[code].split()
        below = {w: v for w, (v, r) in _WORDS.items() if r == "n" and 1 < v < 100}
        for i, ten in enumerate(tens):
            for one in range(1, 10):
                for word in _joined(code, ten, ones[one]):
                    below[word] = 20 + 10 * i + one
        for word, value in below.items():
            _WORDS.setdefault(word, (value, "n"))
        hundred = {"de": "hundert", "nl": "honderd", "it": "cento"}[code]
        for one in range(1, 10):
            head = hundred if one == 1 and code != "de" else f"{ones[one]}{hundred}"
            _WORDS.setdefault(head, (100 * one, "n"))
            if one == 1:
                _WORDS.setdefault(f"{ones[one]}{hundred}", (100, "n"))


def _halves() -> None:
    """zweieinhalb, tweeënhalf: German and Dutch write a number and a half as one word."""
    for one, word in enumerate(_ONES["de"].split()[:10]):
        if one > 1:
            _several(f"{word}einhalb {word}einhalbe {word}einhalber", one + 0.5, "n")
    for one, word in enumerate(_ONES["nl"].split()[:10]):
        if one > 1:
            _several(f"{word}ënhalf {word}eneenhalf {word}ënhalve {word}enhalf", one + 0.5, "n")


def _joined(code: str, ten: str, one: str) -> Sequence[str]:
    if code == "de":
        return (f"{one}und{ten}",)
    if code == "nl":
        return (f"{one}en{ten}", f"{one}ën{ten}")
    stem = ten[:-1] if one[0] in "uo" else ten
    return (f"{stem}{one}", f"{stem}tré" if one == "tre" else f"{stem}{one}")


_compounds()
_halves()
_LEAST_COMPOUND = 9
_STEMS = re.compile(r"^(.*?)(hundert|honderd|cento|tausend|duizend|mila|mille)(?:und)?(.*)$")


def _word(token: str) -> tuple[float, Role] | None:
    """What one word means; compounds such as dreitausendfünfhundert are taken apart."""
    known = _WORDS.get(token)
    if known is not None or len(token) < _LEAST_COMPOUND:
        return known
    match = _STEMS.match(token)
    if match is None:
        return None
    times = (1, "n") if match[1] in ("", "ein", "een") else _word(match[1])
    rest = (0, "n") if not match[3] else _word(match[3])
    if times is None or rest is None or times[1] != "n" or rest[1] != "n":
        return None
    size = 100 if match[2] in ("hundert", "honderd", "cento") else 1_000
    return times[0] * size + rest[0], "n"


class Words:
    """The words of a text, folded: in their places where folding keeps its length, and each once."""

    __slots__ = ("found", "lower")

    def __init__(self, text: str) -> None:
        folded = text.casefold()
        self.lower = folded if len(folded) == len(text) else text.lower()
        self.found = frozenset(_TOKEN.findall(self.lower))

    @property
    def count(self) -> bool:
        """Whether one of them is a number."""
        if not _WORDS.keys().isdisjoint(self.found) or "half" in self.found:
            return True
        return any(_word(w) for w in self.found if len(w) >= _LEAST_COMPOUND)


def spoken_numbers(text: str, words: Words | None = None) -> Iterator[tuple[int, int, float]]:
    """(start, end, value) of every number that a text writes in words, in its order; ``words`` are
    those of the text, where they were read before."""
    if not text.isascii():
        yield from _ideographic(text)
    words = words or Words(text)
    lower = words.lower
    if len(lower) != len(text) or not words.count:
        return
    if "half" in words.found:
        yield from ((m.start(), m.end(), 1.5) for m in _ONE_AND.finditer(lower))
    tokens = [(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(lower)]
    at = 0
    while at < len(tokens):
        upto, value = _read(tokens, at, lower)
        if upto > at:
            lone = upto == at + 1 and (
                tokens[at][2] in _UNSURE or _WORDS.get(tokens[at][2], (0, ""))[1] == "s"
            )
            read = _with_part(lower, tokens[at][0], tokens[upto - 1][1], value)
            if not lone or tokens[at][2] in ("tausend", "duizend") or read[2] != value:
                yield read
            at = upto
            while at < len(tokens) and tokens[at][0] < read[1]:
                at += 1
        else:
            at += 1


_PARTS = {
    "half": 0.5, "quarter": 0.25, "three quarters": 0.75, "third": 1 / 3, "demi": 0.5,
    "demie": 0.5, "media": 0.5, "medio": 0.5, "mezzo": 0.5, "mezza": 0.5,
    "meia": 0.5, "meio": 0.5,
}  # fmt: skip
_AND_PART = re.compile(
    r"[\s-]+(?:and[\s-]+(?:an?[\s-]+(half|quarter|third)|(three quarters))|et (demie?)|"
    r"y (medi[oa])|e (mezz[oa]|mei[oa]))(?![^\W\d_])"
)
_HALF_OF = re.compile(r"(?<![^\W\d_])(?:half (?:an? )?|ein halbes |une demi-|media )$")


def _with_part(lower: str, start: int, end: int, value: float) -> tuple[int, int, float]:
    """A number with the part of one that follows it (two and a half), or halved (half a dozen)."""
    after = _AND_PART.match(lower, end)
    if after:
        return start, after.end(), value + _PARTS[next(p for p in after.groups() if p)]
    before = _HALF_OF.search(lower[max(0, start - 20) : start])
    if before and value in _HALVED:
        return start - len(before.group()), end, value / 2
    return start, end, value


_HALVED = (12, 100, 1_000, 1_000_000, 1_000_000_000)
_ONE_AND = re.compile(r"(?<![^\W\d_])one[\s-]+and[\s-]+a[\s-]+half(?![^\W\d_])")


def _read(tokens: Sequence[tuple[int, int, str]], at: int, text: str) -> tuple[int, float]:
    """(index after the number that begins here, its value); the index unmoved when none does."""
    total: float = 0
    group: float = 0
    upto = here = at
    while here < len(tokens):
        if here > at and not _touching(text[tokens[here - 1][1] : tokens[here][0]]):
            break
        token = tokens[here][2]
        if token in _LINKS and here == upto and here > at:
            here += 1
            continue
        meant = _word(token)
        taken = _take(total, group, meant) if meant is not None else None
        if taken is None:
            break
        total, group = taken
        here += 1
        upto = here
    return upto, total + group


def _touching(between: str) -> bool:
    return bool(between) and len(between) <= 2 and between.strip() in ("", "-", "\u2010", "\u2011")


def _take(total: float, group: float, meant: tuple[float, Role]) -> tuple[float, float] | None:
    """The sum with one more word in it; None where the word begins another number."""
    value, role = meant
    if role == "h":
        return (total, (group or 1) * value) if group < 10 else None
    if role == "s":
        if total and total % (value * 1_000):
            return None
        return total + (group or 1) * value, 0
    if not group or (group % 100 == 0 and value < 100):
        return total, group + value
    if group % 100 in (4,) and value == 20:
        return total, group + 76  # quatre-vingts
    tens = group % 100
    fits = (tens >= 20 and tens % 10 == 0 and value < 10) or (tens in (60, 80) and value < 20)
    return (total, group + value) if fits else None


# --- ideographs ------------------------------------------------------------------------------

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_SIZES = {"十": 10, "百": 100, "千": 1_000}
_GROUPS = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_IDEOGRAPHIC = re.compile(
    r"[〇零一二三四五六七八九十百千万萬億亿兆两兩]{2,}|"
    r"[二三四五六七八九十两兩](?=[天日年月人個个件週周回円元名歳岁歲台本枚冊册箱份项項])"
)
_IDIOMS = bag("万一 千万 一一 万万 百万一 十一一 三三 一十")


def _ideographic(text: str) -> Iterator[tuple[int, int, int]]:
    for match in _IDEOGRAPHIC.finditer(text):
        written = match.group()
        if written in _IDIOMS or len(written) > 24:
            continue
        value = _positional(written) if not set(written) & {*_SIZES, *_GROUPS} else _summed(written)
        if value is not None:
            yield match.start(), match.end(), value


def _positional(written: str) -> int | None:
    """二〇二五; two digits one after the other are no number (三四 is three or four)."""
    if len(written) in (2, 3) and not set(written) & {"〇", "零"}:
        return None
    return int("".join(str(_DIGITS[c]) for c in written))


def _summed(written: str) -> int | None:
    total = group = digit = 0
    for before, sign in pairwise(" " + written):
        if sign in _DIGITS:
            if before in _DIGITS and before not in "〇零":
                return None
            digit = _DIGITS[sign]
        elif sign in _SIZES:
            group, digit = group + (digit or 1) * _SIZES[sign], 0
        else:
            total, group, digit = total + (group + digit or 1) * _GROUPS[sign], 0, 0
    return total + group + digit

"""Claims made stronger or wider than the input makes them, and files that nothing received names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.wording.flags import Part, parts_of, stem
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import fold, last_key
from misstep_diagnosis.reckoning.operands import words_in

_WRITERS = ("llm", "agent")
_LONGEST = 12_000

_LADDERS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (
        bag("some half most many several few majority part partly third quarter certain "
            "selected mostly largely "
            "percent minority about nearly almost einige manche viele certains plusieurs algunos"),
        bag("all every everyone everybody entire whole fully completely total alle jeder tous todos"),
    ),
    (
        bag("may might could can possibly perhaps likely potential potentially should sometimes "
            "helps reduce reduces "
            "lower lowers kann könnte peut puede"),
        bag("must will always prevents prevent guarantees guaranteed cures cure "
            "eliminates eliminate "
            "ensures certainly definitely proven proves garantiert muss immer garantit toujours "
            "siempre"),
    ),
    (
        bag("usually often typically generally sometimes normally mostly occasionally rarely "
            "meist oft manchmal souvent"),
        bag("always never guaranteed immer nie toujours jamais siempre nunca"),
    ),
    (
        bag("only limited except excluding restricted selected nur sauf solo sólo seulement"),
        bag("worldwide everywhere anywhere globally international internationally anyone "
            "everyone unlimited "
            "unrestricted all any weltweit überall partout mundial"),
    ),
    (
        bag("year years month months day days week weeks hours hour jahre monate ans mois años"),
        bag("lifetime unlimited forever permanent permanently lifelong endless unbegrenzt "
            "lebenslang à vie illimité "
            "de por vida ilimitado"),
    ),
    (
        bag("resistant repellent splash splashproof spritzwassergeschützt"),
        bag("proof waterproof unbreakable indestructible fireproof shockproof wasserdicht étanche"),
    ),
)  # fmt: skip
_STRONG = frozenset(w for _, strong in _LADDERS for w in strong)
_SAME_AS = {
    "guarante": "warrant",
    "guaran": "warran",
    "deliver": "ship",
    "deliv": "ship",
    "shippi": "ship",
}
_DOUBTS = bag(
    "suspect suspects suspected suspicion alleged allegedly possible possibly probable probably "
    "preliminary appears "
    "seems suggests believed believes unconfirmed presumably presumed apparently reportedly "
    "potential likely "
    "vermutlich möglicherweise angeblich mutmaßlich présumé probablement posible presunto supuesto"
)
_STILL = _DOUBTS | bag(
    "may might could perhaps maybe believe think thinks thought apparent unclear consistent if "
    "whether suggest suggesting indicate indicates appear seem looks uncertain"
)


def strengthened(known: RunFacts, good: Good) -> list[Found]:
    """A word of all, always or for ever about what the input says of some, often or for a while; a
    doubt that was left out."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        new = (fact.made_words & _STRONG) - fact.given_words
        doubts = fact.given_words & _DOUBTS
        if not new and not (doubts and not fact.made_words & _STILL):
            continue
        made = [
            (p, one) for p, v in fact.made_texts if len(v) <= _LONGEST for one in _clauses(p, v)
        ]
        given = [
            one for p, v in fact.given_leaves if len(str(v)) <= _LONGEST for one in _clauses(p, v)
        ]
        for record in fact.records.single[:6]:
            given += [
                c
                for k, v in record.items()
                if isinstance(v, str | int | float)
                for c in _clauses(f".{k}", v)
            ]
        hit = _stronger(made, given, new) or (
            _sure(made, given) if doubts and not fact.made_words & _STILL else None
        )
        if hit is not None:
            path, said, source, weight = hit
            out.append(
                found(
                    "claim.strengthened",
                    fact.hop.hop_id,
                    f"{source.text[:120]} → {said.text[:120]}",
                    f"it says “{said.text[:120]}”; its input says “{source.text[:120]}”",
                    path=path,
                    expected=source.text[:120],
                    local=True,
                    bad=tuple(
                        k
                        for a in fact.produced
                        if a.path == path and a.kind == "text"
                        for k in a.keys
                    ),
                    weight=weight,
                )
            )
    return out


def _clauses(path: str, value: object) -> Iterator[Part]:
    """The clauses of a leaf; a short one with the name of its field."""
    text = str(value)
    if len(text) <= 80 and "." in path:
        text = f"{' '.join(words_in(last_key(path)))} {text}"
    yield from parts_of(text)


Hit = tuple[str, Part, Part, float]


def _topic(part: Part) -> frozenset[str]:
    stems = {stem(w) for w in part.words if len(w) > 3 and w not in _STRONG}
    return frozenset(_SAME_AS.get(s, s) for s in stems)


def _stronger(made: list[tuple[str, Part]], given: list[Part], new: frozenset[str]) -> Hit | None:
    for path, said in made:
        for word in sorted(said.words & new):
            for weak, strong in _LADDERS:
                if word not in strong or said.words & weak & bag(
                    "some half most many only may might usually often"
                ):
                    continue
                near = [g for g in given if g.words & weak and _about(said, g)]
                if near and not any(g.words & strong for g in near):
                    return path, said, near[0], 1.5
    return None


def _about(a: Part, b: Part) -> bool:
    common = _topic(a) & _topic(b)
    least = min(len(_topic(a)), len(_topic(b)))
    return len(common) >= 2 or (len(common) == 1 and least <= 2)


def _sure(made: list[tuple[str, Part]], given: list[Part]) -> Hit | None:
    """A clause that states what the only like clause of the input doubts."""
    for path, said in made:
        if said.denies or said.hedged or len(said.stems) < 3:
            continue
        near = [g for g in given if len(g.stems & said.stems) >= max(3, 0.7 * len(said.stems))]
        if near and all(g.words & _DOUBTS for g in near):
            return path, said, near[0], 1.2
    return None


# --- files -----------------------------------------------------------------------------------------

_PATH = re.compile(
    r"(?<![\w/.:-])(?:[\w.-]+/)+[\w-]+\.[A-Za-z]{1,5}\b|"
    r"(?<![\w/.@-])[\w-]{2,}\.(?:py|js|ts|tsx|java|go|rs|rb|php|cs|cpp|c|h|kt|sql|yaml|yml|toml|sh)\b"
)
_TRACE = re.compile(
    r'File "([^"\n]+)", line (\d+)(?:, in (\w+))?|at \S+ \(([^():\n]+):(\d+)|'
    r"^\s*([\w./-]+\.\w{1,5}):(\d+)",
    re.MULTILINE,
)
_FILE_KEY = re.compile(r"(?i)^(file|path|filename|file_?path|module|source|location|target)s?$")
_CREATES = re.compile(
    r"(?i)\b(creat\w*|write|new|add|generat\w*|test\w*|rename|move|save|export|scaffold|output)\b"
)


def file_unknown(known: RunFacts, good: Good) -> list[Found]:
    """A file named in a field although the traceback, or the paths, that the hop received name others
    only; a line that the traceback does not give for the file."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        fields = [
            (p, v)
            for p, v in fact.made_texts
            if len(v) <= 120 and _FILE_KEY.match(last_key(p)) and _PATH.search(v)
        ]
        if not fields or _CREATES.search(
            " ".join((fact.hop.name, *(w[:200] for w in fact.quoted.words)))
        ):
            continue
        text = " \n ".join(v for _, v in fact.given_texts)[:100_000]
        traced = {m[1] or m[4] or m[6]: m[2] or m[5] or m[7] for m in _TRACE.finditer(text)}
        named = {fold(m.group()) for m in _PATH.finditer(text)} | {fold(t) for t in traced}
        for path, value in fields:
            if not named or any(_same_file(fold(value), n) for n in named):
                continue
            shown = ", ".join(sorted(traced or named)[:4])
            out.append(
                found(
                    "path.unknown",
                    fact.hop.hop_id,
                    value,
                    f"it names {value}; what it received names {shown}",
                    path=path,
                    local=True,
                    bad=tuple(k for a in fact.produced if a.path == path for k in a.keys),
                    weight=2.0 if traced else 1.3,
                )
            )
            break
    return out


def _same_file(a: str, b: str) -> bool:
    return a == b or a.endswith(f"/{b}") or b.endswith(f"/{a}") or a.rpartition("/")[2] == b


RULES = (
    Rule("claim.strengthened", "It claims more than its input does.", False, strengthened),
    Rule("path.unknown", "It names a file that nothing it received names.", False, file_unknown),
)

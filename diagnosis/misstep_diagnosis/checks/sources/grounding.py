"""Values that no input supports: identifiers, quotations, numbers; fields emptied though given;
specifics made up after a failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from misstep.model import Hop, Json
from misstep_diagnosis.checks.figures.conversions import converted, of_a_part, rounded
from misstep_diagnosis.checks.figures.nearly import nearly
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.runs.habitual import explained, looked_at
from misstep_diagnosis.checks.wording.translated import translates
from misstep_diagnosis.facts import MAX_GIVEN, HopFacts, RunFacts, input_of
from misstep_diagnosis.reading.spoken import bag
from misstep_diagnosis.reading.values import Atom, fold, last_key, leaves

_WRITERS = ("llm", "agent")
_VERSION = re.compile(r"(?i)^v?\d+(\.\d+)+|^v\d")
_MAX_TEXT = 400_000


def ident_altered(known: RunFacts, good: Good) -> list[Found]:
    """An identifier of an output that is one of its inputs' with a sign or two changed."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _WRITERS:
            continue
        given = {a.keys[0][1:]: a for a in fact.received if a.kind == "ident"}
        received = fact.given_text if given else ""
        kept = {a.keys[0][1:] for a in fact.produced if a.kind == "ident"} & set(given)
        for atom in fact.produced:
            name = atom.keys[0][1:]
            if atom.kind != "ident" or name in given or name in received or _VERSION.match(name):
                continue
            near = next((g for g in given if g not in kept and _near(name, g)), None)
            if near is not None:
                source = given[near]
                turned = sorted(name) == sorted(near)
                if not turned and _family(near, given) > 2:
                    continue
                out.append(
                    found(
                        "ident.altered",
                        fact.hop.hop_id,
                        atom.quote,
                        f"it says {atom.quote}, which no input holds; its input says {source.quote}",
                        strict=turned,
                        weight=3.0 if turned else 1.2,
                        path=atom.path,
                        expected=source.quote,
                        local=True,
                        bad=atom.keys,
                    )
                )
                break
    return out


def _near(a: str, b: str) -> bool:
    """Two identifiers of one pattern with the same digits in another order, or one sign changed."""
    if len(a) != len(b) or len(a) < 5 or re.sub(r"\d", "9", a) != re.sub(r"\d", "9", b):
        return False
    digits = sum(c.isdigit() for c in a)
    differing = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if digits < 3 or len(differing) > 2:
        return False
    if len(differing) == 2:
        i, j = differing
        return a[i] == b[j] and a[j] == b[i]
    # Counting on by one is what programs and people do on purpose.
    return abs(int(a[differing[0]]) - int(b[differing[0]])) > 1


def _family(name: str, given: Iterable[str]) -> int:
    """How many identifiers of the same pattern there are: of many, another one is no surprise."""
    pattern = re.sub(r"\d", "9", name)
    return sum(re.sub(r"\d", "9", g) == pattern for g in given)


_QUOTED = re.compile(r"[“«„\"]([^“”«»„\"]{20,400})[”»“\"]")
_SAID = re.compile(
    r"(?i)\b(stated?|states|said|says|wrote|writes|according to|quot\w+|put it|held|reads?|"
    r"notes?|noted|"
    r"sagte|schrieb|laut|selon|déclar\w+|dijo|según)\b[^“«„\"]{0,60}$"
)


def quote_unsupported(known: RunFacts, good: Good) -> list[Found]:
    """A quotation that nothing the hop received contains."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _WRITERS:
            continue
        received = ""
        for path, leaf in fact.made_leaves:
            if not isinstance(leaf, str):
                continue
            for match in _QUOTED.finditer(leaf[:50_000]):
                words = _words(match[1])
                received = received or " ".join(_words(fact.given_text))
                if len(words) < 6 or len(received) < 80 or _supported(words, received):
                    continue
                if translates(fact):
                    # What somebody said stands there in another language.
                    break
                attributed = bool(_SAID.search(leaf[max(0, match.start() - 80) : match.start()]))
                if match.group()[0] == '"' and not attributed:
                    # Straight quotes hold strings of code as often as somebody's words.
                    continue
                out.append(
                    found(
                        "quote.unsupported",
                        fact.hop.hop_id,
                        match[1],
                        f"it quotes “{match[1][:120]}”, which nothing it received says",
                        path=path,
                        local=True,
                        weight=2.0 if attributed else 1.2,
                    )
                )
    return out[:6]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _supported(words: list[str], received: str) -> bool:
    """Whether half of the quotation's runs of four words stand in what was received."""
    runs = [" ".join(words[i : i + 4]) for i in range(max(1, len(words) - 3))]
    return sum(r in received for r in runs) >= len(runs) / 2


# --- fields that were emptied -----------------------------------------------------------------------

_NOTHING = re.compile(
    r"(?i)^(none|n/?a|null|unknown|not (given|stated|specified|found|mentioned)|nil|-)?$"
)
_NEGATED = re.compile(
    r"(?i)^\W*(none|no\b|nil|n/?a|not |keine?\b|nessun|aucun|ningun|unknown|tbd|-)"
)
_CLEARS = re.compile(
    r"(?i)(error|violation|warning|remark|remaining|todo|queue|missing|open|issue|finding|interaction|"
    r"pending|diff|exception|reject|conflict|note|comment|flag|stop|next|tool_?call)"
)


def emptied(known: RunFacts, good: Good) -> list[Found]:
    """A field left empty though the input gives it by its name."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _WRITERS or not isinstance(fact.hop.output, dict):
            continue
        for key, value in fact.hop.output.items():
            empty = value in (None, "", [], {}) or (
                isinstance(value, str) and _NOTHING.match(value)
            )
            if not empty or isinstance(value, bool) or _CLEARS.search(key) or len(key) < 3:
                continue
            given = _given(key, fact.hop)
            if given is not None:
                out.append(
                    found(
                        "field.emptied",
                        fact.hop.hop_id,
                        f"{key}: {value!r}",
                        f"{key} is empty, but its input says “{given[:80]}”",
                        path=f"output.{key}",
                        expected=given[:80],
                        local=True,
                        bad=(f"e{key}",),
                        weight=2.0,
                    )
                )
    return out


def _given(key: str, hop: Hop) -> str | None:
    """What the input says of a field: the value of the same key, or what follows its name."""
    spoken = re.sub(r"[_\-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)).strip()
    label = re.compile(
        rf"(?i)\b{re.escape(spoken)}s?\b\s*(?::|=|\bis\b|\bare\b|\bof\b|\bbeträgt\b)\s*([^\n.;]{{1,80}})"
    )
    for path, leaf in leaves(input_of(hop), "input"):
        if last_key(path).casefold() == key.casefold() and leaf not in (None, "", [], {}):
            return str(leaf)
        if isinstance(leaf, str):
            match = label.search(leaf[:_MAX_TEXT])
            if match and not _NEGATED.match(match[1]):
                return match.group().strip()
    return None


# --- made up after a failure -------------------------------------------------------------

_FAILED = re.compile(
    r"(?i)\b(error|exception|unavailable|timed? ?out|failed|failure|refused|not found|forbidden|"
    r"unauthori[sz]ed|50[0-4]|429|404|traceback|no results?)\b"
)
_TELLS = re.compile(
    r"(?i)(error|unavailable|could ?n[o']t|cannot|can't|unable|fail|sorry|not (be )?(found|available|"
    r"reach)|no (information|data|result|record|answer)|unknown|try again|later|retry|timed? ?out|"
    r"nicht (erreichbar|verfügbar|gefunden))"
)


def fabricated(known: RunFacts, good: Good) -> list[Found]:
    """Specifics that came out of a hop which had received a failure."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in ("llm", "agent", "chain") or hop.error is not None:
            continue
        failure = _failure(fact) or told_failure(fact)
        behind = None if failure else _failed_before(known, fact) or _quoted_failure(fact)
        failure = failure or behind
        if failure is None or _TELLS.search(str(hop.output)[:20_000]):
            continue
        made_up = specifics(fact, known, good)
        telling = sum(a.weight >= 1 for a in made_up)
        # Small figures made up are told by their number, where the failure itself was told.
        figures = {q.number for q in fact.made_quantities} if not telling else set()
        some = len(made_up) > 1 and any(a.number in figures for a in made_up)
        if telling or (behind is None and some):
            shown = ", ".join(dict.fromkeys(a.quote[:40] for a in made_up[:3]))
            out.append(
                found(
                    "error.fabricated",
                    hop.hop_id,
                    shown,
                    f"it received a failure ({failure[:100]}) and answered with {shown}, which "
                    f"nothing it received says",
                    strict=behind is None
                    and telling > 0
                    and (len(made_up) >= 2 or made_up[0].kind in ("date", "ident")),
                    weight=None if behind is None and telling else 2.0,
                    path=made_up[0].path,
                    local=True,
                    bad=tuple(k for a in made_up for k in a.keys)[:20],
                )
            )
    return out


def _sibling(a: str, b: str) -> bool:
    return a.rpartition(".")[0] == b.rpartition(".")[0]


_STATUS_KEY = re.compile(r"(?i)(^|_)(status|status_?code|http_?status|code)$")
_ERROR_KEY = re.compile(r"(?i)(error|exception)s?$")
_BEGINS_AS_ERROR = re.compile(
    r"(?i)\s*(?:\w*error|exception|failure)\s*(?:[:(\[]|$)|\s*(?:traceback|timed? ?out|failed to)\b"
)


_FAILURE_WORDS = (
    "error", "exception", "failure", "traceback", "time", "failed", "status", "code",
)  # fmt: skip


def _failure(fact: HopFacts) -> str | None:
    told = fact.given_text
    whole = len(told) < MAX_GIVEN // 2
    if whole and not any(w in told for w in _FAILURE_WORDS):
        return None
    return _failure_in(fact.given_leaves)


def _failure_in(given: Sequence[tuple[str, Json]]) -> str | None:
    """The error that is given as a result: under an error key, or a text that begins with one."""
    for path, leaf in given:
        if isinstance(leaf, int) and 400 <= leaf < 600 and _STATUS_KEY.search(last_key(path)):
            beside = next(
                (str(v) for p, v in given if isinstance(v, str) and _sibling(p, path)), ""
            )
            return f"{last_key(path)} {leaf} {beside}".strip()
        if not isinstance(leaf, str) or not leaf.strip() or len(leaf) > 2_000:
            continue
        if "." in path[6:] and _ERROR_KEY.search(last_key(path)):
            return leaf
        if _BEGINS_AS_ERROR.match(leaf):
            return leaf
    return None


_NO_ANSWER = re.compile(
    r"(?i)\b(?:did(?: not|n['’]t) (?:answer|respond|reply|return)|"
    r"no (?:answer|response|reply) (?:from|was)|"
    r"(?:has |have |is |was |were )?(?:timed out|unavailable|unreachable|not reachable|offline)|"
    r"(?:call|request|look-?up|query|tool|api|service) failed|could not be (?:reached|loaded|fetched)|"
    r"antwortet(?:e)? nicht|nicht erreichbar|keine antwort|n['’]a pas répondu|injoignable|indisponible|"
    r"no (?:respondió|responde|disponible)|non (?:risponde|disponibile)|não respondeu)\b"
)
_NO_ANSWER_WORDS = bag(
    "did no timed unavailable unreachable reachable offline failed could antwortet antwortete "
    "nicht keine n injoignable indisponible non não"
)
"""Words of which each way of telling a failure has one."""
_CONDITION = re.compile(
    r"(?i)\b(if|when|whenever|unless|should|in case|falls|wenn|sofern|si|se|caso|cuando|als)\b[^.;\n]*$"
)
_SHORT_PROMPT = 600


def told_failure(fact: HopFacts) -> str | None:
    """A failure that a short prompt tells as a fact: "the carrier did not answer"; not a condition
    ("if the tool is unavailable, …")."""
    for _, leaf in fact.given_texts if fact.may_be_told(_NO_ANSWER_WORDS) else ():
        if not 8 < len(leaf) <= _SHORT_PROMPT:
            continue
        match = _NO_ANSWER.search(leaf)
        if match and not _CONDITION.search(leaf[: match.start()]):
            start = max(leaf.rfind(".", 0, match.start()), leaf.rfind("\n", 0, match.start())) + 1
            return leaf[start : match.end()].strip()
    return None


def _quoted_failure(fact: HopFacts) -> str | None:
    """The error of a result that a prompt quotes as JSON, where no other result holds what it lacks."""
    if not any('"error"' in v for _, v in fact.given_texts):
        return None
    for value in fact.quoted.values:
        error = value.get("error") if isinstance(value, dict) and value is not fact.given else None
        rest = [v for k, v in value.items() if k != "error"] if error else [error]
        if isinstance(error, str) and error and all(v in (None, "", [], {}) for v in rest):
            return error
    return None


def _failed_before(known: RunFacts, fact: HopFacts) -> str | None:
    """The failure of the look-up just before a writer, under the same parent, that nobody made good."""
    last = _predecessors(known).get(fact.hop.hop_id)
    if last is None or last.error is None or last.kind not in ("tool", "retriever"):
        return None
    again = any(h.name == last.name and h.error is None for h in known.hops)
    return None if again else f"{last.name}: {last.error.message}"


def _predecessors(known: RunFacts) -> dict[str, Hop]:
    """The leaf hop that ended just before each one began, under the same parent."""
    if "predecessors" not in known.memo:
        found: dict[str, Hop] = {}
        latest: dict[str | None, HopFacts] = {}
        for fact in known.leaves:
            before = latest.get(fact.hop.parent_id)
            if before is not None and before.end_ms <= fact.start_ms + 0.001:
                found[fact.hop.hop_id] = before.hop
            latest[fact.hop.parent_id] = fact
        known.memo["predecessors"] = found
    made: dict[str, Hop] = known.memo["predecessors"]
    return made


def specifics(fact: HopFacts, known: RunFacts, good: Good) -> list[Atom]:
    """Values of a hop's output that nothing it received holds or gives, nor the habits of good runs;
    several rules ask for them."""
    made: dict[str, list[Atom]] = known.memo.setdefault("specifics", {})
    if fact.hop.hop_id not in made:
        made[fact.hop.hop_id] = list(_specifics(fact, known, good))
    return made[fact.hop.hop_id]


def _specifics(fact: HopFacts, known: RunFacts, good: Good) -> Iterator[Atom]:
    received = fact.given_text
    one = looked_at(known, good, fact.hop.hop_id)
    derived = set(one.derived) if one is not None else set()
    # A text that repeats what a field beside it was rightly computed to be says nothing new.
    computed = {k for a in fact.produced if a.whole and a.path in derived for k in a.keys}
    for atom in fact.produced:
        if atom.kind not in ("number", "date", "ident", "name") or atom.weight < 0.3:
            continue
        if not computed.isdisjoint(atom.keys):
            continue
        if not fact.received_keys.isdisjoint(atom.keys):
            continue
        said = fold(atom.quote)
        # A field's name may hold it: clause_11_2 speaks of clause 11.2.
        if said in received or ("." in said and f"_{said.replace('.', '_')}" in received):
            continue
        if one is not None and explained(atom, one):
            continue
        if atom.number is not None and (
            converted(atom, fact)
            or of_a_part(atom, fact)
            or rounded(atom, fact)
            or nearly(atom, fact)
        ):
            continue
        yield atom


def ungrounded(known: RunFacts, good: Good) -> list[Found]:
    """A number, date or identifier of a model's output that nothing it received supports."""
    out: list[Found] = []
    for fact in known.leaves:
        if fact.hop.kind not in _WRITERS or not fact.received:
            continue
        telling = [
            a
            for a in specifics(fact, known, good)
            # What was known earlier came over a way that the recording does not show.
            if a.weight >= 1 and a.kind != "name" and not known.known_before(a.keys, fact)
        ]
        if telling:
            first = telling[0]
            out.append(
                found(
                    "value.ungrounded",
                    fact.hop.hop_id,
                    first.quote,
                    f"it says {first.quote}, which nothing it received holds or gives",
                    path=first.path,
                    local=True,
                    bad=first.keys,
                    weight=0.7,
                )
            )
    return out


RULES = (
    Rule(
        "ident.altered",
        "An identifier is an input's with a sign or two changed.",
        False,
        ident_altered,
    ),
    Rule(
        "quote.unsupported", "A quotation stands in nothing it received.", False, quote_unsupported
    ),
    Rule("field.emptied", "A field is empty though the input gives it.", False, emptied),
    Rule(
        "error.fabricated", "It received a failure and answered with specifics.", True, fabricated
    ),
    Rule("value.ungrounded", "A value is supported by nothing it received.", False, ungrounded),
)

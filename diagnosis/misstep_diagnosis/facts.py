"""A run prepared once for all questions: the atoms of every hop's input and output, indexed."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from misstep.model import Hop, Json, Message, Run, Score
from misstep_diagnosis.naming import names_of
from misstep_diagnosis.once import once
from misstep_diagnosis.reading.dates import supplied
from misstep_diagnosis.reading.embedded import Quoted, Records, quoted_in, records_in
from misstep_diagnosis.reading.polarity import words_of
from misstep_diagnosis.reading.tables import tables_in
from misstep_diagnosis.reading.units import Quantity, quantities_of
from misstep_diagnosis.reading.values import Atom, Leaf, Seen, atoms, atoms_of, fold, leaves
from misstep_diagnosis.reckoning.derive import Terms, terms_of

if TYPE_CHECKING:  # making its classes takes 12 ms (CPython 3.11), and few need them
    from misstep_diagnosis.healthy import Profile

_MAX_JSON = 400_000
MAX_GIVEN = 400_000


def input_of(hop: Hop) -> Json:
    """What a hop received: its own input, else the messages it was sent.

    A message that is JSON as a whole is read as JSON, so that its fields can be followed."""
    if hop.messages_in and (hop.input is None or isinstance(hop.input, str)):
        messages = [_message(m) for m in hop.messages_in]
        return (
            {"messages": messages, "system": hop.system} if hop.system else {"messages": messages}
        )
    return read_json(hop.input)


def _message(message: Message) -> Json:
    if message.text:
        return read_json(message.text)
    rest = [p for p in message.parts if p.get("type") != "text"]
    told = [read_json(p["result"]) for p in rest if p.get("result") is not None]
    return told[0] if len(told) == len(rest) == 1 else rest


def read_json(value: Json) -> Json:
    """The value that a text holds as JSON; the text itself where it holds none."""
    if not isinstance(value, str) or value[:1] not in ("{", "[") or len(value) > _MAX_JSON:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _spelled(value: Json) -> str:
    try:
        text = json.dumps(value, sort_keys=True, default=repr)
    except (ValueError, TypeError, RecursionError):
        text = repr(value)
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


@dataclass
class HopFacts:
    """A hop with the atoms of both its sides; what several rules ask for is made once."""

    hop: Hop
    received: list[Atom]
    produced: list[Atom]
    received_keys: frozenset[str] = field(default_factory=frozenset)
    produced_keys: frozenset[str] = field(default_factory=frozenset)
    noted: dict[str, Any] = field(default_factory=dict)
    """What several rules need of this hop, made once by the first that asks."""
    in_whole_ms: bool = False
    """Whether its run's hops begin at whole milliseconds, as Node's clock tells them."""

    @once
    def given(self) -> Json:
        """What it received, as :func:`input_of` reads it."""
        return input_of(self.hop)

    @once
    def given_hash(self) -> str:
        """A hash of what it received by which equal inputs are known, in this process and the next."""
        return _spelled(self.given)

    @once
    def given_terms(self) -> Terms:
        """Named numbers of what it received."""
        return terms_of(self.given, "input")

    @once
    def made_terms(self) -> Terms:
        """Named numbers of its output."""
        return terms_of(self.hop.output, "output")

    @once
    def given_quantities(self) -> list[Quantity]:
        """Numbers with a unit of what it received."""
        return quantities_of(self.given_leaves)

    @once
    def made_quantities(self) -> list[Quantity]:
        """Numbers with a unit of its output."""
        return quantities_of(self.made_leaves)

    @once
    def given_leaves(self) -> list[Leaf]:
        """(path, scalar) of what it received."""
        return list(leaves(self.given, "input"))

    @once
    def made_leaves(self) -> list[Leaf]:
        """(path, scalar) of its output."""
        return list(leaves(self.hop.output, "output"))

    @once
    def read_leaves(self) -> list[Leaf]:
        """(path, scalar) of its output, read as JSON where it is a text that holds some."""
        output = read_json(self.hop.output)
        if output is self.hop.output:
            return self.made_leaves
        return list(leaves(output, "output"))

    @once
    def given_texts(self) -> list[tuple[str, str]]:
        """(path, text) of the texts it received."""
        return _texts_of(self.given_leaves)

    @once
    def made_texts(self) -> list[tuple[str, str]]:
        """(path, text) of the texts of its output."""
        return _texts_of(self.made_leaves)

    @once
    def given_words(self) -> frozenset[str]:
        """Folded words of the texts it received."""
        return _words(self.given_texts)

    @once
    def made_words(self) -> frozenset[str]:
        """Folded words of the texts of its output."""
        return _words(self.made_texts)

    def may_say(self, words: frozenset[str]) -> bool:
        """Whether a text of its output may hold one of the folded words: a look that spares rules
        their patterns."""
        return not words.isdisjoint(self.made_words) or self._says_much

    def may_be_told(self, words: frozenset[str]) -> bool:
        """As :meth:`may_say`, of the texts it received."""
        return not words.isdisjoint(self.given_words) or self._told_much

    @once
    def _says_much(self) -> bool:
        return sum(len(v) for _, v in self.made_texts) > MAX_GIVEN

    @once
    def _told_much(self) -> bool:
        return sum(len(v) for _, v in self.given_texts) > MAX_GIVEN

    @once
    def input_leaves(self) -> list[Leaf]:
        """(path, scalar) of its own input alone, without the messages it was sent."""
        if self.given is self.hop.input:
            return self.given_leaves
        return list(leaves(self.hop.input, "input"))

    @once
    def quoted(self) -> Quoted:
        """The JSON that it received, whole or inside texts, and the words around it."""
        return quoted_in(self.given, self.hop.system, self.given_leaves)

    @once
    def records(self) -> Records:
        """The objects that it received, alone and in lists, also where a text quotes them."""
        return records_in(self.quoted.values)

    @once
    def given_numbers(self) -> list[Atom]:
        """The numbers it received."""
        return [a for a in self.received if a.kind == "number"]

    @once
    def new_numbers(self) -> list[Atom]:
        """Numbers of its output that tell something and that it did not receive."""
        keys = self.received_keys
        return [
            a
            for a in self.produced
            if a.kind == "number" and a.weight > 0 and keys.isdisjoint(a.keys)
        ]

    @once
    def rows(self) -> list[list[dict[str, Any]]]:
        """The lists of objects that it received, and the tables that its texts hold."""
        tables = [t for _, v in self.given_texts if "\n" in v for t in tables_in(v)]
        return [*self.records.lists, *tables]

    @once
    def instructions(self) -> str:
        """The words of the texts that it received, its system prompt first, without the JSON and the
        tables in them; folded."""
        return fold(" \n ".join(_no_table(w) for w in self.quoted.words)[:MAX_GIVEN])

    @once
    def given_text(self) -> str:
        """All it received as one folded text, its instructions included, cut to a bounded length."""
        return fold(str(self.given)[:MAX_GIVEN]) + fold((self.hop.system or "")[:50_000])

    @once
    def start_ms(self) -> float:
        """When it began."""
        return self.hop.offset_ms

    @once
    def end_ms(self) -> float:
        """When it ended, as exactly as its run tells when hops began: what began in the millisecond in
        which a tool ended may have been given what that gave."""
        end = self.hop.offset_ms + self.hop.duration_ms
        return end // 1 if self.in_whole_ms else end


def _texts_of(told: list[Leaf]) -> list[tuple[str, str]]:
    # The same pairs: of many hops, others as good would fill the memory.
    found: list[Any] = [leaf for leaf in told if isinstance(leaf[1], str)]
    return found


def _no_table(text: str) -> str:
    if "\n" not in text or not tables_in(text):
        return text
    return "\n".join(t for t in text.splitlines() if "|" not in t and "  " not in t.strip())


def _words(texts: Sequence[tuple[str, str]]) -> frozenset[str]:
    return frozenset(words_of(fold("\n".join(v for _, v in texts)[:MAX_GIVEN])))


def known_bad(run: Run) -> bool:
    """Whether the outcome is known to be wrong: marked so, failed, or against a strict contract."""
    if run.verdict.state == "bad" or run.status == "error" or any(f.strict for f in run.findings):
        return True
    return run.verdict.state != "good" and any(
        s.hop_id is None and scored_bad(s) and not _LESS_IS_GOOD.search(s.name) for s in run.scores
    )


_LESS_IS_GOOD = re.compile(
    r"(?i)(toxic|harm|bias|hallucinat|error|risk|violation|pii|latency|cost|distance|perplexity|"
    r"injection|refus|unsafe|leak|duplicat|spam)"
)
_SAYS_BAD = frozenset(("incorrect", "wrong", "bad", "fail", "failed"))


def scored_bad(score: Score) -> bool:
    """Whether a score is 0 or less, or its label says that it is wrong."""
    low = score.value is not None and score.value <= 0
    return low or (score.label or "").lower() in _SAYS_BAD


class RunFacts:
    """One run's hops by index with their atoms, made lazily and once."""

    def __init__(self, run: Run, hops: Sequence[Hop], profile: Profile | None = None) -> None:
        self.run = run
        self.profile = profile
        self.hops = sorted(hops, key=lambda h: h.index)
        self.by_id = {h.hop_id: h for h in self.hops}
        self._answered: dict[tuple[str, ...], list[HopFacts]] = {}
        self.memo: dict[str, Any] = {}
        """What several rules need of this run, made once by the first that asks."""

    @once
    def facts(self) -> list[HopFacts]:
        """Facts of every hop, by index."""
        seen: Seen = {}
        found = [_facts(hop, seen) for hop in self.hops]
        if all(h.offset_ms % 1 == 0 and h.duration_ms < math.inf for h in self.hops):
            for fact in found:
                fact.in_whole_ms = True
        return found

    @once
    def fact(self) -> dict[str, HopFacts]:
        """Facts by hop id."""
        return {f.hop.hop_id: f for f in self.facts}

    @once
    def input_atoms(self) -> list[Atom]:
        """Atoms of the pipeline's input."""
        return atoms(self.run.input, "input")

    @once
    def input_keys(self) -> frozenset[str]:
        """Keys of the pipeline's input."""
        return keys_of(self.input_atoms)

    @once
    def output_atoms(self) -> list[Atom]:
        """Atoms of the pipeline's final output."""
        return atoms(self.run.output, "output")

    @once
    def first_known(self) -> dict[str, tuple[float, str]]:
        """When each value was first known in the run, ms from its start, and by which hop; with
        the pipeline's input -1 and no hop."""
        found = dict.fromkeys(self.input_keys, (-1.0, ""))
        for fact in sorted(self.facts, key=lambda f: f.end_ms):
            told = (fact.end_ms, fact.hop.hop_id)
            for key in fact.produced_keys:
                found.setdefault(key, told)
        return found

    def known_before(self, keys: Sequence[str], fact: HopFacts) -> bool:
        """Whether a value was known before a hop began, though its recorded input lacks it."""
        until_ms, own = fact.start_ms + 0.001, fact.hop.hop_id
        for key in keys:
            first = self.first_known.get(key)
            if first is not None and first[0] <= until_ms and first[1] != own:
                return True
        return False

    @once
    def leaves(self) -> list[HopFacts]:
        """Hops that contain no other hop."""
        parents = {h.parent_id for h in self.hops if h.parent_id}
        return [f for f in self.facts if f.hop.hop_id not in parents]

    @once
    def called(self) -> dict[str, str]:
        """Names by hop id, with ``#n`` where a name repeats."""
        return names_of(self.hops)

    def answered_by(self, *kinds: str) -> list[HopFacts]:
        """Of the hops that contain no other, those of the kinds that did not fail."""
        made = self._answered.get(kinds)
        if made is None:
            made = [f for f in self.leaves if f.hop.kind in kinds and f.hop.error is None]
            self._answered[kinds] = made
        return made

    @once
    def children(self) -> dict[str, list[str]]:
        """Hop ids by the hop that contains them."""
        found: dict[str, list[str]] = defaultdict(list)
        for hop in self.hops:
            if hop.parent_id:
                found[hop.parent_id].append(hop.hop_id)
        return found


def keys_of(found: Sequence[Atom]) -> frozenset[str]:
    """All keys that atoms vouch for; a full date vouches for its day without the year too."""
    keys: set[str] = set()
    for atom in found:
        keys.update(supplied(atom.keys) if atom.kind == "date" else atom.keys)
    return frozenset(keys)


def _facts(hop: Hop, seen: Seen) -> HopFacts:
    given = input_of(hop)
    given_leaves, made_leaves = list(leaves(given, "input")), list(leaves(hop.output, "output"))
    received = atoms_of(given_leaves, seen)
    if hop.messages_in and isinstance(hop.input, dict):
        # A step around one call: what the model was sent counts as received as well.
        received = received + atoms([m.text for m in hop.messages_in], "messages_in", seen)
    produced = atoms_of(made_leaves, seen)
    made = HopFacts(hop, received, produced, keys_of(received), keys_of(produced))
    made.given, made.given_leaves, made.made_leaves = given, given_leaves, made_leaves
    return made

"""Results that a prompt quotes as failed, line by line, and the answer that knows them all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.checks.sources.grounding import specifics
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.clauses import clause, clauses
from misstep_diagnosis.reading.values import fold

_FAILED = re.compile(
    r"(?i)\b(?:failed|failure|error(?:\s+\d{3})?|exception|timed? ?out|\w*timeout|refused|"
    r"unavailable|unreachable|offline|no (?:result|answer|data|response|value|"
    r"reading|connection)|did(?: not|n['’]t) (?:answer|respond|reply|return)|could not be \w+|"
    r"not (?:found|available|reachable|measured|determined)|"
    r"haemolysed|cancelled|aborted|keine antwort|nicht (?:erreichbar|verfügbar|gefunden)|"
    r"zeitüberschreitung|indisponible|sans réponse|"
    r"no disponible|sin respuesta|50[0234]|429)\b"
)
_LABEL = re.compile(
    r"^\W{0,4}([^\W\d][\w .'/-]{1,60}?)\s*(?:\([^)]*\))?\s*(?:[:=–—]|->|→|\s-\s)\s*"
)
_TELLS = re.compile(
    r"(?i)(unavailable|could ?n[o'’]t|cannot|can['’]t|unable|fail|sorry|not (?:be )?(?:found|"
    r"available|known|reach|determin|measur)|"
    r"no (?:information|data|result|record|answer|value|reading)|unknown|try again|missing|"
    r"pending|timed? ?out|error|outstanding|"
    r"nicht (?:erreichbar|verfügbar|gefunden|bekannt)|unbekannt|inconnu|desconocid)"
)
_LINE = 200
_DIGIT = re.compile(r"\d")


def line_fabricated(known: RunFacts, good: Good) -> list[Found]:
    """A value in the answer for what a line of its input says failed."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        failed = list(_failed_lines(fact))
        output = str(fact.hop.output)[:20_000]
        if not failed or _TELLS.search(output):
            continue
        made_up = [
            a for a in specifics(fact, known, good) if a.kind in ("number", "date", "time", "ident")
        ]
        if not made_up:
            continue
        said = [c for _, v in fact.made_texts for c in clauses(v)]
        for label, line in failed:
            about = [c for c in said if label & c.bag]
            hit = next((a for a in made_up for c in about if fold(a.quote) in c.folded), None)
            if hit is not None:
                out.append(
                    found(
                        "error.fabricated",
                        fact.hop.hop_id,
                        hit.quote,
                        f"its input says “{line[:100]}”, and it answered with {hit.quote}",
                        path=hit.path,
                        local=True,
                        bad=tuple(hit.keys),
                        weight=2.0,
                    )
                )
                break
    return out


def _failed_lines(fact: HopFacts) -> Iterator[tuple[frozenset[str], str]]:
    """(stems of what failed, the line) of lines that tell a failure, where no other line has a value
    for the same."""
    lines = (
        line for _, v in fact.given_texts if len(v) <= 40_000 for line in re.split(r"\n+|;\s", v)
    )
    told = ((_LABEL.match(line.strip()), line) for line in islice(lines, 400))
    labelled = [(m, line) for m, line in told if m]
    for match, line in labelled:
        rest = line.strip()[match.end() :]
        failure = _FAILED.search(rest[:80])
        # A line that begins with a value tells of that.
        if failure is None or _DIGIT.search(rest[: failure.start()]) or len(rest) > _LINE:
            continue
        name = fold(match[1])
        answered = any(
            fold(m[1]) == name and _DIGIT.search(o.strip()[m.end() :]) and not _FAILED.search(o)
            for m, o in labelled
        )
        label = (
            clause(re.sub(r"[_./-]", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match[1]))).bag
            - _GENERIC
        )
        if label and not answered:
            yield label, line.strip()


_GENERIC = frozenset(
    clause(
        "tool call lookup look up service api request query get fetch step result status log system"
    ).bag
)


RULES = (
    Rule(
        "error.fabricated", "It answered with a value for what had failed.", True, line_fabricated
    ),
)

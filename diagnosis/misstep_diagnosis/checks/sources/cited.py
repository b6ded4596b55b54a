"""Identifiers and citations that are none of those the hop was given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import Atom, fold

_WRITERS = ("llm", "agent", "chain")
_MAKES_ONE = re.compile(
    r"(?i)(creat|new|next|assign|generat|issue|open|book|number|allocat|register|insert|add_|submit|"
    r"place|save|store|publish|write_file|reserve)"
)
_LEAST_FAMILY = 3


def outside_family(known: RunFacts, good: Good) -> list[Found]:
    """An identifier of the same pattern as several of the input's, and none of them."""
    out: list[Found] = []
    for fact in known.answered_by(*_WRITERS):
        hop = fact.hop
        made = [
            a for a in fact.produced if a.kind == "ident" and fact.received_keys.isdisjoint(a.keys)
        ]
        if not made or _MAKES_ONE.search(hop.name):
            continue
        given = [a for a in fact.received if a.kind == "ident"]
        if len(given) < _LEAST_FAMILY:
            continue
        families: dict[str, list[str]] = {}
        for atom in given:
            members = families.setdefault(_pattern(atom.quote), [])
            if fold(atom.quote) not in members:
                members.append(fold(atom.quote))
        strange = [
            a for a in made if _stranger(a, families, fact) and not known.known_before(a.keys, fact)
        ]
        if strange and len({a.keys for a in strange}) <= 2:
            atom, family = strange[0], families[_pattern(strange[0].quote)]
            shown = ", ".join(family[:4]).upper()
            out.append(
                found(
                    "ident.unknown",
                    hop.hop_id,
                    atom.quote,
                    f"it names {atom.quote}, which is none of the {len(family)} it was given "
                    f"({shown}{', …' if len(family) > 4 else ''})",
                    path=atom.path,
                    local=True,
                    bad=atom.keys,
                    weight=1.5,
                )
            )
    return out


def _pattern(name: str) -> str:
    return re.sub(r"\d", "9", name.casefold())


def _stranger(atom: Atom, families: dict[str, list[str]], fact: HopFacts) -> bool:
    family = families.get(_pattern(atom.quote), [])
    if len(family) < _LEAST_FAMILY or sum(c.isdigit() for c in atom.quote) < 2:
        return False
    return fold(atom.quote) not in fact.given_text


# --- citations -----------------------------------------------------------------------------------

_CITED = re.compile(
    r"\[\d{4}\]\s+(?:\d+\s+)?[A-Z][A-Za-z]{1,8}(?:\s+[A-Z][A-Za-z]{1,8})?\s+\d+"
    r"|(?<!§)§+\s?\d+[a-z]?(?:\s+Abs\.\s*\d+)?\s+[A-ZÄÖÜ][a-zäöü]{0,5}[A-ZÄÖÜ][A-Za-zÄÖÜäöü]{0,5}\b"
    r"|\b\d{1,4}\s+(?:U\.S\.|F\.[23]d|F\.\s?Supp\.|S\.\s?Ct\.|N\.E\.2d|P\.[23]d)\s+\d+"
    r"|\b10\.\d{4,9}/[^\s\"<>)\]]+|\barXiv:\d{4}\.\d{4,5}|\bCVE-\d{4}-\d{4,7}|\bRFC\s?\d{3,5}"
    r"|\bPMID:?\s?\d{5,9}|\bECLI:[A-Z:0-9.]+|\bC-\d+/\d{2}\b|\bISO(?:/IEC)?\s?\d{3,5}(?:-\d+)?"
    r"|\bNCT\d{8}|\b[A-Z][a-z]+(?:\s(?:et al\.|(?:and|&)\s[A-Z][a-z]+))?,?\s\((?:19|20)\d\d\)"
    r"|\([A-Z][a-z]+(?:\s(?:et al\.|(?:and|&)\s[A-Z][a-z]+))?,\s(?:19|20)\d\d[a-z]?\)"
)
_SIGNS = (
    "[", "§", "(", "U.S.", "F.", "S.", "N.E.", "P.", "10.", "arXiv:", "CVE-", "RFC", "PMID", "ECLI:",
    "C-", "ISO", "NCT",
)  # fmt: skip
"""Signs of which each citation has one."""
_ONLY_THESE = re.compile(
    r"(?i)\b(cite|quote|sources?|cases?|documents?|passages?|studies|abstracts?|references?|"
    r"authorit(?:y|ies)|only|given|nur|fundstelle|quelle)"
)


def citation_unknown(known: RunFacts, good: Good) -> list[Found]:
    """A citation that stands in nothing received, where sources were given."""
    out: list[Found] = []
    for fact in known.answered_by("llm", "agent"):
        hop = fact.hop
        texts = [(p, v) for p, v in fact.made_texts if any(sign in v for sign in _SIGNS)]
        made = [(p, m) for p, v in texts for m in _cited(v)]
        if not made:
            continue
        given = fact.given_text
        bare = _bare(given)
        strange = [(p, m) for p, m in made if _bare(m) not in bare]
        sources = strange and any(True for _ in _cited(str(fact.given)))
        if not sources:
            continue
        path, quote = strange[0]
        asked = bool(_ONLY_THESE.search(f"{hop.system or ''} {given[:4_000]}"))
        keys = tuple(
            k for a in fact.produced if a.path == path and a.quote in quote for k in a.keys
        )
        out.append(
            found(
                "citation.unknown",
                hop.hop_id,
                quote,
                f"it cites {quote}, which none of the sources it was given is",
                path=path,
                local=True,
                bad=keys[:12],
                weight=2.0 if asked else 1.3,
            )
        )
    return out


def _cited(text: str) -> Iterator[str]:
    for match in _CITED.finditer(text[:200_000]):
        yield match.group()


def _bare(text: str) -> str:
    return re.sub(r"[\s,()]+", "", text.casefold())


RULES = (
    Rule(
        "ident.unknown", "An identifier is none of the many of its kind given.", False,
        outside_family,
    ),
    Rule("citation.unknown", "A citation is none of the sources given.", False, citation_unknown),
)  # fmt: skip

"""Contracts that were recorded at a hop: types, checks, JSON Schema of tools."""

from __future__ import annotations

from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.values import at_path, atoms


def violated(known: RunFacts, good: Good) -> list[Found]:
    """Findings the tracer recorded on hops."""
    out: list[Found] = []
    for hop in known.hops:
        for finding in hop.findings:
            is_input = finding.rule == "contract.input"
            value = at_path(hop.output, finding.path or "output")
            out.append(
                found(
                    finding.rule,
                    hop.hop_id,
                    finding.path or "output",
                    f"{finding.path or 'its output'} breaks its contract: {finding.message}",
                    strict=finding.strict and not is_input,
                    path=finding.path,
                    local=not is_input,
                    bad=tuple(k for a in atoms(value, "output") for k in a.keys)[:20],
                )
            )
    return out


RULES = (Rule("contract", "A recorded contract or check of a hop was violated.", True, violated),)

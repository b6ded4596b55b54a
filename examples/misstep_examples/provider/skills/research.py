"""Skills of the research pipeline: plan, summarise sources, extract facts, write, criticise."""

from __future__ import annotations

import re
from typing import Any

from misstep_examples.provider.skills.base import Moment, Skill

_SCALES = {"million": 1e6, "m": 1e6, "thousand": 1e3, "k": 1e3, "": 1.0}
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)\s*(million|thousand|m|k)?\s*MWh\b")


def _plan(moment: Moment) -> dict[str, Any]:
    question = moment.text
    regions = re.search(r"\bin ((?:[A-Z]\w+(?:, | and )?)+)", question)
    year = re.search(r"\b(20\d\d)\b", question)
    metric = re.search(r"how much (.+?) (?:was|did)", question, re.I)
    return {
        "metric": metric[1] if metric else "energy",
        "year": int(year[1]) if year else 0,
        "regions": re.split(r", | and ", regions[1]) if regions else [],
    }


def _summarise(moment: Moment) -> str:
    """Two weak spots: a bare `m` is taken for thousand, and figures in tables are overlooked."""
    asked = moment.data()
    region, year, source = asked["region"], asked["year"], asked["source"]
    found = _FIGURE.search(source)
    if found is None or moment.errs("research.overlook"):
        return f"The source on {region} gives no figure for {year}."
    number, scale = found[1], found[2] or ""
    if moment.errs("research.scale", prone=scale == "m"):
        scale = "thousand"
    scale = {"m": "million", "k": "thousand"}.get(scale, scale)
    amount = f"{number} {scale} MWh".replace("  ", " ")
    shape = moment.pick(
        "shape",
        (
            "In {y} the solar parks of {r} produced {a}.",
            "{r}: solar output of {a} in {y}.",
            "Solar parks in {r} delivered {a} during {y}.",
        ),
    )
    return shape.format(r=region, a=amount, y=year)


def _extract(moment: Moment) -> dict[str, Any]:
    return {"facts": [_fact(note) for note in moment.data()["notes"]]}


def _fact(note: dict[str, str]) -> dict[str, Any]:
    found = _FIGURE.search(note["text"])
    value = round(float(found[1]) * _SCALES[found[2] or ""], 3) if found else None
    return {"region": note["region"], "value_mwh": value, "quote": note["text"]}


def _write(moment: Moment) -> str:
    asked = moment.data()
    shares = [row for row in asked["shares"] if row["share_percent"] is not None]
    if moment.errs("research.swap_shares") and len(shares) > 1:
        first, second = shares[0], shares[-1]
        first["region"], second["region"] = second["region"], first["region"]
    lead = moment.pick("lead", ("Together", "Taken together", "In all"))
    lines = [f"{row['region']} contributed {row['share_percent']:.1f} %" for row in shares]
    largest = max(shares, key=lambda row: row["share_percent"], default=None)
    closing = f" The largest producer was {largest['region']}." if largest else ""
    total = f"{asked['total_mwh']:,.0f} MWh"
    return (
        f"{lead}, the regions produced {total} of {asked['metric']} in {asked['year']}. "
        f"{'; '.join(lines)}.{closing}"
    )


def _criticise(moment: Moment) -> dict[str, Any]:
    report = moment.data()["report"]
    remarks = [] if "%" in report else ["the report names no shares"]
    if len(report.split()) > 120:
        remarks.append("the report is too long")
    title = moment.pick("title", ("Solar output by region", "Where the solar power came from"))
    return {"publish": not remarks, "remarks": remarks, "title": title}


SKILLS = (
    Skill("plan the research", _plan),
    Skill("summarise a source", _summarise, ("research.scale", "research.overlook")),
    Skill("extract the facts", _extract),
    Skill("write a short report", _write, ("research.swap_shares",)),
    Skill("criticise a report", _criticise),
)

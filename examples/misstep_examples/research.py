"""Research and write: a question is split by region, sources are read side by side.

Ten steps, four models, fan-out and fan-in. o1 plans; the sources are searched; gpt-4o-mini and
claude-3-5-haiku summarise one source each, at the same time; claude-3-5-haiku extracts the facts;
totals and shares are computed; claude-3-5-sonnet writes; gpt-4o-mini criticises; the report is
assembled.

What can go wrong without a sound: one source says ``4.2 m MWh``, its summary says thousand, and
every share of the report is wrong. Or the writer swaps two regions. What fails loudly, but far
away: a source that hides its figure in a table is summarised without it, and five steps later a
row of the report has no share to print. The regions and figures are made up.
"""

from __future__ import annotations

import asyncio
import json

from pydantic import BaseModel

import misstep
from misstep_examples.models import async_models, async_session

SMALL = "gpt-4o-mini"
REASONING = "o1"
FAST = "claude-3-5-haiku-20241022"
CAREFUL = "claude-3-5-sonnet-20241022"


class Plan(BaseModel):
    """The question, taken apart."""

    metric: str
    year: int
    regions: list[str]


class Source(BaseModel):
    """A text about one region in one year."""

    region: str
    year: int
    title: str
    text: str


class Note(BaseModel):
    """What one source says, in a sentence."""

    region: str
    text: str


class Fact(BaseModel):
    """One region's output; None where no note has a figure."""

    region: str
    value_mwh: float | None
    quote: str


class Facts(BaseModel):
    """All facts, in the plan's order."""

    facts: list[Fact]


class Share(BaseModel):
    """One region's part of the total, in percent."""

    region: str
    value_mwh: float | None
    share_percent: float | None


class Totals(BaseModel):
    """The sum over the regions and each one's share of it."""

    total_mwh: float
    shares: list[Share]


class Critique(BaseModel):
    """What the critic thinks of the report."""

    publish: bool
    remarks: list[str]
    title: str


class Report(BaseModel):
    """The finished report; ``rows`` read ``REGION: SHARE %``."""

    title: str
    text: str
    rows: list[str]
    total_mwh: float


class ReportError(ValueError):
    """The report cannot be assembled."""


def _source(region: str, year: int, text: str) -> Source:
    return Source(region=region, year=year, title=f"{region} energy review {year}", text=text)


SOURCES = [
    _source("Northvale", 2024, "Solar parks fed 4.2 million MWh into the grid, up by a tenth."),
    _source("Eastmark", 2024, "After a cloudy spring, solar output came to 850 thousand MWh."),
    _source("Southport", 2024, "The coast produced 2.95 million MWh of solar power."),
    _source("Northvale", 2023, "Solar parks fed 3.8 m MWh into the grid in a record summer."),
    _source("Eastmark", 2023, "Solar output came to 790 thousand MWh."),
    _source("Southport", 2023, "The coast produced 2.6 million MWh of solar power."),
    _source("Northvale", 2022, "Solar parks fed 3.1 million MWh into the grid."),
    _source("Eastmark", 2022, "By source, in GWh (see table 3): hydro 1,200; solar 640; wind 90."),
    _source("Southport", 2022, "The coast produced 2.25 million MWh of solar power."),
]

PLAN = "You plan the research for a question. Answer with JSON only: metric, year, regions."
SUMMARISE = "You summarise a source in one sentence that keeps its figure and unit."
EXTRACT = "You extract the facts from notes. JSON only: facts (region, value_mwh or null, quote)."
WRITE = "You write a short report from totals and shares. Keep every number as it is."
CRITICISE = "You criticise a report before it is published. JSON only: publish, remarks, title."


@misstep.hop(kind="llm", output=Plan)
async def plan_research(question: str) -> Plan:
    """Metric, year and regions, by o1."""
    return Plan.model_validate_json(await _ask_openai(REASONING, PLAN, question, as_json=True))


@misstep.hop(kind="retriever")
async def search(plan: Plan) -> list[Source]:
    """One source for each region of the plan."""
    wanted = [(region, plan.year) for region in plan.regions]
    return [s for s in SOURCES if (s.region, s.year) in wanted]


@misstep.hop(kind="llm", output=Note)
async def summarise_source(source: Source, model: str) -> Note:
    """What the source says, in a sentence."""
    asked = json.dumps({"region": source.region, "year": source.year, "source": source.text})
    ask = _ask_openai if model == SMALL else _ask_anthropic
    return Note(region=source.region, text=await ask(model, SUMMARISE, asked))


@misstep.hop(kind="llm", output=Facts)
async def extract_facts(notes: list[Note]) -> Facts:
    """Each region's output in MWh, by claude-3-5-haiku."""
    asked = json.dumps({"notes": [note.model_dump() for note in notes]})
    return Facts.model_validate_json(await _ask_anthropic(FAST, EXTRACT, asked))


@misstep.hop(kind="tool", pure=True, output=Totals)
async def reconcile(facts: Facts) -> Totals:
    """The total and each region's share of it; no share where the fact has no value."""
    total = sum(f.value_mwh for f in facts.facts if f.value_mwh is not None)
    shares = [
        Share(
            region=f.region,
            value_mwh=f.value_mwh,
            share_percent=None if f.value_mwh is None else round(100 * f.value_mwh / total, 1),
        )
        for f in facts.facts
    ]
    return Totals(total_mwh=total, shares=shares)


@misstep.hop(kind="llm")
async def write_report(plan: Plan, totals: Totals) -> str:
    """The report's text, by claude-3-5-sonnet."""
    asked = json.dumps({"metric": plan.metric, "year": plan.year, **totals.model_dump()})
    return await _ask_anthropic(CAREFUL, WRITE, asked)


@misstep.hop(kind="evaluator", output=Critique)
async def critique(report: str) -> Critique:
    """Whether it can be published, and under which title, by gpt-4o-mini."""
    asked = json.dumps({"report": report})
    return Critique.model_validate_json(await _ask_openai(SMALL, CRITICISE, asked, as_json=True))


@misstep.hop(output=Report)
async def finalise(text: str, totals: Totals, verdict: Critique) -> Report:
    """Text and table under the critic's title.

    Raises:
        ReportError: a region has no share.
    """
    for share in totals.shares:
        if share.share_percent is None:
            raise ReportError(f"no share to print for region {share.region!r}: it is None")
    rows = [f"{share.region}: {share.share_percent} %" for share in totals.shares]
    return Report(title=verdict.title, text=text, rows=rows, total_mwh=totals.total_mwh)


@misstep.pipeline(name="research_report")
async def research(question: str) -> Report:
    """Answers a question about the regions' solar output with a short report.

    Raises:
        ReportError: a region's share is missing.
    """
    async with async_session():
        plan = await plan_research(question)
        sources = await search(plan)
        reading = [summarise_source(s, (SMALL, FAST)[i % 2]) for i, s in enumerate(sources)]
        notes = list(await asyncio.gather(*reading))
        totals = await reconcile(await extract_facts(notes))
        text = await write_report(plan, totals)
        report: Report = await finalise(text, totals, await critique(text))
    return report


async def _ask_openai(model: str, instruction: str, text: str, *, as_json: bool = False) -> str:
    answer = await async_models().openai.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": instruction}, {"role": "user", "content": text}],
        response_format={"type": "json_object"} if as_json else {"type": "text"},
    )
    return answer.choices[0].message.content or ""


async def _ask_anthropic(model: str, instruction: str, text: str) -> str:
    answer = await async_models().anthropic.messages.create(
        model=model,
        max_tokens=500,
        system=instruction,
        messages=[{"role": "user", "content": text}],
    )
    return "".join(block.text for block in answer.content if block.type == "text")

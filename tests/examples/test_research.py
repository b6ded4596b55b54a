"""The research pipeline: fan-out and fan-in, the scale lost in one branch, the missing figure."""

from __future__ import annotations

from typing import Any

import pytest

from misstep_examples import research as pipeline
from misstep_examples.provider import LocalProvider
from misstep_examples.research import Note, Report, ReportError, Source, research

pytestmark = pytest.mark.usefixtures("provider")
EVERYWHERE = "Northvale, Eastmark and Southport"


async def _report(year: int, regions: str = EVERYWHERE) -> Report:
    question = f"How much solar energy was produced in {regions} in {year}?"
    report: Report = await research(question)
    return report


async def test_shares_are_computed_from_figures_in_different_scales() -> None:
    report = await _report(2024)
    assert report.total_mwh == 8_000_000
    assert report.rows == ["Northvale: 52.5 %", "Eastmark: 10.6 %", "Southport: 36.9 %"]
    assert "8,000,000 MWh" in report.text and "Northvale contributed 52.5 %" in report.text


async def test_fewer_regions_make_fewer_branches() -> None:
    report = await _report(2022, "Northvale and Southport")
    assert report.rows == ["Northvale: 57.9 %", "Southport: 42.1 %"]


async def test_million_read_as_thousand_in_one_branch_distorts_every_share() -> None:
    report = await _report(2023)
    assert report.rows == ["Northvale: 0.1 %", "Eastmark: 23.3 %", "Southport: 76.6 %"]
    assert "The largest producer was Southport" in report.text


async def test_mending_that_branch_mends_every_share(monkeypatch: pytest.MonkeyPatch) -> None:
    summarise: Any = pipeline.summarise_source

    async def mended(source: Source, model: str) -> Note:
        note: Note = await summarise(source, model)
        return note.model_copy(update={"text": note.text.replace("3.8 thousand", "3.8 million")})

    monkeypatch.setattr(pipeline, "summarise_source", mended)
    report = await _report(2023)
    assert report.rows == ["Northvale: 52.9 %", "Eastmark: 11.0 %", "Southport: 36.2 %"]


async def test_spelling_the_unit_out_mends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    spelt = [
        s.model_copy(update={"text": s.text.replace(" m MWh", " million MWh")})
        for s in pipeline.SOURCES
    ]
    monkeypatch.setattr(pipeline, "SOURCES", spelt)
    assert (await _report(2023)).rows[0] == "Northvale: 52.9 %"


async def test_an_overlooked_figure_fails_far_from_its_cause() -> None:
    with pytest.raises(ReportError, match="no share to print for region 'Eastmark'"):
        await _report(2022)


async def test_swapped_regions_are_the_writers_fault(provider: LocalProvider) -> None:
    provider.set_fault("research.swap_shares", times=1)
    report = await _report(2024)
    assert report.rows[0] == "Northvale: 52.5 %"
    assert "Northvale contributed 36.9 %" in report.text


async def test_the_same_question_gets_the_same_report_twice() -> None:
    assert await _report(2024) == await _report(2024)

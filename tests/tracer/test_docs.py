"""The pages about the tracer: their code runs, and they name what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import misstep
from misstep import semconv

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "tracer.md").read_text()
SOURCES = Path(misstep.__path__[0])


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_code_of_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MISSTEP_SPOOL_DIR", "off")
    monkeypatch.setenv("MISSTEP_DEBUG", "1")
    assert len(blocks()) >= 7
    names: dict[str, object] = {"__name__": "docs"}
    for block in blocks():
        exec(compile(block, "docs/tracer.md", "exec"), names)
    assert (tmp_path / "traces.duckdb.inbox").is_dir()


def test_every_environment_variable_that_is_read_is_on_the_page() -> None:
    read = set()
    for path in SOURCES.rglob("*.py"):
        if "replay" in path.parts:
            continue
        read |= set(re.findall(r'"(MISSTEP_[A-Z_]+)"', path.read_text()))
    inner = {v for v in read if v.startswith(("MISSTEP_BOOT", "MISSTEP_REPLAY"))}
    listed = set(re.findall(r"^\| `(MISSTEP_[A-Z_]+)`", PAGE, re.MULTILINE))
    assert read - inner == listed


def test_every_argument_of_init_is_on_the_page() -> None:
    listed = set(re.findall(r"`(\w+)`", PAGE))
    assert set(inspect.signature(misstep.init).parameters) <= listed


def test_every_public_name_is_on_the_page() -> None:
    missing = [n for n in misstep.__all__ if n not in PAGE]
    assert missing == ["current_run_id"] or missing == []


@pytest.mark.parametrize("page", ["tracer.md", "recording.md"])
def test_every_key_a_page_names_exists(page) -> None:
    keys = {v for k, v in vars(semconv).items() if k.isupper() and isinstance(v, str)}
    named = set(re.findall(r"`(misstep\.(?:[a-z_]+\.?)+)`", (DOCS / page).read_text()))
    modules = {"misstep.semconv"}
    functions = {f"misstep.{n}" for n in misstep.__all__}
    assert {n for n in named if n not in keys | modules | functions} == set()

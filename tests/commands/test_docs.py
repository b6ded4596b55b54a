"""The pages on command line and API say what is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

from misstep.command.main import cli
from misstep_store.serve.answers import FILTERS
from misstep_store.serve.openapi import document

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_cli", DOCS / "make_cli.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_of_the_command_line_is_current(maker) -> None:
    assert (DOCS / "cli.md").read_text() == maker.page(), "run: make docs"


def test_the_readme_names_every_extra() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]
    readme = (DOCS.parent / "README.md").read_text()
    named = set(re.findall(r"`misstep\[(\w+)\]`", readme))
    assert named == project["optional-dependencies"].keys()


def test_every_verb_teaches_with_an_example() -> None:
    context = click.Context(cli, info_name="misstep")
    for name in cli.list_commands(context):
        verb = cli.get_command(context, name)
        assert verb is not None and verb.help, name
        assert f"misstep {name}" in verb.help, name


def test_the_help_names_every_verb_in_one_line_and_loads_none() -> None:
    told = """import sys
from misstep.command.main import cli
cli(["--help"], "misstep", standalone_mode=False)
sys.exit("misstep_store" in sys.modules or "pydantic" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for name in cli.list_commands(click.Context(cli)):
        [line] = [line for line in lines if line.startswith(f"  {name} ")]
        assert line.endswith(".") and not line.endswith("..."), line


def test_the_page_of_the_api_names_every_route_and_filter() -> None:
    page = (DOCS / "api.md").read_text()
    for path, methods in document()["paths"].items():
        for method in methods:
            assert re.search(rf"`{method.upper()} {re.escape(path)}[`?]", page), (method, path)
    for name in ("limit", *FILTERS):
        assert f"`{name}`" in page, name

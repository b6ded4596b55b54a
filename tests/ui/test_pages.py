"""The pages as Streamlit runs them, and what the design tokens promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import misstep_ui.components
from misstep_store.reader import Reader
from misstep_store.store import Store
from misstep_ui.access import give_reader
from misstep_ui.serve import ENTRY

PAGES = ["runs", "replay", "compare", "cost", "health"]
COMPONENTS = Path(misstep_ui.components.__file__).parent


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    store = Store.open(tmp_path / "pages.duckdb")
    give_reader(store.reader)
    yield store.reader
    give_reader(None)
    store.close()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_on_an_empty_store(page: str, reader: Reader) -> None:
    script = f"from misstep_ui.views import {page}\n{page}.page()"
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    assert not app.error


def test_the_entry_names_the_pages_and_opens_runs_first(reader: Reader) -> None:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert not app.exception
    assert list(app.session_state["pages"]) == PAGES
    assert app.session_state["pages"]["runs"].url_path == ""


def test_a_store_that_does_not_answer_is_said_in_a_sentence() -> None:
    give_reader(None)
    script = "from misstep_ui.views import replay\nreplay.page()"
    app = AppTest.from_string(script, default_timeout=60).run()
    assert [e.value for e in app.error] == ["The store does not answer."]
    assert "misstep up" in app.text[0].value


def tokens(dark: bool) -> dict[str, str]:
    """Colours by name, in one of the two themes."""
    text = (COMPONENTS / "common" / "tokens.css").read_text()
    light, _, rest = text.partition(".ms-root.ms-dark {")
    block = rest.partition("}")[0] if dark else light
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_colour_reads_on_every_ground(dark: bool) -> None:
    named = tokens(dark)
    texts = ["text", "dim", "faint", "origin", "carried", "amplified", "absorbed", "clean", "link"]
    for text in texts:
        for ground in ("bg", "panel", "raised", "select"):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground)
    for text in ("origin", "carried", "clean"):
        assert contrast(named[text], named[f"{text}-bg"]) >= 4.5, text
    for kind in ("llm", "tool", "retriever", "agent", "chain", "guardrail"):
        assert contrast(named[f"k-{kind}"], named["bg"]) >= 1.5, kind


def test_colours_stand_in_one_file_only() -> None:
    for style in COMPONENTS.rglob("*"):
        if style.suffix in (".css", ".js") and style.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![\w-]*\()", style.read_text()), style.name


def test_no_widget_writes_html() -> None:
    for script in COMPONENTS.rglob("*.js"):
        text = script.read_text()
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in text, (script.name, way)

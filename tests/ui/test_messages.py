"""The messages of a call as a person reads them: words, calls, results, pictures by what they are."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from .conftest import Screen, Served
from .spans import Made, send
from .test_journeys import replay

pytestmark = pytest.mark.browser

PIXEL = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "aGFsbG9v"}
ASKED = [
    {
        "role": "user",
        "parts": [
            {"type": "text", "content": "What is this, and the weather?"},
            PIXEL,
            {"type": "uri", "modality": "image", "uri": "https://example.org/cat.png"},
        ],
    },
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "Look it up."},
            {
                "type": "tool_call",
                "id": "c",
                "name": "look",
                "arguments": {"city": "Paris", "n": 2},
            },
        ],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "sunny"}]},
]
SAID = [{"role": "assistant", "parts": [{"type": "text", "content": "A cat; sunny."}]}]


def test_calls_results_thoughts_and_pictures_are_told_in_words(desk: Screen, demo: Served) -> None:
    told = {
        "gen_ai.input.messages": json.dumps(ASKED),
        "gen_ai.output.messages": json.dumps(SAID),
        "gen_ai.request.model": "m",
        "gen_ai.operation.name": "chat",
    }
    spans = [
        Made(number=1, name="serve", role="run", length_ms=100, input="hi", output="yo"),
        Made(number=2, name="ask", parent=1, kind="llm", input="hi", output="yo", more=told),
    ]
    page = replay(desk, demo, send(demo.otlp, 0x9179, spans))
    box = page.locator("details", has_text="Messages of the call (4)")
    box.locator("summary").click()
    expect(box.locator("h3")).to_have_text(["user", "assistant", "tool", "assistant"])
    words = box.locator("pre").all_inner_texts()
    assert words[1:] == [
        'thought: Look it up.\ncalls look(city: "Paris", n: 2)',
        "result: sunny",
        "A cat; sunny.",
    ]
    asked, pixel, link = words[0].split("\n")
    assert asked == "What is this, and the weather?"
    assert pixel.startswith("[image image/png, 6 bytes, sha256:")
    assert link == "[image, https://example.org/cat.png]"
    desk.watch.assert_clean()


def test_a_tool_that_failed_without_harm_is_called_failed_and_not_clean(
    desk: Screen, demo: Served
) -> None:
    spans = [
        Made(
            number=1, name="serve", role="run", length_ms=100, input="hi", output="Oslo is sunny."
        ),
        Made(
            number=2,
            name="look",
            parent=1,
            kind="tool",
            start_ms=10,
            input={"city": "Atlantis"},
            error=("Retry", "ask of another city"),
        ),
        Made(
            number=3,
            name="look",
            parent=1,
            kind="tool",
            start_ms=30,
            input={"city": "Oslo"},
            output="Oslo: sunny",
        ),
    ]
    run_id = send(demo.otlp, 0x9180, spans)
    page = replay(desk, demo, run_id, f"&hop={2:016x}")
    title = page.locator(".right h2")
    expect(title).to_contain_text("✕ failed")
    expect(title).not_to_contain_text("clean")
    desk.watch.assert_clean()

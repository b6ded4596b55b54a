"""Traces are hostile text: on every page they are shown as text and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from .conftest import Screen, Served, serving
from .spans import Made, root, send

pytestmark = pytest.mark.browser

CORPUS = [
    "<script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=1;alert(1)">',
    "\"><svg onload=alert(1)><a href='javascript:alert(1)'>x</a>",
    "![x](http://198.51.100.7/a.png) [y](javascript:alert(1)) <http://198.51.100.7/b>",
    "</style><style>*{background:url(http://198.51.100.7/c)}</style>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe><base href=http://198.51.100.7/>",
    "$$\\href{javascript:alert(1)}{x}$$ :material/home: :red[x] {{7*7}} ${alert(1)}",
    "\u202etxt.exe\u202c \u0000\u0007\x1b[31m \ud7ff\uffff 𝒳",
    "<link rel=stylesheet href=//198.51.100.7/d><meta http-equiv=refresh content='0;url=//x.test'>",
]
ALL = " ".join(CORPUS)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two runs, one failing, in which every text is an attack; marked, scored and tagged so too."""
    with serving(tmp_path_factory.mktemp("hostile") / "hostile.duckdb") as served:
        for run in (1, 2):
            run_id = send(
                served.otlp,
                run,
                attack(run),
                resource={"service.name": CORPUS[0], "service.version": CORPUS[1]},
            )
            base = f"{served.ui}/api/runs/{run_id}"
            state = "good" if run == 1 else "bad"
            said = {
                "state": state,
                "note": ALL,
                "by": CORPUS[0],
                "text": CORPUS[1] if run == 2 else None,
            }
            for path, body in (
                ("verdict", said),
                ("scores", {"name": CORPUS[2], "value": 1, "by": CORPUS[3]}),
                ("tags", {"add": [CORPUS[4], CORPUS[1]], "by": CORPUS[0]}),
            ):
                httpx.post(f"{base}/{path}", json=body, timeout=60).raise_for_status()
        yield served


def attack(run: int) -> list[Made]:
    """A run of hops whose names, models, payloads and errors are the corpus."""
    told = {
        "session.id": CORPUS[1],
        "user.id": CORPUS[0],
        "misstep.tags": CORPUS[:3],
        "misstep.sdk.versions": '{"<b>x</b>": "<i>1</i>"}',
    }
    hops = [root(CORPUS[1], length_ms=200, input={CORPUS[0]: ALL}, output=ALL, more=told)]
    for i, text in enumerate(CORPUS):
        model = {
            "gen_ai.request.model": text,
            "gen_ai.response.model": text[::-1],
            "gen_ai.provider.name": text,
            "gen_ai.response.finish_reasons": [text],
            "gen_ai.prompt.version": text,
            "gen_ai.usage.input_tokens": 5,
        }
        hops.append(
            Made(
                number=i + 2,
                name=text,
                parent=1,
                start_ms=i * 10,
                kind="llm",
                input={CORPUS[i - 1]: CORPUS[i - 1], "n": 1000 + i},
                output={text: text, "list": CORPUS, "run": run},
                error=(text, text) if run == 2 and i == 5 else None,
                more=model,
            )
        )
    return hops


def test_no_page_runs_or_loads_anything_of_a_trace(desk: Screen, hostile: Served) -> None:
    bad = hostile.runs(verdict="bad")[0]["run_id"]
    good = hostile.runs(verdict="good")[0]["run_id"]
    page = desk.open(hostile, "/")
    expect(page.locator("tr[data-run]")).to_have_count(2)
    expect(page.locator("tr[data-run]").first).to_contain_text("<img src=x onerror=")
    page.get_by_label("Tick all shown runs").check()
    page.get_by_role("button", name="In common").click()
    expect(page.locator(".together tbody tr").first).to_be_visible()
    for by in ("session", "user"):
        desk.open(hostile, f"/?by={by}")
        expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="By fault").click()
    expect(page.locator("table.faults tbody tr").first).to_contain_text(CORPUS[1])
    desk.open(hostile, f"/compare?a={bad}&b={good}&all=1")
    expect(page.locator(".pair").first).to_be_visible()
    for by in ("hop", "model", "provider", "pipeline"):
        desk.open(hostile, f"/cost?by={by}")
        expect(page.locator("table tbody tr").first).to_be_visible()
    desk.open(hostile, "/health")
    expect(page.locator("table tbody tr").first).to_be_visible()
    unharmed(desk, page)


def test_the_replay_screen_shows_attacks_as_text(desk: Screen, hostile: Served) -> None:
    bad = hostile.runs(verdict="bad")[0]["run_id"]
    page = desk.open(hostile, f"/replay?run={bad}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.keyboard.press("j")
    page.keyboard.press("k")
    for _ in range(3):
        page.keyboard.press("v")
    page.keyboard.press("s")
    expect(page.locator(".sums")).to_contain_text("1 hop")
    canvas = page.locator(".left .scroll:not([hidden]) canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for y in (40, 74, 108):
        page.mouse.move(box["x"] + 80, box["y"] + y)
        expect(page.locator(".hover")).to_contain_text("llm")
    for _ in CORPUS:
        page.keyboard.press("j")
        expect(page.locator(".right h2")).to_be_visible()
    page.locator(".whence input").fill(CORPUS[0])
    page.locator(".whence").get_by_role("button", name="Trace", exact=True).click()
    expect(page.locator(".whence .chain li").first).to_be_visible()
    page.locator(".right").focus()
    page.keyboard.press("m")
    expect(page.locator(".marks li").first).to_contain_text("<script>window.pwned=1</script>")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    unharmed(desk, page)
    assert page.locator(".ms-root img, .ms-root iframe, .ms-root script, .ms-root a").count() == 0


# Texts and titles with a character in that turns the direction of what stands after it.
TURNED = """
all => all.flatMap((root) => [...root.querySelectorAll('*')]).flatMap((node) => [
  ...[...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data),
  ...['title', 'aria-label'].map((name) => node.getAttribute(name) || ''),
]).filter((text) => /[\\u202a-\\u202e\\u2066-\\u2069]/.test(text))
"""


def unharmed(desk: Screen, page: Page) -> None:
    assert page.locator(".ms-root").evaluate_all(TURNED) == []
    assert page.evaluate("window.pwned") is None
    assert not desk.watch.dialogs
    assert not desk.watch.foreign
    desk.watch.assert_clean()


def test_what_turns_the_direction_of_text_is_shown_and_turns_nothing(
    desk: Screen, hostile: Served
) -> None:
    run_id = hostile.runs(verdict="bad")[0]["run_id"]
    number = next(n for n, text in enumerate(CORPUS) if "\u202e" in text) + 2
    page = desk.open(hostile, f"/replay?run={run_id}&hop={number:016x}")
    title = page.locator(".right h2")
    expect(title).to_contain_text("⟨U+202E⟩txt.exe⟨U+202C⟩")
    for name in ("unicode-bidi", "direction"):
        wanted = {"unicode-bidi": "isolate", "direction": "ltr"}[name]
        expect(title.locator("span").first).to_have_css(name, wanted)
    # As it is shown it is asked for as it was recorded.
    expect(
        page.get_by_role("region", name="Context from the hop before")
    ).to_be_visible()  # moves it
    page.locator(".whence input").fill("⟨U+202E⟩txt.exe")
    page.locator(".whence").get_by_role("button", name="Trace", exact=True).click()
    expect(page.locator(".whence .chain li").first).to_be_visible()
    expect(page.locator(".whence .chain")).to_contain_text("⟨U+202E⟩txt.exe")
    unharmed(desk, page)


def test_pages_carry_the_content_security_policy(hostile: Served) -> None:
    for path in ("/", "/replay", "/compare", "/cost", "/health", "/api/runs"):
        answer = httpx.get(hostile.ui + path, headers={"accept": "text/html"}, timeout=60)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "198.51.100.7" not in answer.text or path == "/api/runs", path

"""Programs that were never changed, recorded by ``misstep run``: replayed and bisected by their
model calls alone, through the server that owns the store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from misstep.command import main
from misstep_examples import scans
from misstep_examples.research import SOURCES

_HERE = Path(__file__).parent


_MAIN = "from misstep.command import main; main()"


class Program:
    """One program, run and looked at from the command line."""

    def __init__(self, bench: Any, typed: Typed, folder: Path, name: str) -> None:
        self._bench = bench
        self._typed = typed
        self._script = str(_HERE / name)
        self._folder = folder
        self.environment = {
            **os.environ,
            "OPENAI_BASE_URL": f"{bench.provider.url}/v1",
            "ANTHROPIC_BASE_URL": bench.provider.url,
            "OPENAI_API_KEY": "local",
            "ANTHROPIC_API_KEY": "local",
        }

    def run(self, given: str, verdict: str | None = None) -> str:
        """The id of one recorded run on a file with that content."""
        (self._folder / "given.txt").write_text(given)
        command = ["--", sys.executable, self._script, "given.txt"]
        verb = [sys.executable, "-c", _MAIN, "run", "--endpoint", self._bench.server.otlp_url]
        done = subprocess.run(
            [*verb, *command],
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        run_id = str(self._bench.api.get("/api/runs?limit=1").json()["runs"][0]["run_id"])
        if verdict is not None:
            self._bench.api.post(f"/api/runs/{run_id}/verdict", json={"state": verdict})
        return run_id

    def json(self, verb: str, *arguments: str, code: int = 0) -> dict[str, Any]:
        """A verb's JSON, asked of the server."""
        where = ("--store", self._bench.server.otlp_url, "--json")
        found: dict[str, Any] = json.loads(self._verb(verb, *arguments, *where, code=code))
        return found

    def refused(self, verb: str, *arguments: str) -> str:
        """The one sentence a verb ends with."""
        return self._verb(verb, *arguments, "--store", self._bench.server.otlp_url, code=2)

    def _verb(self, *arguments: str, code: int = 0) -> str:
        return self._typed(self._folder, self.environment, arguments, code)


Typed = Callable[[Path, dict[str, str], tuple[str, ...], int], str]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What a verb prints that is typed in that folder, and it ends with that code."""

    def run(
        folder: Path, environment: dict[str, str], arguments: tuple[str, ...], code: int
    ) -> str:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.chdir(folder)
            patch.setattr("sys.argv", ["misstep", *arguments])
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        assert ended.value.code == code, out + err
        return out or err

    return run


@pytest.fixture
def plain(bench: Any, typed: Typed, tmp_path: Path) -> Iterator[Program]:
    yield Program(bench, typed, tmp_path, "plain_program.py")


@pytest.fixture
def without_sdk(bench: Any, typed: Typed, tmp_path: Path) -> Iterator[Program]:
    yield Program(bench, typed, tmp_path, "http_program.py")


@pytest.fixture
def graph(bench: Any, typed: Typed, tmp_path: Path) -> Iterator[Program]:
    yield Program(bench, typed, tmp_path, "graph_program.py")


def test_a_script_without_an_sdk_is_replayed_its_transient_fault_confirmed_and_made_a_test(
    bench: Any, without_sdk: Program, tmp_path: Path
) -> None:
    bench.provider.set_fault("invoice.decimal_comma", times=1)
    bad = without_sdk.run(scans.ENGLISH_LABEL, "bad")
    made = without_sdk.json("replay", bad)
    assert made["divergence"] is None and made["replay_of"] == bad
    assert made["output"] == bench.run(bad).output == "INV-2231: 1.79 USD\n"
    # What was counted is told again, and was paid when it was recorded.
    whole = bench.run(bad)
    assert (made["input_tokens"], made["cost_usd"]) == (whole.input_tokens, 0.0)
    path = f"/api/runs/{made['run_id']}/replay/plan"
    again = bench.api.post(path, json={"from": made["hops"][0]["hop_id"]}).json()
    assert again["estimated_cost_usd"] == pytest.approx(whole.cost_usd)
    assert [h["name"] for h in made["hops"]] == [
        "chat gpt-4o-mini",
        "chat claude-3-5-haiku-20241022",
    ]
    found = without_sdk.json("bisect", bad, "--expect", "1787.6", "--yes")
    assert [(o["name"], o["confirmed"]) for o in found["origins"]] == [("chat gpt-4o-mini", True)]
    assert "transient" in found["explanation"]
    written = tmp_path / "checks" / "test_without_sdk.py"
    without_sdk.json("test", bad, "--out", str(written))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(written)],
        cwd=tmp_path,  # another folder than the test's
        env=without_sdk.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_program_that_ends_before_its_first_call_is_quoted(
    bench: Any, typed: Typed, tmp_path: Path
) -> None:
    program = Program(bench, typed, tmp_path, "http_program.py")
    run_id = program.run(scans.BRITISH)
    (tmp_path / "given.txt").unlink()
    assert "No such file or directory: 'given.txt'" in program.refused("replay", run_id)


def test_the_same_command_line_in_two_folders_is_two_programs(
    bench: Any, typed: Typed, tmp_path: Path
) -> None:
    runs = {}
    for name, text in (("a", scans.BRITISH), ("b", scans.ENGLISH_LABEL)):
        (tmp_path / name).mkdir()
        runs[name] = Program(bench, typed, tmp_path / name, "http_program.py").run(text)
    program = Program(bench, typed, tmp_path, "http_program.py")
    for run_id in runs.values():
        made = program.json("replay", run_id)
        assert made["divergence"] is None
        assert made["output"] == bench.run(run_id).output


def test_a_script_without_an_sdk_and_with_a_lasting_fault_is_confirmed_against_its_good_run(
    bench: Any, without_sdk: Program
) -> None:
    good = without_sdk.run(scans.BRITISH, "good")
    bench.provider.set_fault("invoice.inverse_rate")
    bad = without_sdk.run(scans.BRITISH, "bad")
    found = without_sdk.json("bisect", bad, "--good", good, "--yes")
    assert [o["name"] for o in found["origins"]] == ["chat claude-3-5-haiku-20241022"]
    assert "persistent" in found["explanation"]


def test_a_plain_sdk_script_is_replayed_and_another_answer_served_as_the_stream_it_was(
    bench: Any, plain: Program
) -> None:
    run_id = plain.run(scans.BRITISH)
    made = plain.json("replay", run_id)
    assert made["divergence"] is None and made["output"] == bench.run(run_id).output
    mended = json.dumps({"number": "X-1", "total": 1000.0, "currency": "USD", "date": "2025-03-05"})
    made = plain.json("replay", run_id, "--set", f"chat gpt-4o-mini={mended}", "--yes")
    assert made["output"] == "X-1: 1000.0 USD\n"


def test_a_script_that_changed_leaves_its_recording_at_the_nearest_call(
    bench: Any, without_sdk: Program
) -> None:
    run_id = without_sdk.run(scans.BRITISH)
    (without_sdk._folder / "given.txt").write_text(scans.BRITISH.replace("420.00", "421.00"))
    told = without_sdk.json("replay", run_id, code=1)["divergence"]
    assert told["name"] == "chat gpt-4o-mini"
    assert told["differs"][0]["field"] == "request.messages[1].content"


def _sources(text: str) -> str:
    chosen = [s for s in SOURCES if s.year == 2024 and s.region in ("Northvale", "Southport")]
    asked = [{"region": s.region, "year": s.year, "source": s.text} for s in chosen]
    asked[0]["source"] = text or asked[0]["source"]
    return json.dumps(asked)


def test_a_langgraph_program_is_replayed_and_its_faults_confirmed(
    bench: Any, graph: Program
) -> None:
    good = graph.run(_sources(""), "good")
    assert bench.run(good).output == "7150000 MWh\n"
    assert graph.json("replay", good)["output"] == "7150000 MWh\n"
    bench.provider.set_fault("research.scale", times=1, match="Northvale")
    once = graph.run(_sources(""), "bad")
    found = graph.json("bisect", once, "--expect", "7150000", "--yes")
    (origin,) = found["origins"]
    assert "transient" in found["explanation"] and origin["confirmed"]
    wrong = next(h for h in bench.run(once).hops if h.hop_id == origin["hop_id"])
    assert "Northvale" in json.dumps([m.model_dump() for m in wrong.messages_in])
    bench.provider.set_fault("research.scale", match="Southport")
    always = graph.run(_sources(""), "bad")
    found = graph.json("bisect", always, "--good", good, "--yes")
    assert "persistent" in found["explanation"] and len(found["origins"]) == 1

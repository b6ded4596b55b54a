"""replay and bisect from the command line, on a small program with faults that can be switched."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import misstep
from misstep.command import main as command_main
from misstep_store.reader import RunQuery
from misstep_store.store import Store

_NUMBER = itertools.count()
_PROGRAM = Path(__file__).with_name("shop_program.py")


class Shop:
    """The program under a name of its own, its store, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.name = f"shop_{os.getpid()}_{next(_NUMBER)}"
        self.file = folder / f"{self.name}.py"
        self.store = folder / "traces.duckdb"
        self.effects = folder / "effects.txt"
        self.err = ""
        self._capsys = capsys
        shutil.copy(_PROGRAM, self.file)
        sys.path.insert(0, str(folder))
        self.module: ModuleType = importlib.import_module(self.name)

    def record(self, pipeline: str, text: str, verdict: str | None = None) -> str:
        """The id of one recorded run; an exception of the pipeline is part of it."""
        misstep.init(store=self.store)
        try:
            with contextlib.suppress(ValueError):
                value = getattr(self.module, pipeline)(text)
                if inspect.isawaitable(value):
                    asyncio.run(_awaited(value))
            assert misstep.flush()
        finally:
            misstep.shutdown()
        with Store.open(self.store) as store:
            run_id = store.reader.runs(RunQuery(limit=1)).runs[0].run_id
            if verdict is not None:
                store.reader.mark(run_id, verdict)  # type: ignore[arg-type]
        return run_id

    def runs(self) -> list[str]:
        """All run ids of the store."""
        with Store.open(self.store) as store:
            return [r.run_id for r in store.reader.runs(RunQuery(limit=1000)).runs]

    def edit(self, old: str, new: str) -> None:
        """Changes the program's code."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What the verb prints; its exit code must be ``code``, and errors one sentence."""
        self._capsys.readouterr()
        argv, sys.argv = sys.argv, ["misstep", *arguments, "--store", str(self.store)]
        if "--" in arguments:
            at = arguments.index("--")
            sys.argv = ["misstep", *arguments[:at], "--store", str(self.store), *arguments[at:]]
        try:
            with pytest.raises(SystemExit) as ended:
                command_main()
        finally:
            sys.argv = argv
        out, err = self._capsys.readouterr()
        self.err = err
        assert ended.value.code == code, out + err
        assert "Traceback" not in err
        return out if code != 2 else err

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The verb's JSON."""
        found: dict[str, Any] = json.loads(self(*arguments, "--json", code=code))
        return found


async def _awaited(value: Any) -> Any:
    return await value


@pytest.fixture
def shop(
    tmp_path: Path,
    state_home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    monkeypatch.setenv("EFFECTS", str(tmp_path / "effects.txt"))
    monkeypatch.chdir(tmp_path)
    made = Shop(tmp_path, capsys)
    yield made
    sys.path.remove(str(tmp_path))
    sys.modules.pop(made.name)


# --- replay ---------------------------------------------------------------------------------


def test_an_unchanged_replay_serves_all_and_needs_nobodys_consent(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.effects.unlink()
    made = shop.json("replay", run_id)
    assert made["divergence"] is None and made["replay_of"] == run_id
    assert made["output"] == "3 pens for 7.5"
    assert [h["name"] for h in made["hops"]] == ["read", "look_up", "price", "charge", "write"]
    assert not shop.effects.exists()
    assert "outcome: the same" in shop("replay", run_id)


@pytest.mark.parametrize(
    ("pipeline", "text"), [("streams", "three small words"), ("pinned", "x")], ids=str
)
def test_generators_coroutines_clocks_and_uuids_come_out_the_same(
    shop: Shop, pipeline: str, text: str
) -> None:
    run_id = shop.record(pipeline, text)
    before = shop.json("show", run_id)["output"]
    assert shop.json("replay", run_id)["output"] == before


def test_what_differs_by_an_unrecorded_value_is_named_the_vcr_way(shop: Shop) -> None:
    run_id = shop.record("unpinned", "x")
    told = shop.json("replay", run_id, code=1)["divergence"]
    assert told["name"] == "stamp" and told["matched"] == ["name", "path"]
    assert told["differs"][0]["field"] == "input.moment"
    text = shop("replay", run_id, code=1)
    assert "nearest recording: stamp" in text and "differs: input.moment" in text


def test_changed_code_is_named_with_the_hop_and_what_differs(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("write(facts, cost.total)", "write(facts, cost.total + 1)")
    told = shop.json("replay", run_id, code=1)["divergence"]
    assert told["name"] == "write"
    assert told["differs"] == [{"field": "input.total", "recorded": 7.5, "now": 8.5}]


def test_a_change_after_the_last_hop_is_a_divergence_of_the_outcome(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("return write(facts, cost.total)", 'return write(facts, cost.total) + "!"')
    told = shop.json("replay", run_id, code=1)["divergence"]
    assert told["name"] == "outcome" and told["differs"][0]["now"] == "3 pens for 7.5!"


def test_live_execution_without_a_terminal_needs_yes(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    told = shop("replay", run_id, "--from", "look_up", code=2)
    assert "--yes" in told and "live: look_up, price, write" in told
    assert "side effects answered, not repeated: charge" in told


def test_a_replaced_output_is_typed_again_and_what_follows_runs_without_its_side_effects(
    shop: Shop,
) -> None:
    run_id = shop.record("order", "3 pens")
    shop.effects.unlink()
    mended = '{"item": "pens", "count": 5}'
    made = shop.json("replay", run_id, "--set", f"read={mended}", "--yes")
    assert made["output"] == "5 pens for 12.5"
    assert not shop.effects.exists()
    assert made["replay_substituted"] == [made["replay_fork"]]


def test_an_allowed_side_effect_happens_and_only_then(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop("replay", run_id, "--from", "look_up", "--allow-effects", "charge", "--yes")
    assert shop.effects.read_text().split() == ["7.5", "7.5"]


def test_a_fork_runs_the_code_as_it_is_now(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("facts.count * each *", "facts.count * each * 2 *")
    made = shop.json("replay", run_id, "--from", "price", "--yes")
    assert made["output"] == "3 pens for 15.0"
    alone = shop.json("replay", run_id, "--live", "price", "--yes")
    assert alone["output"] == "3 pens for 15.0"


def test_an_entry_can_be_named_and_the_registry_is_not_asked_then(
    shop: Shop, state_home: Path
) -> None:
    run_id = shop.record("order", "3 pens")
    registry = state_home / "misstep" / "registry.json"
    kept = registry.read_text()
    registry.write_text("[]")
    try:
        assert "never ran on this machine" in shop("replay", run_id, code=2)
        made = shop.json("replay", run_id, "--entry", f"{shop.name}:order")
    finally:
        registry.write_text(kept)
    assert made["output"] == "3 pens for 7.5"


# --- bad input ------------------------------------------------------------------------------


def test_an_entry_that_is_gone_is_named(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("def order(", "def renamed(")
    assert f"{shop.name} has no order any more" in shop("replay", run_id, code=2)
    shop.file.unlink()
    assert f"{shop.name} cannot be imported" in shop("replay", run_id, code=2)


def test_arguments_that_no_longer_fit_are_named(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("def order(text: str)", "def order(text: str, urgent: bool)")
    assert "no longer takes the recorded arguments" in shop("replay", run_id, code=2)
    shop.edit("def order(text: str, urgent: bool)", "def order(text: list[int])")
    assert "order(text) cannot be turned back" in shop("replay", run_id, code=2)


def test_an_output_that_no_longer_fits_its_type_is_named_with_its_hop(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.edit("    count: int\n", "    count: int\n    colour: str\n")
    assert "recorded output of read cannot be turned back" in shop("replay", run_id, code=2)


def test_a_recording_with_missing_answers_says_which_hop_lacks_what(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISSTEP_MAX_PAYLOAD_BYTES", "40")
    run_id = shop.record("order", "3 pens")
    longer = shop.record("order", "3 " + "very long pens " * 20)
    monkeypatch.delenv("MISSTEP_MAX_PAYLOAD_BYTES")
    assert "price cannot be served: its payload was cut" in shop("replay", run_id, code=1)
    assert "arguments were not recorded whole" in shop("replay", longer, code=2)


def test_a_branch_that_was_not_taken_before_is_named_and_can_be_run_live(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = shop.record("branches", "Hush")
    monkeypatch.setenv("LOUD", "1")
    made = shop.json("replay", run_id, code=1)
    assert made["divergence"]["name"] == "shouted"
    assert "not recorded" in made["divergence"]["message"]
    assert "branching changed" in made["divergence"]["message"]
    assert "--from HOP" in shop("replay", run_id, code=1)


def test_a_hop_that_hangs_is_ended_and_named_and_leaves_no_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = shop.record("waits", "x")
    monkeypatch.setenv("SLEEP_S", "300")
    told = shop("replay", run_id, "--live", "sleepy", "--yes", "--timeout", "3", code=2)
    assert "longer than 3 s while running sleepy" in told
    assert shop.runs() == [run_id]


def test_a_program_that_works_when_imported_is_not_executed_by_loading_it(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    shop.effects.unlink()
    shop.file.write_text(shop.file.read_text() + "\norder('9 cars')\n")
    assert "runs its pipeline when it is imported" in shop("replay", run_id, code=2)
    assert not shop.effects.exists()


def test_an_unknown_hop_a_missing_value_and_a_foreign_run_get_one_sentence(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    assert "its hops: read, look_up" in shop("replay", run_id, "--from", "nothing", code=2)
    assert "--set wants HOP=VALUE" in shop("replay", run_id, "--set", "read", code=2)
    assert "cannot be read" in shop("replay", run_id, "--set", "read=@nothing.json", code=2)
    assert "no run" in shop("bisect", "ffff", code=2)


def test_a_store_that_is_read_only_is_told_and_nothing_is_executed(shop: Shop) -> None:
    run_id = shop.record("order", "3 pens")
    if os.geteuid() == 0:
        # root may write everything: a folder in the file's place cannot be opened by anybody.
        kept = shop.store.rename(shop.store.with_suffix(".kept"))
        shop.store.mkdir()
        assert "is a folder" in shop("replay", run_id, code=2)
        assert kept.is_file()
        return
    shop.store.chmod(0o400)
    assert str(shop.store) in shop("replay", run_id, code=2)


def test_ctrl_c_in_the_middle_leaves_nothing_half(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = shop.record("waits", "x")
    environment = {**os.environ, "SLEEP_S": "300", "PYTHONUNBUFFERED": "1"}
    start = "from misstep.command import main; main()"
    verb = [sys.executable, "-c", start, "replay", run_id, "--live", "sleepy", "--yes"]
    process = subprocess.Popen(
        [*verb, "--store", str(shop.store)],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child = _wait_for_child(process.pid)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert shop.runs() == [run_id]
    # Other tests may be replaying on this machine: only our own must be gone.
    assert child not in [pid for _, pid in _children_of("misstep.replay.child")]


def _wait_for_child(pid: int) -> str:
    pause = threading.Event()
    for _ in range(6000):
        for parent, child in _children_of("misstep.replay.child"):
            if parent == str(pid):
                return child
        pause.wait(0.01)
    raise AssertionError("the replay did not start its process")


def _children_of(module: str) -> list[tuple[str, str]]:
    """(parent id, id) of processes that run a module."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            command = (status.parent / "cmdline").read_bytes().split(b"\0")
            if module.encode() in command:
                text = status.read_text()
                parent = next(x for x in text.splitlines() if x.startswith("PPid:"))
                found.append((parent.split()[1], status.parent.name))
    return found


# --- bisect ---------------------------------------------------------------------------------


def test_a_persistent_fault_is_confirmed_against_a_good_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = shop.record("order", "3 pens", "good")
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("order", "3 pens", "bad")
    effects = shop.effects.read_text()
    made = shop.json("bisect", bad, "--good", good, "--yes")
    assert [(o["name"], o["confirmed"]) for o in made["origins"]] == [("look_up", True)]
    assert "persistent" in made["explanation"] and "good run" in made["explanation"]
    tried = [(t["kind"], t["control"]) for t in made["trials"]]
    assert tried == [
        ("replay", False),
        ("all_live", False),
        ("substitute", False),
        ("resample", True),
    ]
    assert shop.effects.read_text() == effects
    shown = shop.json("show", bad)
    assert shown["origin"]["confirmed"] is True


def test_a_transient_fault_is_confirmed_with_nothing_but_the_expected_text(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    once = tmp_path / "once"
    once.write_text("price")
    monkeypatch.setenv("ONCE", str(once))
    bad = shop.record("order", "3 pens")
    made = shop.json("bisect", bad, "--expect", "for 7.5", "--yes")
    assert [o["name"] for o in made["origins"]] == ["price"]
    assert "transient" in made["explanation"]
    assert {t["kind"] for t in made["trials"]} == {"replay", "all_live", "resample"}


def test_two_faults_that_must_be_mended_together_are_both_origins(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = shop.record("order", "3 pens", "good")
    monkeypatch.setenv("FAULT", "read,price")
    bad = shop.record("order", "3 pens", "bad")
    made = shop.json("bisect", bad, "--good", good, "--yes")
    assert [o["name"] for o in made["origins"]] == ["read", "price"]


def test_a_wrong_input_is_confirmed_as_input(shop: Shop) -> None:
    good = shop.record("order", "3 pens", "good")
    bad = shop.record("order", "33 pens", "bad")
    made = shop.json("bisect", bad, "--good", good, "--yes")
    assert made["origin"] == {"hop_id": None, "name": "input", "confirmed": True}
    differs = 'another input (input.text is "33 pens" here and "3 pens" there)'
    assert differs in shop.err and differs in made["explanation"]
    assert "only if that one is what this run should have been given" in made["explanation"]


def test_a_good_run_of_another_request_altogether_is_no_measure_of_this_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "steel chairs for the north wing, delivered on Monday before noon, packed in pairs"
    good = shop.record("order", f"4 {other}", "good")
    monkeypatch.setenv("FAULT", "look_up")
    mine = "pens in the colours blue, green and red, sent to Lyon with a card that says thanks"
    bad = shop.record("order", f"3 {mine}", "bad")
    told = shop("bisect", bad, "--good", good, "--yes", code=2)
    assert "answers another request" in told and "--expect" in told
    made = shop.json("bisect", bad, "--good", good, "--expect", "for 7.5", "--yes", code=1)
    assert made["origins"] == [] and "answers another request" in shop.err


def test_a_fault_that_stays_ends_with_the_command_that_would_settle_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("order", "3 pens", "bad")
    made = shop.json("bisect", bad, "--expect", "for 7.5", "--yes", code=1)
    assert made["verdict"] == "undecided" and made["origins"] == []
    assert "--set HOP=VALUE" in made["explanation"] and "--good RUN_B" in made["explanation"]
    command = f"misstep bisect {bad[:12]} --expect 'for 7.5' --set "
    assert command in made["next_check"]


def test_a_lasting_fault_is_confirmed_by_the_value_the_rule_knows_and_nothing_else_given(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULT", "misread")
    bad = shop.record("scanned", "Total 1.299,00 EUR for 3 pens")
    undecided = shop("bisect", bad, "--yes", code=2)
    assert "nothing says what a good outcome" in undecided
    made = shop.json("bisect", bad, "--expect", "1299", "--yes")
    assert [(o["name"], o["confirmed"]) for o in made["origins"]] == [("scan", True)]
    assert "number.misread" in made["explanation"] and "persistent" in made["explanation"]
    mended = next(t for t in made["trials"] if t["kind"] == "substitute")
    assert (mended["source"], mended["outcome"]) == ("rule", "good")
    wrong = shop.json("bisect", bad, "--expect", "1300", "--yes", code=1)
    assert wrong["verdict"] == "undecided" and wrong["origins"] == []


def test_what_replays_and_bisects_make_stands_apart_from_what_happened(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = shop.record("order", "3 pens", "good")
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("order", "3 pens", "bad")
    shop("bisect", "last", "--good", good, "--yes")
    made = shop.json("replay", "last", "--yes")
    assert made["replay_of"] == bad == shop.json("show", "last")["run_id"]
    listed = shop.json("runs")["runs"]
    assert [r["run_id"] for r in listed] == [bad, good]
    everything = shop.json("runs", "--replays")["runs"]
    assert len(everything) > 4 and {r["replay_of"] for r in everything} == {None, bad}
    assert f"↻ {bad[:8]}" in shop("runs", "--replays")


def test_a_loud_failure_is_traced_to_the_value_that_caused_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = shop.record("order", "30 pens", "good")
    monkeypatch.setenv("FAULT", "read")
    bad = shop.record("order", "30 pens")
    made = shop.json("bisect", bad, "--yes")
    assert [o["name"] for o in made["origins"]] == ["read"]
    assert made["symptom"]["name"] == "price" and made["baseline"] == good


def test_a_check_function_and_a_value_of_the_users_own_confirm(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("order", "3 pens")
    check = ("--check", f"{shop.name}:is_cheap")
    undecided = shop.json("bisect", bad, *check, "--yes", code=1)
    assert undecided["verdict"] == "undecided" and undecided["origins"] == []
    assert "--good" in undecided["explanation"]
    made = shop.json("bisect", bad, *check, "--set", "look_up=2.5", "--yes", "--trials", "3")
    assert [o["name"] for o in made["origins"]] == ["look_up"]
    assert "3 of 3 trials (95 % interval 44% to 100%)" in made["explanation"]


def test_a_good_run_is_clean_and_nothing_of_it_is_executed(shop: Shop) -> None:
    good = shop.record("order", "3 pens", "good")
    made = shop.json("bisect", good)
    assert (made["verdict"], made["origins"], made["trials"]) == ("clean", [], [])
    unmarked = shop.record("order", "4 pens")
    made = shop.json("bisect", unmarked, "--expect", "for 10", "--yes")
    assert (made["verdict"], made["origins"]) == ("clean", [])


def test_a_budget_that_is_spent_is_undecided_and_says_how_to_raise_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = shop.record("order", "3 pens", "good")
    monkeypatch.setenv("FAULT", "read")
    bad = shop.record("order", "3 pens", "bad")
    made = shop.json("bisect", bad, "--good", good, "--budget", "3", "--yes", code=1)
    assert made["verdict"] == "undecided" and "--budget" in made["explanation"]
    assert sum(t["hop_executions"] for t in made["trials"]) <= 3


def test_bisect_without_a_terminal_or_an_idea_of_good_says_what_it_needs(shop: Shop) -> None:
    bad = shop.record("order", "3 pens", "bad")
    assert "--expect TEXT" in shop("bisect", bad, "--yes", code=2)
    told = shop("bisect", bad, "--expect", "x", code=2)
    assert "at most 60 hop executions" in told and "--yes" in told


def test_a_script_without_a_guard_is_loaded_past_the_pipelines_it_calls_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from __future__ import annotations\nimport os, misstep\n"
        "misstep.init(store=os.environ['SHOP_STORE'])\n"
        "@misstep.pipeline\ndef first(n: int) -> Later:\n    return n + 1\n"
        "Later = int\ngiven = first(1)\nfound = given * 2\n"
        "@misstep.hop\ndef double(n: int) -> int:\n    return n * 2\n"
        "@misstep.pipeline\ndef second(n: int) -> int:\n    return double(n)\n"
        "print(second(found))\nprint('the end')\n"
    )
    monkeypatch.setenv("SHOP_STORE", str(shop.store))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == "8\nthe end\n"
    for run_id, pipeline, output in zip(shop.runs(), ("second", "first"), (8, 2), strict=True):
        made = shop.json("replay", run_id)
        assert (made["pipeline"], made["output"], made["divergence"]) == (pipeline, output, None)


# --- the generated test ---------------------------------------------------------------------


def test_the_generated_test_passes_and_fails_once_the_code_says_otherwise(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = shop.record("order", "3 pens", "good")
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("order", "3 pens", "bad")
    assert "confirm it first" in shop("test", bad, code=2)
    shop("bisect", bad, "--good", good, "--yes")
    monkeypatch.delenv("FAULT")
    shop("test", bad, "--out", str(tmp_path / "test_order.py"))
    text = (tmp_path / "test_order.py").read_text()
    assert "def test_look_up_is_mended" in text and "right = 2.5" in text
    assert (tmp_path / "test_order.otlp.json").is_file()
    assert _pytest(tmp_path) == 0
    shop.edit("write(facts, cost.total)", "write(facts, cost.total + 1)")
    assert _pytest(tmp_path) == 1


def _pytest(folder: Path) -> int:
    verb = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_order.py"]
    return subprocess.run(verb, cwd=folder, capture_output=True, check=False).returncode

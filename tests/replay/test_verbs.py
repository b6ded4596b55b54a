"""replay and test from the command line, on a small program with faults that can be switched."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from shop import Shop

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


_HANGS_S = 600
"""Far longer than any machine takes, so that a process that hangs does not hold up the others."""


def test_ctrl_c_in_the_middle_leaves_nothing_half(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = shop.record("waits", "x")
    environment = {**os.environ, "SLEEP_S": "300", "PYTHONUNBUFFERED": "1"}
    # What was started in the background of a script inherits that Ctrl-C is ignored.
    hears = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    start = f"{hears}; from misstep.command import main; main()"
    verb = [sys.executable, "-c", start, "replay", run_id, "--live", "sleepy", "--yes"]
    process = subprocess.Popen(
        [*verb, "--store", str(shop.store)],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        child = _wait_for_child(process.pid)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=_HANGS_S)
    finally:
        process.kill()
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

"""bisect from the command line, on a small program with faults that can be switched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from shop import Shop


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


def test_a_mark_that_the_answer_of_a_side_effect_repeats_is_said_to_settle_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULT", "look_up")
    bad = shop.record("receipt", "3 pens")
    shop("mark", bad, "bad", "--text", "27.0")
    for more in ((), ("--set", "look_up=2.5")):
        made = shop.json("bisect", bad, *more, "--yes", code=1)
        assert made["verdict"] == "undecided" and made["origins"] == []
        assert "charge is a side effect, answered from the recording" in made["explanation"]
        assert "repeats '27.0'" in made["explanation"] and "--expect" in made["explanation"]
        assert f"misstep bisect {bad[:12]} --expect TEXT" in made["next_check"]
    made = shop.json("bisect", bad, "--expect", "for 7.5", "--set", "look_up=2.5", "--yes")
    assert [(o["name"], o["confirmed"]) for o in made["origins"]] == [("look_up", True)]


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

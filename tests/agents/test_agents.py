"""Agent logs: signals, the ranking by "first wrong", and what the recording's rule says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from misstep.model import Hop, Run
from misstep_diagnosis import diagnose
from misstep_diagnosis.agents import Act, Turn, act_signals, load_model, turn_signals
from misstep_diagnosis.agents.first import Model
from misstep_diagnosis.checks.agents import SENTENCES

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


def _flat(share: float = 0.0) -> Model:
    return Model(hazard={"bad": 2.0}, bias=-1.0, contrast={"bad": 1.0}, share=share, threshold=0.5)


def test_among_equally_bad_steps_the_earlier_one_ranks_first() -> None:
    ranked = _flat().ranked([{}, {"bad": 1.0}, {"bad": 1.0}])
    assert ranked[0] == 1
    assert ranked.index(1) < ranked.index(2)


def test_no_step_at_all_gives_an_empty_ranking() -> None:
    assert _flat(0.5).ranked([]) == []
    assert _flat().flagged([]) == []


def test_the_likeliest_step_is_flagged_when_none_reaches_the_threshold() -> None:
    assert _flat().flagged([{}, {"bad": 0.1}]) == [1]


def test_an_assumption_that_nobody_gave_ranks_before_the_step_that_confirms_it() -> None:
    turns = [
        Turn("", "human", "How many stops has the Red Line?"),
        Turn("Planner", "assistant", "First look up the stops, then count them."),
        Turn("Expert", "assistant", "Typically, let's assume 22 stops: Alewife, Davis, Porter."),
        Turn("Checker", "assistant", "Confirmed and verified: 22 stops. TERMINATE"),
    ]
    signals = turn_signals("How many stops has the Red Line?", turns)
    assert signals[2]["assumes"] > signals[3].get("assumes", 0.0)
    ranked = load_model("transcript").ranked(signals)
    assert ranked.index(2) < ranked.index(3)
    assert ranked.index(2) < ranked.index(0)


def test_what_an_executor_printed_is_not_held_against_the_executor() -> None:
    turns = [
        Turn("Coder", "assistant", "```python\nprint(open('data.csv').read())\n```"),
        Turn("Computer_terminal", "user", "exitcode: 1 (execution failed)\nFileNotFoundError"),
    ]
    coder, terminal = turn_signals("Sum the table.", turns)
    assert coder["code_fails"] == 1.0
    assert terminal["environment"] == 1.0
    assert "body" not in terminal


def _answer(text: str) -> str:
    return json.dumps({"content": text, "tool_calls": None})


def test_a_final_answer_without_any_observation_is_noticed() -> None:
    acts = [
        Act("a", None, "agent", "Agent.run"),
        Act("s", "a", "chain", "Step 1"),
        Act("m", "s", "model", "call", produced=_answer("```py\nfinal_answer('42')\n```")),
        Act("t", "s", "tool", "FinalAnswerTool"),
    ]
    signals = dict(act_signals(acts))
    assert signals["m"]["final_unobserved"] == signals["m"]["final_at_once"] == 1.0


def test_only_who_was_asked_for_code_or_thoughts_can_have_left_them_out() -> None:
    def told(received: str) -> dict[str, float]:
        acts = [
            Act("a", None, "agent", "Agent.run"),
            Act("s", "a", "chain", "Step 1"),
            Act("m", "s", "model", "call", received=received, produced=_answer("It is 42.")),
        ]
        return dict(act_signals(acts))["m"]

    assert "no_code" not in told("What is it?") and "no_thought" not in told("What is it?")
    asked = told("Write a line Thought: and then your code between <code> and </code>.")
    assert asked["no_code"] == asked["no_thought"] == 1.0


def test_an_argument_that_the_tool_does_not_declare_is_noticed_at_tool_and_caller() -> None:
    acts = [
        Act("a", None, "agent", "Agent.run"),
        Act("s", "a", "chain", "Step 1"),
        Act("m", "s", "model", "call", produced=_answer("down")),
        Act("t", "s", "tool", "PageDown", received='{"kwargs": {"": ""}}', parameters="{}"),
    ]
    signals = dict(act_signals(acts))
    assert signals["t"]["undeclared_argument"] == signals["m"]["bad_arguments"] == 1.0


def test_every_signal_that_can_speak_against_a_step_has_its_sentence() -> None:
    speaking = {k for k, v in load_model("spans").hazard.items() if v > 0.02}
    assert speaking <= set(SENTENCES)


def test_hostile_spans_give_signals_and_no_exception() -> None:
    deep = "[" * 20_000
    cyclic = [Act("x", "y", "chain", ""), Act("y", "x", "model", "", deep, deep)]
    assert [i for i, _ in act_signals(cyclic)] == ["y"]


def _hop(hop_id: str, kind: str, parent: str | None, **fields: object) -> Hop:
    index = int(hop_id, 16)
    made = {"name": kind, "index": index, "offset_ms": float(index), **fields}
    return Hop.model_validate({"hop_id": hop_id, "kind": kind, "parent_id": parent, **made})


def test_an_agents_run_is_never_accused_by_this_rule_alone() -> None:
    hops = [
        _hop("0", "agent", None, output="42"),
        _hop("1", "chain", "0", name="Step 1"),
        _hop("2", "llm", "1", output="```py\nfinal_answer('42')\n```"),
        _hop("3", "tool", "1", name="final_answer", input={"args": ["42"]}),
    ]
    run = Run(run_id="0" * 32, name="agent", output="42")
    found = diagnose(run, hops)
    assert found.verdict == "undecided"
    assert found.suspects[0].hop_id == "2" and not found.origins
    run.verdict.state, run.verdict.by = "bad", "user"
    marked = diagnose(run, hops)
    told = [e for s in marked.suspects for e in s.evidence if e.rule == "agent.step"]
    assert told and told[0].hop_id == "2"
    assert "it gave the final answer in its first step" in told[0].detail


@pytest.mark.data
@pytest.mark.parametrize(("dataset", "cases"), [("whowhen", 94), ("trail", 77)])
def test_the_benchmark_writes_a_line_for_every_case(
    dataset: str, cases: int, tmp_path: Path
) -> None:
    folder = DATA / dataset
    if not folder.is_dir():
        pytest.skip("the shared real-world data is absent")
    out = tmp_path / "predictions.jsonl"
    command = [sys.executable, "-m", "bench.localise", "--dataset", dataset]
    subprocess.run(
        [*command, "--data", str(folder), "--out", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == cases
    key = "step" if dataset == "whowhen" else "hop_id"
    assert all(key in entry for line in lines for entry in line["ranked"])


def test_a_prediction_imports_no_label() -> None:
    code = "import sys, bench.localise.__main__; sys.exit('bench.localise.labels' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_case_is_its_path_without_endings_and_odd_logs_cost_no_other_case(
    tmp_path: Path,
) -> None:
    (tmp_path / "part").mkdir()
    for name in ("part/case.1.json", "part/case.2.json"):
        history = [{"name": "A", "content": "The sum is 3."}, "no message", {"content": None}]
        (tmp_path / name).write_text(json.dumps({"question": "?", "history": history}))
    (tmp_path / "part" / "broken.json").write_text('{"history": [')
    out = tmp_path / "out.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.localise", "--dataset", "whowhen"),
            *("--data", str(tmp_path), "--out", str(out)),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["case"] for line in lines] == ["part/case.1", "part/case.2"]
    assert all(len(line["ranked"]) == 3 for line in lines)
    assert "broken.json is left out" in done.stderr

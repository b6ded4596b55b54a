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
from misstep_diagnosis.checks.calls.agents import SENTENCES, TURN_SENTENCES

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
    assert coder["code"] == coder["first_code_lost"] == 1.0
    assert "long" not in terminal and "code" not in terminal
    assert load_model("transcript").ranked([coder, terminal])[0] == 0


def test_a_first_failing_code_is_held_against_a_run_only_where_no_answer_was_reached() -> None:
    code = Turn("Coder", "assistant", "```python\nprint(open('data.csv').read())\n```")
    failed = Turn("Computer_terminal", "user", "exitcode: 1 (execution failed)\nFileNotFoundError")
    lost = turn_signals("Sum the table.", [code, failed])
    ended = turn_signals("Sum the table.", [code, failed, Turn("Coder", "a", "5. TERMINATE")])
    assert lost[0]["first_code_lost"] == 1.0
    assert "first_code_lost" not in ended[0]


def _led(last: str) -> list[Turn]:
    page = (
        "I clicked 'Sales'.\n\nHere is a screenshot of [Homes](https://homes.example/sold). 2,041"
    )
    return [
        Turn("human", "human", "What did the house sell for?"),
        Turn("", "Orchestrator (-> WebSurfer)", "Please find what the house sold for."),
        Turn("", "WebSurfer", page),
        Turn("", "Orchestrator (thought)", last),
    ]


def test_an_accepted_answer_is_the_coordinators_doing_and_a_missing_one_the_workers() -> None:
    accepted = turn_signals("What did the house sell for?", _led("Request satisfied."))
    assert accepted[1]["coordinator_accepted"] == accepted[2]["worker_accepted"] == 1.0
    lost = turn_signals("What did the house sell for?", _led("Next speaker WebSurfer"))
    assert lost[2]["worker_lost"] == lost[2]["shows_lost"] == 1.0
    assert "coordinator_accepted" not in lost[1]
    assert load_model("transcript").ranked(lost)[0] == 2


def test_what_a_page_says_is_no_claim_of_the_agent_that_shows_it() -> None:
    shown = turn_signals("?", _led("Next speaker WebSurfer"))[2]
    assert shown["first_page"] == 1.0
    assert not {"new_facts", "assumes", "answers"} & set(shown)


def test_a_task_that_is_not_the_question_departs_and_one_that_repeats_it_does_not() -> None:
    question = "Which pages does the professor recommend for the exam?"
    other = Turn("Manager", "assistant", "Debug the script that sums the squares of numbers.")
    assert turn_signals(question, [other])[0]["departs"] == 1.0
    assert "departs" not in turn_signals(question, [Turn("Manager", "a", f"Task: {question}")])[0]


def test_the_outcome_is_born_where_its_value_first_stood_and_credited_to_the_code() -> None:
    turns = [
        Turn("Planner", "assistant", "We look at the list and count."),
        Turn("Coder", "assistant", "```python\nprint(total)\n```"),
        Turn("Computer_terminal", "user", "exitcode: 0\nCode output: 1,610"),
        Turn("Checker", "assistant", "The total is verified: **1610** in all. TERMINATE"),
    ]
    signals = turn_signals("How many revisions?", turns)
    assert signals[1]["outcome_born"] == 1.0
    assert "outcome_born" not in signals[2] and "outcome_known" not in signals[1]
    assert signals[3]["outcome_known"] == 1.0


def test_a_written_out_amount_and_its_digits_are_one_outcome() -> None:
    turns = [
        Turn("Finder", "assistant", "It went for $1.08 billion, they say."),
        Turn("Closer", "Closer (termination)", "FINAL ANSWER: 1080000000"),
    ]
    assert turn_signals("How much?", turns)[0]["outcome_born"] == 1.0


def test_shares_sum_to_one_and_follow_the_ranking() -> None:
    model, steps = _flat(0.5), [{}, {"bad": 1.0}, {"bad": 0.4}]
    shares = model.shares(steps)
    assert sum(shares) == pytest.approx(1.0)
    assert sorted(range(3), key=lambda i: -shares[i]) == model.ranked(steps)


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


@pytest.mark.parametrize(
    ("name", "sentences"), [("spans", SENTENCES), ("transcript", TURN_SENTENCES)]
)
def test_every_signal_that_can_speak_against_a_step_has_its_sentence(
    name: str, sentences: dict[str, str]
) -> None:
    speaking = {k for k, v in load_model(name).hazard.items() if v > 0.02}
    assert speaking <= set(sentences)


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
        _hop("1", "llm", "0", output="1. Ask search_agent for the number.\n2. Check it."),
        _hop("2", "chain", "0", name="Step 1"),
        _hop("3", "llm", "2", output="```py\nfinal_answer('42')\n```"),
        _hop("4", "tool", "2", name="final_answer", input={"args": ["42"]}),
    ]
    run = Run(run_id="0" * 32, name="agent", output="42")
    found = diagnose(run, hops)
    assert found.verdict == "undecided"
    assert found.suspects[0].hop_id == "3" and not found.origins
    run.verdict.state, run.verdict.by = "bad", "user"
    marked = diagnose(run, hops)
    told = [e for s in marked.suspects for e in s.evidence if e.rule == "agent.step"]
    assert told and told[0].hop_id == "3"
    assert "it gave the final answer in its first step" in told[0].detail


def _stepping(*spans: Act) -> dict[str, dict[str, float]]:
    return dict(act_signals([Act("a", None, "agent", "Agent.run"), *spans]))


def test_a_plan_that_names_helpers_and_an_act_without_them_is_noticed_until_one_is_called() -> None:
    plan = Act("p", "a", "model", "call", produced=_answer("1. Use search_agent to find it."))
    step = Act("s", "a", "chain", "Step 1")
    alone = Act("m", "s", "model", "call", produced=_answer("I recall that it is 42."))
    signals = _stepping(plan, step, alone)["m"]
    assert signals["plan_ignored"] == signals["plan_ignored_at_once"] == signals["recalls"] == 1.0
    helped = Act("t", "s", "tool", "search_agent", received="{}", produced="It is 42.")
    assert "plan_ignored" not in _stepping(plan, step, alone, helped)["m"]
    assert "plan_ignored" not in _stepping(step, alone)["m"]


def test_a_question_that_a_tool_was_asked_before_is_noticed_in_other_words_too() -> None:
    spans: list[Act] = []
    for i, asked in enumerate(("winner of the award 2019", "the award 2019 winner", "Lego page")):
        step = Act(f"s{i}", "a", "chain", f"Step {i}")
        model = Act(f"m{i}", f"s{i}", "model", "call", produced=_answer("I search."))
        spans += [step, model, Act(f"t{i}", f"s{i}", "tool", "web_search", received=asked)]
    signals = _stepping(*spans)
    assert signals["m1"]["asks_alike"] > 0.9
    assert "asks_alike" not in signals["m0"]
    assert signals["m2"].get("asks_alike", 0.0) < 0.3


def test_a_server_that_refuses_is_noticed_and_one_that_finds_nothing_is_not() -> None:
    refused = Act("t", "a", "tool", "visit_page", produced="Title: Error 403\nForbidden")
    absent = Act("u", "a", "tool", "visit_page", produced="Title: Error 404\nFile not found")
    signals = _stepping(refused, absent)
    assert signals["t"]["refused"] == 1.0 and "refused" not in signals["u"]


def _conversation(last: str) -> tuple[Run, list[Hop]]:
    said = [
        ("Orchestrator (-> WebSurfer)", "Please find what the house sold for."),
        ("WebSurfer", "Here is a screenshot of [Homes](https://homes.example/sold). Nothing."),
        ("Orchestrator (thought)", last),
    ]
    hops = [_hop(str(i), "agent", None, name=n, output=t) for i, (n, t) in enumerate(said)]
    run = Run(run_id="0" * 32, name="team", input="What did the house sell for?", output=last)
    return run, hops


def test_a_bad_conversation_ranks_the_turn_that_came_back_empty_and_accuses_nobody() -> None:
    run, hops = _conversation("Next speaker WebSurfer")
    run.verdict.state, run.verdict.by = "bad", "user"
    found = diagnose(run, hops)
    assert found.verdict == "undecided" and not found.origins
    first = found.suspects[0]
    assert first.hop_id == "1" and first.evidence[0].rule == "agent.turn"
    assert "the first page that was opened" in first.evidence[0].detail


def test_a_conversation_that_nobody_called_bad_is_clean() -> None:
    found = diagnose(*_conversation("Request satisfied."))
    assert found.verdict == "clean" and not found.suspects


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

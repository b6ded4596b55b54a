"""In each bundled example a fault that comes once and one that stays are confirmed, from the
command line; every one of their runs replays byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from misstep.command import main
from misstep_examples import scans
from misstep_examples.invoice import process_invoice
from misstep_examples.models import URL_VARIABLE
from misstep_examples.research import research
from misstep_examples.support import Ticket, answer_ticket

QUESTION = "How much solar energy was produced in Northvale and Southport in 2024, and what share?"
LAMP = Ticket(ticket_id="T-1", text="I want to return my lamp from order A-1077. How long is it?")


def _support(ticket: Ticket) -> Any:
    return asyncio.run(answer_ticket(ticket))


def _research(question: str) -> Any:
    return asyncio.run(research(question))


CASES = [
    pytest.param(process_invoice, scans.ENGLISH_LABEL, "invoice.decimal_comma", "", id="invoice"),
    pytest.param(_support, LAMP, "support.misread_period", "", id="support"),
    pytest.param(_research, QUESTION, "research.scale", "Northvale", id="research"),
]
ORIGINS = {
    "invoice.decimal_comma": "extract_fields",
    "support.misread_period": "draft_answer",
    "research.scale": "summarise_source#1",
}


@pytest.fixture
def verb(
    bench: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    def run(*arguments: str) -> dict[str, Any]:
        where = ["--store", bench.server.otlp_url, "--json"]
        monkeypatch.setattr("sys.argv", ["misstep", *arguments, *where])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code == 0, out + err
        found: dict[str, Any] = json.loads(out)
        return found

    return run


@pytest.mark.parametrize(("pipeline", "given", "fault", "match"), CASES)
def test_a_fault_that_comes_once_and_one_that_stays_are_confirmed(
    bench: Any,
    verb: Callable[..., dict[str, Any]],
    pipeline: Callable[[Any], Any],
    given: Any,
    fault: str,
    match: str,
) -> None:
    good = bench.record(pipeline, given, "good")
    replayed = verb("replay", good)
    assert replayed["divergence"] is None
    assert json.dumps(replayed["output"]) == json.dumps(bench.run(good).output)
    bench.provider.set_fault(fault, times=1, match=match)
    once = bench.record(pipeline, given, "bad")
    found = verb("bisect", once, "--good", good, "--yes")
    assert [(o["name"], o["confirmed"]) for o in found["origins"]] == [(ORIGINS[fault], True)]
    assert "transient" in found["explanation"]
    bench.provider.set_fault(fault, match=match)
    always = bench.record(pipeline, given, "bad")
    assert bench.run(always).output != bench.run(good).output
    found = verb("bisect", always, "--good", good, "--yes")
    assert [(o["name"], o["confirmed"]) for o in found["origins"]] == [(ORIGINS[fault], True)]
    assert "persistent" in found["explanation"]
    assert bench.run(always).origin.confirmed


def test_a_lasting_fault_is_confirmed_by_a_stronger_model(
    bench: Any, verb: Callable[..., dict[str, Any]]
) -> None:
    bench.provider.set_fault("invoice.drop_currency", match="gpt-4o-mini")
    bad = bench.record(process_invoice, scans.FRENCH)
    found = verb("bisect", bad, "--reference-model", "gpt-4o", "--yes")
    assert [(o["name"], o["confirmed"]) for o in found["origins"]] == [("extract_fields", True)]
    assert "asked of the reference model" in found["explanation"]
    flipped = next(t for t in found["trials"] if t["source"] == "model" and t["outcome"] == "good")
    (asked,) = [h for h in bench.run(flipped["run_id"]).hops if h.name == "extract_fields"]
    assert asked.request_model == "gpt-4o"


def test_a_call_is_made_again_with_another_prompt_or_another_model(
    bench: Any, verb: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    run_id = bench.record(process_invoice, scans.BRITISH, "good")
    policy = tmp_path / "policy.txt"
    before = next(h.system for h in bench.run(run_id).hops if h.name == "check_policy")
    policy.write_text(before.replace("up to 1,000 USD: team_lead", "up to 100 USD: team_lead"))
    made = verb("replay", run_id, "--prompt", f"check_policy=@{policy}", "--yes")
    assert (bench.run(run_id).output["route"], made["output"]["route"]) == (
        "team_lead",
        "controller",
    )
    told = next(h for h in made["hops"] if h["name"] == "check_policy")
    assert "up to 100 USD" in told["system"]
    made = verb("replay", run_id, "--model", "check_policy=claude-3-5-haiku-20241022", "--yes")
    told = next(h for h in made["hops"] if h["name"] == "check_policy")
    assert told["request_model"] == "claude-3-5-haiku-20241022"
    assert made["output"]["route"] == "team_lead"


def test_a_provider_that_is_down_is_told_with_the_hop_that_wanted_it_and_nothing_is_kept(
    bench: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = bench.record(process_invoice, scans.SMALL, "bad")
    monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:9")
    told = "could not be reached at check_policy"
    where = ["--store", bench.server.otlp_url, "--yes"]
    for verb, code in ((["replay", "--live", "check_policy"], 2), (["bisect", "--expect", "x"], 1)):
        monkeypatch.setattr("sys.argv", ["misstep", *verb, run_id, *where])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code == code, out + err
        assert "is the provider up?" in out + err
        assert told in err if code == 2 else "showed nothing" in out
    listed = bench.api.get("/api/runs?limit=1&replays=false").json()["runs"]
    assert listed[0]["run_id"] == run_id and listed[0]["status"] == "ok"

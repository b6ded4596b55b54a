"""Real processes: ends of every kind, and crashes."""

from __future__ import annotations

import json
import signal
import threading

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from waiting import attributes, names, spans

from misstep.inbox import inbox_path, segments

ENDS = {
    "normally": ("pass", 0),
    "sys_exit": ("sys.exit(3)", 3),
    "an_exception": ("raise ValueError('host')", 1),
    "os_exit": ("os._exit(4)", 4),
}


@pytest.mark.parametrize("how", sorted(ENDS))
def test_nothing_is_lost_when_a_program_ends_by(program, tmp_path, how) -> None:
    statement, code = ENDS[how]
    ran = program(
        f"""
        import os, sys, misstep
        misstep.init(store="t.duckdb")
        step = misstep.hop(name="step")(lambda n: n)
        for n in range(100):
            step(n)
        {statement}
        """
    )
    assert ran.code == code
    assert len(spans(tmp_path / "t.duckdb")) == 100
    assert ("ValueError: host" in ran.err) == (how == "an_exception")


def test_a_run_names_its_script_although_it_is_delivered_when_the_script_has_ended(
    program, tmp_path, state
) -> None:
    program(
        """
        import misstep
        misstep.init(store="t.duckdb")
        @misstep.pipeline
        def answer(q): return q
        answer("x")
        """
    )
    (run,) = spans(tmp_path / "t.duckdb")
    (entry,) = json.loads((state / "misstep" / "registry.json").read_text())
    assert attributes(run)["misstep.entry"] == entry["key"]
    assert entry["key"].endswith(".py:answer")


@pytest.mark.parametrize("how", ["refused", "hangs", "refuses"])
def test_a_program_ends_at_once_whatever_the_collector_does_and_its_spans_are_kept(
    program, collectors, state, how, record_property
) -> None:
    url = "http://127.0.0.1:9"
    if how != "refused":
        settings = {"hang": threading.Event()} if how == "hangs" else {"status": 503}
        url = collectors(**settings).url
    ran = program(
        f"""
        import time, misstep
        misstep.init(endpoint={url!r})
        step = misstep.hop(name="step")(lambda n: "x" * 500)
        for n in range(1000):
            step(n)
        began = time.monotonic()
        import atexit
        atexit.register(lambda: print(time.monotonic() - began))
        misstep.shutdown()
        """
    )
    assert ran.code == 0
    record_property("seconds", ran.out.strip())  # the bench judges the time
    kept = [
        path for folder in (state / "misstep" / "spool").iterdir() for path, _ in segments(folder)
    ]
    number = sum(
        len(c.spans)
        for path in kept
        for r in ExportTraceServiceRequest.FromString(path.read_bytes()).resource_spans
        for c in r.scope_spans
    )
    assert number >= 1000  # a batch that was being sent may be kept as well


def test_without_a_spool_what_could_not_be_delivered_is_counted_and_said(program) -> None:
    ran = program(
        """
        import logging, misstep
        logging.basicConfig(format="%(name)s: %(message)s")
        logging.getLogger("opentelemetry").setLevel(100)
        misstep.init(endpoint="http://127.0.0.1:9")
        misstep.hop(lambda: 1)()
        """,
        env={"MISSTEP_SPOOL_DIR": "off"},
    )
    assert ran.code == 0
    assert "misstep: not everything was recorded: not delivered: 1" in ran.err


def test_a_killed_program_leaves_its_open_hops_visible(program, tmp_path, until) -> None:
    process = program(
        """
        import time, misstep
        misstep.init(store="t.duckdb")
        with misstep.run("nightly"):
            misstep.hop(name="done")(lambda: 1)()
            with misstep.hop("long"):
                print("open", flush=True)
                time.sleep(60)
        """,
        env={"MISSTEP_ANNOUNCE_AFTER_S": "0"},
        wait=False,
    )
    assert process.stdout.readline() == "open\n"
    inbox = inbox_path(tmp_path / "t.duckdb")

    def announced() -> bool:
        return b"long" in b"".join(p.read_bytes() for p, s in segments(inbox) if s == "logs")

    until(announced)
    until(lambda: names(tmp_path / "t.duckdb") == ["done"])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    logs = b"".join(p.read_bytes() for p, s in segments(inbox) if s == "logs")
    assert logs.count(b"misstep.hop.start.name") == 2  # the run and the hop, once each

"""Real processes: `misstep run` with unchanged programs."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import attributes, names, spans

from misstep_examples.provider import LocalProvider

MISSTEP = str(Path(sys.executable).with_name("misstep"))
CALL = """
import os, httpx

def call(text):
    answer = httpx.post(
        os.environ["PROVIDER"] + "/v1/chat/completions",
        json={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]},
        timeout=60,
    )
    return answer.status_code
"""


@pytest.fixture(scope="module")
def provider() -> Any:
    with LocalProvider(latency=0) as made:
        yield made


def run_command(*command: str) -> list[str]:
    return [MISSTEP, "run", "--store", "t.duckdb", "--", *command]


def test_an_unchanged_program_is_one_run_with_its_calls_and_output(
    program, tmp_path, provider
) -> None:
    ran = program(
        CALL + "\nprint('said', call('a'), call('b'))\nraise SystemExit(7)",
        command=run_command(sys.executable, "app.py", "--fast"),
        env={"PROVIDER": provider.url},
    )
    assert (ran.code, ran.out) == (7, "said 200 200\n"), ran.err
    found = spans(tmp_path / "t.duckdb")
    (run,) = [s for s in found if s.name == "app"]
    calls = [s for s in found if s.name == "chat gpt-4o-mini"]
    assert len(calls) == 2 and {c.parent_span_id for c in calls} == {run.span_id}
    assert json.loads(attributes(run)["misstep.output"]) == "said 200 200\n"


@pytest.mark.parametrize("where", ["--store", "MISSTEP_STORE"])
def test_a_store_is_a_file_or_a_server_and_by_default_the_one_of_the_environment(
    program, tmp_path, provider, collector, where
) -> None:
    for url in ("t.duckdb", collector.url):
        named = where == "--store"
        ran = program(
            CALL + "\nprint(call('a'))",
            command=[
                *(MISSTEP, "run"),
                *(("--store", url) if named else ()),
                *("--", sys.executable, "app.py"),
            ],
            env={"PROVIDER": provider.url, "MISSTEP_STORE": "" if named else url},
        )
        assert (ran.code, ran.out) == (0, "200\n"), ran.err
    assert "chat gpt-4o-mini" in names(tmp_path / "t.duckdb")
    assert "chat gpt-4o-mini" in collector.names()


@pytest.mark.parametrize("spool", ["on", "off"])
def test_somebody_whose_spans_nobody_takes_is_told_so_in_one_sentence(
    program, provider, collector, state, spool
) -> None:
    def run(url: str) -> Any:
        return program(
            CALL + "\nprint(call('a'))\nraise SystemExit(3)",
            command=[MISSTEP, "run", "--endpoint", url, "--", sys.executable, "app.py"],
            env={
                "PROVIDER": provider.url,
                **({"MISSTEP_SPOOL_DIR": "off"} if spool == "off" else {}),
            },
        )

    ran = run("http://127.0.0.1:9")
    assert (ran.code, ran.out) == (3, "200\n")
    (told,) = ran.err.splitlines()
    assert told.startswith("misstep: nothing listens at http://127.0.0.1:9, so ")
    (folder,) = (state / "misstep" / "spool").iterdir() if spool == "on" else [None]
    assert (f"1 batch waits in {folder};" if folder else "is lost (MISSTEP_SPOOL_DIR") in told
    ran = run(collector.url)
    assert (ran.code, ran.out, ran.err) == (3, "200\n", "")
    assert sorted(collector.names()) == ["app", "chat gpt-4o-mini"]


def test_what_a_slow_collector_did_not_take_at_the_programs_end_is_delivered_by_the_command(
    program, provider, collector, state
) -> None:
    collector.hang = threading.Event()
    slowly = threading.Timer(4, collector.hang.set)
    slowly.start()
    ran = program(
        CALL + "\nprint(call('a'))\nraise SystemExit(3)",
        command=[MISSTEP, "run", "--endpoint", collector.url, "--", sys.executable, "app.py"],
        env={"PROVIDER": provider.url},
    )
    slowly.join()
    assert (ran.code, ran.out) == (3, "200\n")
    assert set(collector.names()) == {"app", "chat gpt-4o-mini"}
    (folder,) = (state / "misstep" / "spool").iterdir()
    assert list(folder.iterdir()) == []


def test_each_child_of_an_unchanged_program_records_its_calls(program, tmp_path, provider) -> None:
    (tmp_path / "calls.py").write_text(CALL)
    ran = program(
        """
        import multiprocessing, os, subprocess, sys
        from calls import call

        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                pool = multiprocessing.get_context(method).Pool(1)
                print(pool.apply(call, (method,)))
                pool.close()
                pool.join()
            child = os.fork()
            if child == 0:
                call("os.fork")
                os._exit(0)
            os.waitpid(child, 0)
            subprocess.run([sys.executable, "-c", "from calls import call; call('subprocess')"])
        """,
        command=run_command(sys.executable, "app.py"),
        env={"PROVIDER": provider.url},
    )
    assert ran.code == 0, ran.err
    bodies = [attributes(s).get("misstep.request.body", "") for s in spans(tmp_path / "t.duckdb")]
    for who in ("fork", "spawn", "os.fork", "subprocess"):
        assert sum(f'"{who}"' in body for body in bodies) == 1, who


def test_workers_of_gunicorn_record_their_calls(program, tmp_path, provider, until) -> None:
    (tmp_path / "web.py").write_text(
        CALL
        + """
def app(environ, start_response):
    status = call(environ["PATH_INFO"])
    start_response("200 OK", [("content-type", "text/plain")])
    return [f"{os.getpid()} {status}".encode()]
"""
    )
    process = program(
        "",
        command=run_command(
            sys.executable,
            "-m",
            "gunicorn",
            "web:app",
            "--workers",
            "2",
            "--preload",
            "--bind",
            "127.0.0.1:0",
            "--log-level",
            "info",
            "--graceful-timeout",
            "5",
        ),
        env={"PROVIDER": provider.url},
        wait=False,
    )
    try:
        url = ""
        for line in process.stderr:
            if "Listening at:" in line:
                url = line.split("Listening at: ")[1].split(" ")[0]
                break
        assert url, process.stderr.read()
        workers = set()
        for number in range(8):
            answer = httpx.get(f"{url}/{number}", timeout=60)
            worker, status = answer.text.split()
            workers.add(worker)
            assert status == "200"
        until(lambda: len([n for n in names(tmp_path / "t.duckdb") if n.startswith("chat")]) == 8)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
    traces = {s.trace_id for s in spans(tmp_path / "t.duckdb") if s.name.startswith("chat")}
    assert len(traces) == len(workers)  # each worker process is one run
    assert str(process.pid) not in workers and str(os.getpid()) not in workers


def test_a_command_that_does_not_exist_is_one_sentence(program) -> None:
    ran = program("", command=run_command("no-such-command"))
    assert (ran.code, ran.err) == (2, "misstep: there is no command 'no-such-command'\n")


def test_a_signal_reaches_the_program_and_its_code_comes_back(program) -> None:
    process = program(
        "import signal, time\nprint('up', flush=True)\nsignal.pause()",
        command=run_command(sys.executable, "app.py"),
        wait=False,
    )
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM


def test_the_programs_own_sitecustomize_is_still_loaded(program, tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nif 'MISSTEP_BOOT' in os.environ: print('mine')"
    )
    ran = program("print('app')", command=run_command(sys.executable, "app.py"))
    assert (ran.code, ran.out) == (0, "mine\napp\n"), ran.err


def test_a_run_names_the_script_it_is_in_although_the_script_has_ended(program, tmp_path) -> None:
    ran = program(
        """
        import atexit, sys, misstep
        misstep.init(store="t.duckdb")

        @misstep.pipeline
        def answer(text):
            return text

        atexit.register(answer, "when the script has ended and has no __file__ any more")
        """
    )
    assert ran.code == 0, ran.err
    (run,) = [s for s in spans(tmp_path / "t.duckdb") if s.name == "answer"]
    assert attributes(run)["misstep.entry"] == f"{tmp_path / 'app.py'}:answer"

"""Real processes: ends of every kind, forks, spawned children, crashes, and `misstep run`."""

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
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.inbox import inbox_path, segments
from misstep_examples.provider import LocalProvider


def spans(store: Path) -> list[Any]:
    """All spans in a store's inbox."""
    return [
        span
        for path, signal_ in segments(inbox_path(store))
        if signal_ == "traces"
        for r in ExportTraceServiceRequest.FromString(path.read_bytes()).resource_spans
        for scope in r.scope_spans
        for span in scope.spans
    ]


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: a.value.string_value for a in span.attributes}


def names(store: Path) -> list[str]:
    return sorted(s.name for s in spans(store))


# --- ends --------------------------------------------------------------------------------

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


# --- forks -------------------------------------------------------------------------------


def test_a_forked_child_continues_the_open_hop_and_nothing_comes_twice(program, tmp_path) -> None:
    ran = program(
        """
        import os, misstep
        misstep.init(store="t.duckdb")
        step = misstep.hop(name="step")(lambda who: who)

        @misstep.pipeline
        def whole():
            step("before")
            child = os.fork()
            if child == 0:
                step("child")
                os._exit(0)
            os.waitpid(child, 0)
            step("parent")

        whole()
        """
    )
    assert ran.code == 0, ran.err
    found = spans(tmp_path / "t.duckdb")
    (run,) = [s for s in found if s.name == "whole"]
    steps = [s for s in found if s.name == "step"]
    assert sorted(attributes(s)["misstep.output"] for s in steps) == [
        '"before"',
        '"child"',
        '"parent"',
    ]
    assert {s.parent_span_id for s in steps} == {run.span_id}
    assert len({s.span_id for s in found}) == len(found)


def test_a_child_that_ends_inside_the_parents_hop_does_not_end_it_twice(program, tmp_path) -> None:
    ran = program(
        """
        import os, sys, misstep
        misstep.init(store="t.duckdb")
        with misstep.run("whole"):
            child = os.fork()
            if child == 0:
                sys.exit(0)  # unwinds through the block
            os.waitpid(child, 0)
        """
    )
    assert ran.code == 0, ran.err
    assert names(tmp_path / "t.duckdb") == ["whole"]
    (span,) = spans(tmp_path / "t.duckdb")
    assert span.status.code == 0


def test_a_child_forked_while_threads_record_works(program, tmp_path) -> None:
    ran = program(
        """
        import os, threading, misstep
        misstep.init(store="t.duckdb")
        step = misstep.hop(name="step")(lambda: 1)
        stop = threading.Event()

        def busy():
            while not stop.is_set():
                step()

        threads = [threading.Thread(target=busy) for _ in range(4)]
        for t in threads: t.start()
        for n in range(10):
            child = os.fork()
            if child == 0:
                misstep.hop(name=f"child {n}")(lambda: 1)()
                os._exit(0 if misstep.flush(20) else 9)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for t in threads: t.join()
        """
    )
    assert ran.code == 0, ran.err
    assert [n for n in names(tmp_path / "t.duckdb") if n != "step"] == [
        f"child {n}" for n in range(10)
    ]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_are_part_of_the_run(program, tmp_path, method) -> None:
    ran = program(
        f"""
        import multiprocessing, misstep
        misstep.init(store="t.duckdb")

        @misstep.hop
        def step(n):
            return n

        @misstep.pipeline
        def inner(n):
            return step(n)

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            with misstep.run("whole"):
                child = context.Process(target=inner, args=(1,))
                child.start()
                child.join()
                assert child.exitcode == 0
        """
    )
    assert ran.code == 0, ran.err
    found = {s.name: s for s in spans(tmp_path / "t.duckdb")}
    assert set(found) == {"whole", "inner", "step"}
    assert found["inner"].parent_span_id == found["whole"].span_id
    assert found["step"].parent_span_id == found["inner"].span_id
    assert attributes(found["inner"])["misstep.role"] == "hop"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_tasks_of_process_pools_belong_to_the_run_that_gave_them(program, tmp_path, method) -> None:
    ran = program(
        f"""
        import concurrent.futures, multiprocessing, misstep
        misstep.init(store="t.duckdb")

        @misstep.hop
        def step(who):
            return who

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            with misstep.run("first"):
                executor = concurrent.futures.ProcessPoolExecutor(1, context)
                pool = context.Pool(1)
                executor.submit(step, "first").result()
                pool.apply(step, ("first",))
            with misstep.run("second"):
                executor.submit(step, "second").result()
                pool.apply(step, ("second",))
            executor.submit(step, "nobody").result()
            pool.apply(step, ("nobody",))
            executor.shutdown()
            pool.close()
            pool.join()
        """
    )
    assert ran.code == 0, ran.err
    found = spans(tmp_path / "t.duckdb")
    runs = {s.name: s for s in found if s.name != "step"}
    steps = [(json.loads(attributes(s)["misstep.output"]), s) for s in found if s.name == "step"]
    assert sorted(who for who, _ in steps) == ["first"] * 2 + ["nobody"] * 2 + ["second"] * 2
    for who, span in steps:
        parent = runs[who].span_id if who in runs else b""
        assert span.parent_span_id == parent


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_tasks_of_every_kind_of_a_pool_stand_in_the_callers_run(program, tmp_path, method) -> None:
    ran = program(
        f"""
        import multiprocessing, misstep
        misstep.init(store="t.duckdb")

        @misstep.hop
        def step(n, who=""):
            return who

        @misstep.hop
        def caller(pool, way, *args):
            found = getattr(pool, way)(step, *args)
            return found.get() if way.endswith("async") else list(found)

        if __name__ == "__main__":
            pool = multiprocessing.get_context({method!r}).Pool(2)
            with misstep.run("whole"):
                for way in ("map", "map_async", "imap", "imap_unordered"):
                    caller(pool, way, [1, 2, 3], 2)
                for way in ("starmap", "starmap_async"):
                    caller(pool, way, [(1, way), (2, way)])
            assert pool.map(len, ["ab"]) == [2]
            pool.map(step, [1])
            pool.close()
            pool.join()
        """
    )
    assert ran.code == 0, ran.err
    found = spans(tmp_path / "t.duckdb")
    (whole,) = [s for s in found if s.name == "whole"]
    callers = {
        s.span_id: json.loads(attributes(s)["misstep.input"])["way"]
        for s in found
        if s.name == "caller"
    }
    inside = [callers.get(s.parent_span_id, "") for s in found if s.name == "step"]
    assert {way: inside.count(way) for way in set(inside)} == {
        "map": 3,
        "map_async": 3,
        "imap": 3,
        "imap_unordered": 3,
        "starmap": 2,
        "starmap_async": 2,
        "": 1,  # outside any run
    }
    assert {s.trace_id for s in found if s.parent_span_id} == {whole.trace_id}


def test_workers_that_a_pool_terminates_end_and_lose_nothing(program, tmp_path) -> None:
    ran = program(
        """
        import multiprocessing, misstep
        misstep.init(store="t.duckdb")

        @misstep.hop
        def step(n):
            return n

        if __name__ == "__main__":
            with misstep.run("whole"):
                for n in range(6):
                    with multiprocessing.get_context("fork").Pool(3) as pool:
                        assert pool.map(step, range(9), 1) == list(range(9))
        """
    )
    assert ran.code == 0, ran.err
    assert names(tmp_path / "t.duckdb").count("step") == 54


def test_a_child_that_is_stuck_in_c_ends_by_sigterm_as_it_would_have(program, tmp_path) -> None:
    ran = program(
        """
        import ctypes, multiprocessing, misstep
        misstep.init(store="t.duckdb")

        def stuck(ready):
            misstep.hop(name="step")(lambda: 1)()
            mutex, libc = ctypes.create_string_buffer(128), ctypes.CDLL(None)
            libc.pthread_mutex_lock(mutex)
            ready.set()
            libc.pthread_mutex_lock(mutex)  # no signal ends this wait, no instruction follows it

        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            ready = context.Event()
            child = context.Process(target=stuck, args=(ready,))
            child.start()
            ready.wait()
            child.terminate()
            child.join(30)
            print(child.exitcode)
            child.kill()
        """
    )
    assert (ran.code, ran.out) == (0, "-15\n"), ran.err
    assert names(tmp_path / "t.duckdb") == ["step"]


def test_a_child_that_is_terminated_while_it_hands_a_hop_over_delivers_it(
    program, tmp_path
) -> None:
    ran = program(
        """
        import multiprocessing, os, signal, time, misstep
        from misstep.export import pipeline
        misstep.init(store="t.duckdb")

        def child():
            source = "def start(self): os.kill(os.getpid(), signal.SIGTERM); original(self)"
            inside = {"__name__": "misstep.inside", "original": pipeline.Pipeline._start}
            exec(source, inside | {"os": os, "signal": signal}, found := {})
            pipeline.Pipeline._start = found["start"]  # called with the queue's lock held
            misstep.runtime.active()._asleep = False  # nobody else starts it
            misstep.hop(name="step")(lambda: 1)()
            time.sleep(60)

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            process.join()
            print(process.exitcode)
        """
    )
    assert (ran.code, ran.out) == (0, "-15\n"), ran.err
    assert names(tmp_path / "t.duckdb") == ["step"]


def test_a_process_that_a_forked_child_forks_is_not_mistaken_for_it(program, tmp_path) -> None:
    ran = program(
        """
        import multiprocessing, os, signal, time, misstep
        misstep.init(store="t.duckdb")

        def child():
            pid = os.fork()
            if pid == 0:
                misstep.hop(name="grandchild")(lambda: 1)()
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)
            assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGTERM
            misstep.hop(name="child")(lambda: 1)()

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            process.join()
            print(process.exitcode)
        """
    )
    assert (ran.code, ran.out) == (0, "0\n"), ran.err
    assert sorted(names(tmp_path / "t.duckdb")) == ["child", "grandchild"]


# --- misstep run -------------------------------------------------------------------------

MISSTEP = str(Path(sys.executable).with_name("misstep"))
CALL = """
import os, httpx

def call(text):
    answer = httpx.post(
        os.environ["PROVIDER"] + "/v1/chat/completions",
        json={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]},
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
            answer = httpx.get(f"{url}/{number}", timeout=20)
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

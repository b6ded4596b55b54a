"""Real processes: forks, pools and spawned children."""

from __future__ import annotations

import json

import pytest
from waiting import attributes, names, spans


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
                os._exit(0 if misstep.flush(60) else 9)
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


def test_a_child_that_is_terminated_while_its_watcher_starts_ends(program, tmp_path) -> None:
    ran = program(
        """
        import faulthandler, multiprocessing, threading, time, misstep
        misstep.init(store="t.duckdb")
        register = faulthandler.register
        # To the handler it is threading's code, which misstep's called: as in the start of a thread.
        exec(
            "def late(*arguments, **named):\\n"
            "    import os, signal\\n"
            "    os.kill(os.getpid(), signal.SIGTERM)\\n"
            "    return register(*arguments, **named)\\n",
            vars(threading) | {"register": register},
            found := {},
        )

        def step():
            misstep.hop(name="step")(lambda: 1)()
            time.sleep(60)

        if __name__ == "__main__":
            faulthandler.register = found["late"]
            child = multiprocessing.get_context("fork").Process(target=step)
            child.start()
            child.join()
            print(child.exitcode)
        """
    )
    assert ran.code == 0, ran.err
    assert ran.out.split() == ["-15"]


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

"""The work of a diagnosis grows with the run, function by function: what one of them does for each
hop must not depend on how many other hops there are. Counted, not timed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest
from bench.hopfault.speed import chain

from misstep.model import ErrorInfo, Hop, Run, StateSnapshot, Verdict
from misstep_diagnosis import diagnose, diagnose_with_edges, lineage

Recording = tuple[Run, list[Hop]]
FEW, TIMES = 32, 4
WORTH_COUNTING = 2_500
"""Steps of a function in the longer run; of less, chance decides how it grows."""
BOUNDED_BY_ITSELF = "taint.py"
"""Wrong values are followed for a number of steps that no run exceeds, and short ones do not reach."""


def hop(n: int, **fields: Any) -> Hop:
    return Hop(hop_id=f"{n:016x}", index=n, offset_ms=n * 10.0, duration_ms=9.0, **fields)


def recording(hops: list[Hop], **fields: Any) -> Recording:
    run = Run(run_id="a" * 32, name="p", input={"q": "x"}, output=hops[-1].output, **fields)
    return run, hops


def handed_on(n: int) -> Recording:
    return chain(n, fault_at=n // 2)


def states_that_change(n: int) -> Recording:
    run, hops = recording(
        [
            hop(i, name="step", kind="llm", input={"status": ("busy", "idle")[i % 2], "at": i + 900},
                output={"at": i + 901, "next": f"K-{i * 7 + 1_007}"})
            for i in range(n)
        ]
    )  # fmt: skip
    run.states = [
        StateSnapshot(offset_ms=i * 10.0, value={"at": i + 900, "status": ("busy", "idle")[i % 2]})
        for i in range(n)
    ]
    return run, hops


def rates_and_policies(n: int) -> Recording:
    made: list[Hop] = []
    for i in range(0, n, 3):
        text = f"Policy {i % 30} says that the limit is {i * 3 + 100} EUR."
        policy = {"id": f"doc-{i % 30}", "content": text, "version": i // 30 + 1}
        rate = {"rate": 1.1 + i / 1_000, "base": "EUR", "quote": "USD"}
        asked = {"prompt": f"{text} Convert at 1.1{i}.", "rate": rate["rate"], "amount": i + 50}
        made += [
            hop(i, name="search", kind="retriever", input={"query": f"limit {i}"}, output=[policy]),
            hop(i + 1, name="rate", kind="tool", input={"id": f"ACC-{i}"}, output=rate),
            hop(i + 2, name="say", kind="llm", input=asked, output={"usd": i * 3 + 107}),
        ]
    return recording(made, verdict=Verdict(state="bad", by="user"))


def calls_that_fail(n: int) -> Recording:
    run, hops = recording(
        [
            hop(i, name="call", kind="tool", input={"id": i % 7}, output={"v": i + 100},
                error=ErrorInfo(type="TimeoutError", message="timed out") if i % 2 else None)
            for i in range(n)
        ]
    )  # fmt: skip
    run.status, run.error = "error", ErrorInfo(type="TimeoutError", message="timed out")
    return run, hops


def steps_by_function(run: Run, hops: list[Hop]) -> Counter[CodeType]:
    """Lines executed while a run is diagnosed, loops of comprehensions included; nothing is known yet
    of its values."""
    for name, module in list(sys.modules.items()):
        for value in list(vars(module).values()) if name.startswith("misstep_diagnosis") else ():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    steps: Counter[CodeType] = Counter()

    def step(frame: FrameType, event: str, arg: Any) -> Callable[..., Any]:
        steps[frame.f_code] += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        diagnose(run, hops)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize(
    "made",
    [handed_on, states_that_change, rates_and_policies, calls_that_fail],
    ids=lambda f: f.__name__,
)
def test_no_function_does_more_for_a_hop_because_there_are_more_hops(
    made: Callable[[int], Recording],
) -> None:
    short, long = steps_by_function(*made(FEW)), steps_by_function(*made(FEW * TIMES))
    assert sum(long.values()) > WORTH_COUNTING
    grown = {
        f"{code.co_filename}:{code.co_firstlineno} {code.co_qualname}": (short[code], counted)
        for code, counted in long.items()
        if counted > max(WORTH_COUNTING, 2 * TIMES * short[code])
        and not code.co_filename.endswith(BOUNDED_BY_ITSELF)
    }
    assert grown == {}


@pytest.mark.parametrize("verdict", ["bad", "good"])
def test_a_diagnosis_with_edges_is_the_diagnosis_and_the_lineage(verdict: Any) -> None:
    run, hops = chain(12, fault_at=6)
    run.verdict = Verdict(state=verdict, by="user")
    made, edges = diagnose_with_edges(run, hops, baseline="b" * 32)
    assert made == diagnose(run, hops, baseline="b" * 32)
    assert edges
    assert edges == lineage(run, hops)

"""The same recording is diagnosed the same by every process: nothing hangs on the order of a set."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from misstep.model import Hop, Run
from misstep_diagnosis import diagnose

given = (
    "The pump valve is not open during winter nights in Hamburg. "
    "The northern pump valve is not open during winter nights."
)
made = "The northern pump valve is open during winter nights in Hamburg."
hop = Hop(hop_id="1" * 16, name="write", kind="llm", input=given, output=made, convention="misstep")
run = Run(run_id="1" * 32, name="r", input=given, output=made)
print(diagnose(run, [hop]).model_dump_json())
"""


def test_a_sentence_like_two_of_its_input_is_held_against_the_same_one_by_every_process() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(1, 7)
    }
    assert len(told) == 1
    assert "negation.flipped" in told.pop()

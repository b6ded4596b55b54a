"""A server without pages does without what only pages need."""

from __future__ import annotations

import subprocess
import sys

FRUGAL = """
import sys
from pathlib import Path
from misstep_store.ingest import memory
memory.be_frugal(data_frames=False)
from bench.store.workload import Workload
from misstep_store.columnar.fast import FAST
from misstep_store.reader import RunQuery
from misstep_store.store import Store
assert FAST.wait(300) is not None, FAST.failure
with Store.open(Path(sys.argv[1]) / "t.duckdb") as store:
    for body in Workload(1, 10**18).batches(600, 300):
        store.submit_body(body).result(60)
    (run,) = store.reader.runs(RunQuery(limit=1)).runs
    assert len(store.reader.run(run.run_id).hops) > 0
    store.reader.stats()
    store.index.work(lambda: False)
    memory.give_back()
assert "pandas" not in sys.modules, "pandas was loaded"
import pandas
print("stored and read without", pandas.__name__)
"""


def test_spans_are_stored_and_read_without_pandas_which_can_be_loaded_afterwards(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRUGAL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "stored and read without pandas", done.stderr


def test_a_server_is_ready_before_pandas_is_loaded() -> None:
    loaded = "import sys, misstep_store.commands.up, misstep_store.serve.server"
    told = f"{loaded}; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

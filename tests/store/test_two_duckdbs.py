"""Every supported DuckDB reads what the others wrote, a log after a crash included.

The oldest one lies in a folder of its own (``make oldest-duckdb``), before the installed packages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from misstep.errors import StoreFormat
from misstep_store.database import Database

ROOT = Path(__file__).parents[2]
OLDEST = ROOT / ".venv-oldest"

WORK = """
import os, sys
import duckdb
from misstep_store.reader import RunQuery
from misstep_store.otlp.spans import Span
from misstep_store.store import Store

path, how, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store.open(path)
if first != 1:
    runs = store.reader.runs(RunQuery()).runs
    hops = [hop for run in runs for hop in store.reader.run(run.run_id).hops]
    marked = sorted(run.run_id[-1] for run in runs if run.verdict.state == "bad")
    print(duckdb.__version__, len(runs), len(hops), sum(r.input_tokens for r in runs), marked)
for n in range(first, min(first + 3, 7)):
    spans = [Span(f"{n:032x}", f"{i:016x}", "chat m", start_unix_nano=n * 10**9 + i,
                  end_unix_nano=(n + 1) * 10**9,
                  attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
                              "gen_ai.usage.input_tokens": 3, "input.value": "word " * 50})
             for i in range(1, 5)]
    assert store.ingest(spans).accepted == 4
    assert store.ingest(spans).duplicates == 4
if first < 7:
    store.reader.mark(f"{first:032x}", "bad", text="word")
    store.reader.diagnosis(f"{first:032x}")
    store.reader.rollups.work()
sys.stdout.flush()
if how == "crashed":
    os._exit(0)
store.close()
"""


def run_with(oldest: bool, code: str, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if oldest:
        environment["PYTHONPATH"] = str(OLDEST)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def versions() -> tuple[str, str]:
    """Of the installed DuckDB and of the oldest supported one."""
    if not (OLDEST / "duckdb").is_dir():
        pytest.skip("the oldest supported DuckDB is not here; fetch it with: make oldest-duckdb")
    told = "import duckdb; print(duckdb.__version__)"
    found = run_with(False, told), run_with(True, told)
    if found[0] == found[1]:
        pytest.skip(f"the installed DuckDB is the oldest supported one, {found[0]}")
    return found


@pytest.mark.parametrize(
    ("begins", "how"), [("oldest", "closed"), ("newest", "crashed")], ids=["closed", "crashed"]
)
def test_each_duckdb_reads_and_goes_on_with_what_the_other_wrote(
    tmp_path, versions, begins, how
) -> None:
    path, old = str(tmp_path / "t.duckdb"), begins == "oldest"
    one, other = reversed(versions) if old else versions
    assert run_with(old, WORK, path, how, "1") == ""
    assert run_with(not old, WORK, path, how, "4") == f"{other} 3 12 36 ['1']"
    assert run_with(old, WORK, path, how, "7") == f"{one} 6 24 72 ['1', '4']"


def test_a_file_of_a_newer_format_is_refused_in_one_sentence_and_left_alone(tmp_path) -> None:
    path = tmp_path / "t.duckdb"
    Database.open(path).close()
    head = bytearray(path.read_bytes())
    assert head[8:12] == b"DUCK"
    head[12:20] = (99_999).to_bytes(8, "little")  # the version of its format
    path.write_bytes(head)
    try:
        duckdb.connect(str(path)).close()
    except duckdb.Error as error:  # DuckDB 2 looks at the sum of the head first
        wanted = re.search(r"computed checksum (\d+)", str(error))
        if wanted is not None:
            head[:8] = int(wanted[1]).to_bytes(8, "little")
            path.write_bytes(head)
    with pytest.raises(StoreFormat) as told:
        Database.open(path)
    assert str(told.value) == (
        f"{path} was written by a newer DuckDB than the {duckdb.__version__} here; nothing was "
        "changed. Upgrade it with: pip install --upgrade duckdb"
    )
    assert path.read_bytes() == head


def test_the_newest_format_of_one_duckdb_is_refused_by_an_older_one(tmp_path, versions) -> None:
    path = str(tmp_path / "t.duckdb")
    make = (
        "import duckdb, sys\n"
        "with duckdb.connect() as c:\n"
        "    c.execute(f\"ATTACH '{sys.argv[1]}' AS x (STORAGE_VERSION 'latest')\")\n"
        "    c.execute('CREATE TABLE x.t (a INTEGER)')\n"
    )
    run_with(False, make, path)
    read = (
        "import sys\nfrom misstep.errors import StoreFormat\n"
        "from misstep_store.database import Database\n"
        "try: Database.open(sys.argv[1])\nexcept StoreFormat as error: print(error)\n"
    )
    assert f"newer DuckDB than the {versions[1]} here" in run_with(True, read, path)

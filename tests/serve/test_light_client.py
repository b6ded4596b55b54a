"""A command that asks a server loads no database."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("duckdb", "pyarrow", "numpy", "grpc", "starlette", "streamlit", "genai_prices")
CODE = """
import sys
import misstep_store.commands.blame, misstep_store.commands.runs, misstep_store.commands.show
print(*(m for m in sys.argv[1:] if m in sys.modules))
"""


def test_reading_verbs_import_neither_database_nor_server() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE, *HEAVY], capture_output=True, text=True)
    assert (ran.stdout.split(), ran.stderr) == ([], "")

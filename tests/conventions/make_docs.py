"""Writes the generated tables of docs/conventions.md: ``python tests/conventions/make_docs.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conventions.coverage import DOCS, written

DOCS.write_text(written(DOCS.read_text(encoding="utf-8")), encoding="utf-8")

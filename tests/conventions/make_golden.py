"""Writes the golden files again: ``python tests/conventions/make_golden.py [EXPORT …]``.

Review the difference before committing it: each line says what a person would read of a hop.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conventions.rendering import GOLDEN, exports, own_exports, rendered

GOLDEN.mkdir(exist_ok=True)
for name in sys.argv[1:] or [*exports(), *own_exports()]:
    (GOLDEN / f"{name}.txt").write_text(rendered(name), encoding="utf-8")

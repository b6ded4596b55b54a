"""``python -m misstep_store.columnar``: compiles the walker now, so that no server has to."""

from __future__ import annotations

import sys

from misstep_store.columnar.fast import FAST

if __name__ == "__main__":
    if FAST.wait(600) is None:
        sys.exit(f"the walker cannot be compiled here: {FAST.failure}")
    sys.stdout.write("compiled\n")

"""Programs for Node: their first line names the packages, ``// npm ai@5.0.0 zod@4``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def prepared(program: Path, folder: Path, packages: Sequence[str] = ()) -> list[str]:
    """Installs what a program needs into ``folder``, with the program beside it; how to start it.

    Args:
        packages: other versions than its first line names.

    Raises:
        ValueError: its first line names no packages.
    """
    first = program.read_text(encoding="utf-8").partition("\n")[0]
    if not first.startswith("// npm "):
        raise ValueError(
            f"{program.name} begins with {first!r}; expected '// npm PACKAGE@VERSION …'"
        )
    # No package here needs its install scripts, and none is trusted with them.
    quiet = [
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--legacy-peer-deps",
        "--ignore-scripts",
    ]
    subprocess.run(
        ["npm", "install", "--prefix", str(folder), *quiet, *(packages or first.split()[2:])],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    started = folder / program.name
    shutil.copy(program, started)
    return ["node", str(started)]

"""Loaded by Python at start under ``misstep run``: starts recording, then steps out of the way."""

import contextlib
import importlib
import os
import sys
from pathlib import Path


def _chain() -> None:
    """Loads the sitecustomize this one hides, if there is one."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != here]
    ours = sys.modules.pop("sitecustomize", None)
    with contextlib.suppress(ImportError):
        importlib.import_module("sitecustomize")
    if ours is not None:  # Python looks for the module it has just loaded, and complains without it
        sys.modules.setdefault("sitecustomize", ours)


def _start() -> None:
    try:
        from misstep.command.process import record_process

        record_process()
    except Exception as error:  # recording must never keep the program from running
        if os.environ.get("MISSTEP_DEBUG") == "1":
            raise
        sys.stderr.write(f"misstep: this process is not recorded: {error}\n")


_chain()
if os.environ.get("MISSTEP_BOOT") == "1":
    _start()

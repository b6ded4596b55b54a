"""Loaded by Python at start under ``misstep run``: starts recording, then steps out of the way."""

import os
import sys


def _chain() -> None:
    """Loads the sitecustomize this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]
    sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        pass


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

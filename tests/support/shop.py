"""A small program with faults that can be switched, its store, and the command line."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import misstep
from misstep.command import main as command_main
from misstep_store.reader import RunQuery
from misstep_store.store import Store

_NUMBER = itertools.count()
_PROGRAM = Path(__file__).with_name("shop_program.py")


class Shop:
    """The program under a name of its own, its store, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.name = f"shop_{os.getpid()}_{next(_NUMBER)}"
        self.file = folder / f"{self.name}.py"
        self.store = folder / "traces.duckdb"
        self.effects = folder / "effects.txt"
        self.err = ""
        self._capsys = capsys
        shutil.copy(_PROGRAM, self.file)
        sys.path.insert(0, str(folder))
        self.module: ModuleType = importlib.import_module(self.name)

    def record(self, pipeline: str, text: str, verdict: str | None = None) -> str:
        """The id of one recorded run; an exception of the pipeline is part of it."""
        misstep.init(store=self.store)
        try:
            with contextlib.suppress(ValueError):
                value = getattr(self.module, pipeline)(text)
                if inspect.isawaitable(value):
                    asyncio.run(_awaited(value))
            assert misstep.flush(60)
        finally:
            misstep.shutdown()
        with Store.open(self.store) as store:
            run_id = store.reader.runs(RunQuery(limit=1)).runs[0].run_id
            if verdict is not None:
                store.reader.mark(run_id, verdict)  # type: ignore[arg-type]
        return run_id

    def runs(self) -> list[str]:
        """All run ids of the store."""
        with Store.open(self.store) as store:
            return [r.run_id for r in store.reader.runs(RunQuery(limit=1000)).runs]

    def edit(self, old: str, new: str) -> None:
        """Changes the program's code."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What the verb prints; its exit code must be ``code``, and errors one sentence."""
        self._capsys.readouterr()
        argv, sys.argv = sys.argv, ["misstep", *arguments, "--store", str(self.store)]
        if "--" in arguments:
            at = arguments.index("--")
            sys.argv = ["misstep", *arguments[:at], "--store", str(self.store), *arguments[at:]]
        try:
            with pytest.raises(SystemExit) as ended:
                command_main()
        finally:
            sys.argv = argv
        out, err = self._capsys.readouterr()
        self.err = err
        assert ended.value.code == code, out + err
        assert "Traceback" not in err
        return out if code != 2 else err

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The verb's JSON."""
        found: dict[str, Any] = json.loads(self(*arguments, "--json", code=code))
        return found


async def _awaited(value: Any) -> Any:
    return await value

"""From a target of the registry to the function to call, without letting the program start work."""

from __future__ import annotations
import __future__

import ast
import functools
import importlib
import operator
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from misstep import seam
from misstep.errors import ReplayError
from misstep.replay.job import Target

_SCRIPT = "__mp_main__"
"""A script is loaded under this name, as multiprocessing does: its own start does not run."""
_FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)


def load(target: Target) -> Callable[..., Any]:
    """The function a target names, imported as it was when it was registered.

    Raises:
        ReplayError: when it cannot be found any more.
    """
    from misstep.api import instrument

    for folder in reversed(target.path):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    instrument()
    with seam.loading():
        home = _import(target) if target.kind == "function" else _script_module(target)
    found: Any = home
    for part in (target.qualname or "").split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise ReplayError(
            f"{target.module or target.script} has no {target.qualname} any more: the entry was "
            "moved or renamed. Name it: misstep replay RUN --entry module:function"
        )
    return found  # type: ignore[no-any-return]


def _import(target: Target) -> types.ModuleType:
    name = target.module or ""
    try:
        return importlib.import_module(name)
    except seam.EntryReached as reached:
        loaded = getattr(reached.function, "__globals__", {}).get("__name__") == name
        raise ReplayError(
            f"{name} runs its pipeline when it is imported"
            + (
                "; put that under `if __name__ == '__main__':`"
                if loaded
                else ", or a module it imports does"
            )
        ) from reached
    except Exception as error:  # whatever the module's own code raises when it is imported
        raise ReplayError(
            f"{name} cannot be imported from {target.cwd}: {type(error).__name__}: {error}. "
            "Run in the folder and environment the pipeline ran in"
        ) from error


def _script_module(target: Target) -> types.ModuleType:
    script = Path(target.script or "")
    if not script.is_file():
        raise ReplayError(
            f"{script} is not there any more. Name the entry: --entry module:function"
        )
    sys.argv = [str(script), *target.argv[1:]]
    if str(script.parent) not in sys.path:
        sys.path.insert(0, str(script.parent))
    module = types.ModuleType(_SCRIPT)
    module.__file__ = str(script)
    sys.modules[_SCRIPT] = module
    try:
        _run_until_defined(module, script, target.qualname or "")
    except SystemExit:
        return module
    except Exception as error:
        raise ReplayError(
            f"{script} cannot be loaded again: {type(error).__name__}: {error}"
        ) from error
    return module


def _run_until_defined(module: types.ModuleType, script: Path, qualname: str) -> None:
    """Runs a script's statements in turn.

    A script without ``if __name__ == "__main__":`` comes to its own start, where a pipeline is
    called: that statement is left out. Where the wanted function is defined by then, what came before
    is all that it had; else the script goes on, as it called an earlier pipeline first.
    """
    source = script.read_bytes()
    tree = ast.parse(source, str(script))
    flags = compile(tree, str(script), "exec", dont_inherit=True).co_flags & _FUTURE
    module.__doc__ = ast.get_docstring(tree, clean=False)
    left_out = False
    for statement in tree.body:
        one = ast.Module([statement], type_ignores=[])
        code = compile(one, str(script), "exec", flags=flags, dont_inherit=True)
        try:
            exec(code, module.__dict__)  # noqa: S102 - the registered script itself
        except seam.EntryReached:
            left_out = True
        except Exception:
            if not left_out:
                raise
            # It wanted what a statement that was left out would have given.
        else:
            continue
        if _has(module, qualname):
            return


def _has(module: types.ModuleType, qualname: str) -> bool:
    found: Any = module
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return callable(found)

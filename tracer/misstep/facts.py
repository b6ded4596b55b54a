"""What is known of the process that records: versions, commit, entry points, code hashes.

From the first run on it is recorded, because old runs cannot be completed later."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from misstep import semconv as sc
from misstep.payload import sha256

_SDKS = (
    "openai",
    "anthropic",
    "google-genai",
    "mistralai",
    "groq",
    "cohere",
    "ollama",
    "together",
    "litellm",
    "langchain-core",
    "llama-index-core",
    "pydantic-ai-slim",
    "httpx",
    "httpx2",
    "opentelemetry-sdk",
)
_MODULES = {"google-genai": "google.genai", "langchain-core": "langchain_core"}
_GIT_TIMEOUT_S = 2.0


@functools.cache
def misstep_version() -> str:
    """The installed version of misstep."""
    try:
        return importlib.metadata.version("misstep")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def sdk_versions() -> str:
    """JSON object of the versions of misstep, Python and the model SDKs imported so far."""
    found = {"misstep": misstep_version(), "python": ".".join(map(str, sys.version_info[:3]))}
    for name in _SDKS:
        if _MODULES.get(name, name.replace("-", "_")) in sys.modules or name == "opentelemetry-sdk":
            found[name] = _version(name)
    return json.dumps({k: v for k, v in sorted(found.items()) if v})


@functools.cache
def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


@functools.cache
def vcs(folder: str) -> tuple[str | None, bool | None]:
    """The commit checked out around ``folder`` and whether files differ from it; None if unknown."""
    # Looked for first: two processes to hear that there is none would delay the end of this one.
    here = Path(folder).absolute()
    if not any((place / ".git").exists() for place in (here, *here.parents)):
        return None, None
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None, None
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, None if status is None else bool(status)


def _git(folder: str, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, no shell
            ["git", "-C", folder, *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


CodeFacts = tuple[str | None, str | None, int | None]


def code_facts(function: Callable[..., Any]) -> CodeFacts:
    """(hash of the function's source, file, line), None where the source is not to be had."""
    # By code object: a function defined anew at each call is still one piece of source.
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    if code is None:
        return None, None, None
    found = _known.get(code)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[code] = _code_facts(plain, code)
    return found


_known: dict[CodeType, CodeFacts] = {}
_MOST_KNOWN = 4096


def _code_facts(function: Callable[..., Any], code: CodeType) -> CodeFacts:
    # Asked by its function, inspect knows the module; by its code it looks at the files of all
    # modules there are (50 ms with two SDKs imported, Python 3.11).
    try:
        source = inspect.getsource(function)
        return sha256(source), inspect.getsourcefile(code), code.co_firstlineno
    except (OSError, TypeError, IndexError, SyntaxError):
        return None, None, None


def function_name(function: Callable[..., Any]) -> str:
    """``module.qualname`` of any callable."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{getattr(named, '__module__', None) or '?'}.{named.__qualname__}"


_scripts: dict[str, str] = {}
"""The script's path as long as it was known: Python forgets it when the script has ended, and the
worker may ask only then."""


def place() -> dict[str, str]:
    """Which folder this process runs in, told by a hash; empty where it is gone."""
    try:
        return {sc.ENTRY_PLACE: sha256(str(Path.cwd()))}
    except OSError:
        return {}


def entry_name(function: Callable[..., Any]) -> str:
    """``module:qualname`` of an entry point; the script's path stands for ``__main__``, and for
    ``__mp_main__``, as a script is called that was loaded to be executed again."""
    module, _, name = function_name(function).rpartition(".")
    module = getattr(function, "__module__", None) or module
    if module in ("__main__", "__mp_main__"):
        script = getattr(sys.modules.get(module), "__file__", None)
        if script:
            _scripts[module] = str(Path(script).resolve())
        module = _scripts.get(module, module)
    return f"{module}:{getattr(function, '__qualname__', name)}"


def folder_of(function: Callable[..., Any]) -> str:
    """Where the function's file lies, else the working folder."""
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        file = None
    return str(Path(file).parent if file else Path.cwd())


def short_hash(text: str) -> str:
    """16 hex digits that stand for a text, e.g. in a folder name."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]

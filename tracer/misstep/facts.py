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
from typing import Any

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


@functools.lru_cache(maxsize=4096)
def code_facts(function: Callable[..., Any]) -> tuple[str | None, str | None, int | None]:
    """(hash of the function's source, file, line), None where the source is not to be had."""
    try:
        source = inspect.getsource(function)
        file, line = inspect.getsourcefile(function), function.__code__.co_firstlineno
    except (OSError, TypeError, AttributeError):
        return None, None, None
    return sha256(source), file, line


def entry_name(function: Callable[..., Any]) -> str:
    """``module:qualname`` of an entry point; the script's path stands for ``__main__``."""
    module = function.__module__
    if module == "__main__":
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        module = str(Path(script).resolve()) if script else module
    return f"{module}:{function.__qualname__}"


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

"""Captures of older versions: ``variants.toml`` names a day, the index gives what was newest on it.

Each entry says what it ``requires``, on which ``day``, and what runs: a ``speaker`` that tells of
``scenes``, or a ``program``; a program for Node names its packages and their versions as ``npm``.
``env`` adds variables."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from tests.conventions.capture import node

HERE = Path(__file__).parent
_PYTHON = "3.11"


def variants() -> dict[str, dict[str, Any]]:
    """{name of the export: how it is made}."""
    return tomllib.loads((HERE / "variants.toml").read_text(encoding="utf-8"))


def prepared(about: dict[str, Any], folder: Path) -> list[str]:
    """Installs what a variant needs into ``folder``; how it is started.

    Raises:
        subprocess.CalledProcessError: nothing on that day goes together.
    """
    if "npm" in about:
        program = HERE / "programs" / f"{about['program']}.mjs"
        return node.prepared(program, folder, about["npm"].split())
    env = folder / "env"
    linking = {**os.environ, "UV_LINK_MODE": "hardlink"}
    subprocess.run(["uv", "venv", "-q", "-p", _PYTHON, str(env)], check=True, env=linking)
    python = str(env / "bin" / "python")
    install = ["uv", "pip", "install", "-q", "--python", python]
    if about.get("day"):
        install += ["--exclude-newer", about["day"]]
    wanted = [*about["requires"].split(), "opentelemetry-sdk", "opentelemetry-exporter-otlp"]
    subprocess.run([*install, *wanted], check=True, env=linking)
    if "program" in about:
        return [python, str(HERE / "programs" / f"{about['program']}.py")]
    run = str(HERE / "scenes" / "run.py")
    return [python, run, about["speaker"], *about["scenes"].split()]

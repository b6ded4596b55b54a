"""Other tools on the same pipeline, each in an environment of its own, against a bare SDK there.

An environment is built with uv (or venv and pip) under ``bench/.peers``; nothing of a peer is
installed beside misstep. Their exporters are pointed at a collector that takes everything.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.tracer import collector

FOLDER = Path("bench/.peers")

PEERS = {
    "traceloop": ["traceloop-sdk", "httpx"],
    "phoenix": ["arize-phoenix-otel", "openinference-instrumentation"],
    "openinference": ["openinference-instrumentation", "opentelemetry-exporter-otlp"],
    "logfire": ["logfire"],
    "langfuse": ["langfuse"],
    "langsmith": ["langsmith"],
    "opik": ["opik"],
    "mlflow": ["mlflow-tracing"],
}


def measure(names: list[str]) -> dict[str, Any]:
    """Ratio of each peer's caller-thread cost to the bare SDK's; its error where it does not run."""
    found: dict[str, Any] = {}
    with collector.running() as url:
        for name in names:
            print(f"peer {name} ...", flush=True)
            try:
                found[name] = _run(name, _environment(name), url)
            except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
                text = getattr(error, "stderr", None) or str(error)
                found[name] = {"failed": text.strip().splitlines()[-1][:300] if text else "?"}
    return found


def _environment(name: str) -> Path:
    return build(name, PEERS[name])


def build(name: str, packages: list[str]) -> Path:
    """The interpreter of an environment with these packages; built at the first call."""
    folder = FOLDER / name
    python = folder.absolute() / "bin" / "python"
    if (folder / ".ready").exists():
        return python
    packages = [*packages, "opentelemetry-sdk"]
    uv = shutil.which("uv")
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "text": True}
    if uv:
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], **quiet)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *packages], **quiet)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], **quiet)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], **quiet)
    (folder / ".ready").touch()
    return python


def _run(name: str, python: Path, url: str) -> dict[str, Any]:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "MISSTEP_"))},
        "BENCH_URL": url,
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        "HOME": str((FOLDER / name / "home").absolute()),
    }
    Path(environment["HOME"]).mkdir(exist_ok=True)
    done = subprocess.run(
        [str(python), "-m", "bench.tracer.peer", name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))

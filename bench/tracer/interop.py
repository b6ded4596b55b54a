"""``python -m bench.tracer.interop``: our spans in Arize Phoenix, as its own API tells them.

Phoenix is installed into an environment of its own and started on a free port; a pipeline with a
model call is recorded with ``init(endpoint=…, openinference=True)``; what Phoenix made of it is read
back and written to ``bench/results/interop.json``.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from bench.tracer.peers import build

import misstep
from misstep_examples.provider import LocalProvider

_UP_S = 600


def main() -> None:
    """Prints each check and writes the result; ends with 1 when one fails."""
    python = build("arize-phoenix", ["arize-phoenix"])
    with tempfile.TemporaryDirectory() as folder:
        found = _with_phoenix(python, Path(folder))
    for name, fine in found["checks"].items():
        print(f"  {'ok ' if fine else 'NOT'} {name}")
    out = Path("bench/results/interop.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    sys.exit(0 if all(found["checks"].values()) else 1)


@contextlib.contextmanager
def phoenix(python: Path, folder: Path) -> Iterator[str]:
    """A Phoenix server of its own that keeps its files in ``folder``: its address, once it answers."""
    http, grpc = _free_port(), _free_port()
    environment = {
        **os.environ,
        "PHOENIX_PORT": str(http),
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_WORKING_DIR": str(folder),
    }
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [str(python), "-m", "phoenix.server.main", "serve"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{http}"
        _wait(lambda: httpx.get(url + "/healthz").status_code == 200, server.poll)
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _with_phoenix(python: Path, folder: Path) -> dict[str, Any]:
    with phoenix(python, folder) as url:
        _record(url)
        spans = _wait(lambda: _spans(url, 3), lambda: None)
        version = httpx.get(url + "/arize_phoenix_version").text
    return {"phoenix": version, "checks": _checks({s["name"]: s for s in spans})}


def _record(url: str) -> None:
    @misstep.hop(kind="tool")
    def lookup(question: str) -> dict[str, str]:
        return {"found": question}

    @misstep.pipeline
    def answer(question: str) -> str:
        lookup(question)
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]}
        reply = httpx.post(provider.url + "/v1/chat/completions", json=body).json()
        return str(reply["choices"][0]["message"]["content"])

    with LocalProvider(latency=0) as provider:
        misstep.init(endpoint=url, openinference=True, service="interop")
        answer("Where is Paris?")
        if not misstep.flush(30):
            raise SystemExit("Phoenix did not take the spans")
        misstep.shutdown()


def _spans(url: str, number: int) -> list[dict[str, Any]]:
    answer = httpx.get(url + "/v1/projects/default/spans")
    spans = answer.json().get("data", []) if answer.is_success else []
    return spans if len(spans) >= number else []


def _checks(spans: dict[str, dict[str, Any]]) -> dict[str, bool]:
    run, tool, call = spans["answer"], spans["lookup"], spans["chat gpt-4o-mini"]
    told = call["attributes"]
    return {
        "all spans arrived": len(spans) == 3,
        "the run is the root": run.get("parent_id") is None,
        "hops are its children": all(
            s["parent_id"] == run["context"]["span_id"] for s in (tool, call)
        ),
        "the call is of kind LLM": call.get("span_kind") == "LLM",
        "the tool is of kind TOOL": tool.get("span_kind") == "TOOL",
        "the model is shown": told.get("llm.model_name", "").startswith("gpt-4o-mini"),
        "tokens are counted": told.get("llm.token_count.prompt", 0) > 0,
        "messages are read": "Paris"
        in json.dumps(told.get("llm.input_messages.0.message.content")),
        "the output is shown": bool(run["attributes"].get("output.value")),
    }


def _wait(condition: Any, ended: Callable[[], int | None]) -> Any:
    deadline = time.monotonic() + _UP_S
    while time.monotonic() < deadline:
        if ended() is not None:
            raise SystemExit("Phoenix did not start")
        try:
            found = condition()
        except (httpx.HTTPError, ValueError):
            found = None
        if found:
            return found
        time.sleep(0.5)
    raise SystemExit(f"Phoenix did not answer within {_UP_S} s")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


if __name__ == "__main__":
    main()

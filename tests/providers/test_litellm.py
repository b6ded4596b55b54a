"""litellm with openai 2, in the environment that ``make litellm`` makes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from misstep.model import Run
from misstep_examples.provider import LocalProvider
from misstep_store.conventions import normalise
from misstep_store.otlp.decode import decode_traces

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-litellm" / "bin" / "python"
PROGRAM = Path(__file__).parent / "litellm_program.py"
CALLS = [
    *(
        f"{name} {how}"
        for name in ("openai", "anthropic", "mistral")
        for how in ("whole", "stream")
    ),
    "openai2 whole",
]


@pytest.fixture(scope="module")
def recorded(
    served: LocalProvider, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Run, Any, dict[str, Any]]]:
    """{call: (run, its only hop, what the library said)}."""
    if not (PYTHON.parent.parent / ".ready").exists():
        reason = "the environment of litellm is not there: make litellm"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("litellm") / "spans.jsonl"
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1", "MISSTEP_DEBUG": "1"}
    done = subprocess.run(
        [str(PYTHON), str(PROGRAM), str(path), served.url],
        env=os.environ | quiet | {"PYTHONPATH": str(ROOT / "tracer")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(x) for x in done.stdout.splitlines() if x.startswith('{"name"')]
    spans = [
        s for x in path.read_text().splitlines() for s in decode_traces(x.encode(), json=True).spans
    ]
    found = {}
    for trace_id in {s.trace_id for s in spans}:
        normalised = normalise([s for s in spans if s.trace_id == trace_id])
        (hop,) = normalised.hops
        (words,) = [s for s in said if s["name"] == normalised.run.name]
        found[normalised.run.name] = (normalised.run, hop, words)
    return found


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("call", CALLS)
def test_litellm_and_openai_2_make_complete_hops(
    call: str, how: str, recorded: dict[str, tuple[Run, Any, dict[str, Any]]]
) -> None:
    _, hop, said = recorded[call if how == "sync" else f"{call} async"]
    models = {"anthropic": "claude-3-5-haiku-latest", "mistral": "mistral-small-latest"}
    assert hop.kind == "llm"
    assert hop.request_model == models.get(call.split()[0], "gpt-4o-mini")
    assert hop.messages_in[-1].text == "Hello there. How are you?"
    assert hop.output == said["text"] and "Hello there" in said["text"]
    assert hop.finish_reason in ("stop", "end_turn")
    assert hop.input_tokens > 0 and hop.output_tokens > 0
    assert said["tokens"] in (None, [hop.input_tokens, hop.output_tokens])
    assert (hop.time_to_first_token_ms is not None) == ("stream" in call)

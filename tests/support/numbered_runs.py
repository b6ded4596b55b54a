"""Runs that are told apart by a number: what the API is asked about."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from misstep_store.otlp.spans import Resource, Span
from misstep_store.serve.server import Server

SECOND = 1_000_000_000
START = 1_750_000_000 * SECOND


@contextlib.contextmanager
def serving_runs(
    path: Path, numbers: Iterable[int], *, failed: int | None = None
) -> Iterator[Server]:
    """A server whose store holds these runs, one of which may have failed."""
    with Server(path, otlp_port=0, grpc_port=None, ui_port=None) as running:
        for number in numbers:
            running.store.ingest(one_run(number, failed=number == failed))
        yield running


def one_run(number: int, *, failed: bool = False, **more: str) -> list[Span]:
    """A root and one model call."""
    run_id = f"{number:032x}"
    start = START + number * 60 * SECOND
    odd = number % 2 == 1
    resource = Resource({"service.name": "odd" if odd else "even"})
    root = Span(
        run_id,
        "a" * 16,
        f"pipeline-{number % 3}",
        start_unix_nano=start,
        end_unix_nano=start + number * SECOND,
        status_code=2 if failed else 1,
        attributes={
            "misstep.role": "run",
            "misstep.pipeline": f"pipeline-{number % 3}",
            "session.id": f"session-{number % 2}",
            "user.id": f"user-{number}",
            "misstep.input": f'"question {number}"',
            "misstep.output": f'"answer {number}"',
        }
        | more,
        resource=resource,
    )
    call = Span(
        run_id,
        "b" * 16,
        "chat",
        parent_span_id="a" * 16,
        start_unix_nano=start + 1,
        end_unix_nano=start + SECOND,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini" if odd else "claude-3-5-haiku",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18" if odd else "claude-3-5-haiku",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.input.messages": json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": f"question {number}"}]}]
            ),
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": f"answer {number}"}]}]
            ),
        },
        resource=resource,
    )
    return [root, call]

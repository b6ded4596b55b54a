"""Realistic LLM spans: runs of twelve, about 1.2 KB each on the wire."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

RUN_SPANS = 12
SECOND = 1_000_000_000
_MODELS = [
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4o"),
    ("openai", "o1"),
    ("anthropic", "claude-3-5-haiku"),
    ("anthropic", "claude-3-5-sonnet"),
    ("mistral_ai", "mistral-small"),
]
_STEPS = [
    ("plan", "chain"),
    ("classify", "llm"),
    ("retrieve", "retriever"),
    ("rerank", "llm"),
    ("extract", "llm"),
    ("lookup", "tool"),
    ("summarise", "llm"),
    ("check", "llm"),
    ("compose", "llm"),
    ("translate", "llm"),
    ("format", "chain"),
]


def _vocabulary(rng: random.Random, size: int = 6000) -> list[str]:
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en")]
    words = {
        "".join(rng.choice(syllables) for _ in range(rng.choice((1, 2, 2, 3, 3, 4))))
        for _ in range(size)
    }
    return sorted(words)


class Workload:
    """A reproducible stream of runs.

    Args:
        seed: two workloads of one seed make the same spans.
        start_unix_nano: when the first run begins; each further run begins ``step_s`` later.
    """

    def __init__(self, seed: int, start_unix_nano: int, step_s: float = 0.05) -> None:
        self._rng = random.Random(seed)
        self._words = _vocabulary(random.Random(7))
        self._weights = list(itertools.accumulate(1 / (i + 8) for i in range(len(self._words))))
        self._now = start_unix_nano
        self._step = int(step_s * SECOND)

    def text(self, words: int) -> str:
        """Words of a Zipf-like vocabulary, with numbers between them."""
        rng = self._rng
        found = rng.choices(self._words, cum_weights=self._weights, k=words)
        for at in range(3, words, 11):
            found[at] = str(rng.randint(1, 99_999))
        return " ".join(found)

    def run(self, spans: object) -> None:
        """Adds one run of twelve spans to a protobuf ``spans`` field."""
        rng = self._rng
        trace_id = rng.randbytes(16)
        root_id = rng.randbytes(8)
        start = self._now
        self._now += self._step
        session, user = f"session-{rng.randint(1, 4000)}", f"user-{rng.randint(1, 900)}"
        failed = rng.random() < 0.05
        here = start
        for name, kind in _STEPS:
            took = int(rng.lognormvariate(-0.7, 0.6) * SECOND)
            span = spans.add()  # type: ignore[attr-defined]
            span.trace_id, span.span_id = trace_id, rng.randbytes(8)
            span.parent_span_id = root_id
            span.name, span.kind = name, 3 if kind == "llm" else 1
            span.start_time_unix_nano, span.end_time_unix_nano = here, here + took
            here += took
            self._step_attributes(span, name, kind)
            _put(span, "session.id", session)
            if failed and name == "compose":
                span.status.code = 2
                span.status.message = "upstream returned 502"
        root = spans.add()  # type: ignore[attr-defined]
        root.trace_id, root.span_id, root.name, root.kind = trace_id, root_id, "answer", 1
        root.start_time_unix_nano, root.end_time_unix_nano = start, here
        _put(root, "misstep.role", "run")
        _put(root, "misstep.pipeline", "answer")
        _put(root, "session.id", session)
        _put(root, "user.id", user)
        _put(root, "misstep.input", json.dumps({"ticket": self.text(60)}))
        _put(root, "misstep.output", json.dumps({"reply": self.text(50)}))
        if failed:
            root.status.code = 2

    def _step_attributes(self, span: object, name: str, kind: str) -> None:
        rng = self._rng
        if kind != "llm":
            _put(span, "misstep.role", "hop")
            _put(span, "misstep.hop.name", name)
            _put(span, "misstep.hop.kind", kind)
            _put(span, "misstep.input", json.dumps({"query": self.text(40)}))
            _put(span, "misstep.output", json.dumps({"documents": [self.text(40), self.text(30)]}))
            return
        provider, model = rng.choice(_MODELS)
        _put(span, "gen_ai.operation.name", "chat")
        _put(span, "gen_ai.provider.name", provider)
        _put(span, "gen_ai.request.model", model)
        _put(span, "gen_ai.response.model", model)
        _put(span, "gen_ai.response.id", "chatcmpl-" + rng.randbytes(9).hex())
        _put(span, "gen_ai.request.temperature", rng.choice((0.0, 0.2, 0.7, 1.0)))
        _put(span, "gen_ai.request.max_tokens", rng.choice((256, 512, 1024)))
        _put(span, "gen_ai.usage.input_tokens", rng.randint(80, 900))
        _put(span, "gen_ai.usage.output_tokens", rng.randint(20, 400))
        values = span.attributes.add()  # type: ignore[attr-defined]
        values.key = "gen_ai.response.finish_reasons"
        values.value.array_value.values.add().string_value = "stop"
        asked = [{"role": "user", "parts": [{"type": "text", "content": self.text(55)}]}]
        said = [{"role": "assistant", "parts": [{"type": "text", "content": self.text(45)}]}]
        _put(span, "gen_ai.input.messages", json.dumps(asked))
        _put(span, "gen_ai.output.messages", json.dumps(said))

    def request(self, runs: int, service: str = "support") -> ExportTraceServiceRequest:
        """A request of ``runs`` whole runs."""
        made = ExportTraceServiceRequest()
        group = made.resource_spans.add()
        _put(group.resource, "service.name", service)
        _put(group.resource, "service.version", "1.4.2")
        scope = group.scope_spans.add()
        scope.scope.name = "bench"
        for _ in range(runs):
            self.run(scope.spans)
        return made

    def conversations(self, agents: int, turns: int = 20) -> list[bytes]:
        """Agents that talk at the same time, each sending its whole history with every turn: one
        serialised request a turn of all agents, the system prompt and both sides in each span."""
        histories = [[_said("system", self.text(120))] for _ in range(agents)]
        traces = [self._rng.randbytes(16) for _ in range(agents)]
        made = []
        for turn in range(turns):
            request = ExportTraceServiceRequest()
            group = request.resource_spans.add()
            _put(group.resource, "service.name", "agents")
            scope = group.scope_spans.add()
            scope.scope.name = "bench"
            for trace, history in zip(traces, histories, strict=True):
                history.append(_said("user", self.text(55)))
                answer = _said("assistant", self.text(45))
                self._turn(scope.spans.add(), trace, turn, history, answer)
                history.append(answer)
            made.append(request.SerializeToString())
        return made

    def _turn(
        self, span: object, trace_id: bytes, turn: int, history: list[object], answer: object
    ) -> None:
        span.trace_id, span.span_id = trace_id, self._rng.randbytes(8)  # type: ignore[attr-defined]
        span.name, span.kind = "chat gpt-4o", 3  # type: ignore[attr-defined]
        span.start_time_unix_nano = self._now + turn * SECOND  # type: ignore[attr-defined]
        span.end_time_unix_nano = self._now + (turn + 1) * SECOND  # type: ignore[attr-defined]
        _put(span, "gen_ai.operation.name", "chat")
        _put(span, "gen_ai.provider.name", "openai")
        _put(span, "gen_ai.request.model", "gpt-4o")
        _put(span, "gen_ai.usage.input_tokens", 400 + turn * 130)
        _put(span, "gen_ai.usage.output_tokens", self._rng.randint(20, 400))
        _put(span, "gen_ai.input.messages", json.dumps(history))
        _put(span, "gen_ai.output.messages", json.dumps([answer]))

    def batches(self, spans: int, batch: int = 512) -> Iterator[bytes]:
        """Serialised requests of ``batch`` spans each, ``spans`` in all; runs cross batches."""
        waiting = ExportTraceServiceRequest()
        sent = 0
        while sent < spans:
            while _count(waiting) < batch:
                more = self.request(50)
                if not waiting.resource_spans:
                    waiting = more
                else:
                    waiting.resource_spans[0].scope_spans[0].spans.extend(
                        more.resource_spans[0].scope_spans[0].spans
                    )
            held = waiting.resource_spans[0].scope_spans[0].spans
            out = ExportTraceServiceRequest()
            out.CopyFrom(waiting)
            del out.resource_spans[0].scope_spans[0].spans[batch:]
            del held[:batch]
            sent += batch
            yield out.SerializeToString()


def _said(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _count(request: ExportTraceServiceRequest) -> int:
    return sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)


def _put(owner: object, key: str, value: object) -> None:
    pair = owner.attributes.add()  # type: ignore[attr-defined]
    pair.key = key
    if isinstance(value, bool):
        pair.value.bool_value = value
    elif isinstance(value, int):
        pair.value.int_value = value
    elif isinstance(value, float):
        pair.value.double_value = value
    else:
        pair.value.string_value = str(value)

"""Runs a pipeline with planted faults and reads the recording back as the store would."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from bench.hopfault import steps
from bench.hopfault.domains import DOMAINS, Request
from bench.hopfault.mutations import LOCAL
from bench.hopfault.shapes import Shape
from bench.hopfault.skills import INSTRUCTIONS, SKILLS
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep
from misstep.model import Hop, Run
from misstep_examples.models import URL_VARIABLE
from misstep_examples.provider import LocalProvider
from misstep_store.conventions import normalise
from misstep_store.otlp.decode import decode_traces
from misstep_store.otlp.spans import Span

_REQUESTS_UNTIL_FAILOVER = 3


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault of one kind at one step: for one request, or for all while the run lasts."""

    kind: str
    step: str
    transient: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run as the store tells it; ``outcome`` is its essence, None after an exception."""

    run: Run
    hops: list[Hop]
    outcome: Any
    spans: list[Span] = field(default_factory=list, repr=False)


class Bench:
    """The provider, misstep and the clients that all runs of a benchmark share."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = LocalProvider(latency=0, skills=SKILLS)
        self._url_before = os.environ.get(URL_VARIABLE)

    def __enter__(self) -> Bench:
        self._provider.start()
        os.environ[URL_VARIABLE] = self._provider.url
        misstep.init(exporter=self._exporter, service="hopfault")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        misstep.shutdown()
        steps.clients.close()
        self._provider.stop()
        os.environ.pop(URL_VARIABLE)
        if self._url_before is not None:
            os.environ[URL_VARIABLE] = self._url_before

    def record(
        self, shape: Shape, request: Request, plants: Sequence[Plant] = (), *, hiccups: int = 0
    ) -> Recorded:
        """One run; ``hiccups`` is how many requests are refused once and then served."""
        if hiccups:
            self._provider.set_fault("rate_limit", hiccups)
        outcome = None
        with self._planted(plants):
            try:
                outcome = essence(shape.pipeline(request.domain, request.text))
            except (ValueError, TypeError, KeyError, AttributeError):
                outcome = None
        return self._read(outcome)

    @contextmanager
    def _planted(self, plants: Sequence[Plant]) -> Iterator[None]:
        for plant in plants:
            self._plant(plant)
        try:
            yield
        finally:
            steps.planted.clear()
            self._provider.clear()

    @contextmanager
    def still(self, plants: Sequence[Plant]) -> Iterator[dict[str, str]]:
        """The plants that last beyond their run, switched on for executing it again; what the
        executing process must know of them, as variables of its environment."""
        lasting = [plant for plant in plants if not plant.transient]
        try:
            for plant in lasting:
                self._plant(plant, lasting=True)
            yield {steps.VARIABLE: json.dumps(steps.planted)}
        finally:
            steps.planted.clear()
            self._provider.clear()

    def _plant(self, plant: Plant, *, lasting: bool = False) -> None:
        told = INSTRUCTIONS.get(plant.step, "")
        if plant.kind in LOCAL or plant.kind == "prompt_regression":
            steps.planted[plant.step] = plant.kind
        elif plant.kind == "weaker_model":
            times = None if lasting else _REQUESTS_UNTIL_FAILOVER
            self._provider.set_fault("rate_limit", times, match=f"{steps.SONNET}\n{told}")
            self._provider.set_fault("wrong_value", match=f"{steps.GPT}\n{told}")
        else:
            self._provider.set_fault(plant.kind, 1 if plant.transient else None, match=told)

    def _read(self, outcome: Any) -> Recorded:
        if not misstep.flush(60):
            raise RuntimeError(f"spans were not delivered in time: {misstep.dropped()}")
        sent = encode_spans(self._exporter.get_finished_spans())
        self._exporter.clear()
        spans = decode_traces(sent.SerializeToString(), json=False).spans
        made = normalise(spans)
        return Recorded(made.run, made.hops, outcome, spans)


# --- what counts as the same outcome ------------------------------------------------------------

_NAMES = sorted(name for d in DOMAINS.values() for name in (*d.entities, *d.goods))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def essence(output: dict[str, Any]) -> dict[str, Any]:
    """The outcome without its wording: of the note only numbers, names and choices are kept."""
    note = str(output.get("note") or "")
    choices = [c for c in ("approve", "escalate") if c in note]
    kept = [_NUMBER.findall(note), [n for n in _NAMES if n in note], choices]
    return {**output, "note": kept}


def wrong_text(good: dict[str, Any], bad: dict[str, Any]) -> str | None:
    """A value of the bad outcome that differs from the good one's and is worth a remark."""
    for key in ("total", "entity", "decision", "reference"):
        if good.get(key) != bad.get(key) and bad.get(key) not in (None, ""):
            return str(bad[key])
    return None


# --- the truth, read off two runs ---------------------------------------------------------------


def guilty(clean: Recorded, faulty: Recorded) -> set[str]:
    """Ids of the hops with an input that the clean run also had, and another output.

    A hop that contains a guilty one is not guilty itself.
    """
    right: dict[str, list[str]] = {}
    for hop in clean.hops:
        right.setdefault(_asked(hop), []).append(_said(hop))
    found = {
        hop.hop_id: hop
        for hop in faulty.hops
        if _asked(hop) in right and _said(hop) not in right[_asked(hop)]
    }
    containers = {hop.parent_id for hop in found.values()}
    return {hop_id for hop_id in found if hop_id not in containers}


def _asked(hop: Hop) -> str:
    return json.dumps([hop.name, hop.input], sort_keys=True)


def _said(hop: Hop) -> str:
    return json.dumps([hop.output, hop.error and hop.error.message], sort_keys=True)

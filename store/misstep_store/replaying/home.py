"""Where replays read their runs and leave their results, in this process or over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from misstep.errors import NotFound
from misstep.model import Hop, RunDetail
from misstep_store.conventions import Normalised, normalise
from misstep_store.conventions.types import Usage
from misstep_store.deriving.pricing import price
from misstep_store.otlp.decode import decode_traces
from misstep_store.reader import Reader
from misstep_store.replaying.recordings import RunRecording, recording_of


@dataclass(frozen=True, slots=True)
class Home:
    """A reader and the way in for spans: one OTLP request, committed when the call returns."""

    reader: Reader
    take_in: Callable[[bytes], None]

    def source(self, run_id: str) -> tuple[RunDetail, RunRecording]:
        """A run as it is shown, and as it is executed again.

        Raises:
            NotFound: there is no such run.
        """
        detail = self.reader.run(run_id)
        spans, _ = self.reader.spans(run_id)
        return as_paid(detail), recording_of(spans)


def as_paid(detail: RunDetail) -> RunDetail:
    """A run with what its hops would have cost had no replay served them: so much may it cost to
    run them again."""
    if detail.replay_of is None:
        return detail
    hops = [h if h.cost_usd else h.model_copy(update={"cost_usd": _priced(h)}) for h in detail.hops]
    costs = [h.cost_usd for h in hops if h.cost_usd is not None]
    return detail.model_copy(update={"hops": hops, "cost_usd": sum(costs) if costs else None})


def _priced(hop: Hop) -> float | None:
    names = ("input", "output", "cached", "cache_write", "reasoning")
    used = Usage(*(getattr(hop, f"{name}_tokens") for name in names))
    at = int(datetime.fromisoformat(hop.started_at).timestamp()) * 1_000_000_000
    models = dict.fromkeys((hop.response_model, hop.request_model))
    found = (price(hop.provider, model, used, at) for model in models)
    return next((cost for cost in found if cost is not None), hop.cost_usd)


@dataclass(frozen=True, slots=True)
class Made:
    """A run out of one execution's spans, before it is stored."""

    normalised: Normalised
    recording: RunRecording

    @property
    def cost_usd(self) -> float | None:
        """What its hops cost that really ran; None when no price is known."""
        return self.normalised.run.cost_usd


def read_spans(spans: bytes, run_id: str | None) -> Made | None:
    """The run in an execution's spans; None when it recorded none."""
    found = [s for s in decode_traces(spans, json=False).spans if s.trace_id == run_id]
    if not found:
        return None
    return Made(normalise(found, price=price), recording_of(found))


def detail_of(home: Home, run_id: str | None) -> RunDetail:
    """The stored run an execution made.

    Raises:
        NotFound: it made none.
    """
    if run_id is None:
        raise NotFound("the execution made no run: the entry raised before it began")
    return home.reader.run(run_id)

"""Where replays read their runs and leave their results, in this process or over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from misstep.errors import NotFound
from misstep.model import RunDetail
from misstep_store.conventions import Normalised, normalise
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
        return detail, recording_of(spans)


@dataclass(frozen=True, slots=True)
class Made:
    """A run out of one execution's spans, before it is stored."""

    normalised: Normalised
    recording: RunRecording
    served: frozenset[str]

    @property
    def cost_usd(self) -> float | None:
        """What its hops cost that really ran; None when no price is known."""
        costs = [
            h.cost_usd
            for h in self.normalised.hops
            if h.cost_usd is not None and not ({h.hop_id, *h.merged} & self.served)
        ]
        return sum(costs) if costs else None


def read_spans(spans: bytes, run_id: str | None) -> Made | None:
    """The run in an execution's spans; None when it recorded none."""
    from misstep import semconv as sc

    found = [s for s in decode_traces(spans, json=False).spans if s.trace_id == run_id]
    if not found:
        return None
    served = frozenset(s.span_id for s in found if s.attributes.get(sc.REPLAY_SERVED) is True)
    return Made(normalise(found, price=price), recording_of(found), served)


def detail_of(home: Home, run_id: str | None) -> RunDetail:
    """The stored run an execution made.

    Raises:
        NotFound: it made none.
    """
    if run_id is None:
        raise NotFound("the execution made no run: the entry raised before it began")
    return home.reader.run(run_id)

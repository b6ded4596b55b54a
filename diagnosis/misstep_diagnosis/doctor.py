"""Which claims a recording can support, what each gap costs, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from misstep.model import Hop, Run
from misstep_diagnosis.lineage import lineage

_SHOWN = 4
GOOD_RUNS = 3
"""So many good runs are needed before habits of a pipeline are learned."""


@dataclass(frozen=True, slots=True)
class DoctorNote:
    """One claim: whether this recording supports it, what the gap costs, and how to mend it."""

    claim: str
    supported: bool
    missing: str = ""
    costs: str = ""
    mend: str = ""
    hop_ids: tuple[str, ...] = ()


def doctor(run: Run, hops: Sequence[Hop]) -> list[DoctorNote]:
    """A note for every claim, always in the same order; an empty run supports none of them."""
    return [
        _payloads(hops),
        _uncut(hops),
        _finished(run, hops),
        _parents(hops),
        _lineage(run, hops),
        _finish_reasons(hops),
        _outcome(run),
        _replay(hops),
    ]


@dataclass(frozen=True, slots=True)
class PipelineNote:
    """One claim about a pipeline's recordings: how many of ``runs`` support it, what the gap costs,
    how to mend it, at which hops (names) it lies, and the ids of a few runs that show it."""

    claim: str
    supporting: int
    runs: int
    missing: str = ""
    costs: str = ""
    mend: str = ""
    hops: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether every recording supports it."""
        return self.supporting == self.runs


def doctor_of(recordings: Sequence[tuple[Run, Sequence[Hop]]], good: int) -> list[PipelineNote]:
    """Which claims the recordings of one pipeline support together.

    Args:
        recordings: runs of the pipeline with their hops, the latest first.
        good: how many runs of the pipeline are known to be good, among these or not.

    Returns:
        The claims of :func:`doctor` in its order, counted, then those that only several runs can
        support: that code and prompts can be told apart, and that there is something to compare
        with. Empty for no recordings.
    """
    if not recordings:
        return []
    notes = [(run, doctor(run, hops), {h.hop_id: h.name for h in hops}) for run, hops in recordings]
    together = [
        _together([(run, made[i], names) for run, made, names in notes])
        for i in range(len(notes[0][1]))
    ]
    return [*together, _versions([run for run, _ in recordings]), _baseline(good)]


def _together(seen: Sequence[tuple[Run, DoctorNote, dict[str, str]]]) -> PipelineNote:
    lacking = [(run, note, names) for run, note, names in seen if not note.supported]
    claim, runs = seen[0][1].claim, len(seen)
    if not lacking:
        return PipelineNote(claim, runs, runs)
    first = lacking[0][1]
    hops = dict.fromkeys(names[h] for _, note, names in lacking for h in note.hop_ids if h in names)
    return PipelineNote(
        claim,
        runs - len(lacking),
        runs,
        missing=f"in {len(lacking)} of {runs} runs, {first.missing}",
        costs=first.costs,
        mend=first.mend,
        hops=tuple(hops)[:20],
        examples=tuple(run.run_id for run, _, _ in lacking[:_SHOWN]),
    )


def _versions(runs: Sequence[Run]) -> PipelineNote:
    claim = "what changed in the code is told"
    lacking = [r for r in runs if not r.version and not r.environment.vcs_commit]
    if not lacking:
        return PipelineNote(claim, len(runs), len(runs))
    return PipelineNote(
        claim,
        len(runs) - len(lacking),
        len(runs),
        missing=f"in {len(lacking)} of {len(runs)} runs, neither version nor commit was recorded",
        costs="a comparison cannot say that the code is what changed",
        mend="set OTEL_RESOURCE_ATTRIBUTES=service.version=…, or run from a git checkout",
        examples=tuple(r.run_id for r in lacking[:_SHOWN]),
    )


def _baseline(good: int) -> PipelineNote:
    claim = "there are good runs to compare with"
    enough = min(good, GOOD_RUNS)
    if enough == GOOD_RUNS:
        return PipelineNote(claim, enough, GOOD_RUNS)
    return PipelineNote(
        claim,
        enough,
        GOOD_RUNS,
        missing=f"{good} of the {GOOD_RUNS} good runs that habits are learned from",
        costs="only static rules speak; what a hop always did in good runs is unknown",
        mend="misstep mark RUN good, for some runs that ended well",
    )


def _note(claim: str, lacking: Sequence[Hop], what: str, costs: str, mend: str) -> DoctorNote:
    if not lacking:
        return DoctorNote(claim, True)
    names = list(dict.fromkeys(h.name for h in lacking))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return DoctorNote(
        claim,
        False,
        missing=f"{', '.join(names[:_SHOWN])}{more}: {what}",
        costs=costs,
        mend=mend,
        hop_ids=tuple(h.hop_id for h in lacking),
    )


def _payloads(hops: Sequence[Hop]) -> DoctorNote:
    claim = "every value can be followed"
    if not hops:
        return DoctorNote(
            claim,
            False,
            "the run holds no hop",
            "nothing can be diagnosed",
            "wrap the pipeline's steps with @misstep.hop, or call misstep.instrument()",
        )
    lacking = [h for h in hops if h.input is None and h.output is None and not h.messages_in]
    return _note(
        claim,
        lacking,
        "neither input nor output was recorded",
        "a fault inside them shows only later",
        "leave capture on in @misstep.hop, or turn on the content switch of the instrumentation",
    )


def _uncut(hops: Sequence[Hop]) -> DoctorNote:
    return _note(
        "payloads are whole",
        [h for h in hops if h.input_cut or h.output_cut or h.redacted],
        "payloads were cut or redacted",
        "values in the part left out are not traced, and these hops cannot be replayed",
        "raise MISSTEP_MAX_PAYLOAD_BYTES (of another exporter OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT), or "
        "narrow the redaction rules",
    )


def _finished(run: Run, hops: Sequence[Hop]) -> DoctorNote:
    claim = "the run ended"
    note = _note(
        claim,
        [h for h in hops if not h.complete],
        "never ended",
        "what they returned is unknown",
        "call misstep.flush() or misstep.shutdown() before the process ends",
    )
    if note.supported and not run.complete:
        return DoctorNote(
            claim, False, "the root span never arrived", "the outcome is unknown", "misstep.flush()"
        )
    return note


def _parents(hops: Sequence[Hop]) -> DoctorNote:
    return _note(
        "the tree is whole",
        [h for h in hops if h.orphan],
        "their parent never arrived",
        "which step contains them is unknown",
        "export all spans of the trace to the same store; check `misstep stats` for dropped ones",
    )


def _lineage(run: Run, hops: Sequence[Hop]) -> DoctorNote:
    claim = "hops are linked by their values"
    if not hops or lineage(run, hops):
        return DoctorNote(claim, bool(hops))
    return DoctorNote(
        claim,
        False,
        "no value of any output is found in a later input",
        "a wrong value cannot be traced back",
        "wrap the steps between the model calls too, so that their inputs are recorded",
    )


def _finish_reasons(hops: Sequence[Hop]) -> DoctorNote:
    return _note(
        "cut answers are noticed",
        [h for h in hops if h.request_model and h.kind == "llm" and not h.finish_reason],
        "no finish reason",
        "an answer cut at the token limit looks whole",
        "record gen_ai.response.finish_reasons (misstep.instrument() does)",
    )


def _outcome(run: Run) -> DoctorNote:
    claim = "the outcome is known"
    if run.verdict.state != "unknown" or run.status == "error":
        return DoctorNote(claim, True)
    return DoctorNote(
        claim,
        False,
        "nobody said whether the outcome is good",
        "only strict evidence can accuse; a heuristic leaves the run undecided, weaker hints leave "
        "it clean",
        f"misstep mark {run.run_id[:12]} good|bad",
    )


def _replay(hops: Sequence[Hop]) -> DoctorNote:
    return _note(
        "the origin can be confirmed by executing again",
        [h for h in hops if h.recording is None or not h.recording.replayable],
        "not replayable",
        "an origin stays suspected",
        "record with misstep's own wrappers; see why_not of the hop",
    )

"""A job out of a stored run and what the person asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from misstep.errors import NotFound, ReplayError, UsageError
from misstep.model import Hop, Json
from misstep.registry import Entry, find_entry
from misstep.replay.job import Job, Target
from misstep.replay.zones import is_effect
from misstep_store.replaying.recordings import RunRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a replay is to do; hops are span ids of the source run."""

    fork: str | None = None
    substitute: Mapping[str, Json] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    live: Sequence[str] = ()
    all_live: bool = False
    allow_effects: Sequence[str] = ()
    entry: str | None = None
    arguments: Json = None

    @property
    def executes(self) -> bool:
        """Whether any hop would run for real."""
        return bool(
            self.fork
            or self.substitute
            or self.models
            or self.prompts
            or self.live
            or self.all_live
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job will do, told before it starts."""

    served: int
    live: list[str]
    effects: list[str]
    substituted: list[str]
    estimated_cost_usd: float | None


def make_job(
    run_id: str,
    recording: RunRecording,
    asked: Asked,
    *,
    good: RunRecording | None = None,
    endpoint: str | None = None,
    store: str | None = None,
) -> Job:
    """The job for one execution.

    Raises:
        ReplayError: when the run cannot be executed here, saying why and what to do.
    """
    targets = {*asked.substitute, *asked.models, *asked.prompts, *asked.live}
    mode = "serve"
    if asked.all_live:
        mode = "all_live"
    elif asked.live:
        mode = "resample"
    elif asked.fork or targets:
        mode = "fork"
    fork = asked.fork or next(iter([*asked.models, *asked.prompts]), None)
    return Job(
        run_id=run_id,
        target=target_of(recording, asked.entry),
        arguments=asked.arguments if asked.arguments is not None else recording.arguments,
        mode=mode,  # type: ignore[arg-type]
        hops=recording.hops,
        calls=recording.calls,
        recorded=recording.recorded,
        fork=None if fork in asked.substitute else fork,
        substitute=dict(asked.substitute),
        live=list(asked.live),
        models=dict(asked.models),
        prompts=dict(asked.prompts),
        allow_effects=list(asked.allow_effects),
        effect_answers=[h for h in (good.hops if good else []) if is_effect(h)],
        endpoint=endpoint,
        store=store,
    )


def target_of(recording: RunRecording, entry: str | None) -> Target:
    """What to execute: the entry named by the person, else the registry's.

    Raises:
        ReplayError: when the run's entry never ran on this machine.
    """
    if entry is not None:
        module, _, qualname = entry.partition(":")
        if not qualname:
            raise UsageError(f"--entry wants module:function, got {entry!r}")
        return Target(kind="function", module=module, qualname=qualname, cwd=str(Path.cwd()))
    if recording.entry is None:
        raise ReplayError(
            "this run was not recorded by misstep's tracer from a @misstep.pipeline, so there is "
            "nothing to execute; the diagnosis reads the recording alone: misstep diagnose RUN"
        )
    known = find_entry(recording.entry)
    if known is None:
        raise ReplayError(
            f"{recording.entry} never ran on this machine, so it may not be executed here. "
            "Name it yourself: misstep replay RUN --entry module:function"
        )
    return _target(known)


def _target(entry: Entry) -> Target:
    return Target(
        kind=entry.kind,
        module=entry.module,
        qualname=entry.qualname,
        script=entry.script,
        argv=entry.argv,
        cwd=entry.cwd,
        python=entry.python,
    )


def plan_of(job: Job, hops: Sequence[Hop]) -> Plan:
    """What the job serves and runs, and what it may cost: as much as those hops cost before."""
    from misstep.replay.zones import Zones

    fates = Zones(job).fates
    by_id = {h.hop_id: h for h in hops}
    live = [e for e in job.hops if fates[e.hop_id] == "live"]
    live_calls = [c for c in job.calls if fates[c.hop_id] == "live"]
    live_ids = [e.hop_id for e in live] + [c.hop_id for c in live_calls]
    costs = [cost for i in live_ids if i in by_id and (cost := by_id[i].cost_usd) is not None]
    return Plan(
        served=sum(1 for f in fates.values() if f == "serve"),
        live=[e.name for e in live if not is_effect(e)],
        effects=[e.name for e in live if is_effect(e)],
        substituted=[e.name for e in job.hops if e.hop_id in job.substitute],
        estimated_cost_usd=sum(costs) if costs else None,
    )


def parse_value(text: str) -> Json:
    """A value from the command line: JSON, else text; ``@file`` reads either from a file."""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text()
        except OSError as error:
            raise NotFound(f"{text[1:]} cannot be read: {error.strerror}") from error
    try:
        return json.loads(text)
    except ValueError:
        return text

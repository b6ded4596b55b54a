"""A job out of a stored run and what the person asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from misstep.errors import NotFound, ReplayError, UsageError
from misstep.model import Hop, Json
from misstep.registry import Entry, find_entry
from misstep.replay.job import Job, RecordedCall, RecordedHop, Target
from misstep.replay.zones import Zones, is_effect
from misstep_store.replaying.recordings import RunRecording

DEFAULT_TIMEOUT_S = 300.0


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
    command: Sequence[str] = ()
    arguments: Json = None
    timeout_s: float = DEFAULT_TIMEOUT_S

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
class Permission:
    """What may be executed: entries of the local registry, all or those that begin so; and, where
    a person says so at the command line, an entry or command of their own, which runs in ``folder``
    (None: the working folder)."""

    entry: str | None = None
    command: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job will do, told before it starts. ``effects`` are side effects in its live part:
    answered from the recording unless they are among ``live``."""

    entry: str
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
    hops: Sequence[Hop] = (),
    good: RunRecording | None = None,
    permission: Permission | None = None,
) -> Job:
    """The job for one execution.

    Raises:
        ReplayError: when the run cannot be executed here, saying why and what to do.
    """
    allowed = permission or Permission(asked.entry, tuple(asked.command))
    targets = {*asked.substitute, *asked.models, *asked.prompts, *asked.live}
    mode = "serve"
    if asked.all_live:
        mode = "all_live"
    elif asked.live:
        mode = "resample"
    elif asked.fork or targets:
        mode = "fork"
    order = {e.hop_id: e.start_unix_nano for e in recording.entries}
    changed = sorted({*asked.models, *asked.prompts}, key=lambda h: order.get(h, 0))
    fork = asked.fork or next(iter(changed), None)
    inner = {h.hop_id: [h.hop_id, *h.merged] for h in hops}
    names = {h.hop_id: h.path for h in recording.hops}
    return Job(
        run_id=run_id,
        target=target_of(recording, allowed),
        arguments=asked.arguments if asked.arguments is not None else recording.arguments,
        changed_arguments=asked.arguments is not None,
        mode=mode,  # type: ignore[arg-type]
        hops=recording.hops,
        calls=recording.calls,
        recorded=recording.recorded,
        fork=None if fork in asked.substitute else fork,
        substitute=dict(asked.substitute),
        live=list(asked.live),
        models={i: m for h, m in asked.models.items() for i in inner.get(h, [h])},
        prompts={i: p for h, p in asked.prompts.items() for i in inner.get(h, [h])},
        allow_effects=[names.get(h, h) for h in asked.allow_effects],
        effect_answers=[h for h in (good.hops if good else []) if is_effect(h)],
        argv=recording.argv,
        service=recording.service,
        version=recording.version,
        timeout_s=asked.timeout_s,
    )


def target_of(recording: RunRecording, allowed: Permission) -> Target:
    """What to execute: the entry named by the person, else the registry's.

    Raises:
        ReplayError: when the run's entry never ran on this machine.
    """
    folder = Path(allowed.folder) if allowed.folder else Path.cwd()
    if allowed.command:
        return Target(kind="command", argv=list(allowed.command), cwd=str(folder))
    if allowed.entry is not None:
        module, _, qualname = allowed.entry.partition(":")
        if not qualname:
            raise UsageError(f"--entry wants module:function, got {allowed.entry!r}")
        if module.endswith(".py"):
            script = str((folder / module).resolve())
            return Target(kind="script_function", script=script, qualname=qualname, cwd=str(folder))
        return Target(kind="function", module=module, qualname=qualname, cwd=str(folder))
    if recording.entry is None:
        raise ReplayError(
            "this run came from elsewhere: it was not recorded by misstep's tracer from a "
            "@misstep.pipeline or under `misstep run`, so there is no code to execute. Read the "
            "recording: misstep diagnose RUN; or ask one of its model calls again: "
            "misstep replay RUN --live HOP --endpoint URL"
        )
    known = find_entry(recording.entry, recording.place)
    if known is None:
        raise ReplayError(
            f"{recording.entry} never ran on this machine, so it may not be executed here. "
            "Name it yourself: misstep replay RUN --entry module:function (or file.py:function)"
        )
    if allowed.only and not known.key.startswith(allowed.only):
        raise ReplayError(
            f"{known.key} may not be executed by this server; replay it from the command line: "
            "misstep replay RUN"
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
        path=entry.path,
    )


def expected_hops(job: Job) -> int:
    """How many hops an execution will come to, if it goes the way it went: those inside a step that
    is served or replaced are not asked for, and a call inside a step is part of it."""
    fates = Zones(job).fates
    steps = {h.hop_id for h in job.hops}
    parents = [h.parent_id for h in job.hops]
    parents += [c.parent_id for c in job.calls if c.parent_id not in steps]
    return sum(fates.get(p or "") not in {"serve", "substitute"} for p in parents)


def plan_of(job: Job, hops: Sequence[Hop]) -> Plan:
    """What the job serves and runs, and what it may cost: as much as those hops cost before."""
    fates = Zones(job).fates
    by_id = {h.hop_id: h for h in hops}
    live_ids = {i for i, fate in fates.items() if fate == "live"}
    allowed = set(job.allow_effects)
    effects = [e for e in job.hops if e.hop_id in live_ids and is_effect(e)]
    kept = [e for e in effects if not allowed & {e.name, e.path}]
    live_ids -= {e.hop_id for e in kept}
    entries: list[RecordedHop | RecordedCall] = [*job.hops, *job.calls]
    entries.sort(key=lambda e: e.start_unix_nano)

    def above(entry: RecordedHop | RecordedCall) -> bool:
        """Whether it lies inside what is served or replaced, and so is not asked for."""
        return fates.get(entry.parent_id or "") in ("serve", "substitute")

    live = [e.name for e in entries if e.hop_id in live_ids and e.parent_id not in live_ids]
    costs = [cost for i in live_ids if i in by_id and (cost := by_id[i].cost_usd) is not None]
    return Plan(
        entry=entry_text(job.target),
        served=sum(1 for e in entries if fates[e.hop_id] == "serve" and not above(e)),
        live=live,
        effects=[e.name for e in kept],
        substituted=[
            e.name for e in entries if e.hop_id in job.substitute or e.hop_id in job.replacements
        ],
        estimated_cost_usd=sum(costs) if costs else (0.0 if not live else None),
    )


def entry_text(target: Target) -> str:
    """What is executed, in words for a person."""
    if target.kind == "command":
        return " ".join(target.argv)
    return f"{target.module if target.kind == 'function' else target.script}:{target.qualname}"


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

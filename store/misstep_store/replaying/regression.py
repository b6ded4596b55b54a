"""The text of a regression test for a confirmed cascade, and the recording beside it."""

from __future__ import annotations

import json
import os
import pprint
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from misstep.condense import whole
from misstep.errors import ReplayError
from misstep.model import Diagnosis, Json, RunDetail
from misstep.redact import Redactor
from misstep.replay.job import Target
from misstep_store.finding import find_hop
from misstep_store.otlp import encode_json
from misstep_store.otlp.spans import Span, SpanEvent
from misstep_store.replaying.home import Home
from misstep_store.replaying.jobs import Permission, target_of
from misstep_store.replaying.recordings import recording_of
from misstep_store.replaying.testing import Cascade

_INLINE_CHARS = 1500
_WIDTH = 88


def mended_run(diagnosis: Diagnosis) -> str:
    """The run of the trial that proved a diagnosis.

    Raises:
        ReplayError: its origin is not confirmed.
    """
    wanted = {o.hop_id for o in diagnosis.origins if o.confirmed}
    for trial in sorted(diagnosis.trials, key=lambda t: (len(t.hop_ids), t.n), reverse=True):
        # A second fault that came once is gone where its hop ran again.
        part = bool(trial.hop_ids) and set(trial.hop_ids) <= wanted
        if part and trial.outcome == "good" and not trial.control and trial.run_id:
            return trial.run_id
    raise ReplayError(
        f"the origin of run {diagnosis.run_id} is not confirmed, so there is no mended value to "
        f"assert; confirm it first: misstep bisect {diagnosis.run_id}"
    )


def write(home: Home, run_id: str, out: Path | None) -> tuple[Path, Path]:
    """Writes test and recording; both paths. The test has passed once when this returns.

    Raises:
        ReplayError: nothing is confirmed, the run cannot be executed, or its replay fails.
    """
    diagnosis = home.reader.diagnosis(run_id)
    mended_id = mended_run(diagnosis)
    source, mended = home.reader.run(run_id), home.reader.run(mended_id)
    path = out or Path(f"test_{_identifier(source.pipeline or source.name)}_{run_id[:8]}.py")
    beside = path.with_suffix(".otlp.json")
    spans = [*home.reader.spans(run_id)[0], *home.reader.spans(mended_id)[0]]
    target = target_of(recording_of(home.reader.spans(run_id)[0]), Permission())
    cascade = _cascade(beside, target)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sent = json.loads(encode_json.traces(redacted(spans)))
        beside.write_text(json.dumps(sent, indent=1, ensure_ascii=False) + "\n")
        path.write_text(text(source, mended, diagnosis, cascade))
    except OSError as error:
        raise ReplayError(f"{path} cannot be written: {error.strerror}") from error
    try:
        outcome = cascade.replay(mended_id).outcome
    except AssertionError as error:
        raise ReplayError(f"the cascade does not replay, so its test would fail: {error}") from None
    if outcome != _outcome(mended):
        raise ReplayError(
            "the cascade replays with another outcome each time, so its test would fail; record "
            "what differs with misstep.recorded"
        )
    return path, beside


def _cascade(recording: Path, target: Target) -> Cascade:
    """The program by its way from the test, so that both may move together."""
    beside = recording.parent.resolve()
    folder = os.path.relpath(target.cwd, beside)
    if target.kind == "command":
        return Cascade(recording, None, tuple(target.argv), folder)
    if target.kind == "function":
        return Cascade(recording, f"{target.module}:{target.qualname}", (), folder)
    script = os.path.relpath(target.script or "", target.cwd)
    return Cascade(recording, f"{script}:{target.qualname}", (), folder)


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower() or "run"


def redacted(spans: Sequence[Span]) -> list[Span]:
    """The spans without secrets, also where the program recorded them with redaction off."""
    redactor = Redactor()

    def clean(attributes: dict[str, Any]) -> dict[str, Any]:
        return {k: _clean(redactor, v, k) for k, v in attributes.items()}

    return [
        replace(
            span,
            attributes=clean(_whole(span.attributes)),
            events=[_event(e, clean(e.attributes)) for e in span.events],
        )
        for span in spans
    ]


def _whole(attributes: dict[str, Any]) -> dict[str, Any]:
    """With the request as it was: what it would refer to may be redacted differently."""
    try:
        return whole(attributes)
    except ReplayError:
        return attributes


def _event(event: SpanEvent, attributes: dict[str, Any]) -> SpanEvent:
    return replace(event, attributes=attributes)


def _clean(redactor: Redactor, value: Any, at: str) -> Any:
    if not isinstance(value, str):
        return value
    if value[:1] in "[{":
        try:
            found, count = redactor.value(json.loads(value), at)
            return json.dumps(found, ensure_ascii=False) if count else value
        except (ValueError, RecursionError):
            pass
    return redactor.text(value)[0]


def text(
    source: RunDetail,
    mended: RunDetail,
    diagnosis: Diagnosis,
    cascade: Cascade,
) -> str:
    """The test's source."""
    names = [o.name for o in diagnosis.origins]
    program = f'entry="{cascade.entry}"' if cascade.entry else f"command={cascade.command!r}"
    program += f", folder={json.dumps(cascade.folder, ensure_ascii=False)}"
    head = _HEAD.format(
        pipeline=source.pipeline or source.name,
        where=" and ".join(names),
        explanation=diagnosis.explanation.replace("\\", "\\\\").replace('"""', "'''"),
        run=source.run_id,
        mended=mended.run_id,
        recording=cascade.recording.name,
        program=program,
    )
    parts = [head]
    for origin in diagnosis.origins:
        if origin.hop_id is not None:
            parts.append(_hop_tests(source, mended, origin.name, len(names) > 1))
    parts.append(
        _OUTCOME.format(
            bad=_literal(_outcome(source), "CASCADE.recorded(WENT_WRONG).outcome", 4),
            good=_literal(_outcome(mended), "CASCADE.recorded(MENDED).outcome", 4),
        )
    )
    return "\n\n".join(p.strip("\n") + "\n" for p in parts)


def _outcome(run: RunDetail) -> Json:
    return f"{run.error.type}: {run.error.message}" if run.error is not None else run.output


def _hop_tests(source: RunDetail, mended: RunDetail, name: str, several: bool) -> str:
    before, after = find_hop(source.hops, name), find_hop(mended.hops, name)
    return _HOP.format(
        test=_identifier(name),
        name=name,
        received=_literal(before.input, f'CASCADE.recorded(WENT_WRONG).received("{name}")', 4)
        if not several
        else f'CASCADE.recorded(WENT_WRONG).received("{name}")',
        wrong=_literal(before.output, f'CASCADE.recorded(WENT_WRONG).produced("{name}")', 4),
        right=_literal(after.output, f'CASCADE.recorded(MENDED).produced("{name}")', 4),
    )


def _literal(value: Json, otherwise: str, indent: int) -> str:
    """The value as Python source, or where it is too long for a reader, where it is recorded."""
    shown = pprint.pformat(value, width=_WIDTH - indent, sort_dicts=False)
    if len(shown) > _INLINE_CHARS:
        return otherwise
    return shown.replace("\n", "\n" + " " * indent)


_HEAD = '''"""Regression test: {pipeline} went wrong at {where}.

{explanation}
Written by `misstep test {run}`; everything is served from the recording beside this file.
"""

from pathlib import Path

from misstep_store.replaying.testing import Cascade

CASCADE = Cascade(Path(__file__).with_name("{recording}"), {program})
WENT_WRONG = "{run}"
MENDED = "{mended}"
'''

_HOP = """
def test_the_cascade_still_leads_to_{test}_with_what_it_received_then():
    replayed = CASCADE.replay(WENT_WRONG)
    received = {received}
    wrong = {wrong}
    assert replayed.received("{name}") == received
    assert replayed.produced("{name}") == wrong


def test_{test}_is_mended():
    replayed = CASCADE.replay(MENDED)
    right = {right}
    assert replayed.produced("{name}") == right
"""

_OUTCOME = """
def test_the_outcome_follows_from_it():
    bad = {bad}
    good = {good}
    assert CASCADE.replay(WENT_WRONG).outcome == bad
    assert CASCADE.replay(MENDED).outcome == good
"""

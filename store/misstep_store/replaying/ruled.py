"""Right values that rules know, as answers that a replay can serve."""

from __future__ import annotations

import json
from collections.abc import Sequence

from misstep.model import Diagnosis, Evidence, Hop, Json
from misstep.replay.job import RecordedCall
from misstep_diagnosis.verdict.mending import mended
from misstep_store.replaying.compare import Correction
from misstep_store.replaying.recordings import RunRecording


def ruled(recording: RunRecording, hops: Sequence[Hop], static: Diagnosis) -> dict[str, Correction]:
    """By hop, its answer as the strict rules that speak against it say it should have been."""
    entries = {e.hop_id: e for e in recording.entries}
    shown = {h.hop_id: h for h in hops}
    found: dict[str, Correction] = {}
    for suspect in static.suspects:
        entry = entries.get(suspect.hop_id or "")
        if isinstance(entry, RecordedCall):
            answer = _call(entry, shown[entry.hop_id].output, suspect.evidence)
            if answer is not None:
                found[entry.hop_id] = answer
        elif entry is not None and entry.has_output:
            value = mended(entry.output, suspect.evidence)
            if value is not None:
                found[entry.hop_id] = value
    return found


def _call(entry: RecordedCall, said: Json, evidence: Sequence[Evidence]) -> RecordedCall | None:
    """The response with the right text in place of what the model said; None for a stream."""
    right = mended(said, evidence)
    try:
        body = json.loads(entry.body)
    except ValueError:
        return None
    if right is None:
        return None
    made = _in_place(body, said, right)
    return None if made == body else entry.model_copy(update={"body": json.dumps(made)})


def _in_place(value: Json, said: Json, right: Json) -> Json:
    if isinstance(value, dict):
        return {key: _in_place(inner, said, right) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_place(inner, said, right) for inner in value]
    if not isinstance(value, str):
        return value
    if isinstance(said, str):
        return right if value == said else value
    try:
        return json.dumps(right) if json.loads(value) == said else value
    except ValueError:
        return value

"""What was said of runs: verdicts, scores, tags, and misstep's own diagnosis; two look-ups for all."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import itemgetter

from pydantic import BaseModel

from misstep.model import Diagnosis, DiagnosisVerdict, OriginRef, Run, Score, Verdict
from misstep_store.database import Database, among, chosen, query

_BESIDE = ThreadPoolExecutor(2, thread_name_prefix="misstep-told")
_RANK = {"user": 3, "check": 2, "judge": 1, "status": 0, "none": -1}


class Headline(BaseModel):
    """What a listing shows of a diagnosis: a twentieth of it, the rest is not read."""

    verdict: DiagnosisVerdict
    origins: list[OriginRef] = []
    origin: OriginRef | None = None


@dataclass(slots=True)
class Told:
    """What was said of one run, in order. ``diagnosis`` is JSON, made at ``diagnosed_unix_nano``."""

    verdicts: list[Verdict] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    diagnosis: str | None = None
    diagnosed_unix_nano: int = -1

    def run(self, body: str, made: Diagnosis | None = None) -> Run:
        """A run out of its stored body, as it stands after all that; without scores. ``made`` is
        the diagnosis, where that was read already."""
        run = Run.model_validate_json(body)
        for verdict in self.verdicts:
            # Whoever ranks as high or higher speaks last; names of people rank as users.
            if verdict.hop_id is not None and verdict.state != "bad":
                continue  # a good hop does not make a good run
            if _RANK.get(verdict.by, 3) >= _RANK.get(run.verdict.by, 3):
                run.verdict = verdict
        if self.diagnosis is not None:
            told = made or Headline.model_validate_json(self.diagnosis)
            run.origins, run.origin = told.origins, told.origin
            run.diagnosis_verdict = told.verdict
        run.tags += [t for t in self.tags if t not in run.tags]
        return run


def told_of(database: Database, run_ids: Sequence[str]) -> dict[str, Told]:
    """What was said of these runs, each with an entry."""
    found = {run_id: Told() for run_id in run_ids}
    sql = "SELECT run_id, body, made_unix_nano FROM diagnoses WHERE run_id IN ({runs})"
    # Two look-ups whose plans cost more than their rows: side by side.
    judged = _BESIDE.submit(database.rows, *chosen(query("judged"), list(found)))
    diagnosed = database.rows(among(sql, run_ids), run_ids)
    said = judged.result()
    said.sort(key=itemgetter(2, 3))
    for kind, run_id, _, told, by, text, note, hop_id, value in said:
        of = found[run_id]
        if kind == "verdict":
            of.verdicts.append(Verdict(state=told, by=by, text=text, note=note, hop_id=hop_id))
        elif kind == "score":
            of.scores.append(Score(hop_id=hop_id, name=told, value=value, by=by))
        else:
            of.tags.append(told)
    for run_id, body, made in diagnosed:
        found[run_id].diagnosis, found[run_id].diagnosed_unix_nano = body, made
    return found

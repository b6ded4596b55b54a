"""The kept profile of a pipeline's good runs: grows by the new ones, starts anew when one falls out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import orjson

from misstep.model import Hop, Run
from misstep_diagnosis.healthy import VERSION, Profile
from misstep_diagnosis.learning import learn
from misstep_store.database import Database, NotWritten, query

MAX_NEW = 50
MAX_NEW_HOPS = 5_000
"""Good runs, and their hops, taken in at one time, newest first; the rest follow at the next
diagnosis. Three are taken in however long they are."""

_AT_LEAST = 3
Load = Callable[[str], tuple[Run, Sequence[Hop]]]


class Profiles:
    """Profiles in one store. ``load`` gives a run with its hops."""

    def __init__(self, database: Database, load: Load) -> None:
        self._database = database
        self._load = load

    def of(self, pipeline: str, good: Sequence[str]) -> Profile | None:
        """The profile of a pipeline, brought up to date with its good runs (ids, newest first).

        None while it has no good run.
        """
        stored, members = self._stored(pipeline)
        if self._database.rows(query("profile_gone"), {"pipeline": pipeline}):
            stored, members = None, set()
        new = [run_id for run_id in good if run_id not in members][:MAX_NEW]
        if not new and stored is not None:
            return stored
        profile = stored or Profile(pipeline=pipeline)
        taken, looked_at = [], 0
        for run_id in new:
            if looked_at >= MAX_NEW_HOPS and profile.runs >= _AT_LEAST:
                break
            run, hops = self._load(run_id)
            learn(profile, run, hops)
            taken.append(run_id)
            looked_at += len(hops)
        with contextlib.suppress(NotWritten):  # a full disk: it is made again the next time
            self._keep(profile, [*members, *taken])
        return profile if profile.runs else None

    def _stored(self, pipeline: str) -> tuple[Profile | None, set[str]]:
        body = self._database.rows("SELECT body FROM profiles WHERE pipeline = ?", [pipeline])
        members = self._database.rows(
            "SELECT run_id FROM profile_members WHERE pipeline = ?", [pipeline]
        )
        if not body or orjson.loads(body[0][0]).get("version") != VERSION:
            return None, set()
        return Profile.model_validate_json(body[0][0]), {row[0] for row in members}

    def _keep(self, profile: Profile, members: Sequence[str]) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM profile_members WHERE pipeline = ?", [profile.pipeline])
            connection.execute(
                "INSERT OR REPLACE INTO profiles VALUES (?, ?)",
                [profile.pipeline, profile.model_dump_json()],
            )
            if members:
                connection.execute(
                    "INSERT INTO profile_members SELECT ?, unnest(?)",
                    [profile.pipeline, list(members)],
                )

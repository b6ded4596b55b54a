"""The API of replays: what a replay would do, starting one, watching it, cancelling it."""

from __future__ import annotations

import functools
import importlib.metadata
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from misstep.errors import ReplayError, UsageError
from misstep.model import Confirmation, Json, RunDetail
from misstep_store.finding import find_hop
from misstep_store.replaying import bisect, replay
from misstep_store.replaying.bisect import Bisect
from misstep_store.replaying.home import Home
from misstep_store.replaying.jobs import Asked, Permission, expected_hops, plan_of
from misstep_store.replaying.replay import Prepared
from misstep_store.serve.answers import ApiRoute, json_body, route, run_id_of, shape
from misstep_store.serve.opening import home_of_store
from misstep_store.serve.replay_jobs import Jobs, Watched
from misstep_store.store import Store

REFUSED = (
    "this server does not execute programs; start it with `misstep up --allow-replay`, "
    "or replay from the command line: misstep replay RUN"
)


class ReplayBody(BaseModel):
    """Body of ``POST …/replay`` and ``…/replay/plan``; HOPs are ids, unique names, or NAME#n."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str | None = Field(default=None, alias="from")
    set: dict[str, Json] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    live: list[str] = Field(default_factory=list)
    allow_effects: list[str] = Field(default_factory=list)

    def asked(self, run: RunDetail) -> Asked:
        """The same with hops by id."""

        def hop_id(given: str) -> str:
            return find_hop(run.hops, given).hop_id

        return Asked(
            fork=hop_id(self.from_) if self.from_ else None,
            substitute={hop_id(h): v for h, v in self.set.items()},
            models={hop_id(h): m for h, m in self.models.items()},
            prompts={hop_id(h): p for h, p in self.prompts.items()},
            live=[hop_id(h) for h in self.live],
            allow_effects=[hop_id(h) for h in self.allow_effects],
        )


class BisectBody(BaseModel):
    """Body of ``POST …/bisect``. ``set`` holds right outputs as the person knows them, by hop."""

    model_config = ConfigDict(extra="forbid")
    good: str | None = None
    expect: str | None = None
    set: dict[str, Json] = Field(default_factory=dict)
    reference_model: str | None = None
    budget: int | None = Field(default=None, ge=1)
    budget_usd: float | None = Field(default=None, ge=0)
    trials: int | None = Field(default=None, ge=1, le=100)

    def wanted(self, run: RunDetail, permission: Permission) -> bisect.Wanted:
        """The same with hops by id."""
        return bisect.Wanted(
            good=self.good or None,
            expect=self.expect or None,
            given={find_hop(run.hops, h).hop_id: value for h, value in self.set.items()},
            reference_model=self.reference_model or None,
            budget=self.budget,
            budget_usd=self.budget_usd,
            trials=self.trials or 1,
            permission=permission,
        )


def routes(store: Store, jobs: Jobs, permission: Permission | None) -> list[ApiRoute]:
    """The routes; without a permission nothing is executed and every start answers 403."""
    api = ReplayApi(home_of_store(store), jobs, permission, str(store.database.path))
    run = "/api/runs/{run_id}"
    return [
        route("/api/settings", {"GET": api.settings}),
        route(f"{run}/replay/plan", {"POST": api.plan}),
        route(f"{run}/replay", {"POST": api.replay}),
        route(f"{run}/bisect", {"POST": api.bisect}),
        route(f"{run}/confirmation", {"POST": api.confirmation}),
        route("/api/jobs/{job}", {"GET": api.job, "DELETE": api.cancel}),
    ]


class ReplayApi:
    """The endpoints."""

    def __init__(
        self, home: Home, jobs: Jobs, permission: Permission | None, store_path: str
    ) -> None:
        self._home = home
        self._jobs = jobs
        self._permission = permission
        self._store_path = store_path

    async def settings(self, request: Request) -> Response:
        """What this server may do."""
        return JSONResponse(
            {
                "allow_replay": self._permission is not None,
                "version": importlib.metadata.version("misstep"),
                "store": self._store_path,
            }
        )

    async def plan(self, request: Request) -> Response:
        """What a replay would serve, run and replace."""
        if self._permission is None:
            return _refused()
        body = ReplayBody.model_validate(await json_body(request))
        ask = functools.partial(self._planned, run_id_of(request), body)
        return JSONResponse((await run_in_threadpool(ask))[0])

    async def replay(self, request: Request) -> Response:
        """Starts one."""
        if self._permission is None:
            return _refused()
        body = ReplayBody.model_validate(await json_body(request))
        ask = functools.partial(self._planned, run_id_of(request), body)
        plan, prepared = await run_in_threadpool(ask)
        if prepared is None:
            raise UsageError(str(plan["why_not"]))

        def work(watched: Watched) -> None:
            watched.state.hops_total = expected_hops(prepared.job)
            made = replay.perform(
                self._home, prepared, progress=watched.progress, cancelled=watched.cancelled
            )
            watched.state.result_run_id = made.run_id
            watched.state.divergence = made.divergence
            told = "the run was executed again"
            if made.divergence is not None:
                told = made.divergence.message
            elif made.error is not None:
                told = f"the run ended with {made.error.type}: {made.error.message}"
            watched.state.message = told

        return _started(self._jobs.start("replay", prepared.source.run_id, work, plan).job)

    def _planned(self, run_id: str, body: ReplayBody) -> tuple[dict[str, Json], Prepared | None]:
        source = self._home.reader.run(run_id)
        asked = body.asked(source)
        try:
            prepared = replay.prepare(self._home, run_id, asked, permission=self._permission)
        except ReplayError as error:
            nothing = {"served": 0, "live": [], "effects": [], "substituted": []}
            return {
                "runnable": False,
                "why_not": str(error),
                "entry": None,
                **nothing,
                "estimated_cost_usd": None,
            }, None
        plan = plan_of(prepared.job, prepared.source.hops)
        return {"runnable": True, "why_not": None, **asdict(plan)}, prepared

    async def bisect(self, request: Request) -> Response:
        """Starts one."""
        if self._permission is None:
            return _refused()
        body = BisectBody.model_validate(await json_body(request))
        ask = functools.partial(self._prepared, run_id_of(request), body, self._permission)
        made = await run_in_threadpool(ask)
        plan: dict[str, Json] = {
            "hops": made.source.hop_count,
            "budget": made.case.allowed if made.case is not None else 0,
            "oracle": made.oracle.kind if made.oracle is not None else None,
            "good": made.good.run_id if made.good is not None else None,
            "estimated_cost_usd": made.worst_cost_usd,
            "warning": "; ".join(made.warnings) or None,
        }

        def work(watched: Watched) -> None:
            if made.job is not None:
                watched.state.hops_total = expected_hops(made.job)
            done = bisect.perform(
                made,
                on_trial=watched.trial,
                progress=watched.progress,
                cancelled=watched.cancelled,
            )
            watched.state.diagnosis = done.diagnosis
            watched.state.result_run_id = done.mended_run_id
            watched.state.message = done.diagnosis.explanation

        return _started(self._jobs.start("bisect", made.source.run_id, work, plan).job)

    def _prepared(self, run_id: str, body: BisectBody, permission: Permission) -> Bisect:
        wanted = body.wanted(self._home.reader.run(run_id, payloads=False), permission)
        return bisect.prepare(self._home, run_id, wanted)

    async def confirmation(self, request: Request) -> Response:
        """Keeps what a bisect elsewhere on this machine has proved; executes nothing."""
        proof = Confirmation.model_validate(await json_body(request))
        if proof.run_id != run_id_of(request):
            raise UsageError("the proof is of another run than the address names")
        return shape(await run_in_threadpool(self._home.reader.confirm, proof))

    async def job(self, request: Request) -> Response:
        """A job's state."""
        return shape(self._jobs.get(str(request.path_params["job"])))

    async def cancel(self, request: Request) -> Response:
        """Ends a job."""
        return shape(self._jobs.cancel(str(request.path_params["job"])))


def _refused() -> JSONResponse:
    return JSONResponse({"error": REFUSED}, 403)


def _started(job: str) -> JSONResponse:
    body: dict[str, Any] = {"job": job}
    return JSONResponse(body, 202)

"""The reader over the API of the process that owns a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel

from misstep.config import server_headers
from misstep.errors import DecodeError, EndpointError, NotFound, StoreError, UsageError
from misstep.model import (
    Blame,
    Confirmation,
    Diagnosis,
    Diff,
    Lineage,
    Reach,
    Run,
    RunDetail,
    RunPage,
    Stats,
)
from misstep.owner import is_plain
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import RunQuery
from misstep_store.serve.overview_client import HttpOverview
from misstep_store.shapes.checkups import PipelineCheckup
from misstep_store.shapes.remapping import Remapped
from misstep_store.shapes.retention import Policy, Retained

S = TypeVar("S", bound=BaseModel)
_TIMEOUT_S = 120.0


class HttpReader:
    """Answers by asking ``url``; see :class:`misstep_store.reader.Reader`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.url,
            timeout=_TIMEOUT_S,
            trust_env=False,
            headers=server_headers(),
            verify=not is_plain(self.url),
        )
        self.overview = HttpOverview(self._ask)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EndpointError(
                f"{self.url} cannot be reached ({error}); is `misstep up` running there?"
            ) from error
        if answer.is_success:
            return answer
        raise _error(answer)

    def _get(self, kind: type[S], path: str, **parameters: Any) -> S:
        given = {k: v for k, v in parameters.items() if v is not None}
        return _parsed(kind, self._ask("GET", path, params=given))

    def runs(self, query: RunQuery) -> RunPage:
        """A page of runs."""
        given = {k: v for k, v in asdict(query).items() if v is not None}
        for name in ("failed", "calls", "replays"):
            if name in given:
                given[name] = "true" if given[name] else "false"
        return _parsed(RunPage, self._ask("GET", "/api/runs", params=given))

    def run(self, run_id: str, *, payloads: bool = True) -> RunDetail:
        """One run."""
        flag = None if payloads else "false"
        return self._get(RunDetail, f"/api/runs/{_segment(run_id)}", payloads=flag)

    def diagnosis(self, run_id: str) -> Diagnosis:
        """The verdict as of now."""
        return self._get(Diagnosis, f"/api/runs/{_segment(run_id)}/diagnosis")

    def lineage(self, run_id: str) -> Lineage:
        """Value edges."""
        return self._get(Lineage, f"/api/runs/{_segment(run_id)}/lineage")

    def blame(self, run_id: str, text: str, *, hop: str | None = None) -> Blame:
        """Where a text first appeared."""
        return self._get(Blame, f"/api/runs/{_segment(run_id)}/blame", text=text, hop=hop)

    def reach(self, run_id: str, text: str, *, hop: str | None = None) -> Reach:
        """Where a text went."""
        return self._get(Reach, f"/api/runs/{_segment(run_id)}/reach", text=text, hop=hop)

    def checkup(self, pipeline: str, *, limit: int = 20) -> PipelineCheckup:
        """What a pipeline's recordings support."""
        return self._get(PipelineCheckup, "/api/doctor", pipeline=pipeline, limit=limit)

    def diff(self, run_a: str, run_b: str | None = None) -> Diff:
        """Two runs aligned."""
        path = f"/api/runs/{_segment(run_a)}/diff"
        return self._get(Diff, path + (f"/{_segment(run_b)}" if run_b else ""))

    def mark(
        self,
        run_id: str,
        state: Literal["good", "bad", "unknown"],
        *,
        text: str | None = None,
        hop_id: str | None = None,
        note: str | None = None,
        by: str = "user",
    ) -> Run:
        """Records a verdict."""
        body = {"state": state, "text": text, "hop_id": hop_id, "note": note, "by": by}
        path = f"/api/runs/{_segment(run_id)}/verdict"
        return _parsed(Run, self._ask("POST", path, json=body))

    def score(
        self,
        run_id: str,
        name: str,
        value: float,
        *,
        hop_id: str | None = None,
        by: str | None = None,
    ) -> Run:
        """Records a score."""
        body = {"name": name, "value": value, "hop_id": hop_id, "by": by}
        path = f"/api/runs/{_segment(run_id)}/scores"
        return _parsed(Run, self._ask("POST", path, json=body))

    def confirm(self, proof: Confirmation) -> Diagnosis:
        """Keeps what executing a run again has proved."""
        path = f"/api/runs/{_segment(proof.run_id)}/confirmation"
        return _parsed(Diagnosis, self._ask("POST", path, json=proof.model_dump()))

    def delete(self, run_id: str) -> None:
        """Removes a run."""
        self._ask("DELETE", f"/api/runs/{_segment(run_id)}")

    def stats(self) -> Stats:
        """Totals."""
        return self._get(Stats, "/api/stats")

    def resolve(self, given: str) -> list[str]:
        """Ids of runs that begin so."""
        answer = self._ask("GET", "/api/resolve", params={"run": given})
        try:
            return [str(run_id) for run_id in answer.json()["run_ids"]]
        except (ValueError, KeyError, TypeError) as error:
            raise EndpointError(f"{answer.url} answered no run ids; is it misstep?") from error

    def spans(self, run_id: str) -> tuple[list[Span], list[LogRecord]]:
        """The raw spans and log records of a run."""
        from misstep_store.otlp.decode import decode_logs, decode_traces  # protobuf, for this alone

        path = f"/api/runs/{_segment(run_id)}/otlp"
        found = [
            self._ask("GET", path, params={"signal": signal}).content
            for signal in ("traces", "logs")
        ]
        try:
            return decode_traces(found[0], json=False).spans, decode_logs(found[1], json=False).logs
        except DecodeError as error:
            raise EndpointError(f"{self.url}{path} answered no OTLP: {error}") from error

    def retain(self, policy: Policy, *, dry_run: bool = False) -> Retained:
        """Removes what the policy does not let stay."""
        policy.check()
        body = asdict(policy) | {"dry_run": dry_run}
        return _parsed(Retained, self._ask("POST", "/api/retain", json=body))

    def remap(self, run_ids: Sequence[str] | None) -> Remapped:
        """Makes runs again from their raw spans; None: all of them."""
        body = {"all": True} if run_ids is None else {"run_ids": list(run_ids)}
        return _parsed(Remapped, self._ask("POST", "/api/remap", json=body))

    def send(self, body: bytes, signal: str = "traces") -> httpx.Response:
        """Posts one serialised OTLP request."""
        headers = {"content-type": "application/x-protobuf"}
        return self._ask("POST", f"/v1/{signal}", content=body, headers=headers)

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()


def _segment(run_id: str) -> str:
    """A run id as one path segment; anything else cannot be one."""
    if not run_id.isalnum():
        raise NotFound(f"no run {run_id!r}: a run id is 32 hex digits; list them: misstep runs")
    return run_id


def _parsed(kind: type[S], answer: httpx.Response) -> S:
    try:
        return kind.model_validate_json(answer.content)
    except ValueError as error:
        raise EndpointError(
            f"{answer.url} answered something that is not a misstep {kind.__name__}; "
            "is it a misstep server of this version?"
        ) from error


def _error(answer: httpx.Response) -> Exception:
    try:
        told = answer.json().get("error")
    except (ValueError, AttributeError):
        told = None
    message = told if isinstance(told, str) else f"{answer.url} answered {answer.status_code}"
    if answer.status_code == 401:
        return EndpointError(
            f"{answer.url.copy_with(path='/', query=None)} wants its token; set MISSTEP_TOKEN to it"
        )
    if answer.status_code == 404:
        return NotFound(message)
    if answer.status_code == 400:
        return UsageError(message)
    if answer.status_code == 503:
        return StoreError(message)
    return EndpointError(message)

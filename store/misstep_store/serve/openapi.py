"""The API's OpenAPI document, made from the shapes themselves."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from misstep.model import Blame, Diagnosis, Diff, Lineage, Reach, Run, RunDetail, RunPage, Stats
from misstep_store.serve.answers import FILTERS, ApiRoute
from misstep_store.serve.asked import RemapBody, RetainBody, ScoreBody, VerdictBody
from misstep_store.shapes.checkups import Checkup, PipelineCheckup
from misstep_store.shapes.remapping import Remapped
from misstep_store.shapes.retention import Retained

_SHAPES = (
    *(Run, RunDetail, RunPage, Diagnosis, Lineage, Blame, Reach, Diff, Stats),
    *(Checkup, PipelineCheckup, Remapped, Retained),
)
_RUN_ID = {
    "name": "run_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "32 lower-case hex digits",
}
_ABOUT = {
    "limit": "how many runs, 1 to 1000; 50 unless given",
    "cursor": "`next` of the page before",
    "since": "started at or after this ISO 8601 time",
    "until": "started before this ISO 8601 time",
    "sort": "newest (unless given), oldest, slowest or costliest",
    "verdict": "good, bad or unknown",
    "status": "ok, error or unset",
    "model": "used this model",
    "name": "the run's name",
    "service": "the service that recorded it",
    "pipeline": "the pipeline's name",
    "version": "the pipeline's version",
    "session": "the session's id",
    "user": "the user's id",
    "tag": "carries this tag",
    "origin": "its first bad hop has this name, whatever its number in a loop",
    "rule": "this rule weighs most against its first bad hop",
    "text": "has this text in names, inputs or outputs",
    "replays": "false: none of the runs that replays and bisects made",
    "failed": "true: an error, a bad verdict or a fault; false: none of them",
    "calls": "true: named a model that was called; false: none",
    "payloads": "false leaves inputs and outputs out",
    "hop": "a hop id, a unique name, or NAME#n",
    "signal": "traces (unless given) or logs",
    "run": "only changes of this run",
}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _operation(
    what: str,
    answer: dict[str, Any],
    *parameters: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    errors = {"400": "what was asked makes no sense", "503": "the store cannot answer now"}
    if _RUN_ID in parameters:
        errors["404"] = "unknown run or hop"
    made: dict[str, Any] = {
        "summary": what,
        "parameters": list(parameters),
        "responses": {"200": {"description": what, "content": answer}}
        | {
            code: {"description": told, "content": _content(_reference("Error"))}
            for code, told in errors.items()
        },
    }
    if body is not None:
        made["requestBody"] = {"required": True, "content": _content(body)}
    return made


def _query(name: str, *, required: bool = False, kind: str = "string") -> dict[str, Any]:
    found = {"name": name, "in": "query", "required": required, "schema": {"type": kind}}
    return found | ({"description": _ABOUT[name]} if name in _ABOUT else {})


def _shaped(name: str) -> dict[str, Any]:
    return _content(_reference(name))


def _object(**properties: str) -> dict[str, Any]:
    return {"type": "object", "properties": {k: {"type": v} for k, v in properties.items()}}


def _run_paths() -> dict[str, Any]:
    run = "/api/runs/{run_id}"
    other = {**_RUN_ID, "name": "other"}
    listing = [
        _query("limit", kind="integer"),
        *(_query(name) for name in FILTERS),
        _query("failed", kind="boolean"),
        _query("calls", kind="boolean"),
        _query("replays", kind="boolean"),
    ]
    payloads = _query("payloads", kind="boolean")
    blame = [_RUN_ID, _query("text", required=True), _query("hop")]
    otlp: dict[str, Any] = {"application/x-protobuf": {}, "application/json": {}}
    get = _operation
    return {
        "/api/runs": {"get": get("A page of runs, newest first", _shaped("RunPage"), *listing)},
        run: {
            "get": get("One run with its hops", _shaped("RunDetail"), _RUN_ID, payloads),
            "delete": get("Removes the run for good", _content(_object(deleted="string")), _RUN_ID),
        },
        f"{run}/diagnosis": {
            "get": get("The first bad hop, as of now", _shaped("Diagnosis"), _RUN_ID)
        },
        f"{run}/lineage": {"get": get("Which value went where", _shaped("Lineage"), _RUN_ID)},
        f"{run}/blame": {"get": get("Where a value first appeared", _shaped("Blame"), *blame)},
        f"{run}/reach": {"get": get("Where a value went and ended", _shaped("Reach"), *blame)},
        f"{run}/diff": {"get": get("Against the nearest good run", _shaped("Diff"), _RUN_ID)},
        f"{run}/diff/{{other}}": {
            "get": get("Against another run", _shaped("Diff"), _RUN_ID, other)
        },
        f"{run}/doctor": {
            "get": get("Which claims the recording supports", _shaped("Checkup"), _RUN_ID)
        },
        f"{run}/otlp": {"get": get("The raw spans or logs", otlp, _RUN_ID, _query("signal"))},
        f"{run}/verdict": {
            "post": _operation(
                "Marks a run",
                _shaped("Run"),
                _RUN_ID,
                body=VerdictBody.model_json_schema(),
            )
        },
        f"{run}/scores": {
            "post": _operation(
                "Scores a run or a hop",
                _shaped("Run"),
                _RUN_ID,
                body=ScoreBody.model_json_schema(),
            )
        },
    }


def _store_paths() -> dict[str, Any]:
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "/api/stats": {"get": _operation("Totals of the store", _shaped("Stats"))},
        "/api/doctor": {
            "get": _operation(
                "Which claims the recordings of a pipeline support",
                _shaped("PipelineCheckup"),
                _query("pipeline", required=True),
                _query("limit", kind="integer"),
            )
        },
        "/api/resolve": {
            "get": _operation(
                "Run ids that begin so, newest first; `last` is the newest run",
                _content(
                    {
                        "type": "object",
                        "properties": {"run_ids": {"type": "array", "items": {"type": "string"}}},
                    }
                ),
                {**_query("run", required=True), "description": "how a run id begins, or last"},
            )
        },
        "/api/events": {"get": _operation("Runs that change, as they do", stream, _query("run"))},
        "/api/retain": {
            "post": _operation(
                "Removes what is too old or too much",
                _shaped("Retained"),
                body=RetainBody.model_json_schema(),
            )
        },
        "/api/remap": {
            "post": _operation(
                "Makes runs again from their raw spans",
                _shaped("Remapped"),
                body=RemapBody.model_json_schema(),
            )
        },
        "/api/openapi.json": {"get": _operation("This document", _content({"type": "object"}))},
        "/healthz": {"get": _operation("Alive", _content(_object(status="string")))},
        "/readyz": {"get": _operation("Can be written", _content(_object(status="string")))},
    }


def _described(more: Sequence[ApiRoute]) -> dict[str, Any]:
    """Routes without a description of their own, by what their endpoints say."""
    paths: dict[str, Any] = {}
    for route in more:
        names = re.findall(r"{(\w+)}", route.path)
        parameters = [_RUN_ID if n == "run_id" else {**_RUN_ID, "name": n} for n in names]
        for one in parameters:
            if one is not _RUN_ID:
                one.pop("description", None)
        for method, endpoint in route.endpoints.items():
            told = (endpoint.__doc__ or route.path).strip().splitlines()[0]
            paths.setdefault(route.path, {})[method.lower()] = _operation(
                told, _content({"type": "object"}), *parameters
            )
    return paths


def document(more: Sequence[ApiRoute] = ()) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the API's own routes and of ``more``."""
    _, definitions = models_json_schema(
        [(s, "serialization") for s in _SHAPES], ref_template="#/components/schemas/{model}"
    )
    schemas = definitions["$defs"]
    schemas["Error"] = _object(error="string")
    return {
        "openapi": "3.1.0",
        "info": {"title": "misstep", "version": importlib.metadata.version("misstep")},
        "paths": _run_paths() | _store_paths() | _described(more),
        "components": {"schemas": schemas},
    }

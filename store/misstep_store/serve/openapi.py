"""The API's OpenAPI document, made from the shapes themselves."""

from __future__ import annotations

import functools
import importlib.metadata
from typing import Any

from pydantic.json_schema import models_json_schema

from misstep.model import Blame, Diagnosis, Diff, Lineage, Run, RunDetail, RunPage, Stats

_SHAPES = (Run, RunDetail, RunPage, Diagnosis, Lineage, Blame, Diff, Stats)
_RUN_ID = {
    "name": "run_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "32 lower-case hex digits",
}
_FILTERS = [
    "cursor",
    "since",
    "until",
    "sort",
    "verdict",
    "status",
    "model",
    "name",
    "service",
    "pipeline",
    "version",
    "session",
    "user",
    "tag",
    "text",
]


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(name: str, what: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _reference(name)}}
    error = {"application/json": {"schema": _reference("Error")}}
    return {
        "200": {"description": what, "content": content},
        "404": {"description": "unknown run", "content": error},
    }


def _get(name: str, what: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {"summary": what, "parameters": list(parameters), "responses": _answer(name, what)}
    }


def _query(name: str, *, required: bool = False, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": {"type": kind}}


def _post(name: str, what: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {
        "post": {
            "summary": what,
            "parameters": [_RUN_ID],
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": _answer(name, what),
        }
    }


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    _, definitions = models_json_schema(
        [(s, "serialization") for s in _SHAPES], ref_template="#/components/schemas/{model}"
    )
    schemas = definitions["$defs"]
    schemas["Error"] = {"type": "object", "properties": {"error": {"type": "string"}}}
    text, number = {"type": "string"}, {"type": "number"}
    run = "/api/runs/{run_id}"
    other = {**_RUN_ID, "name": "other"}
    one = _get("RunDetail", "One run with its hops", _RUN_ID, _query("payloads", kind="boolean"))
    one["delete"] = {
        "summary": "Removes the run for good",
        "parameters": [_RUN_ID],
        "responses": {"200": {"description": "removed"}},
    }
    listing = [_query("limit", kind="integer"), *(_query(f) for f in _FILTERS)]
    blame = [_RUN_ID, _query("text", required=True), _query("hop")]
    verdict = {"state": text, "text": text, "hop_id": text, "note": text, "by": text}
    score = {"name": text, "value": number, "hop_id": text, "by": text}
    return {
        "openapi": "3.1.0",
        "info": {"title": "misstep", "version": importlib.metadata.version("misstep")},
        "paths": {
            "/api/runs": _get("RunPage", "A page of runs, newest first", *listing),
            run: one,
            f"{run}/diagnosis": _get("Diagnosis", "The first bad hop, as of now", _RUN_ID),
            f"{run}/lineage": _get("Lineage", "Which value went where", _RUN_ID),
            f"{run}/blame": _get("Blame", "Where a value first appeared", *blame),
            f"{run}/diff": _get("Diff", "Against the nearest good run", _RUN_ID),
            f"{run}/diff/{{other}}": _get("Diff", "Against another run", _RUN_ID, other),
            f"{run}/verdict": _post("Run", "Marks a run", verdict, ["state"]),
            f"{run}/scores": _post("Run", "Scores a run or hop", score, ["name", "value"]),
            "/api/stats": _get("Stats", "Totals of the store"),
        },
        "components": {"schemas": schemas},
    }

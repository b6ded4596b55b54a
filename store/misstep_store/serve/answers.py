"""What every endpoint shares: methods, errors of one sentence, bodies, parameters."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from misstep.errors import MisstepError, NotFound, StoreError, UsageError
from misstep_store.reader import RunQuery

logger = logging.getLogger("misstep.serve")

Endpoint = Callable[[Request], Awaitable[Response]]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FILTERS = (
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
    "origin",
    "rule",
    "text",
)
_CHOICES = {
    "sort": ("newest", "oldest", "slowest", "costliest"),
    "verdict": ("good", "bad", "unknown"),
    "status": ("ok", "error", "unset"),
}
_BODY_LIMIT = 1_000_000


class ApiRoute(Route):
    """A route that knows its endpoints by method, for the API's description."""

    endpoints: dict[str, Endpoint]


def route(path: str, methods: dict[str, Endpoint]) -> ApiRoute:
    """A route that answers a wrong method with 405 and every error with one sentence."""
    guarded_ = {name: guarded(endpoint) for name, endpoint in methods.items()}
    if "GET" in guarded_:
        guarded_["HEAD"] = guarded_["GET"]

    async def choose(request: Request) -> Response:
        endpoint = guarded_.get(request.method)
        if endpoint is None:
            allowed = ", ".join(sorted(guarded_))
            message = f"{request.method} is not possible here; use {allowed}"
            return JSONResponse({"error": message}, 405, {"allow": allowed})
        return await endpoint(request)

    made = ApiRoute(path, choose, methods=METHODS)
    made.endpoints = dict(methods)
    return made


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its errors told in one sentence and never with a stack trace."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotFound as error:
            return problem(404, error)
        except (UsageError, ValidationError) as error:
            return problem(400, error)
        except StoreError as error:
            return problem(503, error)
        except MisstepError as error:
            return problem(400, error)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("%s %s failed", request.method, request.url.path)
            return JSONResponse({"error": "misstep failed on this request; see its log"}, 503)

    return answer


def problem(status: int, error: Exception) -> JSONResponse:
    """An error of one sentence."""
    text = str(error)
    if isinstance(error, ValidationError):
        text = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()
        )
    return JSONResponse({"error": text}, status)


async def unknown(request: Request) -> Response:
    """404 for a path that is no route."""
    return JSONResponse({"error": f"there is no {request.url.path}; see /api/openapi.json"}, 404)


def shape(value: BaseModel) -> Response:
    """A shape as the API answers it."""
    return Response(value.model_dump_json(by_alias=True), media_type="application/json")


async def json_body(request: Request) -> Any:
    """The request's body as JSON.

    Raises:
        UsageError: when it is too large or no JSON.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _BODY_LIMIT:
            raise UsageError(f"the body may have {_BODY_LIMIT} bytes")
    try:
        return json.loads(bytes(raw))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the body is not JSON: {error}") from error


def run_id_of(request: Request) -> str:
    """The run id of the path, in lower case as all ids are."""
    return str(request.path_params["run_id"]).lower()


def flag(request: Request, name: str, *, default: bool) -> bool:
    """A parameter that is true or false."""
    value = request.query_params.get(name)
    if value is None or value == "":
        return default
    if value.lower() not in ("true", "false", "1", "0"):
        raise UsageError(f"{name} must be true or false, got {value!r}")
    return value.lower() in ("true", "1")


def run_query(request: Request, *, beside: Sequence[str] = ()) -> RunQuery:
    """The listing's filters out of the query string; an empty value does not filter.
    Parameters named in ``beside`` are the caller's own.

    Raises:
        UsageError: for an unknown parameter or a value that makes no sense.
    """
    given = {name: value for name, value in request.query_params.items() if value != ""}
    given = {name: value for name, value in given.items() if name not in beside}
    unknown_ = sorted(set(given) - set(FILTERS) - {"limit", "failed", "calls", "replays"})
    if unknown_:
        raise UsageError(f"unknown parameter {unknown_[0]!r}; known: limit, {', '.join(FILTERS)}")
    limit = given.pop("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= 1000):
        raise UsageError(f"limit must be a number from 1 to 1000, got {limit[:40]!r}")
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            known = f"{', '.join(choices[:-1])} or {choices[-1]}"
            raise UsageError(f"{name} must be {known}, got {given[name][:40]!r}")
    failed, calls = (
        flag(request, name, default=False) if given.pop(name, None) else None
        for name in ("failed", "calls")
    )
    hidden = not flag(request, "replays", default=True)
    given.pop("replays", None)
    replays = False if hidden else None
    return RunQuery(limit=int(limit), failed=failed, calls=calls, replays=replays, **given)  # type: ignore[arg-type]

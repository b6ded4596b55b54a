"""``GET /api/events``: server-sent events that name the runs that changed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from misstep_store.changes import Changes

KEEP_ALIVE_S = 15.0
_LOOK_S = 0.25
_MOST_IDS = 1000
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Events:
    """The endpoint over the changes of one store."""

    def __init__(self, changes: Changes, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self._changes = changes
        self._keep_alive_s = keep_alive_s

    async def stream(self, request: Request) -> Response:
        """``event: runs`` with ``{"run_ids": […]}`` whenever runs were made or changed.

        ``?run=ID`` narrows it to one run. ``"more": true`` says that further runs changed than are
        named: read the list anew.
        """
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=_HEADERS)
        run_id = request.query_params.get("run", "").lower() or None
        told = self._told(request, run_id, self._changes.number)
        return StreamingResponse(told, media_type="text/event-stream", headers=_HEADERS)

    async def _told(self, request: Request, run_id: str | None, number: int) -> AsyncIterator[str]:
        yield ": misstep\n\n"
        spoken_s = time.monotonic()
        while not self._changes.closed and not await request.is_disconnected():
            number, changed, lost = self._changes.after(number)
            if run_id is not None:
                changed = [run_id] if run_id in changed or lost else []
                lost = False
            if changed or lost:
                spoken_s = time.monotonic()
                yield _event(changed, lost)
            elif time.monotonic() - spoken_s >= self._keep_alive_s:
                spoken_s = time.monotonic()
                yield ": still here\n\n"
            await asyncio.sleep(_LOOK_S)


def _event(run_ids: list[str], lost: bool) -> str:
    told: dict[str, object] = {"run_ids": run_ids[-_MOST_IDS:]}
    if lost or len(run_ids) > _MOST_IDS:
        told["more"] = True
    return f"event: runs\ndata: {json.dumps(told)}\n\n"

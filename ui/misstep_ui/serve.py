"""The UI as one ASGI app beside the API's routes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import App

from misstep_store.reader import Reader
from misstep_ui.access import give_reader
from misstep_ui.assets import StreamlitFiles, lazy_scripts

ENTRY = Path(__file__).parent / "entry" / "app.py"

# Without the first line the page looks for its server below every path it was opened at, and finds
# 404s first. The second asks for a linked run while Streamlit itself still loads.
_SCRIPT = """<script>window.__streamlit={BACKEND_BASE_URL:location.origin};
(()=>{const run=new URLSearchParams(location.search).get("run");
if(run&&/\\/replay\\/?$/.test(location.pathname))window.__misstep={run,outline:
fetch(`/api/runs/${encodeURIComponent(run)}/outline`).then((a)=>a.ok?a.json():null).catch(()=>null)}})()
</script>"""
# Streamlit's own margins; two type selectors outweigh the one class of its rules.
_STYLE = """<style>
html body .stMainBlockContainer { padding: 4rem 1rem 0.5rem 1rem; max-width: none; }
html body header[data-testid="stHeader"] { height: 3rem; }
html body [data-testid="stVerticalBlock"] { gap: 0; }
</style>"""
_HEAD = b"<head>"


def create_app(reader: Reader, routes: Sequence[BaseRoute], lifespan: Any = None) -> Any:
    """The Streamlit app over ``reader``, with ``routes`` (the API) on the same port.

    Args:
        reader: what the pages ask; shared by all sessions of this process.
        routes: more routes, e.g. ``/api/*``; the pages' components fetch from them.
        lifespan: as Starlette's, or None.
    """
    give_reader(reader)
    return StreamlitFiles(Headed(App(ENTRY, routes=[*routes, _RUNS], lifespan=lifespan)))


def _to_runs(request: Request) -> RedirectResponse:
    """Streamlit knows its first page by ``/`` alone; people type the name they read above it."""
    query = request.url.query
    return RedirectResponse(f"/?{query}" if query else "/")


_RUNS = Route("/runs", _to_runs)


def _more_head() -> bytes:
    """What every page's head begins with."""
    links = "".join(f'<link rel="modulepreload" href="/{path}">' for path in lazy_scripts())
    return (_SCRIPT + _STYLE + links).encode()


class Headed:
    """Middleware: HTML pages say where their server is, and what they will need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._more = _more_head()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on everything; adds to the head of HTML documents."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _wants_html(scope):
            await self._app(scope, receive, send)
            return
        # Compressed pages could not be edited.
        kept = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": kept}, receive, _Editor(send, self._more))


def _wants_html(scope: Scope) -> bool:
    return any(k.lower() == b"accept" and b"text/html" in v for k, v in scope["headers"])


class _Editor:
    """Holds an HTML answer's start back until its body is known."""

    def __init__(self, send: Send, more: bytes) -> None:
        self._send = send
        self._more = more
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            if message["status"] == 200 and kind.startswith(b"text/html"):
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(_HEAD, _HEAD + self._more, 1)
        headers = [(k, v) for k, v in start["headers"] if k not in (b"content-length", b"etag")]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

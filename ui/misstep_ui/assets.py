"""Streamlit's own scripts, styles and fonts, answered from memory.

A page of Streamlit 1.67 loads some seventy of them; read from disk over threads, one takes 5 to
40 ms on two busy cores, and the page is that much later.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.file_util import get_static_dir

_FOLDERS = ("static/js", "static/css", "static/media")  # names there carry a hash of the content
_IMPORTED = re.compile(r'from"\./([^"/]+\.js)"')
# Which script draws our components is known to Streamlit only after its first message.
_LAZY = "BidiComponent.*.js"


def lazy_scripts() -> list[str]:
    """Paths of the scripts that every page of ours needs and Streamlit's own page does not name;
    empty when Streamlit calls them otherwise."""
    home = Path(get_static_dir())
    named = (home / "index.html").read_text(errors="replace")
    found: list[str] = []
    todo = [path.name for path in (home / "static" / "js").glob(_LAZY)]
    while todo:
        path = f"static/js/{todo.pop()}"
        if path not in found and path not in named:
            found.append(path)
            todo += _IMPORTED.findall((home / path).read_text(errors="replace"))
    return found


class StreamlitFiles:
    """Middleware: the files of Streamlit's static folder, each read once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        home = Path(get_static_dir())
        # Only what is there now can be asked for: no path of a request reaches the disk.
        self._paths = {
            f"/{path.relative_to(home).as_posix()}": path
            for folder in _FOLDERS
            for path in (home / folder).glob("*")
            if path.is_file()
        }
        self._read: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a GET of such a file; passes on everything else."""
        path = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if path is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        body = self._read.get(scope["path"])
        if body is None:
            body = self._read[scope["path"]] = path.read_bytes()
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"public, immutable, max-age=31536000"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

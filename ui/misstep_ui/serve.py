"""The UI as one ASGI app beside the API's routes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute
from streamlit import App

from misstep_store.reader import Reader
from misstep_ui.access import give_reader

ENTRY = Path(__file__).parent / "entry" / "app.py"


def create_app(reader: Reader, routes: Sequence[BaseRoute], lifespan: Any = None) -> Any:
    """The Streamlit app over ``reader``, with ``routes`` (the API) on the same port.

    Args:
        reader: what the pages ask; shared by all sessions of this process.
        routes: more routes, e.g. ``/api/*``; the pages' components fetch from them.
        lifespan: as Starlette's, or None.
    """
    give_reader(reader)
    return App(ENTRY, routes=list(routes), lifespan=lifespan)

"""The one process that owns a store's file, and how others find it.

While a server owns ``F`` it keeps ``F.owner``, a JSON file with its pid and address. The file
alone proves nothing (its writer may have been killed), so finding an owner asks the address.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from pathlib import Path

from pydantic import BaseModel

ANSWER_TIMEOUT_S = 1.0


class Owner(BaseModel):
    """Who owns a store: ``url`` is the address of its OTLP and API port."""

    pid: int
    url: str
    store: str
    started_at: str


def owner_path(store: str | Path) -> Path:
    """The owner file that belongs to a store's file."""
    path = Path(store).resolve()
    return path.with_name(path.name + ".owner")


def write_owner(store: str | Path, url: str) -> Owner:
    """Declares this process the owner of ``store``, answering at ``url``."""
    owner = Owner(
        pid=os.getpid(),
        url=url,
        store=str(Path(store).resolve()),
        started_at=dt.datetime.now(dt.UTC).isoformat(),
    )
    path = owner_path(store)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(owner.model_dump_json())
    draft.replace(path)
    return owner


def remove_owner(store: str | Path) -> None:
    """Takes back :func:`write_owner`; does nothing when another process has declared itself since."""
    with contextlib.suppress(OSError, ValueError):
        path = owner_path(store)
        if json.loads(path.read_text()).get("pid") == os.getpid():
            path.unlink()


def find_owner(store: str | Path) -> Owner | None:
    """The live owner of ``store``, or None when nobody answers for it."""
    try:
        owner = Owner.model_validate_json(owner_path(store).read_text())
    except (OSError, ValueError):
        return None
    return owner if _alive(owner.pid) and _answers(owner) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError, OSError):
        return True
    return True


def is_plain(url: str) -> bool:
    """Whether it is asked over http without TLS: reading certificates, which takes longer than most
    answers, is then no use."""
    return url[:7].lower() == "http://"


def _answers(owner: Owner) -> bool:
    import httpx  # a server that starts on a free store needs no client

    try:
        proven = not is_plain(owner.url)
        with httpx.Client(timeout=ANSWER_TIMEOUT_S, trust_env=False, verify=proven) as client:
            answer = client.get(owner.url.rstrip("/") + "/healthz").json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(answer, dict) and answer.get("store") == owner.store

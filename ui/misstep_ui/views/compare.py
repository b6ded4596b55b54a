"""Compare: two runs aligned hop by hop."""

from __future__ import annotations

from misstep.errors import MisstepError
from misstep_store.reader import RunQuery
from misstep_ui.access import reader
from misstep_ui.components import mount
from misstep_ui.state.address import follow, given, keep

ADDRESS = ("a", "b", "all")


def page() -> None:
    """The runs the address names; without any, the latest failing one and its nearest good run."""
    asked = given(ADDRESS)
    if "a" not in asked:
        latest = _latest_failing()
        asked |= {"a": latest} if latest else {}
    result = mount("compare", key="compare", data=asked)
    keep(ADDRESS, result["address"], of="compare")
    follow(result["go"])


def _latest_failing() -> str | None:
    try:
        found = reader().runs(RunQuery(limit=1, failed=True, replays=False)).runs
    except MisstepError:
        return None
    return found[0].run_id if found else None

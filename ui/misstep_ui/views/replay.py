"""Replay: one run, opened at the hop where it first went wrong."""

from __future__ import annotations

import streamlit as st

from misstep.errors import MisstepError
from misstep_store.reader import RunQuery
from misstep_ui.access import reader
from misstep_ui.components import mount
from misstep_ui.state.address import follow, given, keep

ADDRESS = ("run", "hop", "field", "baseline", "view", "good")


def page() -> None:
    """The run the address names; without one, the latest that failed, else the latest."""
    asked = given(ADDRESS)
    run_id = asked.get("run") or _latest()
    if run_id is None:
        mount("runs", key="no-runs", data={"filters": {}})
        return
    data = {**asked, "run": run_id}
    result = mount("replay", key=f"replay-{run_id}", data=data)
    keep(ADDRESS, result["address"], of=f"replay-{run_id}")
    follow(result["go"])


def _latest() -> str | None:
    try:
        for query in (RunQuery(limit=1, failed=True, replays=False), RunQuery(limit=1)):
            found = reader().runs(query).runs
            if found:
                return found[0].run_id
    except MisstepError as error:
        st.error("The store does not answer.")
        st.text(str(error))
        st.stop()
    return None

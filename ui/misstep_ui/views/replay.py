"""Replay: one run, opened at the hop where it first went wrong."""

from __future__ import annotations

import streamlit as st

from misstep.errors import MisstepError
from misstep_store.reader import RunQuery
from misstep_ui.access import reader
from misstep_ui.components import mount


def page() -> None:
    """The run the address names; without one, the latest that failed, else the latest."""
    run_id = st.query_params.get("run") or _latest()
    if run_id is None:
        st.info("No runs yet. Send some: `misstep demo`, or see the Runs page.")
        return
    data = {
        "run": run_id,
        "hop": st.query_params.get("hop"),
        "good": st.query_params.get("good") != "off",
    }
    result = mount("replay", key=f"replay-{run_id}", data=data)
    hop = result.get("hop")
    if hop and hop != st.query_params.get("hop"):
        st.query_params["run"] = run_id
        st.query_params["hop"] = str(hop)
    if result.get("good") is False:
        st.query_params["good"] = "off"
    elif result.get("good") is True and "good" in st.query_params:
        del st.query_params["good"]


def _latest() -> str | None:
    try:
        for query in (RunQuery(limit=1, failed=True), RunQuery(limit=1)):
            found = reader().runs(query).runs
            if found:
                return found[0].run_id
    except MisstepError as error:
        st.error("The store does not answer.")
        st.text(str(error))
    return None

"""Runs: what happened lately, what failed, and where it began."""

from __future__ import annotations

import streamlit as st

from misstep_ui.components import mount

_FILTERS = ("text", "verdict", "pipeline", "model", "session", "user", "failed")


def page() -> None:
    """The list of runs; it fetches its pages itself."""
    given = {name: st.query_params[name] for name in _FILTERS if name in st.query_params}
    result = mount("runs", key="runs", data={"filters": given})
    opened = result.get("open")
    if opened:
        st.query_params.clear()
        st.switch_page(st.session_state["pages"]["replay"], query_params={"run": str(opened)})
    filters = result.get("filters")
    if isinstance(filters, dict) and filters != given:
        st.query_params.from_dict({k: str(v) for k, v in filters.items() if k in _FILTERS and v})

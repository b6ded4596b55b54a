"""The frame around the pages: navigation."""

from __future__ import annotations

import streamlit as st

from misstep_ui.views import compare, cost, health, replay, runs


def run() -> None:
    """Draws the page the address names."""
    st.set_page_config(page_title="misstep", layout="wide", initial_sidebar_state="collapsed")
    pages = {
        "runs": st.Page(runs.page, title="Runs", url_path="runs", default=True),
        "replay": st.Page(replay.page, title="Replay", url_path="replay"),
        "compare": st.Page(compare.page, title="Compare", url_path="compare"),
        "cost": st.Page(cost.page, title="Cost and latency", url_path="cost"),
        "health": st.Page(health.page, title="Health", url_path="health"),
    }
    st.session_state["pages"] = pages
    st.navigation(list(pages.values()), position="top").run()

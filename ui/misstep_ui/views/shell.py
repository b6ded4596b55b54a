"""The frame around the pages: navigation and spacing."""

from __future__ import annotations

import streamlit as st

from misstep_ui.views import health, replay, runs

_SPACING = """
<style>
.stMainBlockContainer, .block-container { padding: 3.4rem 1rem 0.5rem 1rem; max-width: none; }
header[data-testid="stHeader"] { height: 3rem; }
[data-testid="stVerticalBlock"] { gap: 0.4rem; }
</style>
"""


def run() -> None:
    """Draws the page the address names."""
    st.set_page_config(page_title="misstep", layout="wide", initial_sidebar_state="collapsed")
    st.html(_SPACING)
    pages = [
        st.Page(runs.page, title="Runs", url_path="runs", default=True),
        st.Page(replay.page, title="Replay", url_path="replay"),
        st.Page(health.page, title="Health", url_path="health"),
    ]
    st.session_state["pages"] = {"runs": pages[0], "replay": pages[1]}
    st.navigation(pages, position="top").run()

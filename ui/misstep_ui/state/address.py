"""Query parameters ↔ what a page shows: every view of the UI can be linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

MAX_VALUE = 2000


def given(names: Sequence[str]) -> dict[str, str]:
    """The page's parameters in the address; unknown ones are left out, empty ones too."""
    return {n: st.query_params[n][:MAX_VALUE] for n in names if st.query_params.get(n)}


def keep(names: Sequence[str], reported: object, *, of: str) -> None:
    """Writes what the widget ``of`` reported into the address; None and empty values leave it.

    A report is written once: a widget's last report stays readable for ever, and must not undo a
    link that was followed or the browser's Back.
    """
    seen = f"address-of-{of}"
    if not isinstance(reported, Mapping) or reported == st.session_state.get(seen):
        return
    st.session_state[seen] = dict(reported)
    wanted = {n: str(reported[n])[:MAX_VALUE] for n in names if reported.get(n)}
    if wanted != given(names):
        st.query_params.from_dict(wanted)


def follow(reported: object) -> None:
    """Goes to the page a widget asked for: ``{"page": name, "query": {…}}``."""
    if not isinstance(reported, Mapping):
        return
    page = st.session_state["pages"].get(reported.get("page"))
    query = reported.get("query")
    if page is not None and isinstance(query, Mapping):
        parameters = {str(k): str(v)[:MAX_VALUE] for k, v in query.items() if v}
        st.query_params.clear()
        st.switch_page(page, query_params=parameters)

"""Health of misstep itself: what the store holds, what was refused, calls and spend by model."""

from __future__ import annotations

import streamlit as st

from misstep.errors import MisstepError
from misstep_ui.access import reader


def page() -> None:
    """Totals, losses by reason, and models."""
    try:
        stats = reader().stats()
    except MisstepError as error:
        st.error("The store does not answer.")
        st.text(str(error))
        return
    columns = st.columns(5)
    numbers = {
        "Runs": f"{stats.runs:,}",
        "Hops": f"{stats.hops:,}",
        "Spans": f"{stats.spans:,}",
        "On disk": f"{stats.bytes / 1e6:,.1f} MB",
        "Conflicts": f"{stats.conflicts:,}",
    }
    for column, (name, value) in zip(columns, numbers.items(), strict=True):
        column.metric(name, value)
    st.caption("Store")
    st.text(f"{stats.store}\nschema {stats.schema_version}, DuckDB {stats.duckdb_version}")
    st.caption("Refused or lost, by reason")
    if stats.dropped:
        lost = [{"reason": k, "number": v} for k, v in stats.dropped.items()]
        st.dataframe(lost, hide_index=True)
    else:
        st.text("nothing")
    if stats.models:
        st.caption("Calls and spend by model (no price: tokens are counted as unpriced)")
        st.dataframe(stats.models, hide_index=True)

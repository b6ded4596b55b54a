"""OpenLIT, for Python and for Node."""

from __future__ import annotations

from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import openlit
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.spans import at
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import rows


def lit(seen: Seen) -> Plan | None:
    kind = openlit.kind_of(seen.span, seen.a)
    plan = Plan(seen, openlit.NAME, kind)
    plan.named_as_genai()
    if openlit.is_method(kind, seen.a):
        plan.add(rows.operation("agent"))
    genai.fill(plan)
    looks_after = openlit.looks_after(seen.name)
    plan.add(lambda found: _guessed(found, looks_after=looks_after))
    if kind in CALL_KINDS:
        plan.provided_by_name(openlit.sdk_in)
        plan.provided_by(openlit.sdk_of(seen.scope))
        plan.add(_named_model, _without_companies)
        if "gen_ai.tool.name" in seen.a and plan.late:
            plan.late = [rows.doubt_all]  # tool calls stand in for an empty answer
        if plan.there(("gen_ai.request.stream", "gen_ai.request.is_stream")):
            plan.add(_streamed)
        totals = plan.there(("gen_ai.client.token.usage", "gen_ai.usage.total_tokens"))
        if totals:
            plan.add(rows.total(*totals))
    elif kind != "tool":
        plan.late = []
        plan.doubt_finish("gen_ai.output.messages", "gen_ai.completion")
        if seen.happened & {events.CHOICE, *events.COMPLETIONS}:
            plan.late.append(rows.doubt_all)
    return plan


def _guessed(found: rows.Rows, *, looks_after: bool) -> None:
    """Models that nobody asked, and what JavaScript prints of an object."""
    names = at(found.spans.name, found.places)
    others = {name for name in set(names) if openlit.looks_after(name) is not looks_after}
    if others:
        found.doubtful.update(n for n, name in enumerate(names) if name in others)
    told = found.text.get("request_model")
    if told is None:
        return
    gone = set(told) if looks_after else {one for one in set(told) if openlit.is_object(one)}
    if gone:
        column = found.column("request_model")
        column[:] = [None if one in gone else one for one in column]


def _named_model(found: rows.Rows) -> None:
    column = found.column("request_model")
    for n in found.lacking("request_model"):
        column[n] = openlit.model_in(found.spans.name[found.places[n]])


def _without_companies(found: rows.Rows) -> None:
    """The provider is no model."""
    asked, served = found.column("request_model"), found.column("response_model")
    for n, company in enumerate(found.column("provider")):
        if openlit.is_company(asked[n], served[n], company):
            asked[n] = None


def _streamed(found: rows.Rows) -> None:
    """OpenLIT's seconds to the first token, of calls that streamed."""
    known = found.first_token_ms or [None] * len(found.many)
    for n, a in enumerate(found.many):
        if rd.truth(a.get("gen_ai.request.stream", a.get("gen_ai.request.is_stream"))):
            seconds = rd.number(a, "gen_ai.server.time_to_first_token", "gen_ai.server.ttft")
            if seconds is not None:
                known[n] = seconds * 1000
    found.first_token_ms = known


MAKERS = {openlit.NAME: lit}

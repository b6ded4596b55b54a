"""Braintrust: what a span is, its metadata and its metrics as JSON."""

from __future__ import annotations

from misstep_store.conventions.finishing import provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import braintrust
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.spans import Scores
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import rows


def brain(seen: Seen) -> Plan | None:
    a = seen.a
    by_field = (braintrust.METADATA + ".", braintrust.METRICS + ".", braintrust.ABOUT + ".")
    named = braintrust.fields(a, braintrust.ABOUT).get("type")
    if seen.has_details or seen.any(*by_field):
        return None
    if not isinstance(named, str) and braintrust.METRICS in a:
        return None  # whose counts may show that it is a call
    kind = braintrust.kind_of(a)
    plan = Plan(seen, braintrust.NAME, kind)
    if braintrust.ABOUT in a:
        plan.add(_brain_names)
    if braintrust.METADATA in a:
        plan.add(_brain_about)
    if kind == "llm":
        _brain_call(plan)
    plan.tags(braintrust.TAGS)
    if braintrust.SCORES in a:
        plan.judge(_brain_scores)
    genai.fill(plan)
    return plan


def _brain_scores(found: rows.Rows) -> None:
    ids = found.spans.span_id
    for n, (place, a) in enumerate(zip(found.places, found.many, strict=True)):
        if given := braintrust.scores(a, ids[place]):
            found.scores[n] = Scores(given, [])
        else:
            found.doubtful.add(n)  # what an evaluator put out may be one


def _brain_names(found: rows.Rows) -> None:
    told = zip(found.names, found.many, strict=True)
    found.names = [
        rd.text(braintrust.whole(a[braintrust.ABOUT]), "name") or name for name, a in told
    ]


def _brain_about(found: rows.Rows) -> None:
    told = [braintrust.whole(a[braintrust.METADATA]) for a in found.many]
    found.fill("session_id", [rd.word(t, *braintrust.SESSIONS) for t in told])
    found.fill("user_id", [rd.word(t, *braintrust.USERS) for t in told])


def _brain_call(plan: Plan) -> None:
    if braintrust.METADATA in plan.a:
        plan.add(_brain_model)
    asked, said = (next(iter(plan.there(k)), None) for k in (braintrust.INPUTS, braintrust.OUTPUTS))
    if asked is not None:
        plan.add(rows.asked(asked))
    if braintrust.METRICS in plan.a:
        plan.add(_brain_metrics)
    if said is not None:
        plan.add(rows.answer(said, lambda body: bodies.about_answer(braintrust.answer_of(body))))
        plan.late.append(_brain_end(said))


def _brain_model(found: rows.Rows) -> None:
    told = [braintrust.whole(a[braintrust.METADATA]) for a in found.many]
    found.fill("provider", [provider(rd.text(t, "provider")) for t in told])
    found.fill("request_model", [rd.text(t, "model") for t in told])


def _brain_metrics(found: rows.Rows) -> None:
    counted = [braintrust.whole(a[braintrust.METRICS]) for a in found.many]
    found.add_usage([braintrust.used_in(c) for c in counted])
    waited = [rd.number(c, "time_to_first_token") for c in counted]
    found.first_token_ms = [None if w is None else w * 1000 for w in waited]
    found.cost = [rd.number(c, *braintrust.COSTS) or None for c in counted]


def _brain_end(key: str) -> rows.Step:
    """Why a call ended, in the messages of its answer."""

    def step(found: rows.Rows) -> None:
        column = found.column("finish_reason")
        for n in found.lacking("finish_reason"):
            column[n] = bodies.ended(braintrust.answer_of(found.many[n][key])) or None

    return step


MAKERS = {braintrust.NAME: brain}

"""LangWatch, Judgment, Monocle, traceAI, TruLens and Spring AI: words of their own beside GenAI's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import (
    judgment,
    laminar,
    langwatch,
    monocle,
    openinference,
    promptflow,
    spring_ai,
    traceai,
    trulens,
)
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.headers.columns import values
from misstep_store.headers.columns.spans import Scores
from misstep_store.headers.plans import genai, google_genai, wordless
from misstep_store.headers.plans.openinference import plan_as
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import judging, rows

# --- LangWatch ---------------------------------------------------------------------------------


def watch(seen: Seen) -> Plan | None:
    a = seen.a
    if seen.has_details:
        return None
    kind = langwatch.kind_of(a)
    plan = Plan(seen, langwatch.NAME, kind)
    plan.judges = True  # what an evaluator gave stands at the span that it judges
    if any(n.startswith(langwatch.EVALUATED) for n in seen.happened):
        plan.add(_watch_scores)
    plan.texts("session_id", langwatch.THREAD)
    plan.texts("user_id", langwatch.USER)
    plan.texts("prompt_name", *langwatch.PROMPTS)
    plan.words("prompt_version", langwatch.VERSION)
    if "metadata" in a:
        plan.add(_watched_by)
    plan.words("session_id", *langwatch.RUN_SESSIONS)
    plan.words("user_id", *langwatch.RUN_USERS)
    if kind == "llm" and langwatch.METRICS in a:
        plan.add(_watch_metrics)
    genai.fill(plan)
    if kind == "llm":
        plan.routed()
        plan.doubt_finish(langwatch.OUTPUT)
    plan.bare = not plan.there((langwatch.INPUT, langwatch.OUTPUT))
    return plan


def _watched_by(found: rows.Rows) -> None:
    told = [langwatch.about_in(a["metadata"]) for a in found.many]
    found.fill("session_id", [rd.word(t, *langwatch.SESSIONS) for t in told])
    found.fill("user_id", [rd.word(t, *langwatch.USERS) for t in told])
    for n, t in enumerate(told):
        if isinstance(t.get("labels"), list) and (tags := rd.tags(t["labels"])):
            found.tags[n] = tags


def _watch_scores(found: rows.Rows) -> None:
    spans = found.spans
    for n, place in enumerate(found.places):
        given = langwatch.scores(spans.happened(place), spans.span_id[place])
        if given:
            found.scores[n] = Scores(given, [])


def _watch_metrics(found: rows.Rows) -> None:
    counted = [langwatch.counted_in(a) for a in found.many]
    found.add_usage([usage_of(c) for c in counted])
    found.cost = [langwatch.cost_in(c) for c in counted]


# --- Judgment ----------------------------------------------------------------------------------


def judged(seen: Seen) -> Plan | None:
    if seen.has_details:
        return None
    kind = judgment.kind_of(seen.a)
    plan = Plan(seen, judgment.NAME, kind)
    plan.texts("session_id", *judgment.SESSIONS)
    plan.texts("user_id", *judgment.USERS)
    if kind in ("llm", "embedding"):
        plan.add(_judged_call)
        plan.cost(judgment.COST)
        if "gen_ai.prompt" in seen.a:
            plan.add(rows.asked("gen_ai.prompt"))
        plan.answer("gen_ai.completion")
        plan.add(_judged_models)
    genai.fill(plan)
    plan.bare = not seen.any("judgment.input", "judgment.output", "gen_ai.tool")
    return plan


def _judged_call(found: rows.Rows) -> None:
    told = zip(found.names, found.many, strict=True)
    found.fill("provider", [judgment.provider_of(name, a) for name, a in told])
    found.add_usage([judgment.used_in(a) for a in found.many])


def _judged_models(found: rows.Rows) -> None:
    asked, served = found.column("request_model"), found.column("response_model")
    for n, a in enumerate(found.many):
        told = rd.text(a, judgment.MODEL)
        asked[n], served[n] = judgment.models_of(told, asked[n], served[n])


# --- Monocle -----------------------------------------------------------------------------------


def entities(seen: Seen) -> Plan | None:
    if seen.has_logs or seen.has_details:
        return None
    kind = monocle.kind_of(seen.a)
    plan = Plan(seen, monocle.NAME, kind)
    if kind in ("llm", "embedding"):
        plan.add_by_keys(_models)
        if "metadata" in seen.happened:
            plan.add(_counts)
    elif kind in ("tool", "agent"):
        plan.add_by_keys(lambda found: _named(found, kind))
    if kind in ("chain", "agent"):
        plan.texts("pipeline", "workflow.name")
    plan.texts("session_id", *monocle.SESSIONS)
    plan.failure = monocle.failure_of
    plan.bare = not {"data.input", "data.output"} & seen.happened
    genai.about(plan)
    return plan


def _models(found: rows.Rows) -> None:
    told = _by_entities(found, monocle.models_of)
    found.fill("provider", [named for named, _ in told])
    found.fill("request_model", [model for _, model in told])


def _named(found: rows.Rows, kind: Any) -> None:
    told = _by_entities(found, lambda entities: monocle.name_of("", kind, entities))
    found.names = [called or name for called, name in zip(told, found.names, strict=True)]


def _by_entities(found: rows.Rows, read: Callable[[Mapping[str, str]], Any]) -> list[Any]:
    """What is read of the entities of each: those of few models and tools come again and again."""
    keys = monocle.entities_in(found.many[0])  # all have the same
    names = [name for pair in keys for name in pair if name in found.many[0]]
    columns = [list(map(itemgetter(name), found.many)) for name in names]
    told = list(zip(*columns, strict=True)) or [()] * len(found.many)
    try:
        known = dict(zip(told, found.many, strict=True))
    except TypeError:  # a list where a word should be
        return [read(monocle.told_of(a, keys)) for a in found.many]
    made = {values: read(monocle.told_of(a, keys)) for values, a in known.items()}
    return list(map(made.__getitem__, told))


def _counts(found: rows.Rows) -> None:
    told = [_metadata(found, place) for place in found.places]
    found.add_usage([usage_of(dict(t)) for t in told])
    found.fill("finish_reason", [rd.text(t, "finish_reason") for t in told])


def _metadata(found: rows.Rows, place: int) -> Mapping[str, Any]:
    told: Mapping[str, Any] = {}
    for event in found.spans.events(place):
        if event.name == "metadata":
            told = event.attributes
    return told


# --- traceAI -----------------------------------------------------------------------------------


def future(seen: Seen) -> Plan | None:
    if seen.has_details:
        return None
    a = traceai.renamed(seen.a)
    told = Seen(seen.span, a, seen.happened, has_logs=seen.has_logs)
    plan = plan_as(told, traceai.NAME, openinference.kind_of(a))
    if plan is not None:
        if plan.kind_name == "llm" and seen.scope.endswith(traceai.GOOGLE):
            google_genai.call(plan)
        elif plan.kind_name == "chain" and seen.scope.endswith(traceai.DSPY):
            plan.add(_doubt_adapters)
        if plan.kind_name == "llm" and traceai.PARAMETERS in seen.a:
            plan.add(_answered)
        plan.steps.insert(0, _renamed(traceai.names_of(seen.a)))
    return plan


def _doubt_adapters(found: rows.Rows) -> None:
    """DSPy's adapters, which have the model that they ask whole."""
    told = ((n, a.get("input.value", "")) for n, a in enumerate(found.many))
    found.doubtful.update(
        n for n, text in told if type(text) is not str or '"lm"' in text or values.hides(text)
    )


def _answered(found: rows.Rows) -> None:
    """Which answer it was, where parameters alone tell."""
    column = found.column("response_id")
    for n in found.lacking("response_id"):
        column[n] = traceai.answered_in(found.many[n][openinference.ASKED_WITH[0]])


def _renamed(names: Sequence[tuple[str, str]]) -> rows.Step:
    """Attributes by OpenInference's names; all rows have the same keys in the same order."""

    def step(found: rows.Rows) -> None:
        found.many = [{new: a[old] for old, new in names} for a in found.many]

    return step


# --- Spring AI ---------------------------------------------------------------------------------


def spring(seen: Seen) -> Plan | None:
    if seen.has_details:
        return None
    plan = Plan(seen, spring_ai.NAME, spring_ai.kind_of(seen.a))
    plan.named(spring_ai.TOOL, spring_ai.ADVISOR)
    plan.texts("session_id", spring_ai.SESSION)
    plan.bare = not plan.there((*spring_ai.INPUTS, *spring_ai.OUTPUTS))
    genai.about(plan)
    return plan


# --- TruLens -----------------------------------------------------------------------------------


def tru(seen: Seen) -> Plan | None:
    kind = trulens.kind_of(seen.a)
    if seen.has_details or kind in ("tool", "agent"):
        return None
    plan = Plan(seen, trulens.NAME, kind)
    plan.texts("version", trulens.VERSION)
    plan.named(trulens.METRIC)
    if trulens.APP in seen.a:
        plan.add(_tru_app)
    if kind == "evaluator":
        plan.judge(judging.each(_tru_scores))
    if kind == "llm":
        plan.texts("response_model", trulens.MODEL)
        plan.add(_tru_cost)
    return plan


def _tru_app(found: rows.Rows) -> None:
    """A metric is no run of the app."""
    told = [None if rd.text(a, trulens.METRIC) else rd.text(a, trulens.APP) for a in found.many]
    found.fill("pipeline", told)


def _tru_scores(a: Mapping[str, Any], name: str, span_id: str) -> Scores:
    return Scores(trulens.scores(a, name, span_id), [])


def _tru_cost(found: rows.Rows) -> None:
    found.add_usage([trulens.used_in(a) for a in found.many])
    found.cost = [trulens.cost_in(a) for a in found.many]


# --- Laminar ----------------------------------------------------------------------------------


def lmnr(seen: Seen) -> Plan | None:
    """Laminar."""
    kind = laminar.kind_of(seen.span, seen.a)
    plan = Plan(seen, laminar.NAME, kind)
    is_call = kind in ("llm", "embedding")
    p = "lmnr.association.properties."
    plan.words("session_id", *laminar.SESSIONS)
    plan.words("user_id", p + "user_id")
    if laminar.METADATA in seen.a:
        plan.add(_lmnr_whose)
    plan.bare = plan.bare or (not is_call and laminar.counts(seen.a))
    if kind == "guardrail":
        plan.named(laminar.GUARD)
    if is_call and "gen_ai.output.messages" in seen.a:
        plan.add(_items)
    elif kind == "chain" and "lmnr.span.input" in seen.a:
        plan.add(_lmnr_agents)
    genai.fill(plan, skip=("session_id", "user_id") if is_call else ())
    if is_call and "gen_ai.output.messages" in seen.a:
        plan.add(_stopped)
    plan.tags(p + "tags", "lmnr.span.tags")
    if kind == "evaluator" and not seen.has_logs and not seen.any("gen_ai."):
        plan.judge(judging.each(_lmnr_scores))
    if not is_call and laminar.threw(seen.a, seen.happened):
        if seen.has_logs or seen.any("gen_ai."):
            return None
        plan.fails, plan.failure = True, wordless.failure
    return plan


def _lmnr_scores(a: Mapping[str, Any], name: str, span_id: str) -> Scores:
    return judging.of(laminar.judgement(a), name, span_id, is_run=laminar.judges_run(a))


def _lmnr_whose(found: rows.Rows) -> None:
    told = [laminar.whose(a) for a in found.many]
    found.fill("session_id", [session for session, _ in told])
    found.fill("user_id", [user for _, user in told])


def _lmnr_agents(found: rows.Rows) -> None:
    for n, a in enumerate(found.many):
        if laminar.is_agent("chain", a):
            found.kinds[n] = "agent"


def _items(found: rows.Rows) -> None:
    ends = found.column("finish_reason")
    for n, a in enumerate(found.many):
        answer = laminar.items_in(a["gen_ai.output.messages"])
        if answer is None:
            continue
        if answer.keys() == _ITEMS_ALONE:
            ends[n] = bodies.about_answer(answer).finish
        else:
            found.doubtful.add(n)


_ITEMS_ALONE = {"object", "output"}
"""What is told of items without their answer."""


def _stopped(found: rows.Rows) -> None:
    column = found.column("finish_reason")
    for n in found.lacking("finish_reason"):
        column[n] = laminar.stopped(found.many[n])


# --- promptflow --------------------------------------------------------------------------------


def flows(seen: Seen) -> Plan | None:
    if seen.has_details or any(
        key not in seen.a for name, key in promptflow.EVENTS.items() if name in seen.happened
    ):
        return None  # values that only events hold
    kind = promptflow.kind_of(seen.a)
    plan = Plan(seen, promptflow.NAME, kind)
    plan.words("session_id", promptflow.SESSION)
    if kind in ("llm", "embedding"):
        plan.provider(promptflow.FUNCTION, of=promptflow.sdk_of)
        if promptflow.GIVEN in seen.a:
            plan.add(rows.asked(promptflow.GIVEN))
        plan.tokens(input_tokens=promptflow.ASKED, output_tokens=promptflow.SAID)
        plan.texts("response_model", promptflow.MODEL)
        # A vector of 1,536 numbers takes 100 µs to pass over, and 5 to cut out.
        plan.answer(promptflow.GAVE, opened=None if kind == "llm" else docs.without_vectors)
    return plan


MAKERS = {
    laminar.NAME: lmnr,
    promptflow.NAME: flows,
    spring_ai.NAME: spring,
    judgment.NAME: judged,
    langwatch.NAME: watch,
    monocle.NAME: entities,
    traceai.NAME: future,
    trulens.NAME: tru,
}

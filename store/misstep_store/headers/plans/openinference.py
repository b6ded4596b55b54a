"""OpenInference: its own attributes, GenAI's beside them, and what single libraries leave out."""

from __future__ import annotations

from itertools import repeat
from operator import contains, itemgetter
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain, responses
from misstep_store.conventions.raw import bedrock, bodies, counting
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import generic, guardrails, openinference
from misstep_store.conventions.readers import openinference_beeai as beeai
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.readers import openinference_litellm as litellm
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import is_piece, unix_nano
from misstep_store.conventions.values.usage import cost_of
from misstep_store.headers.columns import formats, values
from misstep_store.headers.columns.spans import at
from misstep_store.headers.plans import genai, instrumented, wordless
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers
from misstep_store.headers.steps import during, judging, rows

_LISTS = ("evaluations.", "annotations.", "trace.evaluations.", "session.evaluations.")


def plan(seen: Seen) -> Plan | None:
    a = seen.a
    if seen.any(*_LISTS) or seen.has_details:
        return None
    if beeai.is_event(a, seen.scope):
        return _event(seen)
    made = plan_as(seen, openinference.NAME, openinference.kind_of(a, seen.name))
    if made is not None and counting.counts(seen.name):
        made.is_no_call()
    if made is not None and bedrock.INVOKED in seen.name:
        made.late.append(_doubt_vectors)
    return made


def _doubt_vectors(found: rows.Rows) -> None:
    """Calls of models that may make vectors."""
    asked = found.column("request_model")
    found.doubtful.update(n for n, model in enumerate(asked) if bedrock.embeds(model))


def of_name(name: str) -> str:
    """What of a span's name decides how it is read."""
    if counting.counts(name):
        return "counts"
    return bedrock.INVOKED if bedrock.INVOKED in name else ""


def plan_as(seen: Seen, convention: str, kind: str) -> Plan | None:
    """The plan for spans of a known kind that are written in OpenInference's words."""
    a = seen.a
    made = Plan(seen, convention, kind, "call" if kind in CALL_KINDS else "hop")
    library = libraries.library_of(seen.scope, seen.name, seen.span.attributes)
    if kind in ("tool", "agent"):
        made.add(rows.operation(kind))
        made.named(*(("tool.name",) if kind == "tool" else ("agent.name", "gen_ai.agent.name")))
    made.provider(*openinference.PROVIDERS)
    if seen.scope.endswith(openinference.ON_VERTEX):
        made.add(_on_vertex)
    if kind in CALL_KINDS:
        made.provided_by(openinference.company_of(seen.scope, a))
    made.texts("request_model", *openinference.ASKED)
    made.texts("prompt_name", "prompt.id", "llm.prompt_template.name", "prompt.name")
    made.words("prompt_version", "llm.prompt_template.version", "prompt.version")
    asked_with = next((key for key in openinference.ASKED_WITH if key in a), None)
    if asked_with is not None:
        made.add(_invocation(asked_with))
    made.texts("request_model", *openinference.MODEL_NAMES)
    made.texts("response_model", *openinference.SERVED)
    made.texts("response_id", openinference.IDENTITY)
    if not openinference.keeps_silent(seen.scope):
        made.texts("finish_reason", "llm.finish_reason")
    _usage(made)
    if kind in ("llm", "embedding"):
        _raw_answer(made, library)
    made.texts("finish_reason", "llm.finish_reason")
    _about(made)
    if kind == "llm":
        if any(k.endswith("finish_reason") and k.startswith(_SAID) for k in a):
            made.add(_doubt_failing)
        elif events.CHOICE in seen.happened or "gen_ai.output.messages" in a:
            made.add(_doubt_failed)
    told = _finish_in_messages(made)
    if seen.any("gen_ai.") or seen.has_logs:
        genai.fill(made)  # speaks where OpenInference's own do not
        if seen.any("llm.output_messages.") and made.late:  # those go before GenAI's
            alone = seen.happened or seen.any("gen_ai.completion")
            made.late = [rows.doubt_all if alone else rows.doubt_finish("gen_ai.output.messages")]
    if not instrumented.mend(made, library):
        return None
    made.late[:0] = told
    _judge(made, library)
    if wordless.gives_nothing(made, library):
        made.fails, made.failure = True, wordless.failure
    return made


def _about(made: Plan) -> None:
    """Session, user and tags, and which call of a tool it is."""
    made.texts("session_id", "session.id", *generic.sessions_of(made.a))
    made.texts("user_id", "user.id")
    if openinference.METADATA in made.a:
        made.add(_users)
    made.tags(*openinference.TAGS)
    made.texts("tool_call_id", "tool_call.id", "tool.id")


def _judge(made: Plan, library: str) -> None:
    """What evaluators gave, where neither messages nor a library's own words may tell of it."""
    told = made.seen.has_logs or made.seen.any("gen_ai.", "llm.output_messages.")
    if made.kind_name != "evaluator" or library or told:
        return
    made.judge(*([judging.gave("output.value")] if "output.value" in made.a else []))


def guards(seen: Seen) -> Plan | None:
    """Guardrails' own spans."""
    if seen.any(*_LISTS) or seen.has_details:
        return None
    kind = guardrails.kind_of(seen.a)
    made = plan_as(seen, guardrails.NAME, kind)
    if made is None:
        return None
    if kind == "guardrail":
        made.named("validator.name")
    elif guardrails.is_guard(seen.a):
        made.named("guard.name")
    if "user.id" in seen.a:
        made.add(_nobody)
    return made


def _users(found: rows.Rows) -> None:
    """Who asked, as metadata says."""
    lacking = found.lacking("user_id")
    given = list(map(itemgetter(openinference.METADATA), at(found.many, lacking)))
    try:
        if not any(map(contains, given, repeat(langchain.USER))):  # half the time of what follows
            return
    except TypeError:
        pass  # some are no text
    some = [n for n, told in enumerate(given) if type(told) is str and langchain.USER in told]
    # From the end: half the time.
    some = [n for n in some if given[n].rfind(_USER) >= 0 or values.hides(given[n])]
    if not some:
        return
    users = found.column("user_id")
    told_by = formats.texts_in([given[n] for n in some], langchain.USER)
    for n, user in zip(some, told_by, strict=True):
        users[lacking[n]] = user


_USER = f'"{langchain.USER}"'


def _nobody(found: rows.Rows) -> None:
    users = found.column("user_id")
    users[:] = [None if user == guardrails.NOBODY else user for user in users]


def _began(found: rows.Rows) -> None:
    """When LiteLLM's streams began."""
    starts = found.spans.start_unix_nano
    told = map(itemgetter(litellm.STREAMS), found.many)
    some = [n for n, streams in enumerate(told) if streams in litellm.STREAMED]
    if not some:
        return
    waited: list[float | None] = [None] * len(found.many)
    for n in some:
        moment = unix_nano(rd.parsed(found.many[n][litellm.BEGAN]))
        waited[n] = max(0, moment - starts[found.places[n]]) / 1e6 if moment else None
    found.first_token_ms = waited


def _counted_beside(found: rows.Rows) -> None:
    """What LiteLLM's metadata count."""
    about = list(map(itemgetter(openinference.METADATA), found.many))
    some = [n for n, value in enumerate(about) if litellm.counts_in(value)]
    if not some:
        return
    told: list[Any] = [None] * len(found.many)
    given = [about[n] for n in some]
    for n, counted in zip(some, formats.fields_in(given, "usage_object"), strict=True):
        told[n] = counted
    found.add_counts(answers.all_used(told))


def _event(seen: Seen) -> Plan:
    made = Plan(seen, openinference.NAME, "chain")
    if not beeai.has_begun(seen.a):
        made.echoes("part")
    if "input.value" in seen.a:
        made.add(lambda found: found.fill("finish_reason", list(map(beeai.end_of, found.many))))
    return made


def _named_in_request(found: rows.Rows) -> None:
    """A call that failed early names its model in the raw request alone."""
    column, lacking = found.column("request_model"), found.lacking("request_model")
    told = formats.texts_in([found.many[n]["input.value"] for n in lacking], "model")
    for n, model in zip(lacking, told, strict=True):
        column[n] = model


def _on_vertex(found: rows.Rows) -> None:
    named = found.text.get("provider", [])
    if openinference.GEMINI in named:
        vertex = {openinference.GEMINI: "gcp.vertex_ai"}
        found.text["provider"] = [vertex.get(n, n) if n else n for n in named]


def _invocation(key: str) -> rows.Step:
    def step(found: rows.Rows) -> None:
        models, prompts, versions = values.asked_with(list(map(itemgetter(key), found.many)))
        found.fill("request_model", models)
        if prompts is not None and versions is not None:  # kept at OpenAI
            found.fill("prompt_name", prompts)
            found.fill("prompt_version", versions)

    return step


def _usage(made: Plan) -> None:
    seen = made.seen
    made.tokens(
        input_tokens=openinference.PROMPTS,
        output_tokens=openinference.COMPLETIONS,
        cached_tokens=("llm.token_count.prompt_details.cache_read",),
        cache_write_tokens=("llm.token_count.prompt_details.cache_write",),
        reasoning_tokens=("llm.token_count.completion_details.reasoning",),
    )
    if made.kind_name == "embedding" and "llm.token_count.total" in made.a:
        made.add(rows.total("llm.token_count.total"))
    if "llm.request.type" in made.a and "metadata" in made.a:
        made.add(_counted_beside)
    if openinference.COST in made.a:
        made.cost(openinference.COST)
    elif any(key in made.a for key in openinference.COSTS):
        made.add(_cost_in_parts)
    if litellm.BEGAN in made.a and litellm.STREAMS in made.a:
        made.add(_began)
    if seen.scope.startswith("strands"):
        made.first_token("gen_ai.server.time_to_first_token")
    if any(map(is_piece, seen.happened)):
        made.add(during.began_with_a_piece)


def _cost_in_parts(found: rows.Rows) -> None:
    key, parts = openinference.COST, openinference.COSTS
    found.cost = [cost_of(a, key, parts) for a in found.many]


def _raw_answer(made: Plan, library: str) -> None:
    """What raw bodies say beside the flattened messages."""
    a = made.a
    answered = [k for k in a if k.startswith("llm.output_messages.")]
    if library == "langchain" and made.kind_name == "llm" and "output.value" in a:
        made.add(instrumented.langchain_answers)
        if not answered:
            made.late.append(rows.ended("output.value"))
    elif made.kind_name == "embedding":
        if not answered and "output.value" in a:
            made.late.append(wordless.vectors_alone)
        made.answer("output.value", opened=docs.without_vectors, messages=not answered)
    else:
        made.answer("output.value", messages=not answered, failed=bodies.failure)
    made.texts("response_model", *openinference.MODEL_NAMES)
    asked = any(k.startswith("llm.input_messages.") for k in a)
    if made.kind_name == "llm" and not asked and "input.value" in a:
        made.add(rows.asked("input.value"), _doubt_kept)
    if made.kind_name == "llm" and openinference.is_nameless(a):
        made.add(_named_in_request)


def _doubt_kept(found: rows.Rows) -> None:
    """Rows whose raw request alone may name a prompt that is kept at OpenAI are read one by one."""
    for n in found.lacking("prompt_name"):
        given = found.many[n]["input.value"]
        if responses.KEPT in given if type(given) is str else given is not None:
            found.doubtful.add(n)


def _finish_in_messages(made: Plan) -> list[rows.Step]:
    """Flattened messages that say why they ended; of several, joined to one, none does."""
    before = "llm.output_messages."
    told = [k for k in made.a if k.startswith(before) and "finish" in k]
    if len(told) == 1 and told[0] == before + "0.message.finish_reason":
        others = [k for k in made.a if k.startswith(before) and not k.startswith(before + "0.")]
        return [rows.doubt_all if others else rows.texts("finish_reason", told[0])]
    return [rows.doubt_all] if told else []


def _doubt_failed(found: rows.Rows) -> None:
    """Empty messages of failed calls are left out, and with them why they say that they ended."""
    found.doubtful.update(n for n in _failed(found) if _tells_end(found, n))


def _doubt_failing(found: rows.Rows) -> None:
    """As :func:`_doubt_failed`, of spans with a key for why they ended."""
    found.doubtful.update(_failed(found))


def _failed(found: rows.Rows) -> list[int]:
    """Rows of failed calls that do not say why they ended."""
    failed = found.spans.failed()
    if failed.isdisjoint(found.places):
        return []
    return [n for n in found.lacking("finish_reason") if found.places[n] in failed]


def _tells_end(found: rows.Rows, n: int) -> bool:
    place, a = found.places[n], found.many[n]
    told = "finish" in str(a.get("gen_ai.output.messages", ""))
    return (
        told
        or any(name == events.CHOICE for name in found.spans.logs.names(place))
        or any(event.name == events.CHOICE for event in found.spans.happened(place))
    )


_SAID = ("gen_ai.completion.", "llm.output_messages.")


def by_library(scope: str, a: rows.Attributes) -> bool:
    """Whether what spans of this scope hold shows which library was instrumented."""
    return openinference.KIND in a and libraries.told_by_scope(scope, a) is None


MAKERS = {openinference.NAME: plan, guardrails.NAME: guards}

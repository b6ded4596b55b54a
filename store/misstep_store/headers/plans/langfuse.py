"""Langfuse: its observations, answers as they stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import langfuse
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.spans import Scores, at
from misstep_store.headers.plans import genai
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import during, judging, rows

_O = "langfuse.observation."


def fuse(seen: Seen) -> Plan | None:
    a, m = seen.a, _O + "metadata."
    if seen.has_details or langfuse.LISTED in a:
        return None
    kind = langfuse.kind_of(a)
    plan = Plan(seen, langfuse.NAME, kind)
    if kind == "llm":
        plan.words("request_model", m + "ls_model_name")
    plan.texts("request_model", _O + "model.name")
    plan.texts("response_model", _O + "model.name")
    plan.usage_in(_O + "usage_details")
    if _O + "cost_details" in a:
        plan.add(_fuse_cost)
    _fuse_payload(plan)
    if _O + "completion_start_time" in a:
        plan.add(during.began(_O + "completion_start_time", _moment))
    plan.provider(m + "ls_provider", words=True)
    plan.provided_by_name(langfuse.asked_by)
    plan.texts("session_id", "session.id", "langfuse.session.id", "langfuse.trace.session_id")
    plan.words("session_id", *(m + name for name in langfuse.SESSIONS))
    plan.texts("user_id", "user.id", "langfuse.user.id", "langfuse.trace.user_id")
    plan.words("user_id", *(m + name for name in langfuse.USERS))
    plan.texts("prompt_name", _O + "prompt.name")
    plan.words("prompt_version", _O + "prompt.version")
    if m + "prompt" in a:
        plan.add(_fuse_prompt)
    plan.texts("version", "langfuse.version", "langfuse.release")
    plan.tags("langfuse.trace.tags", m + "langfuse_tags")
    if "langfuse.trace.name" in a:
        plan.add(_fuse_pipeline)
    if seen.any("gen_ai.") or seen.has_logs:
        told = len(plan.late)
        genai.fill(plan)
        if _O + "output" in a and len(plan.late) > told:
            plan.late[told:] = [rows.doubt_all]  # its own messages go before GenAI's
    plan.words("finish_reason", m + "finish_reason")
    if m + "object" in a or langfuse.is_response(a):
        plan.add(_fuse_response)
        plan.late.append(_fuse_completed)
    if kind in ("llm", "chain"):
        plan.add_by_keys(_fuse_kinds)
    if kind == "evaluator" and not seen.has_logs and not seen.any("gen_ai."):
        plan.judge(judging.each(_fuse_scores))
    plan.fails = a.get(_O + "level") == "ERROR"
    if seen.has_logs or (plan.fails and "exception" not in seen.happened):
        plan.failure, plan.fails_by = langfuse.failure_of, langfuse.FAILURES
    return plan


def _moment(value: Any) -> Any:
    """As :func:`reading.parsed`, which plain text in quotes need not be asked for."""
    if type(value) is str and len(value) < _LONG and value[:1] == value[-1:] == '"':
        inner = value[1:-1]
        if inner and inner.isascii() and inner.isprintable() and not {'"', "\\"} & set(inner):
            return inner
    return rd.parsed(value)


_LONG = 64


def _fuse_scores(a: Mapping[str, Any], name: str, span_id: str) -> Scores:
    return judging.of(langfuse.judgement(a), name, span_id, is_run=langfuse.ITEM in a)


def _fuse_prompt(found: rows.Rows) -> None:
    """Prompts that are kept at OpenAI."""
    key = _O + "metadata.prompt"
    kept = [n for n in found.lacking("prompt_name") if responses.KEPT in str(found.many[n][key])]
    for n in kept:
        given = rd.parsed(found.many[n][key])
        if responses.is_kept(given):
            found.column("prompt_name")[n] = str(given["id"])
            found.column("prompt_version")[n] = rd.word(given, "version")


def _fuse_kinds(found: rows.Rows) -> None:
    """What the SDK for Node calls a generation or a step, and is another thing."""
    names = at(found.spans.name, found.places)
    mine = [n for n, name in enumerate(names) if name == langfuse.EMBEDDINGS]
    if _O + "output" in found.many[0]:
        gave = [a[_O + "output"] for a in found.many]
        begins = (*langfuse.DOCUMENTS, langfuse.ANSWERED)
        mine += [n for n, v in enumerate(gave) if v == "" or _begins(v, begins)]
    for n in dict.fromkeys(mine):
        if (kind := langfuse.told_kind(names[n], found.many[n])) is not None:
            found.kinds[n] = kind
            if kind == "retriever":
                found.heard.pop(n, None)
            elif kind == "tool":
                found.doubtful.add(n)  # its call's id is in what it gave


def _begins(value: Any, words: tuple[str, ...]) -> bool:
    return type(value) is str and value.startswith(words)


def _fuse_completed(found: rows.Rows) -> None:
    """Responses of which nothing says why they ended, but that they did."""
    column = found.column("finish_reason")
    for n in found.lacking("finish_reason"):
        a = found.many[n]
        if langfuse.is_response(a) and rd.word(a, _O + "metadata.status") == "completed":
            column[n] = "stop"


def _fuse_response(found: rows.Rows) -> None:
    """Responses, and what those say that ended before their time."""
    m, ids = _O + "metadata.", found.column("response_id")
    for n, a in enumerate(found.many):
        if not langfuse.is_response(a):
            continue
        ids[n] = ids[n] or rd.word(a, m + "id")
        status = rd.word(a, m + "status")
        if status not in langfuse.UNFINISHED:
            continue
        why = rd.parsed(a.get(m + "incomplete_details"))
        told = rd.text(why, "reason") if isinstance(why, dict) else None
        found.column("finish_reason")[n] = told or status
        error = responses.failure_in({"error": a.get(m + "error")})
        if error is not None and a.get(_O + "level") == "ERROR":
            found.doubtful.add(n)
        elif error is not None:
            found.errors[n] = error


def _fuse_payload(plan: Plan) -> None:
    if plan.kind_name == "llm":
        if _O + "input" in plan.a:
            plan.add(_fuse_request)
        plan.answer(_O + "output")
    elif _O + "output" in plan.a:
        if plan.kind_name == "tool":
            plan.add(steps.answered_call(_O + "output"))
        elif plan.kind_name == "chain":
            plan.add(steps.gave(_O + "output"))
    if plan.kind_name == "chain" and _O + "input" in plan.a:
        plan.add(steps.heard(_O + "input"))


def _fuse_request(found: rows.Rows) -> None:
    column = found.column("request_model")
    for n in found.lacking("request_model"):
        body = rd.from_repr(found.many[n][_O + "input"])
        if isinstance(body, dict) and {"messages", "input", "contents", "prompt"} & set(body):
            column[n] = bodies.model_named(body)


def _fuse_cost(found: rows.Rows) -> None:
    made: list[float | None] = []
    for a in found.many:
        scratch = Draft(rows.NO_SPAN, "", "llm", "-")
        langfuse.costs(scratch, a[_O + "cost_details"])
        made.append(scratch.cost_usd)
    found.cost = made


def _fuse_pipeline(found: rows.Rows) -> None:
    parents = found.spans.parent_span_id
    found.fill(
        "pipeline",
        [
            rd.text(a, "langfuse.trace.name")
            if a.get("langfuse.internal.is_app_root") or not parents[place]
            else None
            for place, a in zip(found.places, found.many, strict=True)
        ],
    )


MAKERS = {langfuse.NAME: fuse}

"""LangSmith: raw bodies of providers and frameworks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from misstep.model import HopKind, Score
from misstep_store.conventions.content import langchain
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import langsmith
from misstep_store.conventions.types import NO_USAGE, Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.headers.plans import genai, wordless
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers
from misstep_store.headers.steps import during, judging, rows


def _others(found: rows.Rows, *, looks_after: bool) -> None:
    """What asks a model where the first does not, or the reverse."""
    told = map(langsmith.looks_after, found.many)
    found.doubtful.update(n for n, other in enumerate(told) if other is not looks_after)


def _asker(found: rows.Rows) -> None:
    column = found.column("user_id")
    for n in found.lacking("user_id"):
        column[n] = langsmith.asker(found.many[n])


def smith(seen: Seen) -> Plan | None:
    a, m = seen.a, "langsmith.metadata."
    if seen.has_details:
        return None
    looks_after = langsmith.looks_after(a)
    kind = langsmith.kind_of(a)
    is_call = kind in ("llm", "embedding")
    plan = Plan(seen, langsmith.NAME, kind, "call" if is_call else "hop")
    plan.named(langsmith.NAMED)
    plan.add(lambda found: _others(found, looks_after=looks_after))
    plan.words("session_id", m + "session_id", m + "thread_id", m + "conversation_id")
    plan.words("user_id", m + "user_id", m + "user")
    if langsmith.INVOKED_WITH in a:
        plan.add(_asker)
    plan.texts("prompt_name", m + "lc_hub_repo", m + "prompt_name")
    plan.words("prompt_version", m + "lc_hub_commit_hash", m + "prompt_version")
    plan.tags("langsmith.span.tags", without=langchain.is_own_tag)
    plan.texts("tool_call_id", "gen_ai.tool.call.id")
    if is_call:
        if langsmith.AI_SDK in a:
            plan.add(_ai_sdk_providers)
        else:
            plan.provider(*langsmith.PROVIDERS)
        if langsmith.TYPE in a or langsmith.NAMED in a:
            plan.add(_smith_types)
        plan.texts("request_model", *langsmith.MODELS)
        if "gen_ai.prompt" in a:
            plan.add(
                rows.asked("gen_ai.prompt"),
                rows.doubt_like("gen_ai.prompt", _SEVERAL),
            )
        plan.answer("gen_ai.completion", answers.about_either, failed=bodies.failure)
        if "gen_ai.completion" in a:
            plan.add(rows.doubt_like("gen_ai.completion", _LISTED))
        genai.models(plan)
        genai.usage(plan)
        plan.usage_in(m + "usage_metadata")
        if "gen_ai.usage.input_token_details" in a or "gen_ai.usage.output_token_details" in a:
            plan.add(_smith_details)
        if langsmith.IDENTITY in a:
            plan.late.append(_smith_identities)
    if kind == "tool" and langsmith.AI_SDK in a and "gen_ai.prompt" in a:
        plan.add(steps.called_by_ai_sdk("gen_ai.prompt"))
    plan.alone = kind == "chain" and langsmith.AI_SDK in a
    if kind == "chain" and langsmith.JUDGED in a:
        plan.add(_smith_judges)
    if langsmith.STREAMED in seen.happened:
        plan.add(during.began_with(langsmith.STREAMED))
    if "exception" in seen.happened:
        plan.fails, plan.failure = True, wordless.failure
        plan.late.append(_smith_silent(kind, is_call=is_call))
    return plan


def _smith_identities(found: rows.Rows) -> None:
    found.fill("response_id", list(map(langsmith.identity, found.many)))


def _ai_sdk_providers(found: rows.Rows) -> None:
    found.fill("provider", [langsmith.ai_sdk_provider(a) for a in found.many])


def _smith_types(found: rows.Rows) -> None:
    if lacking := found.lacking("provider"):
        column = found.column("provider")
        for n in lacking:
            column[n] = langsmith.provider_of(found.many[n])


_LISTED = re.compile(r"""\A\s*\{\s*["'](?:outputs["']|[^"']{0,24}\\)""")
"""Answers that may be the events of a stream."""
_SEVERAL = re.compile(r"""\A\s*\{\s*["'](?:args(?!["']: ?\[\], ?["']kwargs["']:)|[^"']{0,24}\\)""")
"""Prompts of several arguments, of which the request is one, or of a key that may be called so; the
arguments of a call that failed early, which has none without a name, are no such prompt."""


def _smith_judges(found: rows.Rows) -> None:
    spans = found.spans
    known: dict[object, Sequence[Score]] = {}  # most of many give one of few scores
    for n, (place, a) in enumerate(zip(found.places, found.many, strict=True)):
        if not langsmith.is_judge(a, spans.parent_span_id[place]):
            continue
        found.kinds[n] = "evaluator"
        gave = a.get("gen_ai.completion")
        key = (gave, found.names[n]) if type(gave) is str else n
        if (scores := known.get(key)) is None:
            judge = Draft(rows.NO_SPAN, langsmith.NAME, "evaluator")
            langsmith.step(judge, None, rd.decoded(gave))
            scores = known[key] = judging.of(judge.output, found.names[n], "").scores
        if scores:
            found.scores[n] = judging.same(scores, spans.span_id[place])


def _smith_silent(kind: HopKind, *, is_call: bool) -> rows.Step:
    """Some failures end with the status of a success: whether there is an answer tells."""

    def step(found: rows.Rows) -> None:
        status = found.spans.status_code
        for n, (place, a) in enumerate(zip(found.places, found.many, strict=True)):
            said = a.get("gen_ai.completion")
            if status[place] == 2 or said in _SILENT:
                continue
            scratch = Draft(found.spans.seen(place), langsmith.NAME, kind)
            if is_call:
                langsmith.call(scratch, None, rd.from_repr(said))
            else:
                langsmith.step(scratch, None, rd.decoded(said))
            if not langsmith.says_nothing(scratch):
                found.spared.add(n)
                continue
            found.errors.pop(n, None)
            if (
                is_call
                and scratch.finish_reason is None
                and n not in found.lacking("finish_reason")
            ):
                found.doubtful.add(n)  # its messages, which are none, say why they ended

    return step


_SILENT = (None, "{}", '{"output":null}')  # what runs gave that gave nothing


def _smith_details(found: rows.Rows) -> None:
    """Cached and reasoning tokens stand in Python reprs."""
    asked, said = "gen_ai.usage.input_token_details", "gen_ai.usage.output_token_details"
    pairs = [(a.get(asked), a.get(said)) for a in found.many]
    keys = [f"{one!r}{other!r}" for one, other in pairs]
    known = {
        key: usage_of({"input_token_details": one, "output_token_details": other})
        if _NONZERO.search(key)
        else NO_USAGE
        for key, (one, other) in dict(zip(keys, pairs, strict=True)).items()
    }
    found.add_usage([known[key] for key in keys])


_NONZERO = re.compile("[1-9]")


MAKERS = {langsmith.NAME: smith}

"""LiteLLM's calls, and what went over the wire: ``llm.<provider>.<field>`` with Python reprs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from misstep_store.conventions.content import responses
from misstep_store.conventions.finishing import provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import litellm
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers, wires
from misstep_store.headers.raw.counted import OfChat, of_chats, table
from misstep_store.headers.steps import rows


def plan(seen: Seen) -> Plan | None:
    """The plan for such spans."""
    a = seen.a
    if litellm.is_raw(seen.name, a):
        return _wire(seen)
    kind = litellm.kind_of(a)
    made = Plan(seen, litellm.NAME, kind)
    if kind == "guardrail":
        made.named(litellm.GUARDRAIL)
    if kind in ("llm", "embedding", "reranker"):
        made.wraps = litellm.is_of_program(seen.scope)
        made.add(_names)
        made.words("session_id", *litellm.SESSIONS)
        made.words("user_id", *litellm.USERS)
        if "hidden_params" in a and "gen_ai.cost.total_cost" not in a:
            made.add(costs)
        made.cost(litellm.COST)
        genai.usage(made)
        made.usage_in("metadata.usage_object")
        made.tags("metadata.tags", "request_tags")
        if litellm.PROMPT in a:
            made.add(prompts)
    genai.fill(made)
    if seen.any("SpanAttributes.LLM_COMPLETIONS"):
        _constants(made)
    return made


def _constants(plan: Plan) -> None:
    """A version wrote its constants' names, where GenAI's keys should be."""
    told = sorted((int(m[1]), k) for k in plan.a if (m := _CONSTANT.fullmatch(k)))
    if plan.late or plan.seen.happened or plan.seen.any("gen_ai.completion", "gen_ai.output"):
        plan.late.append(rows.doubt_all)
    elif told:
        plan.late.append(rows.indexed_finish(*(key for _, key in told)))


_CONSTANT = re.compile(r"SpanAttributes\.LLM_COMPLETIONS\.(\d{1,18})\.finish_reason")


def _names(found: rows.Rows) -> None:
    told = [litellm.names_of(a) for a in found.many]
    found.fill("provider", [t[0] for t in told])
    found.fill("request_model", [t[1] for t in told])


def _wire(seen: Seen) -> Plan | None:
    keys = [k.split(".", 2) for k in seen.a if k.startswith("llm.") and k.count(".") > 1]
    if not keys:  # it failed before anything went out
        made = Plan(seen, litellm.NAME, "llm")
        made.echoes("inside")
        return made
    if len({p for _, p, _ in keys}) != 1:
        return None
    before = f"llm.{keys[0][1]}."
    fields = {f for _, _, f in keys}
    made = Plan(seen, litellm.NAME, "embedding" if litellm.embeds(fields) else "llm")
    made.echoes("inside")
    told = provider(keys[0][1])
    if told is not None:
        made.add(rows.fixed("provider", told))
    made.add(lambda found: _answer(found, before, sorted(fields & _LOOKED_AT)))
    return made


_LOOKED_AT = frozenset(
    {"model", "model_version", "modelVersion", "id", "response_id", "responseId", "object"}
    | {"usage", "usage_metadata", "usageMetadata", "token_usage", "llm_output", "status"}
    | {"stop_reason", "stopReason", "finish_reason", "finishReason", "done_reason", "type"}
    | {"incomplete_details", "output", "generations", "choices", "candidates", "response"}
    | {"content", "message", "role", "reasoning_content", "reasoning"}
)
"""What an answer tells by, beside its messages and why it ended."""


_OF_CHAT = frozenset({"choices", "id", "model", "object", "usage"})
_OF_MESSAGE = frozenset({"content", "id", "model", "role", "stop_reason", "type", "usage"})
_OF_RESPONSE = frozenset(
    {"id", "incomplete_details", "model", "object", "output", "reasoning", "status", "usage"}
)


def _answer(found: rows.Rows, before: str, fields: list[str]) -> None:
    if set(fields) == _OF_CHAT:
        chats = _chats(found.many, before)
        if chats is not None:
            rows.take_columns(found, chats)
            return
    quick = _chat if _OF_CHAT.issuperset(fields) else None
    if quick is None and _OF_MESSAGE.issuperset(fields):
        quick = _message
    if quick is None and _OF_RESPONSE.issuperset(fields):
        quick = _response
    if fields == ["model"]:
        _named(found, before)
        return
    told = [quick(a, before) if quick is not None else None for a in found.many]
    bodies_ = {n: _body(found.many[n], before, fields) for n, t in enumerate(told) if not t}
    rows.take(found, [t or answers.about(bodies_[n]) for n, t in enumerate(told)])
    column = found.text["finish_reason"]
    for n in found.lacking("finish_reason"):
        body = bodies_.get(n) or _body(found.many[n], before, fields)
        column[n] = bodies.ended(body) or None


def _named(found: rows.Rows, before: str) -> None:
    """What requests say of which no answer is told but the model: most name the same."""
    given = [a[before + "model"] for a in found.many]
    known: dict[str, tuple[answers.Told, str | None]] = {}
    told = []
    for a, model in zip(found.many, given, strict=True):
        one = known.get(model) if type(model) is str else None
        if one is None:
            body = _body(a, before, ["model"])
            one = answers.about(body), bodies.ended(body) or None
            if type(model) is str:
                known[model] = one
        told.append(one)
    rows.take(found, [about for about, _ in told])
    found.fill("finish_reason", [end for _, end in told])


def _body(a: rows.Attributes, before: str, fields: list[str]) -> dict[str, Any]:
    return {
        f: _ends(value) if f == "choices" else rd.from_repr(value)
        for f in fields
        if (value := a.get(before + f)) is not None
    }


def _chats(many: Sequence[rows.Attributes], before: str) -> answers.Columns | None:
    """What chat completions say beside their messages; None where one says it otherwise, or may."""
    ends: list[str | None] = []
    models, ids, usages = [], [], []
    for a in many:
        choices, named = a[before + "choices"], a[before + "object"]
        told = litellm.first_end(choices)
        if told is None or named not in _CHATS:
            return None
        ends.append(told)
        models.append(a[before + "model"])
        ids.append(a[before + "id"])
        usages.append(answers.as_json(a[before + "usage"]))
    if not all(type(v) is str and v[:1] not in rd.STARTS for v in chain(models, ids)):
        return None
    formats, odd = wires.by_format(usages, (_read_usage,))
    if odd:
        return None
    return answers.Columns(models, ids, ends, table(of_chats(formats[0][2])))


_CHATS = ("chat.completion", "chat.completion.chunk", "text_completion")
_read_usage = layouts.decoder(OfChat)


def _chat(a: rows.Attributes, before: str) -> answers.Told | None:
    """What a chat completion says beside its messages; None where it says it otherwise, or may."""
    choices, named = a.get(before + "choices"), a.get(before + "object")
    told = litellm.first_end(choices)
    if told is None or type(named) is not str or not named.startswith("chat.completion"):
        return None
    model, identity = (rd.from_repr(a.get(before + k)) for k in ("model", "id"))
    if type(model) is not str or type(identity) is not str:
        return None
    return model, identity, told, answers.used_in(a.get(before + "usage")), 0


def _message(a: rows.Attributes, before: str) -> answers.Told | None:
    """As :func:`_chat`, of an answer of Anthropic's."""
    told = answers.used_in_message(a.get(before + "usage"))
    ended, named = a.get(before + "stop_reason"), a.get(before + "type")
    model, identity = (rd.from_repr(a.get(before + k)) for k in ("model", "id"))
    if told is None or named != "message" or type(ended) is not str or not ended.isidentifier():
        return None
    if type(model) is not str or type(identity) is not str:
        return None
    return model, identity, ended, *told


def _response(a: rows.Attributes, before: str) -> answers.Told | None:
    """As :func:`_chat`, of a Responses object that was completed and surely calls no tool."""
    output, why = a.get(before + "output"), a.get(before + "incomplete_details")
    if a.get(before + "object") != "response" or a.get(before + "status") != "completed":
        return None
    if type(output) is not str or why not in (None, "") or _MAY_CALL.search(output):
        return None
    model, identity = a.get(before + "model"), a.get(before + "id")
    if not (_is_bare(model) and _is_bare(identity)) or identity == responses.MADE_UP:
        return None
    return model, identity, "stop", answers.used_in(a.get(before + "usage")), 0


def _is_bare(value: Any) -> bool:
    """Whether it is a text, and none that holds another value."""
    return type(value) is str and value[:1] not in _STARTS_OR_NONE


_STARTS_OR_NONE = rd.STARTS | {""}
_MAY_CALL = re.compile(rf"""{"|".join(responses.CALLS)}|\\[^\\nrt'"]|['"]\s*['"]""")
"""A call among printed items, or texts in which one may hide: escaped, or in two pieces."""


def _ends(choices: Any) -> Any:
    """Choices, or of the first only why it ended where that stands first."""
    told = litellm.first_end(choices)
    return [{"finish_reason": told}] if told is not None else rd.from_repr(choices)


def costs(found: rows.Rows) -> None:
    """What the proxy computed."""
    hidden = [rd.from_repr(a["hidden_params"]) for a in found.many]
    found.cost = [
        (rd.number(h, "response_cost") or None) if isinstance(h, dict) else None for h in hidden
    ]


def prompts(found: rows.Rows) -> None:
    """Names and versions of prompts that a store of prompts keeps."""
    told = [litellm.prompt_of(a) for a in found.many]
    if any(name or version for name, version in told):
        found.fill("prompt_name", [name for name, _ in told])
        found.fill("prompt_version", [version for _, version in told])

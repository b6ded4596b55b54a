"""Mastra, as its own exporter tells of it and as those to Arize and Laminar do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from misstep_store.conventions.finishing import company, provider
from misstep_store.conventions.readers import mastra, mastra_arize, mastra_laminar
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.depth import SHORT
from misstep_store.headers.columns.layouts import decoder, layout, may, object_in
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers
from misstep_store.headers.raw.wires import Never
from misstep_store.headers.steps import during, rows

_KNOWN = {
    mastra.METADATA + key: key
    for key in (
        *("sessionId", "threadId", "userId", "resourceId"),
        *("modelMetadata", "body", "resumedFromSpanId"),
    )
}
"""What matters of the metadata of a span."""


def steps(seen: Seen) -> Plan | None:
    told = str(seen.a.get(mastra.TYPE) or "")
    is_named = seen.scope == mastra_laminar.SCOPE
    elsewhere = mastra.is_elsewhere(seen.scope, seen.a)
    if elsewhere:
        if seen.has_details or not (told or is_named):
            return None
        if is_named:
            told, _, a = mastra_laminar.as_told(seen.name, seen.a)
        else:
            renamed, rest = _renamed(told, seen.a)
            a = {key: seen.a[name] for key, name in renamed.items()} | dict.fromkeys(rest)
        seen = Seen(seen.span, a, seen.happened, has_logs=seen.has_logs)
    a = seen.a
    kind = "llm" if elsewhere and told == "model_inference" else mastra.kind_of(told, a)
    plan = Plan(seen, mastra.NAME, kind)
    if is_named:
        plan.add_by_keys(lambda found: _tell_by_name(found, told))
    else:
        if elsewhere:
            plan.add_by_keys(lambda found: _tell(found, told))
        plan.named_as_genai()
        plan.add(_without_operation)
    plan.words("session_id", mastra.METADATA + "sessionId", mastra.METADATA + "threadId")
    plan.words("user_id", mastra.METADATA + "userId", mastra.METADATA + "resourceId")
    plan.texts("prompt_name", mastra.PROMPT[0])
    plan.words("prompt_version", mastra.PROMPT[1])
    plan.tags(*mastra.TAGS)
    if told == "model_step":
        if not _lends(plan, elsewhere=elsewhere):
            return None
        if mastra.RESUMED in a:
            plan.add(_resumed)
        plan.is_one_of = not elsewhere
    elif told == "model_chunk":
        plan.echoes("part")
        plan.add_by_keys(_tools)
    elif told == "model_inference" and kind == "chain":
        plan.echoes("part")
    elif kind == "agent":
        plan.tells_failures = True
    genai.fill(plan)
    plan.add(_without_interface)
    if elsewhere and told == "model_generation":
        plan.lends_counts = True
        plan.add(_unasked)
    if kind == "llm" and mastra.began(a) in a:
        plan.add(during.began(mastra.began(a)))
    return plan


class _Asked(msgspec.Struct, gc=False):
    """A message of a request."""

    role: str
    content: Any = None


class _Request(msgspec.Struct, gc=False):
    """A request as it was sent; Bedrock's has another inside."""

    messages: list[_Asked]
    modelId: Never = UNSET  # noqa: N815 - its name on the wire


class _Sent(msgspec.Struct, gc=False):
    """What is around it."""

    body: _Request


class _Call(msgspec.Struct, gc=False):
    """A tool that was asked for."""


class _Made(msgspec.Struct, gc=False):
    """What a step gave."""

    text: str = ""
    toolCalls: list[_Call] = []  # noqa: N815 - its name on the wire


class _Tool(msgspec.Struct, gc=False):
    """A tool that a piece of an answer asks for."""

    toolName: str  # noqa: N815 - its name on the wire
    toolInput: Any  # noqa: N815 - its name on the wire


_read_tool = msgspec.json.Decoder(_Tool).decode
_read_made = msgspec.json.Decoder(_Made).decode
_read_asked = msgspec.json.Decoder(list[_Asked]).decode
_read_sent = msgspec.json.Decoder(_Sent).decode


def _said(found: rows.Rows, given: str, gave: str) -> None:
    """A step lends its words if there are any."""
    for n, a in enumerate(found.many):
        asked, said = a.get(given), a.get(gave)
        if _asks(asked):
            found.lends.add(n)
            continue
        says = _says(said)
        if says:
            found.lends.add(n)
        elif says is None or asked not in (None, "{}"):
            found.doubtful.add(n)


def _asks(given: Any) -> bool:
    """Whether a text surely holds messages."""
    read = _read_sent if type(given) is str and given[:1] == "{" else _read_asked
    found = _opened(given, read)
    asked = found.body.messages if type(found) is _Sent else found or ()
    return any(type(m.content) is str and m.content[:1].isalpha() for m in asked)


def _says(made: Any) -> bool | None:
    """Whether a step gave words or asked for tools; None where that is not plain."""
    if made is None:
        return False
    found = _opened(made, _read_made)
    return None if found is None else bool(found.text or found.toolCalls)


def _opened(value: Any, read: Callable[[str], Any]) -> Any:
    if type(value) is not str or len(value) > rd.MAX_PARSED_CHARS:
        return None
    if len(value) > SHORT and rd.may_be_deep(value):
        return None
    try:
        return read(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


def _lends(plan: Plan, *, elsewhere: bool) -> bool:
    """What a step tells of its call; whether it can be told of many."""
    a, seen = plan.a, plan.seen
    if seen.happened or seen.any("gen_ai.output", "gen_ai.completion"):
        return False  # which of them stands depends on what is in them
    if elsewhere:
        plan.lends = plan.lends_counts = True
        plan.add(_asked_and_counted)
        return True
    given, gave = (mastra.told_in(a, "model_step", side) for side in ("input", "output"))
    plan.add(lambda found: _said(found, given, gave))
    if mastra.ANSWER in a:
        plan.add(_take_answers)
    return True


def _answered(found: rows.Rows) -> list[answers.Told]:
    """Which answer a step was given, of which model."""
    told = [answers.about(a.get(mastra.ANSWER)) for a in found.many]
    found.fill("response_model", [one[0] for one in told])
    found.fill("response_id", [one[1] for one in told])
    return told


def _tools(found: rows.Rows) -> None:
    """Pieces that ask for tools."""
    gave = mastra.told_in(found.many[0], "model_chunk", "output")
    for n, a in enumerate(found.many):
        made = a.get(gave)
        if made is None or (type(made) is str and "toolInput" not in made and "\\u" not in made):
            continue
        asked = _opened(made, _read_tool)
        if asked is None:
            found.doubtful.add(n)
        else:
            found.kinds[n] = "tool"
            found.names[n] = asked.toolName or found.names[n]


def _resumed(found: rows.Rows) -> None:
    """Whether a step goes on from another depends on whether it was asked anything."""
    found.doubtful.update(n for n, a in enumerate(found.many) if a.get(mastra.RESUMED) is not None)


def _take_answers(found: rows.Rows) -> None:
    _answered(found)


def _without_operation(found: rows.Rows) -> None:
    found.names = [mastra.without_operation(name) for name in found.names]


def _without_interface(found: rows.Rows) -> None:
    """``openai.chat`` is OpenAI."""
    column = found.text.get("provider")
    if column is not None:
        known = {p: provider(company(p)) if p else p for p in set(column)}
        found.text["provider"] = [known[p] for p in column]


# --- in the words of others ---------------------------------------------------------------------


_read_known = decoder(layout("Known", may(str, *_KNOWN.values())))


def _renamed(told: str, a: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What :func:`mastra_arize.as_told` calls the attributes that matter, and those of the metadata
    that do by the keys they get."""
    named = mastra_arize.as_told(told, {name: name for name in a if name != "metadata"})
    known = {k: v for k, v in _KNOWN.items() if k not in named}
    if told != "model_step":
        for key in _OF_STEPS:
            known.pop(key, None)
    return {k: v for k, v in named.items() if not k.endswith(_SAID) or k == mastra.PIECE}, known


_SAID = (".input", ".output", ".input.messages", ".description")
_OF_STEPS = (mastra.ANSWER, mastra.METADATA + "modelMetadata", mastra.RESUMED)


def _tell(found: rows.Rows, told: str) -> None:
    """As :func:`mastra_arize.as_told`; keys of the metadata that matter are there in any case."""
    renamed, known_by = _renamed(told, found.many[0])
    rest = known_by.items()
    made = []
    for a in found.many:
        whole = dict(zip(renamed, map(a.__getitem__, renamed.values()), strict=True))
        given = a.get("metadata")
        if (known := object_in(given, _read_known)) is not None:
            for key, short in rest:
                whole[key] = getattr(known, short)
        else:
            opened = rd.parsed(given)
            get = (opened if isinstance(opened, dict) else _NOTHING).get
            for key, short in rest:
                whole[key] = get(short)
        made.append(whole)
    found.many = made


_NOTHING: dict[str, Any] = {}


def _tell_by_name(found: rows.Rows, told: str) -> None:
    """As :func:`mastra_laminar.as_told`, of spans of one type."""
    names = list(found.many[0])
    _, _, renamed = mastra_laminar.as_told(found.names[0], dict(zip(names, names, strict=True)))
    pairs = [(key, name) for key, name in renamed.items() if name in found.many[0]]
    found.many = [{key: a[name] for key, name in pairs} for a in found.many]
    found.names = [mastra_laminar.named(name, told) for name in found.names]
    found.doubtful.update(n for n, name in enumerate(found.names) if not name)


def _asked_and_counted(found: rows.Rows) -> None:
    """What a step tells of its call."""
    told = _answered(found)
    found.fill("finish_reason", [one[2] for one in told])
    found.add_usage([one[3] for one in told])
    models = [mastra.asked_in(a) for a in found.many]
    found.fill("request_model", [model for model, _ in models])
    found.fill("provider", [whose for _, whose in models])


def _unasked(found: rows.Rows) -> None:
    """The steps inside name the model."""
    found.text.pop("provider", None)
    found.text.pop("request_model", None)


MAKERS = {mastra.NAME: steps}

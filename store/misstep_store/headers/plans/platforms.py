"""MLflow and AgentOps: raw bodies of providers and frameworks."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
import numpy as np

from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import agentops, mlflow
from misstep_store.conventions.readers import mlflow_llama_index as llama_index
from misstep_store.conventions.readers import mlflow_streams as streams
from misstep_store.conventions.types import CALL_KINDS, Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts, values
from misstep_store.headers.plans import bedrock, genai
from misstep_store.headers.plans import langchain as steps
from misstep_store.headers.plans import llama_index as agents
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.raw import answers, wires
from misstep_store.headers.steps import rows

T = TypeVar("T")

# --- MLflow ------------------------------------------------------------------------------------


def flow(seen: Seen) -> Plan | None:
    a = seen.a
    kind = _flow_kind(seen)
    plan = Plan(seen, mlflow.NAME, kind)
    if {"mlflow.llm.provider", "mlflow.message.format"} & set(a):
        plan.add_by_keys(_flow_provider)
    plan.add(bedrock.provided)
    if {"model", "mlflow.llm.model"} & set(a):
        plan.add_by_keys(_flow_served)
    if "mlflow.llm.cost" in a:
        plan.add(_flow_cost)
    if kind == "tool" and "name" in a:
        plan.add(_flow_tool)
    if kind in ("llm", "embedding"):
        _flow_call(plan)
    elif "mlflow.spanOutputs" in a:
        if kind == "tool":
            plan.add(steps.answered_call("mlflow.spanOutputs"))
        elif kind == "chain":
            plan.add(steps.gave("mlflow.spanOutputs"), agents.lends("mlflow.spanOutputs"))
    if kind == "chain" and "mlflow.spanInputs" in a:
        plan.add(steps.heard("mlflow.spanInputs"))
    plan.words("session_id", "session.id", "mlflow.trace.session")
    plan.words("user_id", "user.id", "mlflow.trace.user")
    if "metadata" in a:
        plan.add(_flow_metadata)
        if kind in ("llm", "embedding"):
            plan.add(_flow_provider_of_langchain)
    if kind in CALL_KINDS and mlflow.ASKER in a:
        plan.add(_flow_asker)
    if "mlflow.linkedPrompts" in a:
        return None
    genai.fill(plan)
    return plan


def _flow_asker(found: rows.Rows) -> None:
    column = found.column("user_id")
    for n in found.lacking("user_id"):
        column[n] = mlflow.asker(found.many[n])


def _flow_kind(seen: Seen) -> str:
    """What only gets a request of LlamaIndex's ready is no call."""
    kind = mlflow.kind_of(seen.a)
    return "chain" if kind == "llm" and agents.prepares(seen.name) else kind


def _flow_call(plan: Plan) -> None:
    a, happened = plan.a, plan.seen.happened
    if "model" in a:
        plan.provided_by_name(mlflow.of_sdk)
    if "invocation_params" in a:
        plan.add(_flow_parameters)
        plan.add_by_keys(_flow_teller)
    else:
        plan.words("teller", "mlflow.message.format")
    if "mlflow.spanInputs" in a:
        plan.add(rows.asked("mlflow.spanInputs"))
    if "mlflow.spanOutputs" in a:
        plan.add(bedrock.answered("mlflow.spanOutputs", answers.about_either, bodies.failure))
        plan.late.append(rows.ended("mlflow.spanOutputs"))
    else:
        plan.add(bedrock.unanswered)
    if "object" in a:
        plan.add(_flow_spread)
    plan.words("response_model", "mlflow.llm.model")
    plan.add(_flow_model)
    if "mlflow.chat.tokenUsage" in a:
        plan.add(_flow_tokens)
    if "raw_llm_response" in a:
        plan.add(_flow_raw_counts)
    if any(n.startswith("mlflow.chunk") for n in happened):
        plan.add(_flow_end)
    if "new_token" in happened:
        plan.add(_flow_stream)
    if happened:
        plan.add(bedrock.began)


def _flow_teller(found: rows.Rows) -> None:
    """As :func:`mlflow.teller`, of calls with parameters of LangChain's or LlamaIndex's."""
    key = "mlflow.message.format"
    told = values.words(found.many, (key,)) if key in found.many[0] else [None] * len(found.many)
    other = llama_index.FORMAT
    found.fill("teller", [other if name == other else "langchain" for name in told])


def _flow_tool(found: rows.Rows) -> None:
    """LlamaIndex's, by its name."""
    found.names = [
        rd.word(a, "name") or name if name.endswith(llama_index.TOOLS) else name
        for name, a in zip(found.names, found.many, strict=True)
    ]


def _flow_served(found: rows.Rows) -> None:
    """The served model, where it is not only the one asked for."""
    told = _of_each(found, _MODELS_BY, mlflow.models_of)
    found.fill("request_model", [asked for asked, _ in told])
    found.fill("response_model", [served for _, served in told])


_MODELS_BY = ("model", "mlflow.llm.model", "mlflow.message.format", "mlflow.llm.provider")
"""What :func:`mlflow.models_of` looks at."""
_WORDS = frozenset({str, type(None)})


def _flow_provider(found: rows.Rows) -> None:
    found.fill("provider", _of_each(found, _PROVIDER_BY, mlflow.provider_of))


_PROVIDER_BY = ("mlflow.llm.provider", "mlflow.message.format")
"""What :func:`mlflow.provider_of` looks at."""


def _of_each(
    found: rows.Rows, keys: tuple[str, ...], read: Callable[[rows.Attributes], T]
) -> list[T]:
    """What is read of each span by the values of some keys: few different ones come again and again,
    most often one."""
    many = found.many
    columns = [list(map(itemgetter(k), many)) for k in keys if k in many[0]]  # all have the same
    if all(type(c[0]) in _WORDS and c.count(c[0]) == len(c) for c in columns):
        return [read(many[0])] * len(many)
    if not all(set(map(type, column)) <= _WORDS for column in columns):
        return list(map(read, many))
    told = list(zip(*columns, strict=True))
    known = {key: read(a) for key, a in dict(zip(told, many, strict=True)).items()}
    return [known[key] for key in told]


def _flow_cost(found: rows.Rows) -> None:
    costs = [rd.decoded(a["mlflow.llm.cost"]) for a in found.many]
    found.cost = [
        (rd.number(c, "total_cost") or None) if isinstance(c, dict) else None for c in costs
    ]


def _flow_spread(found: rows.Rows) -> None:
    """Responses whose fields are attributes of their own."""
    many = [a if rd.word(a, "object") == "response" else {} for a in found.many]
    found.fill("response_id", [rd.word(a, "id") for a in many])
    found.add_usage([answers.used_in(a.get("usage")) for a in many])
    found.doubtful.update(
        n for n, a in enumerate(many) if rd.word(a, "status") in streams.UNFINISHED
    )


def _flow_model(found: rows.Rows) -> None:
    answered = found.text.get("response_model")
    if answered is not None:
        found.fill("request_model", answered)


def _flow_tokens(found: rows.Rows) -> None:
    """MLflow's counts, but the body's where those leave out what came from the cache."""
    told = answers.all_used([a["mlflow.chat.tokenUsage"] for a in found.many])
    body = found.tokens
    found.add_counts(told, first=True)
    if body is not None and found.tokens is not None:
        asked = told[0]
        whole = (asked != 0) & (asked == body[0] - body[2] - body[3])
        found.tokens = np.where(whole, body, found.tokens)


def _flow_raw_counts(found: rows.Rows) -> None:
    found.add_counts(answers.all_used(list(map(mlflow.counted_raw, found.many))))


def _flow_end(found: rows.Rows) -> None:
    ends, ids = found.column("finish_reason"), found.column("response_id")
    used = [answers.UNUSED] * len(found.many)
    models = found.column("response_model")
    for n, place in enumerate(found.places):
        last = streams.last_told(found.spans.happened(place), _told_by)
        if last is None:
            continue
        chunk, end = last
        if end:
            ends[n], ids[n] = end, ids[n] or rd.text(chunk, "id")
            continue
        scratch = Draft(rows.NO_SPAN, "", "llm", "-")
        streams.unfinished(scratch, chunk)
        ends[n] = scratch.finish_reason or ends[n]
        if scratch.response_model is None:
            ids[n] = ids[n] or scratch.response_id
            continue
        # The whole answer stands in its last chunk.
        ids[n], models[n] = scratch.response_id or ids[n], scratch.response_model
        used[n] = scratch.usage
        found.errors.pop(n, None)
        if scratch.error is not None:
            found.errors[n] = scratch.error
        if scratch.finish_reason is None:
            found.doubtful.add(n)
    found.add_usage(used)


_read_chunk = layouts.decoder(
    layouts.layout(
        "Chunk",
        {
            "id": Any,
            "choices": layouts.listed(layouts.layout("ChunkChoice", {"finish_reason": Any})) | None,
            "response": layouts.layout("ChunkResponse", {"status": Any}) | None,
        },
    )
)


def _told_by(value: Any) -> tuple[dict[str, Any], str] | None:
    """As :func:`streams.told_by`; of a whole response it costs a quarter to read it as it does to look
    for words in it."""
    found = layouts.object_in(value, _read_chunk)
    if found is None or (
        found.response is not None and found.response.status in streams.UNFINISHED
    ):
        return streams.told_by(value)
    for choice in found.choices or ():
        end = choice.finish_reason
        if end and type(end) is str:
            return {"id": found.id}, end
    return None


def _flow_parameters(found: rows.Rows) -> None:
    lacking = found.lacking("request_model")
    if not lacking:
        return
    column = found.column("request_model")
    given = [found.many[n]["invocation_params"] for n in lacking]
    groups, odd = wires.by_format(given, (_read_parameters,))
    for _, numbers, told in groups:
        for n, one in zip(numbers, told, strict=True):
            column[lacking[n]] = _text(one.model) or _text(one.model_name)
    for n in odd:
        found_in = rd.decoded(given[n])
        if isinstance(found_in, dict):
            column[lacking[n]] = rd.text(found_in, "model", "model_name")


_read_parameters = layouts.decoder(layouts.layout("Parameters", {"model": Any, "model_name": Any}))


def _text(value: Any) -> str | None:
    return value if value and type(value) is str else None


def _flow_stream(found: rows.Rows) -> None:
    """When a stream began, and what its last token says."""
    models, ends = found.column("response_model"), found.column("finish_reason")
    known = found.first_token_ms or [None] * len(found.many)
    spans = found.spans
    for n, place in enumerate(found.places):
        pieces = () if spans.plain[place] else streams.pieces_of(spans.events(place))
        if not pieces:
            continue
        if known[n] is None:
            waited = streams.first_to_come(pieces) - spans.start_unix_nano[place]
            known[n] = max(0, waited) / 1e6
        end, model = streams.end_of(pieces, _end_in)
        ends[n], models[n] = ends[n] or end, model or models[n]
    found.first_token_ms = known


_InfoOfPiece = layouts.layout("InfoOfPiece", dict.fromkeys((*msg.ENDS, "model_name"), Any))
_AboutPiece = layouts.layout("AboutPiece", {"response_metadata": _InfoOfPiece | None})
_MessageOfPiece = msgspec.defstruct("MessageOfPiece", [("kwargs", _AboutPiece)], gc=False)
_KeptOfPiece = layouts.layout(
    "KeptOfPiece", {"generation_info": _InfoOfPiece | None, "message": _MessageOfPiece | None}
)
_read_piece = layouts.decoder(msgspec.defstruct("Piece", [("kwargs", _KeptOfPiece)], gc=False))


def _end_in(given: Any) -> streams.End | None:
    """As :func:`streams.end_in`, of what LangChain's constructors make."""
    if type(given) is not str or len(given) > streams.MAX_CHUNK:
        return streams.end_in(given)
    if not streams.may_end(given):
        return None
    found = layouts.object_in(given, _read_piece)
    if found is None:
        return streams.end_in(given)
    kept = found.kwargs
    info = kept.generation_info
    if info is None and kept.message is not None:
        info = kept.message.kwargs.response_metadata
    if info is None:
        return None
    end = _text(info.finish_reason) or _text(info.stop_reason) or _text(info.stopReason)
    model = _text(info.model_name)
    return end, model


def _flow_metadata(found: rows.Rows) -> None:
    given = [a["metadata"] for a in found.many]
    mine = [n for n, value in enumerate(given) if _names_someone(value)]
    if not mine:
        return
    sessions: list[str | None] = [None] * len(given)
    users = sessions.copy()
    groups, odd = wires.by_format([given[n] for n in mine], (_read_metadata,))
    known: dict[tuple[str | None, ...], tuple[str | None, str | None]] = {}
    for _, numbers, told in groups:
        for n, m in zip(numbers, told, strict=True):
            key = m.session_id, m.thread_id, m.conversation_id, m.user_id
            if not set(map(type, key)) <= _WORDS:
                odd.append(n)
                continue
            if key not in known:
                named = dict(zip(_SOMEONE, key, strict=True))
                known[key] = rd.word(named, *_SESSIONS), rd.word(named, "user_id")
            sessions[mine[n]], users[mine[n]] = known[key]
    for n in odd:
        whole = rd.decoded(given[mine[n]])
        if isinstance(whole, dict):
            sessions[mine[n]], users[mine[n]] = (
                rd.word(whole, *_SESSIONS),
                rd.word(whole, "user_id"),
            )
    found.fill("session_id", sessions)
    found.fill("user_id", users)


def _flow_provider_of_langchain(found: rows.Rows) -> None:
    lacking = found.lacking("provider")
    mine = [n for n in lacking if _names_provider(found.many[n]["metadata"])]
    if not mine:
        return
    column = found.column("provider")
    given = [found.many[n]["metadata"] for n in mine]
    groups, odd = wires.by_format(given, (_read_provided,))
    for _, numbers, told in groups:
        for n, m in zip(numbers, told, strict=True):
            column[mine[n]] = provider(rd.word({"ls_provider": m.ls_provider}, "ls_provider"))
    for n in odd:
        whole = rd.decoded(given[n])
        if isinstance(whole, dict):
            column[mine[n]] = provider(rd.word(whole, "ls_provider"))


_read_provided = layouts.decoder(layouts.layout("Provided", {"ls_provider": Any}))


def _names_provider(given: Any) -> bool:
    return type(given) is not str or "ls_provider" in given or values.hides(given)


_SESSIONS = ("session_id", "thread_id", "conversation_id")
_SOMEONE = (*_SESSIONS, "user_id")
_read_metadata = layouts.decoder(layouts.layout("Metadata", dict.fromkeys(_SOMEONE, Any)))


def _names_someone(given: Any) -> bool:
    return type(given) is not str or (
        "session_id" in given
        or "thread_id" in given
        or "conversation_id" in given
        or "user_id" in given
        or values.hides(given)
    )


# --- AgentOps ----------------------------------------------------------------------------------


def ops(seen: Seen) -> Plan | None:
    if agentops.is_called(seen.a):
        return _ops_called(seen)
    told = seen.a.get(agentops.KIND)
    kind = agentops.kind_of(str(told or "").lower(), seen.a)
    plan = Plan(seen, agentops.NAME, kind)
    plan.named("operation.name")
    plan.tags("agentops.tags")
    genai.fill(plan)
    return plan


def _ops_called(seen: Seen) -> Plan:
    """A tool call that a call was answered with."""
    plan = Plan(seen, agentops.NAME, "tool")
    plan.echoes("part")
    plan.named("tool.name")
    plan.texts("tool_call_id", "tool.call.id")
    return plan


MAKERS = {
    agentops.NAME: ops,
    mlflow.NAME: flow,
}

"""LiveKit and Pipecat: GenAI's calls, and turns and tools under words of their own."""

from __future__ import annotations

from misstep_store.conventions.finishing import provider
from misstep_store.conventions.readers import livekit, pipecat
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.headers.plans import genai
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import rows

# --- LiveKit -----------------------------------------------------------------------------------

_SAID = ("lk.pii.", "lk.user_input", "lk.input_text", "lk.response.text", "lk.user_transcript")
_TOLD = ("gen_ai.input", "gen_ai.output", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result")


def turns(seen: Seen) -> Plan | None:
    kind = livekit.kind_of(seen.name, seen.a)
    is_node = seen.name == livekit.NODE
    if seen.has_logs or seen.has_details or (is_node and kind == "chain"):
        return None
    plan = Plan(seen, livekit.NAME, kind, "hop" if seen.name == livekit.TRY else "")
    if seen.name == livekit.TRY:
        plan.echoes("part")
        plan.tells_failures = True
    if kind == "tool":
        plan.named("gen_ai.tool.name", "lk.function_tool.name")
        plan.texts("tool_call_id", "gen_ai.tool.call.id", "lk.function_tool.id")
        if livekit.FAILED in seen.a:
            plan.add(_doubt_failed)
    else:
        plan.named_as_genai()
    plan.texts("session_id", *livekit.SESSIONS)
    plan.texts("user_id", *livekit.USERS)
    if livekit.METRICS in seen.a:
        plan.add(_counted)
    genai.fill(plan)
    if kind in ("tool", "agent"):
        said = [k for k in seen.a if k.startswith((*_SAID, "lk.function_tool.", *_TOLD))]
        plan.bare = not said
        if said:
            plan.add(lambda found: _doubt_wordless(found, said))
    return plan


def _doubt_failed(found: rows.Rows) -> None:
    failed = (n for n, a in enumerate(found.many) if rd.truth(a[livekit.FAILED]))
    found.doubtful.update(failed)


def _doubt_wordless(found: rows.Rows, keys: list[str]) -> None:
    """Steps of which all that could be said is empty."""
    said = [k for k in keys if k.startswith(_SAID) or k.endswith((".arguments", ".output"))]
    found.doubtful.update(n for n, a in enumerate(found.many) if not any(a[k] for k in said))


def _counted(found: rows.Rows) -> None:
    told = [t if isinstance(t := rd.parsed(a[livekit.METRICS]), dict) else {} for a in found.many]
    found.add_usage([usage_of(t) for t in told])
    found.fill("response_id", [rd.text(t, "request_id") for t in told])
    about = [m if isinstance(m := t.get("metadata"), dict) else {} for t in told]
    found.fill("provider", [provider(rd.text(m, "model_provider")) for m in about])


# --- Pipecat -----------------------------------------------------------------------------------


def talks(seen: Seen) -> Plan | None:
    kind = pipecat.kind_of(seen.name, seen.a)
    if seen.has_logs or seen.has_details or kind not in ("llm", "chain"):
        return None
    plan = Plan(seen, pipecat.NAME, kind)
    plan.texts("session_id", *pipecat.SESSIONS)
    plan.texts("user_id", *pipecat.USERS)
    if kind == "llm":
        plan.add(_models)
        plan.first_token(pipecat.WAITED, unit_ms=1000)
    genai.fill(plan)
    return plan


def _models(found: rows.Rows) -> None:
    told = [pipecat.models_of(a) for a in found.many]
    found.fill("request_model", [asked for asked, _ in told])
    found.fill("response_model", [served for _, served in told])


MAKERS = {livekit.NAME: turns, pipecat.NAME: talks}

"""Tools under GenAI's names: which a call could use, and what one was given and gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Json
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import flattened
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

FUNCTIONS = "gen_ai.request.functions"
"""Tools, flattened, as AgentOps writes them."""
TOOLS = "gen_ai.request.tools"
"""Tools, whole; flattened, as Coralogix writes them."""
FLAT = (FUNCTIONS, TOOLS + ".")
_LISTED = "gen_ai.tool.call.arguments"
"""Tools that a call could use, one a key, as Agent 365 writes them."""


def offered(a: Mapping[str, Any]) -> list[dict[str, Json]]:
    """The tools that a call could use, whole or flattened."""
    defined = a.get("gen_ai.tool.definitions", a.get(TOOLS))
    if defined is None and FUNCTIONS + ".0.name" in a:
        defined = rd.indexed(a, FUNCTIONS)
    elif defined is None and TOOLS + ".0.function.name" in a:
        defined = flattened.tools(a, TOOLS)
    elif defined is None and _LISTED + ".0" in a:
        defined = [v for k, v in a.items() if k.startswith(_LISTED + ".")]
    return docs.tools(defined) if defined is not None else []


INPUTS = (
    *("gen_ai.tool.call.arguments", "gen_ai.tool.arguments", "tool_arguments"),
    *("gen_ai.tool.input", "gen_ai.tool.args"),
    "input.value",  # Koog's
)
OUTPUTS = (
    *("gen_ai.tool.call.result", "gen_ai.tool.result", "tool_response", "gen_ai.tool.output"),
    *("gen_ai.tool.message", "gen_ai.output"),  # Axiom's, any-agent's
    *("gen_ai.tool.result.value", "output.value"),  # Latitude's, Koog's
)


def fill(draft: Draft, a: Mapping[str, Any]) -> None:
    """What a tool was given and gave, where the draft lacks it."""
    if draft.tool_call_id is None:
        draft.tool_call_id = rd.text(a, "gen_ai.tool.call.id")
    for key in INPUTS:
        if draft.input is None and key in a:
            draft.input = rd.decoded(a[key])
    for key in OUTPUTS:
        if not draft.has_output and key in a:
            draft.output, draft.has_output = rd.decoded(a[key]), True
    if "code.args.keyword.count" in a:
        _of_google(draft, a)


def _of_google(draft: Draft, a: Mapping[str, Any]) -> None:
    """Functions that google-genai calls by itself, as its instrumentation of 2025 tells of them."""
    before, after = "code.function.parameters.", ".value"
    if draft.input is None:
        found = {k: v for k, v in a.items() if k.startswith(before) and k.endswith(after)}
        draft.input = {k[len(before) : -len(after)]: rd.plain(v) for k, v in found.items()} or None
    if not draft.has_output and "code.function.return.value" in a:
        draft.output, draft.has_output = rd.decoded(a["code.function.return.value"]), True

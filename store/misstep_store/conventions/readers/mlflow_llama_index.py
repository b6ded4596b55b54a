"""LlamaIndex as MLflow traces it: templates beside their values, steps beside their contexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.raw import bodies, envelopes
from misstep_store.conventions.raw.bodies import PARAMETERS
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

FORMAT = "llamaindex"
PREPARES = "._prepare_chat_with_tools"
"""Gets a request ready; the call itself is the span after it."""
TOOLS = ("Tool.call", "Tool.acall", "Tool.__call__")


def asked(given: Any) -> Any:
    """What a call was asked: the texts of a completion among its arguments."""
    if isinstance(given, dict) and set(given) <= {"args", "kwargs"} and given.get("args"):
        return {"prompt": given["args"]}
    return given


def values_of(given: Any) -> Any:
    """What a template was filled with; the call inside tells the messages that came of it."""
    prompt = given.get("prompt") if isinstance(given, dict) else None
    return (
        given.get("prompt_args") if isinstance(prompt, dict) and "template_vars" in prompt else None
    )


def parameters(draft: Draft, a: Mapping[str, Any]) -> None:
    """How the model is set up."""
    given = rd.decoded(a.get("model_dict"))
    if isinstance(given, dict):
        told = {k: v for k, v in given.items() if k in PARAMETERS and v is not None}
        draft.parameters = {**told, **draft.parameters}


def tool(draft: Draft, a: Mapping[str, Any]) -> None:
    """A tool by its name, with the arguments and the answer alone."""
    if not draft.span.name.endswith(TOOLS):
        return
    draft.name = rd.word(a, "name") or draft.name
    if isinstance(draft.input, dict) and set(draft.input) <= {"args", "kwargs"}:
        draft.input = draft.input.get("kwargs") or draft.input.get("args")
    if isinstance(draft.output, dict) and "raw_output" in draft.output:
        draft.output = draft.output["raw_output"]


def step(draft: Draft) -> None:
    """A step of a workflow was given an event; the context beside it is the same everywhere.

    What an agent's step made says what its streamed call answered, which that call does not."""
    if isinstance(draft.input, dict) and set(draft.input) == {"ctx", "ev"}:
        draft.input = draft.input["ev"]
    made = draft.output
    if draft.kind == "chain" and isinstance(made, dict) and is_answer(made):
        told = envelopes.inside({"message": made["response"], "raw": made["raw"]})
        draft.lends = True
        bodies.response(draft, told)
        draft.output = msg.readable_output(draft.messages_out)


def is_answer(made: Mapping[str, Any]) -> bool:
    """Whether a step made what an agent's model answered, the provider's answer beside it."""
    said, raw = made.get("response"), made.get("raw")
    return isinstance(raw, dict) and isinstance(said, dict) and "blocks" in said

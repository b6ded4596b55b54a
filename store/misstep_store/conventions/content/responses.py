"""Objects of OpenAI's Responses API, and how answers say why they ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import ErrorInfo
from misstep_store.conventions.types import NO_USAGE, Draft, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import error
from misstep_store.conventions.values.usage import usage_of

FAILED = "failed"
"""The status of a Responses object that is no answer."""
CALLS = ("function_call", "custom_tool_call")
"""Calls of tools among the items of a Responses object."""
_OWN_ITEMS = frozenset(
    {"web_search_call", "file_search_call", "computer_call", "code_interpreter_call", "mcp_call"}
    | {"image_generation_call", "local_shell_call", "mcp_list_tools", "mcp_approval_request"}
    | {"shell_call", "apply_patch_call", "tool_search_call"}
)
ITEMS = _OWN_ITEMS | {"message", "reasoning", *CALLS}
"""What an answer of the Responses API is made of."""
KEPT = "pmpt_"
"""How ids of prompts begin that are kept at OpenAI."""
MADE_UP = "__fake_id__"
"""The id that OpenAI's Agents SDK gives the Responses object it makes of a streamed chat completion."""
OWN = ("server_tool_call", "server_tool_call_response")
"""Parts of messages that tell of tools which the provider itself called."""


def clean_finish(reason: str) -> str:
    """``FinishReason.TOOL_CALLS``, ``tool-calls`` and ``toolCalls`` as ``tool_calls``."""
    reason = reason.strip()
    if reason.islower() and "-" not in reason and "." not in reason:
        return reason
    return _HUMP.sub("_", reason.rpartition(".")[2].replace("-", "_")).lower()


_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
API = "openai.api.type"


def ended_of(a: Mapping[str, Any], reasons: Any) -> str | None:
    """Why an answer ended, of the reasons that are listed: the first answer's. Of a Responses object,
    which is one answer, each item is listed; a call of a tool among them is why it ended."""
    if type(reasons) is list and len(reasons) > 1 and a.get(API) == "responses":
        return "tool_calls" if "tool_calls" in reasons else rd.first(reasons)
    return rd.first(reasons)


def failure_in(body: Mapping[str, Any]) -> ErrorInfo | None:
    """Why a Responses object is no answer, where it says so."""
    told = rd.parsed(body.get("error"))
    if not isinstance(told, dict) or not told.get("message"):
        return None
    return error(rd.text(told, "code", "type"), str(told["message"]))


def failure_of(body: Mapping[str, Any]) -> ErrorInfo | None:
    """As :func:`failure_in`, of an answer of any format."""
    if body.get("object") != "response" or body.get("status") != FAILED:
        return None
    return failure_in(body)


def are_items(output: list[Any]) -> bool:
    """Whether all of these may be items of one Responses object."""
    return bool(output) and all(_type_of(o) in ITEMS for o in output)


def _type_of(item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else ""


def is_whole(value: Any) -> bool:
    """Whether it is a Responses object."""
    return isinstance(value, dict) and value.get("object") == "response"


def told_by(body: Mapping[str, Any]) -> str | None:
    """The id of the answer of which a Responses object was made up, where an item says it."""
    listed = body.get("output")
    for item in listed if isinstance(listed, list) else ():
        data = item.get("provider_data") if isinstance(item, dict) else None
        if isinstance(data, dict) and isinstance(data.get("response_id"), str):
            return str(data["response_id"])
    return None


def is_item(value: Any) -> bool:
    """Whether it is an item of a Responses object, for certain."""
    if not isinstance(value, dict) or "stop_reason" in value:  # which a message of Anthropic's has
        return False
    kind, content = value.get("type"), value.get("content")
    if kind != "message":
        return isinstance(kind, str) and kind in ITEMS
    return isinstance(content, list) and any(
        isinstance(c, dict) and c.get("type") in ("output_text", "refusal") for c in content
    )


COMPLETION = "chat.completion"


def opened(body: Any) -> Any:
    """An answer of OpenAI's where it stands alone in a list, as its Agents SDK tells of a chat
    completion, or around the items of one; anything else as it is."""
    alone = body[0] if isinstance(body, list) and len(body) == 1 else None
    if isinstance(alone, dict) and (is_whole(alone) or alone.get("object") == COMPLETION):
        return alone
    items = [body] if isinstance(body, dict) else body
    if isinstance(items, list) and items and all(map(is_item, items)):
        return {"object": "response", "output": items}  # without its envelope
    return body


def has_own_tools(body: dict[str, Any]) -> bool:
    """Whether an answer tells of tools that the provider itself called."""
    output, content, listed = body.get("output"), body.get("content"), body.get("candidates")
    if isinstance(output, list):
        return any(_type_of(o) in _OWN_ITEMS for o in output)
    if isinstance(content, list):
        return any(isinstance(b, dict) and b.get("type") == "server_tool_use" for b in content)
    first = listed[0] if isinstance(listed, list) and listed else None
    told = first.get("content") if isinstance(first, dict) else None
    blocks = told.get("parts") if isinstance(told, dict) else None
    return isinstance(blocks, list) and any(
        isinstance(b, dict) and (b.get("executable_code") or b.get("executableCode"))
        for b in blocks
    )


def ended(body: Mapping[str, Any]) -> str:
    """Why a Responses object ended."""
    why, listed = body.get("incomplete_details"), body.get("output")
    items = [o for o in listed if isinstance(o, dict)] if isinstance(listed, list) else []
    reason = why.get("reason") if isinstance(why, dict) else None
    told = [(_type_of(o), o.get("status")) for o in items]
    if body.get("id") == MADE_UP and not any(kind in CALLS for kind, _ in told):
        return ""  # nobody says
    return clean_finish(end_of(reason, body.get("status"), told))


def end_of(reason: Any, status: Any, items: Sequence[tuple[Any, Any]]) -> str:
    """Why a Responses object ended, in its own word.

    Args:
        reason: why it is incomplete; ``items``: the type and the status of each.
    """
    if isinstance(reason, str) and status != FAILED:  # which is no answer, whatever else it says
        return reason
    if status not in (None, "completed"):
        return str(status)
    if any(kind in CALLS for kind, _ in items):
        return "tool_calls"
    cut_off = status is None and any(state == "incomplete" for _, state in items)
    return "incomplete" if cut_off else "stop"


def identity_of(body: Mapping[str, Any]) -> Any:
    """The id of an answer; Vercel's SDK names it in what the provider told beside."""
    get = body.get
    found = get("id") or get("response_id") or get("responseId")
    if not found and isinstance(beside := get(BESIDE), dict):
        about = next(iter(beside.values()), None)
        return about.get("responseId") if isinstance(about, dict) else None
    return told_by(body) if found == MADE_UP else found


BESIDE = "providerMetadata"


def counted_beside(body: Mapping[str, Any]) -> Usage:
    """Tokens that Vercel's SDK passed on as the provider counted them, where it counted none itself,
    as of streams that LangSmith wraps."""
    beside = body.get(BESIDE)
    name, about = next(iter(beside.items()), ("", None)) if isinstance(beside, dict) else ("", None)
    if not isinstance(about, dict):
        return NO_USAGE
    return usage_of(about.get("usage"), anthropic_body=name == "anthropic")


def ended_in(message: Mapping[str, Any]) -> str | None:
    """Why the Responses object ended of which LangChain made this message; MLflow leaves out what
    LangChain read of it, but not the items."""
    about = message.get("response_metadata")
    if not isinstance(about, dict) or about.get("object") != "response":
        return None
    called = [{"type": CALLS[0]}] if message.get("tool_calls") else message.get("content")
    return ended({**about, "output": called}) if isinstance(about.get("status"), str) else None


def is_kept(given: Any) -> bool:
    """Whether a request names a prompt that is kept at OpenAI."""
    return isinstance(given, dict) and str(given.get("id", "")).startswith(KEPT)


def prompt(draft: Draft, given: Any) -> None:
    """A prompt kept at OpenAI: ``{id, version, variables}``."""
    if is_kept(given):
        draft.prompt_name, draft.prompt_version = kept(given)


def kept(given: dict[str, Any]) -> tuple[str, str | None]:
    """The id and the version of such a prompt."""
    return str(given["id"]), rd.word(given, "version")


def own_id(given: Any) -> str | None:
    """The id of a message where it is that of the provider's answer, as in LangChain for Node."""
    return given if isinstance(given, str) and given.startswith(_OF_ANSWERS) else None


_OF_ANSWERS = ("chatcmpl-", "resp_", "msg_")

"""What an answer says: the messages in a raw body of any provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from misstep.model import Message
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.content.parts import media, text_part
from misstep_store.conventions.values import shapes


def said_in(body: dict[str, Any]) -> list[Message]:
    """The messages of an answer: choices, candidates, items, blocks, generations, pictures, words."""
    if isinstance(body.get("choices"), list):
        return [m for c in body["choices"] if (m := _choice(c)) is not None]
    if isinstance(body.get("generations"), list):
        return generations(body["generations"])
    if isinstance(body.get("candidates"), list):
        return [m for c in body["candidates"] if (m := _candidate(c)) is not None]
    output = body.get("output")
    if isinstance(output, list) and (
        body.get("object") == "response" or responses.are_items(output)
    ):
        return joined(msg.messages(output, "assistant"))
    if isinstance(output, dict) and isinstance(output.get("message"), dict):  # Bedrock Converse
        return msg.messages([output["message"]], "assistant")
    if isinstance(body.get("messages"), list):
        told = msg.messages(body["messages"], "assistant")
        return joined(told) if responses.are_items(body["messages"]) else told
    content = body.get("content")
    speaks = "role" in body or "stop_reason" in body or body.keys() >= _CREATED
    if isinstance(content, list | str) and speaks:
        if content == [] and body.get("stop_reason"):
            content = ""
        found = msg.message({**body, "role": body.get("role") or "assistant", "content": content})
        return [found] if found is not None and found.parts else []
    if isinstance(content, dict) and "parts" in content:
        found = msg.message(content, "assistant")
        return [found] if found else []
    if isinstance(body.get("message"), dict | str):
        return msg.messages(body["message"], "assistant")
    if content is None and "role" in body and body.get("tool_calls"):
        found = msg.message(body)
        return [found] if found is not None and found.parts else []
    if isinstance(body.get("data"), list) and "created" in body:
        return pictures(body["data"])
    if isinstance(body.get("text"), str) and not _HEARD.isdisjoint(body):
        return msg.messages(body["text"], "assistant")
    return []


_CREATED = {"finish_reason", "usage", "cached"}
"""What stands beside what a model of AutoGen's answered."""
_HEARD = frozenset({"usage", "logprobs", "segments"})
"""What stands beside the words of a sound."""


def pictures(listed: Any) -> list[Message]:
    """Images that a model made, each with the prompt it was made of where that was changed."""
    found: list[dict[str, Any]] = []
    for one in listed if isinstance(listed, list) else ():
        made = (one.get("b64_json") or one.get("url")) if isinstance(one, dict) else None
        if made:
            words = one.get("revised_prompt")
            found += [text_part(words)] if isinstance(words, str) and words else []
            found.append(media("image", made))
    return [shapes.message("assistant", found)] if found else []


def joined(found: list[Message]) -> list[Message]:
    """Consecutive items of one answer (reasoning, text, tool calls) as one message."""
    if len(found) < 2 or any(m.role != "assistant" for m in found):
        return found
    return [shapes.message("assistant", [p for m in found for p in m.parts])]


def one_of(found: Sequence[Message]) -> list[Message]:
    """As :func:`joined`, with the reason of the end that one of the items tells."""
    ends = [m.finish_reason for m in found if m.finish_reason]
    made = joined(list(found))
    if len(made) == 1 and ends:
        made[0].finish_reason = ends[0]
    return made


def _choice(raw: Any) -> Message | None:
    if not isinstance(raw, dict):
        return None
    said = raw.get("message", raw.get("delta"))
    found = msg.message(said, "assistant") if said is not None else None
    if found is None and isinstance(raw.get("text"), str):
        found = shapes.message("assistant", [text_part(raw["text"])])
    if found is not None and isinstance(raw.get("finish_reason"), str):
        found.finish_reason = raw["finish_reason"]
    return found


def _candidate(raw: Any) -> Message | None:
    if not isinstance(raw, dict):
        return None
    found = msg.message(raw.get("content") or {"parts": []}, "assistant")
    finish = raw.get("finishReason") or raw.get("finish_reason")
    if found is not None and isinstance(finish, str):
        found.finish_reason = responses.clean_finish(finish)
    return found


def generations(value: Any) -> list[Message]:
    """LangChain's ``generations``: a list, or a list for each prompt."""
    made: list[Message] = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, list):
            made += generations(item)
            continue
        if not isinstance(item, dict):
            continue
        said = item.get("message")
        found = msg.message(said, "assistant") if isinstance(said, dict) else None
        if found is None and isinstance(item.get("text"), str):
            found = shapes.message("assistant", [text_part(item["text"])])
        info = beside(item)
        finish = info.get("finish_reason") or info.get("stop_reason")
        if found is not None:
            if found.finish_reason is None and isinstance(finish, str):
                found.finish_reason = finish
            made.append(found)
    return made


def beside(generation: dict[str, Any]) -> dict[str, Any]:
    """What LangChain keeps beside an answer's message, written by Python or Node."""
    told = map(generation.get, ("generation_info", "generationInfo"))
    return next((info for info in told if isinstance(info, dict)), {})


def answers_in(body: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Messages in LangChain's ``generations`` as dicts, each with what stands beside it."""
    found = 0
    listed = body.get("generations") if isinstance(body, dict) else None
    stack = listed[::-1] if isinstance(listed, list) else []
    while stack and found < 100:
        item = stack.pop()
        if isinstance(item, list):
            stack += reversed(item)
        elif isinstance(item, dict):
            said = item.get("message")
            if isinstance(said, dict):
                inner = said.get("kwargs", said.get("data", said))
                if isinstance(inner, dict):
                    found += 1
                    yield inner, beside(item)


_CALLED = re.compile(r'"tool_calls": ?\[ ?\{|"type": ?"tool_use"')


def leaves_out_calls(told: Sequence[Message], raw: Any) -> bool:
    """Whether a raw answer calls tools and the messages made of it do not: Portkey's, and those that
    traceAI makes of LangChain's blocks."""
    if type(raw) is not str or any(p.get("type") == "tool_call" for m in told for p in m.parts):
        return False
    return _CALLED.search(raw) is not None

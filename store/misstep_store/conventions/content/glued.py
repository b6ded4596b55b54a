"""What an instrumentation glued together as its pieces streamed in: tool calls, words said again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from misstep.model import Message
from misstep_store.conventions.content.parts import Part, call_part

_MOST = 64
_DECODER = json.JSONDecoder()


def apart(found: list[Part], offered: Sequence[Any]) -> list[Part]:
    """Parts of a message, calls that are several told as one taken apart.

    Args:
        offered: the tools that could be called, which tell where one name ends.
    """
    if not any(_may_be_glued(p) for p in found):
        return found
    names = [str(t["name"]) for t in offered if isinstance(t, dict) and t.get("name")]
    made: list[Part] = []
    for one in found:
        calls = _calls(one, names) if _may_be_glued(one) else None
        made += [one] if calls is None else calls
    return made


def once(found: Sequence[Message]) -> None:
    """Words that each piece of a stream says again from the first, as LlamaIndex has them of
    Mistral: said once."""
    for message in found:
        texts = [p.get("content") for p in message.parts if p.get("type") == "text"]
        said = [t for t in texts if isinstance(t, str)]
        if len(message.parts) != len(said) or len(said) < _FEWEST or said[0] == said[-1]:
            continue
        if all(b.startswith(a) for a, b in pairwise(said)):
            message.parts = message.parts[-1:]


_FEWEST = 3


def _may_be_glued(one: Part) -> bool:
    given = one.get("arguments") if one.get("type") == "tool_call" else None
    return isinstance(given, str) and "}{" in given


def _calls(one: Part, offered: Sequence[str]) -> list[Part] | None:
    arguments = _objects(str(one["arguments"]))
    count = len(arguments)
    if count < 2:
        return None
    names = _names(str(one.get("name") or ""), count, offered)
    if names is None:
        return None
    ids = _even(one.get("id"), count)
    return [call_part(*told) for told in zip(ids, names, arguments, strict=True)]


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects a text is; empty where it is anything else too."""
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(text) and len(found) < _MOST:
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
    return found if at == len(text) else []


def _names(name: str, count: int, offered: Sequence[str]) -> list[str] | None:
    """So many names that a name is made of; None where they cannot be told."""
    if list(offered) == [name]:
        return [name] * count
    size, rest = divmod(len(name), count)
    if name and not rest and name == name[:size] * count:
        return [name[:size]] * count
    ways: list[tuple[str, list[str]]] = [(name, [])]
    for _ in range(count):
        ways = [(r[len(o) :], [*had, o]) for r, had in ways for o in offered if r.startswith(o)]
        ways = ways[:_MOST]
    whole = [had for rest_of, had in ways if not rest_of]
    return whole[0] if len(whole) == 1 else None


def _even(call_id: Any, count: int) -> list[Any]:
    """Ids of one length beside each other; one that is not glued is that of the first call, and where
    they cannot be told there are none."""
    if not isinstance(call_id, str) or len(call_id) <= _BEGINS:
        return [None] * count
    size, rest = divmod(len(call_id), count)
    found = [] if rest else [call_id[n * size : (n + 1) * size] for n in range(count)]
    if size > _BEGINS and len({f[:_BEGINS] for f in found}) == 1:
        return found
    first = call_id if call_id.count(call_id[:_BEGINS]) == 1 else None
    return [first, *[None] * (count - 1)]


_BEGINS = 4
"""So many letters ids of one provider begin with alike."""

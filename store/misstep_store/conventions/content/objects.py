"""Python objects that were written as text: ``ChatMessage(role='user', blocks=[…])`` and pydantic's
``role='user' content='…'``. Nothing is executed: the text is parsed, and only literals, lists and
named fields of it are taken.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.values import reading as rd

_MAX_CHARS = 100_000
_MAX_BRACKETS = 2_000
_ENUM = re.compile(r"<[A-Za-z_][\w.]*: ('[^'\\<>]*'|-?\d+)>")
_ADDRESS = re.compile(r"<[A-Za-z_](?:[^<>]|<\w+>)* at 0x[0-9a-fA-F]+>|<class '[\w.]+'>")
_CALL = re.compile(r"[A-Za-z_]\w*\(")
_FIELD = re.compile(r"[A-Za-z_]\w*=")
LITERAL = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_TEXT_BLOCK = re.compile(f"text={LITERAL}")
# Haystack prints its documents with colons.
_DOCUMENT = re.compile(
    rf"Document\(id=(\w+), content: {LITERAL}(?:, meta: (\{{.*\}}))?(?:, score: ([\d.e+-]+))?\)",
    re.DOTALL,
)


def looks_like_one(text: str) -> bool:
    """Whether a text may be an object's."""
    return bool(_CALL.match(text) and text.endswith(")")) or bool(_FIELD.match(text))


def fields_of(text: str) -> Json:
    """An object's fields by name, its class under ``class``; the text itself if it is none."""
    text = text.strip()
    if len(text) > _MAX_CHARS or not looks_like_one(text):
        return text
    if text.count("(") + text.count("[") + text.count("{") > _MAX_BRACKETS:
        return text
    document = _DOCUMENT.fullmatch(text)
    if document is not None:
        own, content, meta, score = document.groups()
        text = f"Document(id='{own}', content={content}, meta={meta}, score={score})"
    source = _ADDRESS.sub("None", _ENUM.sub(r"\1", text))
    if _FIELD.match(source):
        source = f"_({_with_commas(source)})"
    try:
        return rd.plain(_value(ast.parse(source, mode="eval").body))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


_OF_A_WORKFLOW = ("checkpoint_callback", "init_state")
"""What stands beside that with which a workflow of LlamaIndex's begins: how it is to run."""


def begun_with(given: Json) -> Json:
    """What a workflow was begun with, but for what was left out; of another step what it was given."""
    if not isinstance(given, dict) or not any(mark in given for mark in _OF_A_WORKFLOW):
        return given
    told = rd.parsed(given.get("kwargs") or given.get("start_event"))
    told = fields_of(told) if isinstance(told, str) else told
    if not isinstance(told, dict):
        return {}
    said = {k: v for k, v in told.items() if v is not None and k != "class"}
    return said["user_msg"] if set(said) == {"user_msg"} else said


_ANSWER = ")FinalAnswerStep(output="


def last_of_a_stream(text: str) -> Json:
    """The answer at the end of what smolagents prints of a stream; any other text as it is."""
    _, found, answer = text.rpartition(_ANSWER)
    told = fields_of(f"_(value={answer}") if found else None
    return told["value"] if isinstance(told, dict) and "value" in told else text


RAN_BADLY = "status='failure'"
"""How Agno prints a tool that failed."""


def ran(text: str) -> tuple[Json, str | None] | None:
    """What a tool gave and why it failed, as Agno prints it; None where it is something else."""
    told = fields_of(text) if text.startswith("status='") else None
    if not isinstance(told, dict) or "result" not in told:
        return None
    why = str(told.get("error") or "") if told["status"] == "failure" else None
    return told["result"], why


def listed_in(text: str) -> list[Any]:
    """What a list printed with objects in it holds; empty if it is none."""
    found = fields_of(f"_(value={text})")
    value = found.get("value") if isinstance(found, dict) else None
    return value if isinstance(value, list) else []


def _with_commas(source: str) -> str:
    """pydantic separates fields by spaces; those outside quotes and brackets become commas."""
    depth = 0

    def read(piece: re.Match[str]) -> str:
        nonlocal depth
        found = piece.group()
        if found == " ":
            return found if depth else ","
        depth += found in _OPENING
        depth -= found in _CLOSING
        return found

    return _PIECE.sub(read, source)


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_PIECE = re.compile(
    r"""'[^'\\]*(?:\\.[^'\\]*)*'?|"[^"\\]*(?:\\.[^"\\]*)*"?|[([{)\]}]| (?=[A-Za-z_]\w*=)""",
    re.DOTALL,
)
"""Texts, which may be cut; brackets; spaces before fields."""


def _value(node: ast.AST) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [_value(e) for e in node.elts]
    if isinstance(node, ast.Dict):
        keys = [None if k is None else _value(k) for k in node.keys]
        return {str(k): _value(v) for k, v in zip(keys, node.values, strict=True)}
    if isinstance(node, ast.Call):
        named = _dotted(node.func)
        found: dict[str, Any] = {} if named == "_" else {"class": named}
        found |= {k.arg: _value(k.value) for k in node.keywords if k.arg}
        return found | ({"args": [_value(a) for a in node.args]} if node.args else {})
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _value(node.operand)
        return -number if isinstance(number, int | float) else str(number)
    return _dotted(node)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise ValueError(type(node).__name__)


# --- chat messages ---------------------------------------------------------------------------


def message(text: Any) -> Message | None:
    """A chat message of Haystack, LlamaIndex or a provider's SDK; None for what is none."""
    found = fields_of(text) if isinstance(text, str) else text
    if not isinstance(found, dict):
        return None
    role = found.get("role", found.get("_role"))
    if not isinstance(role, str):
        return None
    content = found.get("content", found.get("_content", found.get("blocks")))
    blocks = [_block(b) for b in content] if isinstance(content, list) else content
    extra = found.get("additional_kwargs")
    extra = extra if isinstance(extra, dict) else {}
    meta = found.get("_meta")
    return msg.message(
        {
            "role": role,
            "content": blocks,
            "tool_calls": found.get("tool_calls") or extra.get("tool_calls"),
            "tool_call_id": found.get("tool_call_id") or extra.get("tool_call_id"),
            "name": found.get("name"),
            "finish_reason": meta.get("finish_reason") if isinstance(meta, dict) else None,
        }
    )


def _block(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    origin = block.get("origin")
    if "result" in block and isinstance(origin, dict):  # Haystack's ToolCallResult
        return {
            "type": "tool_call_response",
            "id": origin.get("id"),
            "response": block["result"],
        }
    name = block.get("tool_name")
    if isinstance(name, str):
        return {
            "type": "tool_call",
            "id": block.get("id", block.get("tool_call_id")),
            "name": name,
            "arguments": block.get("arguments", block.get("tool_kwargs")),
        }
    if isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    return block


def meta_of(text: Any) -> Mapping[str, Any]:
    """What a Haystack reply says of itself: model, finish reason, usage."""
    found = fields_of(text) if isinstance(text, str) else None
    meta = found.get("_meta") if isinstance(found, dict) else None
    return meta if isinstance(meta, dict) else {}


def readable(value: Any, depth: int = 0) -> Json:
    """A value with the objects written in it as text made readable: messages as their words."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [readable(v, depth + 1) for v in value[:_MAX_ITEMS]] + value[_MAX_ITEMS:]
    if isinstance(value, dict):
        return {k: readable(v, depth + 1) for k, v in value.items()}
    if not isinstance(value, str) or not _CALL.match(value):
        return value
    parsed = fields_of(value)
    found = message(parsed)
    if found is not None:
        return msg.readable(found) if depth == 0 else _said(found)
    if isinstance(parsed, dict):
        return _opened(parsed, depth)
    if value.startswith(("StopEvent(", "AgentOutput(")):
        # Cut in the middle more often than not: the answer's words stand first.
        block = _TEXT_BLOCK.search(value[:_MAX_CHARS])
        words = fields_of(f"_(text={block.group(1)})") if block else None
        return words["text"] or value if isinstance(words, dict) else value
    return value


_MAX_DEPTH = 12
_MAX_ITEMS = 500


def _opened(value: Any, depth: int) -> Json:
    """A parsed object for a person: no class, nothing empty, messages as their words."""
    if depth > _MAX_DEPTH:
        return rd.plain(value)
    if isinstance(value, list):
        return [_opened(v, depth + 1) for v in value]
    if not isinstance(value, dict):
        return rd.plain(value)
    found = message(value) if "class" in value else None
    if found is not None:
        return _said(found)
    kept = {k: _opened(v, depth + 1) for k, v in value.items() if v not in (None, "", [], {})}
    if kept.pop("class", None) == "AgentOutput":
        kept.pop("raw", None)  # the last chunk of the provider's stream
    if set(kept) == {"text"} or set(kept) == {"text", "block_type"}:
        return kept["text"]
    return kept


def _said(found: Message) -> dict[str, Json]:
    return {"role": found.role, "content": msg.readable(found)}

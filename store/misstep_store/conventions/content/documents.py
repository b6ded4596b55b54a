"""Retrieved documents and tool definitions of every shape in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from misstep.model import Json
from misstep_store.conventions.values import reading as rd

Document = dict[str, Json]
_CONTENT = ("content", "page_content", "pageContent", "text", "document", "body", "snippet")
_SCORES = ("score", "similarity", "relevance_score", "relevanceScore")
_MAX_DOCUMENTS = 2_000
_MAX_CACHED_CHARS = 64_000
_LISTS = ("documents", "output", "results", "matches", "nodes", "source_nodes", "docs", "items")


def documents(value: Any) -> list[Document]:
    """Documents ``{id, content, score, metadata}`` in a list or under a usual key; [] if none."""
    value = rd.opened(value)
    if isinstance(value, dict):
        for key in _LISTS:
            if isinstance(value.get(key), list):
                return documents(value[key])
        return []
    if not isinstance(value, list) or not value:
        return []
    if len(value) == 1 and isinstance(value[0], list):
        return documents(value[0])
    listed = [rd.decoded(v) if isinstance(v, str) else v for v in value[:_MAX_DOCUMENTS]]
    made = [document(v) for v in listed if isinstance(v, dict)]
    return made if any(d.get("content") is not None or "score" in d for d in made) else []


def references(value: Any) -> list[Document]:
    """As :func:`documents`, of what is known to be documents: ids alone will do."""
    found = documents(value)
    listed = rd.opened(value)
    if found or not isinstance(listed, list):
        return found
    return [d for v in listed[:_MAX_DOCUMENTS] if isinstance(v, dict) and (d := document(v))]


def document(raw: Mapping[str, Any]) -> Document:
    """One document, whatever its shape; what has no place of its own is metadata."""
    inner: Mapping[str, Any] = raw
    if isinstance(raw.get("kwargs"), dict) and "lc" in raw:
        inner = raw["kwargs"]
    for key in ("node", "document"):
        if isinstance(inner.get(key), dict):
            inner = {**{k: v for k, v in inner.items() if k != key}, **inner[key]}
    made: Document = {}
    identity = inner.get("id") or inner.get("id_") or inner.get("document_id")
    if identity is not None:
        made["id"] = str(identity)
    for key in _CONTENT:
        if inner.get(key) is not None:
            made["content"] = rd.plain(inner[key])
            break
    score = rd.number(inner, *_SCORES)
    if score is not None:
        made["score"] = score
    metadata = rd.parsed(inner.get("metadata"))
    rest = {
        str(k).removeprefix("metadata."): rd.plain(v)
        for k, v in inner.items()
        if k not in _TAKEN and v not in (None, "", [], {})
    }
    if isinstance(metadata, dict):
        rest = {**rest, **metadata}
    if rest:
        made["metadata"] = rest
    return made


VECTOR = re.compile(r"\[[ \n]*-?\d[-+\d.eE, \n]{200,}\]")
"""A long list of numbers."""


def without_vectors(value: Any) -> Any:
    """A text without the long lists of numbers in it, which say nothing of a call."""
    if not isinstance(value, str):
        return value
    if not value.isascii():  # other scripts have digits too
        return VECTOR.sub("[]", value)
    kept: list[str] = []
    done = 0
    low, high = value.find("["), -1
    while low >= 0:
        following = value.find("[", low + 1)
        if high < low:
            high = value.find("]", low)
            if high < 0:
                break
        if (following < 0 or high < following) and _is_vector(value[low + 1 : high]):
            kept.append(value[done : low + 1])
            done = high
        low = following
    return "".join([*kept, value[done:]]) if kept else value


_LONG = 200


def _is_vector(text: str) -> bool:
    """What :data:`VECTOR` finds between its brackets."""
    text = text.lstrip(" \n")
    digits = text[1:] if text[:1] == "-" else text
    if len(digits) <= _LONG or not digits[0].isdecimal():
        return False
    return not digits.encode().translate(None, b"-+0123456789.eE, \n")


_RANK = re.compile(r"(?:^|\n\n)(?:Doc (\d+), Score: |\[(\d+)\] )([-+\d.e]+)\n")


def ranked(text: str) -> list[Document]:
    """Reranked documents as instrumentations write them into an answer: ``Doc 1, Score: 0.9`` or
    ``[1] 0.9`` above each."""
    pieces = _RANK.split(text[:_MAX_CACHED_CHARS])
    told = zip(pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True)
    return [
        document({"id": doc or place, "content": words, "score": score})
        for doc, place, score, words in told
    ]


def in_order(given: Json, ranking: Json) -> list[Document]:
    """Documents as a reranker put them, each with its score; as they were where it names none."""
    listed = given if isinstance(given, list) else []
    known: list[Document] = [document(d) if isinstance(d, dict) else {"content": d} for d in listed]
    found = []
    for rank in ranking if isinstance(ranking, list) else ():
        place = rank.get("index") if isinstance(rank, dict) else None
        if isinstance(rank, dict) and type(place) is int and 0 <= place < len(known):
            score = rd.number(rank, *_SCORES)
            found.append({**known[place], **({} if score is None else {"score": score})})
    return found or known


def to_rank(query: Json, items: Iterable[Mapping[str, Any]]) -> Json:
    """What a reranker was given: a query and the documents, where they are told."""
    told = [document({k.removeprefix("document."): v for k, v in i.items()}) for i in items]
    texts = [d["content"] for d in told if d.get("content")]
    return {"query": query, "documents": texts} if texts else query


_TAKEN = frozenset(
    {*_CONTENT, *_SCORES, "id", "id_", "document_id", "metadata", "type", "lc", "kwargs"}
)


def tools(value: Any) -> list[dict[str, Json]]:
    """Tool definitions ``{type, name, description, parameters}``; [] where there are none.

    Known: OpenAI nested and flat, Anthropic ``input_schema``, Vercel ``inputSchema``, Pydantic AI,
    Gemini ``functionDeclarations``, Bedrock ``toolSpec``."""
    if isinstance(value, str) and len(value) <= _MAX_CACHED_CHARS:
        return list(_tools_in(value))
    return _tools(rd.opened(value))


@lru_cache(maxsize=512)
def _tools_in(text: str) -> list[dict[str, Json]]:
    # Every call of a conversation repeats its tools.
    return _tools(rd.from_repr(text))


UNSET = {"__module__": "openai"}
"""What Langfuse makes of OpenAI's object for a parameter that was not given."""


def _tools(value: Json) -> list[dict[str, Json]]:
    if value == UNSET:
        return []
    if isinstance(value, dict):
        value = (
            [value]
            if _is_tool(value)
            else value.get("tools", value.get("function_tools", list(value.values())))
        )
    if not isinstance(value, list):
        return []
    made: list[dict[str, Json]] = []
    for raw in value:
        raw = rd.decoded(raw) if isinstance(raw, str) else raw
        if isinstance(raw, str):
            if not rd.is_printed(raw):
                made.append({"type": "function", "name": raw})
        elif isinstance(raw, list):
            made += [tool(r) for r in raw if isinstance(r, dict)]
        elif isinstance(raw, dict):
            declared = raw.get("functionDeclarations") or raw.get("function_declarations")
            made += tools(declared) if isinstance(declared, list) else [tool(raw)]
    return made


def _is_tool(value: Mapping[str, Any]) -> bool:
    """Whether an object is one tool, and not several by their names."""
    if value.get("type") == "function" and isinstance(value.get("function"), dict):
        return True
    return isinstance(value.get("name"), str) and any(
        k in value for k in ("type", "description", *_SCHEMAS)
    )


def tools_of(item: Mapping[str, Any]) -> list[dict[str, Json]]:
    """A tool that attributes hold as JSON, or with its fields apart (OpenInference)."""
    told = {key.removeprefix("tool."): rd.parsed(value) for key, value in item.items()}
    schema = told.get("json_schema")
    if not isinstance(told.get("name"), str):
        return [tool(t) for t in told.values() if isinstance(t, dict)]
    if isinstance(schema, dict):
        if "function" in schema or "toolSpec" in schema or isinstance(schema.get("name"), str):
            return [tool(schema)]
        told.setdefault("parameters", schema)
    return [tool(told)]


def tool(raw: Mapping[str, Any]) -> dict[str, Json]:
    """One tool definition."""
    inner = raw
    for key in ("function", "toolSpec"):
        if isinstance(raw.get(key), dict):
            inner = raw[key]
    kind = raw.get("type")
    kind = kind if isinstance(kind, str) and kind else "function"
    name = inner.get("name")
    if name is None and kind != "function":  # a provider's own tools are named by their type
        name = kind
    elif name is None and len(raw) == 1 and inner is raw:  # Gemini's: ``{"google_search": {}}``
        name = kind = str(next(iter(raw)))
    made: dict[str, Json] = {"type": kind, "name": rd.plain(name)}
    if inner.get("description"):
        made["description"] = rd.plain(inner["description"])
    for key in _SCHEMAS:
        schema = rd.parsed(inner.get(key))
        if isinstance(schema, dict):
            made["parameters"] = schema.get("json", schema) if key == "inputSchema" else schema
            break
    return made


_SCHEMAS = (
    *("parameters", "input_schema", "inputSchema"),
    *("parameters_json_schema", "parametersJsonSchema", "schema"),
)

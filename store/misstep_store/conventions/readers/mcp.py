"""Model Context Protocol: one request as its client, its transport and its server tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "mcp"
METHOD = "mcp.method.name"
CALL = "tools/call"


def claims(span: Span) -> bool:
    """Anything that names a method of the protocol."""
    return METHOD in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop: calls of tools are tools, all else is a step."""
    a = otel_genai.attributes(span, logs)
    method = rd.text(a, METHOD)
    kind: HopKind = "tool" if method == CALL else "chain"
    draft = Draft(span, NAME, kind, name_of(span.name, a, method))
    otel_genai.fill(draft, a, logs)
    if draft.input is None and "mcp.resource.uri" in a:
        draft.input = rd.text(a, "mcp.resource.uri")
    return finish(draft)


def name_of(name: str, a: Mapping[str, Any], method: str | None) -> str:
    """A tool by its name, all else by method and target, whoever tells of it."""
    if not method:
        return name
    _, found, target = name.partition(method)
    target = rd.text(a, "gen_ai.tool.name") or target.strip()
    if method == CALL and target:
        return target
    return f"{method} {target}".strip() if found or method == CALL else name


CONVENTION = Convention(NAME, read, scopes=("mcp-python-sdk", "fastmcp", "fastmcp.*"), marks=claims)

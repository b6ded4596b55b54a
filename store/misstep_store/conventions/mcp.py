"""Model Context Protocol: one request as its client, its transport and its server tell of it."""

from __future__ import annotations

from misstep_store.conventions import otel_genai
from misstep_store.conventions import reading as rd
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "mcp"
_METHOD = "mcp.method.name"
_CALL = "tools/call"


def claims(span: Span) -> bool:
    """Anything that names a method of the protocol."""
    return _METHOD in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop: calls of tools are tools, all else is a step."""
    a = otel_genai.attributes(span, logs)
    method = rd.text(a, _METHOD)
    draft = Draft(span, NAME, "tool" if method == _CALL else "chain", span.name)
    if method:
        _, found, target = span.name.partition(method)
        target = rd.text(a, "gen_ai.tool.name") or target.strip()
        draft.name = target if method == _CALL and target else f"{method} {target}".strip()
        draft.name = draft.name if found or method == _CALL else span.name
    otel_genai.fill(draft, a, logs)
    if draft.input is None and "mcp.resource.uri" in a:
        draft.input = rd.text(a, "mcp.resource.uri")
    return finish(draft)


CONVENTION = Convention(NAME, read, scopes=("mcp-python-sdk", "fastmcp", "fastmcp.*"), marks=claims)

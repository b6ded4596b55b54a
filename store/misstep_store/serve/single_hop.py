"""One recorded model call asked again, of a provider named by the person: needs no code of the run."""

from __future__ import annotations

import os
from typing import Any

import httpx
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep
from misstep import semconv as sc
from misstep.condense import request_text
from misstep.context import current_frame
from misstep.errors import EndpointError, ReplayError
from misstep.model import Hop, Json, Message, RunDetail
from misstep.owner import is_plain
from misstep_store.replaying.home import Home

_TIMEOUT_S = 120.0
_MAX_TOKENS = 1024
_PARAMETERS = ("temperature", "top_p", "max_tokens", "seed", "stop", "presence_penalty")


def ask_again(
    home: Home,
    source: RunDetail,
    hop_id: str,
    endpoint: str,
    *,
    model: str | None = None,
    prompt: str | None = None,
) -> RunDetail:
    """Sends the hop's recorded request to ``endpoint``; the new run, linked to its source.

    The key is read from ``ANTHROPIC_API_KEY`` or ``OPENAI_API_KEY``.

    Raises:
        ReplayError: the hop is no model call, or its request was not recorded.
        EndpointError: the endpoint could not be reached.
    """
    hop = next(h for h in source.hops if h.hop_id == hop_id)
    path, body = _recorded(home, source.run_id, hop) or _rebuilt(hop)
    body = _changed(body, model, prompt, anthropic="messages" in path.rsplit("/", 1)[-1])
    exporter = InMemorySpanExporter()
    misstep.init(exporter=exporter, service=source.service)
    try:
        with misstep.run(source.name) as run:
            frame = current_frame()
            if frame is not None:
                frame.record.attributes |= {sc.REPLAY_OF: source.run_id, sc.REPLAY_FORK: hop_id}
            run.input = {"hop": hop.name, "endpoint": endpoint}
            made = run.id
            answer = _send(_address(endpoint, path), body, path)
            run.output = _said(answer)
        misstep.flush(10)
        spans = encode_spans(exporter.get_finished_spans()).SerializeToString()
    finally:
        misstep.shutdown()
    home.take_in(spans)
    return home.reader.run(made or "")


def _recorded(home: Home, run_id: str, hop: Hop) -> tuple[str, dict[str, Any]] | None:
    """Path and body as they went over the wire, where misstep's own tracer saw them."""
    import json

    wanted = {hop.hop_id, *hop.merged}
    for span in reversed(home.reader.spans(run_id)[0]):
        if span.span_id not in wanted:
            continue
        try:
            body = request_text(span.attributes)
        except ReplayError as error:
            raise ReplayError(f"{hop.name} cannot be asked again: {error}") from error
        if body is not None:
            return str(span.attributes.get(sc.REQUEST_PATH)), json.loads(body)
    return None


def _rebuilt(hop: Hop) -> tuple[str, dict[str, Any]]:
    """A request out of the messages any convention records."""
    model = hop.request_model or hop.response_model
    lacks = _lacks(hop, model)
    if lacks or model is None:
        raise ReplayError(f"{hop.name} cannot be asked again: {lacks}; see misstep doctor RUN")
    parameters = {k: v for k, v in hop.parameters.items() if k in _PARAMETERS and v is not None}
    if (hop.provider or "").startswith("anthropic"):
        turns = [_turn(m) for m in hop.messages_in if m.role not in ("system", "developer")]
        system = {"system": hop.system} if hop.system else {}
        body = {"max_tokens": _MAX_TOKENS, **parameters, "model": model, "messages": turns}
        return "/v1/messages", {**body, **system}
    told = [{"role": "system", "content": hop.system}] if hop.system else []
    turns = [_turn(m) for m in hop.messages_in if not (hop.system and m.role == "system")]
    return "/v1/chat/completions", {**parameters, "model": model, "messages": [*told, *turns]}


def _lacks(hop: Hop, model: str | None) -> str:
    """What stands in the way of asking a hop again; empty when nothing does."""
    if hop.kind != "llm":
        return f"it is a {hop.kind}, no call of a language model"
    if model is None:
        return "which model it asked was not recorded"
    if not hop.messages_in:
        return (
            "its messages were not recorded; instrumentations leave them out unless told to capture "
            "message content"
        )
    return ""


def _turn(message: Message) -> dict[str, Json]:
    """A message as chat providers take it; what is neither text nor tool result is left out."""
    results = [p for p in message.parts if p.get("type") == "tool_call_response"]
    text = message.text or "\n".join(str(p.get("response", "")) for p in results)
    return {"role": "user" if message.role == "tool" else message.role, "content": text}


def _changed(
    body: dict[str, Any], model: str | None, prompt: str | None, *, anthropic: bool
) -> dict[str, Any]:
    body = {**body, "stream": False} if body.get("stream") else dict(body)
    body.pop("stream_options", None)
    if model is not None:
        body["model"] = model
    if prompt is not None and anthropic:
        body["system"] = prompt
    elif prompt is not None:
        rest = [m for m in body.get("messages", []) if m.get("role") not in ("system", "developer")]
        body["messages"] = [{"role": "system", "content": prompt}, *rest]
    return body


def _address(endpoint: str, path: str) -> str:
    base = endpoint.rstrip("/")
    return base + (path.removeprefix("/v1") if base.endswith("/v1") else path)


def _send(url: str, body: dict[str, Any], path: str) -> httpx.Response:
    headers = {}
    if path.endswith("/messages"):
        headers = {"anthropic-version": "2023-06-01"}
        if os.environ.get("ANTHROPIC_API_KEY"):
            headers["x-api-key"] = os.environ["ANTHROPIC_API_KEY"]
    elif os.environ.get("OPENAI_API_KEY"):
        headers = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    try:
        answer = httpx.post(
            url,
            json=body,
            headers=headers,
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=not is_plain(url),
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EndpointError(
            f"{url} cannot be reached ({error}); is the provider up, and --endpoint its base URL?"
        ) from error
    if not answer.is_success:
        raise EndpointError(f"{url} answered {answer.status_code}: {answer.text[:300]}")
    return answer


def _said(answer: httpx.Response) -> Json:
    """The text of a chat or messages answer; the whole body of any other."""
    body = answer.json()
    if isinstance(body.get("choices"), list) and body["choices"]:
        return body["choices"][0].get("message", {}).get("content")
    if isinstance(body.get("content"), list):
        return "".join(b.get("text", "") for b in body["content"] if b.get("type") == "text")
    return body

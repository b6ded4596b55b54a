"""Gemini, on Google's API and on Vertex AI: the model is in the path, thoughts are counted apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    Messages,
    by_host,
    copied,
    integer,
    media_part,
    member,
    objects,
    said_parts,
    stream_error,
    text_of,
    text_part,
    tool_call_part,
    total,
    uri_part,
)

_MODEL = re.compile(r"(?<=/)([^/:]+)(?=:\w+/?$)")
_PARAMETERS = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "maxOutputTokens": "max_tokens",
    "stopSequences": "stop_sequences",
    "seed": "seed",
    "candidateCount": "choice.count",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}
_ROLES = {"model": "assistant", "function": "tool"}
_SNAKE = re.compile(r"(?<=[a-z0-9])[A-Z]")


class GeminiGenerate(Format):
    """``POST …/models/MODEL:generateContent`` and ``:streamGenerateContent``."""

    name = "gemini.generate"
    endings = (":generateContent", ":streamGenerateContent")

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("contents"), list | dict)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        settings = either(body, "generationConfig") or {}
        stream = ":stream" in path
        parameters = {
            to: value
            for name, to in _PARAMETERS.items()
            if (value := either(settings, name)) is not None
        }
        thinking = either(settings, "thinkingConfig")
        for key, to in (
            ("thinkingLevel", "reasoning.level"),
            ("thinkingBudget", "thinking.budget"),
        ):
            if either(thinking, key) is not None:
                parameters[to] = either(thinking, key)
        wanted = either(settings, "responseMimeType")
        given = body["contents"]
        return Asked(
            operation="generate_content",
            provider=by_host(host, "gcp.vertex_ai" if "/publishers/" in path else "gcp.gemini"),
            model=model_in(path),
            messages=[_content(c) for c in objects(given if isinstance(given, list) else [given])],
            system=_parts(either(body, "systemInstruction")),
            tools=[d for t in objects(body.get("tools")) for d in _tools(t)],
            parameters=parameters | ({"stream": True} if stream else {}),
            stream=stream,
            output_type="json" if wanted == "application/json" else None,
        )

    def answered(self, body: Body) -> Answered:
        made = Answered(model=either(body, "modelVersion"), response_id=either(body, "responseId"))
        for candidate in objects(body.get("candidates")):
            reason = either(candidate, "finishReason")
            said = {"role": "assistant", "parts": _parts(candidate.get("content"))}
            made.messages.append(said_parts(said, reason))
            if isinstance(reason, str):
                made.finish_reasons.append(reason)
        blocked = either(either(body, "promptFeedback"), "blockReason")
        if blocked and not made.messages:
            made.finish_reasons = [str(blocked)]
        _usage(made, either(body, "usageMetadata"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        candidates: dict[int, dict[str, Any]] = {}
        for event in events:
            if not isinstance(event, dict):
                continue
            whole |= {k: v for k, v in event.items() if k != "candidates" and v is not None}
            for candidate in objects(event.get("candidates")):
                _add(candidates, candidate)
        made = self.answered(whole | {"candidates": [candidates[i] for i in sorted(candidates)]})
        made.error = stream_error(events)
        made.complete = bool(made.finish_reasons)
        return made

    def speaks(self, event: Json) -> bool:
        return bool(_parts(member(event, "candidates", 0, "content")))

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        candidate = member(changed, "candidates", 0)
        if isinstance(candidate, dict):
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
            candidate["finishReason"] = "STOP"
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        whole: dict[str, Any] = {}
        for event in events:
            if isinstance(event, dict):
                whole |= event
        return [self.said(whole | {"candidates": [{"index": 0}]}, text)]

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        if model is not None:
            path = _MODEL.sub(lambda _: model, path)
        if prompt is not None:
            body = {k: v for k, v in body.items() if k != "system_instruction"}
            body["systemInstruction"] = {"parts": [{"text": prompt}]}
        return path, body


def model_in(path: str) -> str | None:
    """The model a path names: ``…/models/gemini-2.5-flash:generateContent``."""
    found = _MODEL.search(path)
    return found.group(1) if found else None


def either(body: Any, name: str) -> Any:
    """A member in camelCase, or in snake_case as the API takes it too."""
    found = member(body, name)
    return found if found is not None else member(body, _SNAKE.sub(_lowered, name))


def _lowered(match: re.Match[str]) -> str:
    return "_" + match.group().lower()


def _content(raw: dict[str, Any]) -> dict[str, Any]:
    parts = _parts(raw)
    role = str(raw.get("role") or "user")
    # Answers of functions are sent in the user's role.
    if parts and all(p["type"] == "tool_call_response" for p in parts):
        role = "function"
    return {"role": _ROLES.get(role, role), "parts": parts}


def _parts(content: Any) -> Messages:
    if isinstance(content, str):
        return [text_part(content)]
    made: Messages = []
    for raw in objects(member(content, "parts")):
        part = _part(raw)
        last = made[-1] if made else None
        if last and part["type"] == last["type"] and part["type"] in ("text", "reasoning"):
            made[-1] = last | {"content": last["content"] + part["content"]}
        elif part["type"] not in ("text", "reasoning") or part["content"]:
            made.append(part)
    return made


def _part(raw: dict[str, Any]) -> dict[str, Any]:
    if isinstance(raw.get("text"), str):
        return (
            {"type": "reasoning", "content": raw["text"]}
            if raw.get("thought")
            else text_part(raw["text"])
        )
    call = either(raw, "functionCall")
    if isinstance(call, dict):
        return tool_call_part(call.get("id"), call.get("name"), call.get("args") or {})
    answer = either(raw, "functionResponse")
    if isinstance(answer, dict):
        return {
            "type": "tool_call_response",
            "id": answer.get("id"),
            "name": answer.get("name"),
            "response": answer.get("response"),
        }
    data, file = either(raw, "inlineData"), either(raw, "fileData")
    if isinstance(data, dict):
        mime = text_of(either(data, "mimeType"))
        return media_part(mime.partition("/")[0] or "file", data.get("data"), mime)
    if isinstance(file, dict):
        return uri_part("file", text_of(either(file, "fileUri")))
    kind = next(iter(raw), "unknown")
    return {"type": kind, "content": raw}


def _tools(raw: dict[str, Any]) -> list[dict[str, Any]]:
    declared = objects(either(raw, "functionDeclarations"))
    if not declared:
        return [{"type": name, "name": name} for name in raw]
    return [
        {
            "type": "function",
            "name": d.get("name"),
            "description": d.get("description"),
            "parameters": either(d, "parametersJsonSchema") or d.get("parameters"),
        }
        for d in declared
    ]


def _add(candidates: dict[int, dict[str, Any]], piece: dict[str, Any]) -> None:
    index = integer(piece.get("index")) or 0
    whole = candidates.setdefault(index, {"content": {"role": "model", "parts": []}})
    whole["content"]["parts"] += objects(member(piece, "content", "parts"))
    reason = either(piece, "finishReason")
    if reason:
        whole["finishReason"] = reason


def _usage(made: Answered, usage: Any) -> None:
    """Output is the candidates and the thoughts; the prompt of a built-in tool is input too."""
    made.reasoning_tokens = integer(either(usage, "thoughtsTokenCount"))
    made.cached_tokens = integer(either(usage, "cachedContentTokenCount"))
    asked = integer(either(usage, "promptTokenCount"))
    made.input_tokens = total(asked, integer(either(usage, "toolUsePromptTokenCount")))
    said = integer(either(usage, "candidatesTokenCount"))
    made.output_tokens = total(said, made.reasoning_tokens)
    if made.output_tokens is None and asked is not None:
        made.output_tokens = 0


FORMAT = GeminiGenerate()

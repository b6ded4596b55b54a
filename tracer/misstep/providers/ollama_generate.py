"""Ollama generate: a prompt instead of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.ollama_chat import ended, images, settings
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    Messages,
    by_host,
    copied,
    member,
    said_parts,
    text_of,
    text_part,
)


class OllamaGenerate(Format):
    """``POST …/api/generate``."""

    name = "ollama.generate"
    endings = ("/api/generate",)

    def fits(self, path: str, body: Body) -> bool:
        return "model" in body and isinstance(body.get("prompt", ""), str)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        system = text_of(body.get("system"))
        prompt = text_of(body.get("prompt"))
        return Asked(
            operation="text_completion",
            provider=by_host(host, "ollama"),
            model=body.get("model"),
            messages=[{"role": "user", "parts": [text_part(prompt), *images(body)]}],
            system=[text_part(system)] if system else [],
            **settings(body),
        )

    def answered(self, body: Body) -> Answered:
        made = ended(body)
        parts: Messages = []
        if text_of(body.get("thinking")):
            parts.append({"type": "reasoning", "content": body["thinking"]})
        if text_of(body.get("response")):
            parts.append(text_part(body["response"]))
        reason = made.finish_reasons[0] if made.finish_reasons else None
        made.messages = [said_parts({"role": "assistant", "parts": parts}, reason)]
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        said = {"response": "", "thinking": ""}
        for event in events:
            if isinstance(event, dict):
                whole |= event
                for key in said:
                    said[key] += text_of(event.get(key))
        return self.answered(whole | said)

    def speaks(self, event: Json) -> bool:
        return bool(member(event, "response") or member(event, "thinking"))

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(changed, dict):
            changed |= {"response": text, "done_reason": "stop"}
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        return [self.said(events[-1] if events else {}, text)]

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        new = {k: v for k, v in (("model", model), ("system", prompt)) if v is not None}
        return path, body | new


FORMAT = OllamaGenerate()

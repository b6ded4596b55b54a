"""OpenAI text completions: the old form, still the native one of vLLM and llama.cpp servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.openai_chat import usage
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    by_host,
    copied,
    integer,
    member,
    objects,
    pick,
    said_parts,
    stream_error,
    text_of,
    text_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "stop": "stop_sequences",
    "n": "choice.count",
    "stream": "stream",
}


class OpenAICompletions(Format):
    """``POST …/completions`` with a prompt; also fill-in-the-middle (``/fim/completions``)."""

    name = "openai.completions"
    endings = ("/completions",)

    def at(self, path: str) -> bool:
        return super().at(path) and not path.rstrip("/").endswith("/chat/completions")

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("prompt"), str | list) and "messages" not in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
        prompt = body["prompt"]
        texts = [prompt] if isinstance(prompt, str) else [p for p in prompt if isinstance(p, str)]
        return Asked(
            operation="text_completion",
            provider=by_host(host, "openai"),
            model=body.get("model"),
            messages=[{"role": "user", "parts": [text_part(t)]} for t in texts],
            parameters=pick(body, _PARAMETERS),
            stream=bool(body.get("stream")),
        )

    def answered(self, body: Body) -> Answered:
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        for choice in objects(body.get("choices")):
            text = text_of(choice.get("text")) or text_of(member(choice, "message", "content"))
            reason = choice.get("finish_reason")
            made.messages.append(
                said_parts({"role": "assistant", "parts": [text_part(text)]}, reason)
            )
            if isinstance(reason, str) and reason:
                made.finish_reasons.append(reason)
        usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        choices: dict[int, dict[str, Any]] = {}
        for event in events:
            if not isinstance(event, dict):
                continue
            whole |= {key: event[key] for key in ("id", "model", "usage") if event.get(key)}
            for choice in objects(event.get("choices")):
                made = choices.setdefault(integer(choice.get("index")) or 0, {"text": ""})
                made["text"] += text_of(choice.get("text")) + text_of(
                    member(choice, "delta", "content")
                )
                made["finish_reason"] = choice.get("finish_reason") or made.get("finish_reason")
        answered = self.answered(whole | {"choices": [choices[i] for i in sorted(choices)]})
        answered.error = stream_error(events)
        answered.complete = bool(answered.finish_reasons)
        return answered

    def speaks(self, event: Json) -> bool:
        return bool(member(event, "choices", 0, "text"))

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(member(changed, "choices", 0), dict):
            changed["choices"][0] |= {"text": text, "finish_reason": "stop"}
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        like: Json = next((e for e in events if member(e, "choices", 0) is not None), {})
        head = {k: v for k, v in copied(like).items() if k != "choices"}
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": "stop"}
        return [head | {"choices": [choice]}]

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        return path, body | {
            k: v for k, v in (("model", model), ("prompt", prompt)) if v is not None
        }


FORMAT = OpenAICompletions()

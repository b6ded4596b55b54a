"""Answers by name, as bodies of their APIs: ``answer("chat", "refusal", …)``.

Source: the API references of OpenAI (chat, responses), Anthropic (messages) and Gemini.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.conventions.capture.odd_made import CITIES, THOUGHT, Block, Made, usage_of
from tests.conventions.capture.odd_plans import STEPS, Step


def answer(wire: str, name: str, model: str, asked: dict[str, Any]) -> Made:
    """The answer of this name; a plain sentence where a wire has none of it."""
    made: Made = _MAKERS[wire](_once(name, asked), model, asked)
    return made


# --- chat completions ------------------------------------------------------------------------
def _call(number: int, name: str, arguments: str) -> Block:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{name}_{number}", "type": "function", "function": function}


def _planned(step: Step) -> tuple[Block, str, list[tuple[str, dict[str, Any]]]]:
    told = [
        _call(n, c, json.dumps(a, ensure_ascii=False))
        for n, (c, a) in enumerate(step.calls, step.number)
    ]
    message: Block = {"role": "assistant", "content": step.text or None, "refusal": None}
    message |= {"tool_calls": told} if told else {}
    message |= {"reasoning_content": step.thought} if step.thought else {}
    return message, step.finish or ("tool_calls" if told else "stop"), step.calls


def _said(name: str) -> tuple[Block, str, list[tuple[str, dict[str, Any]]]]:
    """A message, why it ended and the tools it calls."""
    message: Block = {"role": "assistant", "content": "Oslo lies in Norway.", "refusal": None}
    if name in STEPS:
        return _planned(STEPS[name])
    if name.startswith("tools"):
        calls: list[tuple[str, dict[str, Any]]] = list(CITIES)
        message["content"] = "I look it up." if name == "tools_said" else None
        told = [_call(n, c, json.dumps(a, ensure_ascii=False)) for n, (c, a) in enumerate(calls)]
        if name == "tools_none":
            calls, told = [("now", {})], [_call(0, "now", "{}")]
        if name == "tools_bad":
            calls, told = [], [_call(0, "get_weather", '{"city": "Par')]
        return message | {"tool_calls": told}, "tool_calls", calls
    finish = {"filter": "content_filter", "length": "length"}.get(name, "stop")
    return message | _OTHERWISE.get(name, {}), finish, []


_CITED = {"start_index": 0, "end_index": 4, "title": "Oslo", "url": "https://example.org/oslo"}
_AUDIO = {"id": "audio_1", "data": "UklGRg==", "expires_at": 1, "transcript": "Oslo."}
_OTHERWISE: dict[str, Block] = {
    "refusal": {"content": None, "refusal": "I cannot help with that."},
    "filter": {"content": "The recipe be"},
    "empty": {"content": ""},
    "emoji": {"content": 'Grüße aus Tromsø 🏔️ — 东京 и Київ \u2028 «ok» \\n "quoted"'},
    "reasoned": {"content": "Oslo.", "reasoning_content": THOUGHT},
    "audio": {"content": None, "audio": _AUDIO},
    "cited": {"annotations": [{"type": "url_citation", "url_citation": _CITED}]},
    "length": {"content": "Oslo lies"},
}


def _chat(name: str, model: str, asked: dict[str, Any]) -> Made:
    message, finish, calls = _said(name)
    if "functions" in asked and "tool_calls" in message:
        message["function_call"] = message.pop("tool_calls")[0]["function"]
        finish = "function_call"
    thought = message.get("reasoning_content", "")
    usage = usage_of(name, cached=64 if thought else 0, reasoning=128 if thought else 0)
    audio = message.get("audio") or {}
    text = message["content"] or message["refusal"] or audio.get("transcript") or ""
    choices = [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}]
    for number in range(1, int(asked.get("n") or 1)):
        other = {**message, "content": f"Bergen lies there too, {number}."}
        choices.append({"index": number, "message": other, "finish_reason": "stop"})
    if asked.get("logprobs"):
        token = {"token": "Oslo", "logprob": -0.1, "bytes": [79], "top_logprobs": []}
        choices[0]["logprobs"] = {"content": [token], "refusal": None}
    served = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18"}.get(model, model)
    body = {
        "id": f"chatcmpl-odd-{name}",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": served,
        "choices": choices,
        "usage": {
            "prompt_tokens": usage["prompt"],
            "completion_tokens": usage["output"],
            "total_tokens": usage["prompt"] + usage["output"],
            "prompt_tokens_details": {"cached_tokens": usage["cached"], "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": usage["reasoning"],
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_odd",
    }
    if "prompt" in asked:  # the old text completions
        prompts = asked["prompt"] if isinstance(asked["prompt"], list) else [asked["prompt"]]
        told_texts = [f"Oslo lies in Norway, said {n}." for n in range(len(prompts))]
        text = told_texts[0]
        body |= {
            "object": "text_completion",
            "choices": [
                {"index": n, "text": t, "finish_reason": finish, "logprobs": None}
                for n, t in enumerate(told_texts)
            ],
        }
    finish = "tool_calls" if finish == "function_call" else finish
    return Made(body, served, text, thought, calls, finish, usage)


def _once(name: str, asked: dict[str, Any]) -> str:
    """The name of the answer, of an agent that goes on by itself: when its tools have answered, it
    is a plain one."""
    listed = asked.get("messages") or asked.get("input") or asked.get("contents") or [""]
    told = json.dumps(listed[-1])
    answered = ('"role": "tool"', "function_call_output", "tool_result", "functionResponse")
    return "plain" if name.endswith("_once") and any(a in told for a in answered) else name


# --- responses -------------------------------------------------------------------------------
def _message(text: str, **more: Any) -> Block:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}
    return {
        "id": "msg_odd",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def _thinking(summary: str = THOUGHT) -> Block:
    told = [{"type": "summary_text", "text": summary}] if summary else []
    return {"id": "rs_odd", "type": "reasoning", "summary": told, "encrypted_content": None}


def _searched() -> Block:
    action = {"type": "search", "query": "capital of Norway"}
    return {"id": "ws_odd", "type": "web_search_call", "status": "completed", "action": action}


_AGENTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "handoff_once": [("transfer_to_geographer", {})],
    "lookup_once": [("lookup", {"order": "A-17"})],
}


def _planned_items(step: Step) -> tuple[list[Block], str, str]:
    items = [_thinking(step.thought)] if step.thought else []
    items += [_message(step.text)] if step.text else []
    items += [_function_call(n, *call) for n, call in enumerate(step.calls, step.number)]
    if step.finish:
        items[-1]["status"] = "incomplete"
    return items, step.text, step.thought


def _function_call(number: int, called: str, given: dict[str, Any]) -> Block:
    return {
        "id": f"fc_{number}",
        "type": "function_call",
        "status": "completed",
        "call_id": f"call_odd_{number}",
        "name": called,
        "arguments": json.dumps(given, ensure_ascii=False),
    }


def _items(name: str) -> tuple[list[Block], str, str]:
    """Output items of a response, its text and its thought."""
    text = "Oslo lies in Norway."
    if name in STEPS:
        return _planned_items(STEPS[name])
    cited = {
        "type": "url_citation",
        "start_index": 0,
        "end_index": 4,
        "title": "Oslo",
        "url": "https://example.org/oslo",
    }
    if name == "reasoned":
        return [_thinking(), _message(text)], text, THOUGHT
    if name == "hidden":
        return [_thinking(""), _message(text)], text, ""
    if name == "search":
        return [_searched(), _message(text, annotations=[cited])], text, ""
    if name == "builtin":
        return [*_built_in(), _message(text)], text, ""
    if name == "refusal":
        message = _message("") | {"content": [{"type": "refusal", "refusal": "I cannot help."}]}
        return [message], "I cannot help.", ""
    if name.startswith(("tools", "handoff", "lookup")):
        calls = [_function_call(n, *call) for n, call in enumerate(_AGENTS.get(name, CITIES))]
        thought = THOUGHT if name == "tools_thought" else ""
        return [*([_thinking()] if thought else []), *calls], "", thought
    if name == "custom":
        made = {
            "id": "ctc_odd",
            "type": "custom_tool_call",
            "call_id": "call_custom",
            "name": "run_sql",
            "input": "select 1",
        }
        return [made], "", ""
    if name == "length":
        return [_message("Oslo lies") | {"status": "incomplete"}], "Oslo lies", ""
    if name == "failed":
        return [], "", ""
    if name == "empty":
        return [_message("")], "", ""
    return [_message(text)], text, ""


def _built_in() -> list[Block]:
    found = {
        "file_id": "file_1",
        "filename": "cities.md",
        "score": 0.91,
        "text": "Oslo is the capital of Norway.",
        "attributes": {},
    }
    return [
        {
            "id": "fs_odd",
            "type": "file_search_call",
            "status": "completed",
            "queries": ["capital of Norway"],
            "results": [found],
        },
        {
            "id": "ci_odd",
            "type": "code_interpreter_call",
            "status": "completed",
            "code": "print(6 * 7)",
            "container_id": "cntr_1",
            "outputs": [{"type": "logs", "logs": "42"}],
        },
        {
            "id": "mcpl_odd",
            "type": "mcp_list_tools",
            "server_label": "maps",
            "tools": [{"name": "locate", "input_schema": {"type": "object"}}],
        },
        {
            "id": "mcp_odd",
            "type": "mcp_call",
            "server_label": "maps",
            "name": "locate",
            "arguments": '{"city": "Oslo"}',
            "output": "59.9 N",
            "error": None,
        },
        {"id": "ig_odd", "type": "image_generation_call", "status": "completed", "result": "iVBO"},
    ]


def _response(name: str, model: str, asked: dict[str, Any]) -> Made:
    items, text, thought = _items(name)
    reasoned = bool(thought) or name == "hidden"
    usage = usage_of(name, cached=64 if reasoned else 0, reasoning=192 if reasoned else 0)
    calls = [(i["name"], json.loads(i["arguments"])) for i in items if i["type"] == "function_call"]
    cut = name == "length" or (name in STEPS and STEPS[name].finish == "length")
    failed = (
        {"code": "server_error", "message": "The model stumbled."} if name == "failed" else None
    )
    served = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18"}.get(model, model)
    body = {
        "id": f"resp_odd_{name}",
        "object": "response",
        "created_at": 1_764_000_000,
        "status": "incomplete" if cut else "failed" if failed else "completed",
        "background": False,
        "error": failed,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "model": served,
        "output": items,
        "parallel_tool_calls": True,
        "previous_response_id": asked.get("previous_response_id"),
        "prompt": asked.get("prompt"),
        "reasoning": asked.get("reasoning") or {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": asked.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": asked.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "user": None,
        "metadata": {},
        "usage": {
            "input_tokens": usage["prompt"],
            "input_tokens_details": {"cached_tokens": usage["cached"]},
            "output_tokens": usage["output"],
            "output_tokens_details": {"reasoning_tokens": usage["reasoning"]},
            "total_tokens": usage["prompt"] + usage["output"],
        },
    }
    asked_for = bool(calls) or name == "custom"
    finish = "length" if cut else "tool_calls" if asked_for else "stop"
    return Made(body, served, text, thought, calls, finish, usage)


# --- messages --------------------------------------------------------------------------------
def _planned_blocks(step: Step) -> tuple[list[Block], str]:
    told: list[Block] = []
    if step.thought:
        told.append({"type": "thinking", "thinking": step.thought, "signature": "c2ln"})
    told += [{"type": "text", "text": step.text}] if step.text else []
    told += [
        {"type": "tool_use", "id": f"toolu_odd_{n}", "name": called, "input": given}
        for n, (called, given) in enumerate(step.calls, step.number)
    ]
    end = "tool_use" if step.calls else "end_turn"
    return told, "max_tokens" if step.finish else end


def _blocks(name: str) -> tuple[list[Block], str]:
    """Content of a message and the reason of its end."""
    if name in STEPS:
        return _planned_blocks(STEPS[name])
    said = {"type": "text", "text": "Oslo lies in Norway."}
    thought = {"type": "thinking", "thinking": THOUGHT, "signature": "c2ln"}
    tools = [
        {"type": "tool_use", "id": f"toolu_odd_{n}", "name": called, "input": given}
        for n, (called, given) in enumerate(CITIES)
    ]
    if name == "thought":
        return [thought, {"type": "redacted_thinking", "data": "c2VjcmV0"}, said], "end_turn"
    if name == "tools_thought":
        return [thought, {"type": "text", "text": "I look it up."}, *tools], "tool_use"
    if name.startswith("tools_none"):
        return [{"type": "tool_use", "id": "toolu_odd", "name": "now", "input": {}}], "tool_use"
    if name.startswith("tools"):
        return tools, "tool_use"
    if name in ("search", "pause"):
        return [*_server_tools(), said], "pause_turn" if name == "pause" else "end_turn"
    ends = {"refusal": "refusal", "length": "max_tokens", "sequence": "stop_sequence"}
    return ([] if name == "empty" else [said]), ends.get(name, "end_turn")


def _server_tools() -> list[Block]:
    page = {
        "type": "web_search_result",
        "title": "Oslo",
        "url": "https://example.org/oslo",
        "encrypted_content": "ZW5j",
        "page_age": "2 days",
    }
    return [
        {"type": "text", "text": "I search for it."},
        {
            "type": "server_tool_use",
            "id": "srvtoolu_odd",
            "name": "web_search",
            "input": {"query": "capital of Norway"},
        },
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_odd", "content": [page]},
    ]


def _messages(name: str, model: str, asked: dict[str, Any]) -> Made:
    blocks, end = _blocks(name)
    marked = "cache_control" in json.dumps(asked)
    usage = usage_of(name, cached=256 if marked else 0, written=512 if marked else 0)
    body = {
        "id": f"msg_odd_{name}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": end,
        "stop_sequence": "END" if end == "stop_sequence" else None,
        "usage": {
            "input_tokens": usage["prompt"] - usage["cached"] - usage["written"],
            "cache_creation_input_tokens": usage["written"],
            "cache_read_input_tokens": usage["cached"],
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage["written"],
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": usage["output"],
            "service_tier": "standard",
        },
    }
    if name in ("search", "pause"):
        body["usage"]["server_tool_use"] = {"web_search_requests": 1}
    text = "\n".join(b["text"] for b in blocks if b["type"] == "text")
    thought = "".join(b["thinking"] for b in blocks if b["type"] == "thinking")
    calls = [(b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"]
    finish = {"max_tokens": "length", "tool_use": "tool_calls", "end_turn": "stop"}.get(end, end)
    return Made(body, model, text, thought, calls, finish, usage)


# --- gemini ----------------------------------------------------------------------------------
def _planned_parts(step: Step) -> tuple[list[Block], str]:
    told: list[Block] = [{"text": step.thought, "thought": True}] if step.thought else []
    told += [{"text": step.text}] if step.text else []
    told += [{"functionCall": {"name": c, "args": a}} for c, a in step.calls]
    return told, "MAX_TOKENS" if step.finish else "STOP"


def _parts(name: str) -> tuple[list[Block], str]:
    if name in STEPS:
        return _planned_parts(STEPS[name])
    said, thought = {"text": "Oslo lies in Norway."}, {"text": THOUGHT, "thought": True}
    calls: list[Block] = [{"functionCall": {"name": c, "args": a}} for c, a in CITIES]
    if name == "thought":
        return [thought, said], "STOP"
    if name == "tools_thought":
        return [thought, {**calls[0], "thoughtSignature": "c2ln"}, calls[1]], "STOP"
    if name.startswith("tools"):
        return calls, "STOP"
    if name == "code":
        run = {"executableCode": {"language": "PYTHON", "code": "print(6 * 7)"}}
        ran = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "42\n"}}
        return [run, ran, said], "STOP"
    if name == "json":
        return [{"text": '{"city": "Oslo"}'}], "STOP"
    if name == "image":
        return [said, {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}], "STOP"
    if name == "length":
        return [], "MAX_TOKENS"
    if name == "unsafe":
        return [], "SAFETY"
    return [said], "STOP"


def _gemini(name: str, model: str, asked: dict[str, Any]) -> Made:
    thinks = "thought" in name or (name in STEPS and bool(STEPS[name].thought))
    usage = usage_of(name, cached=64 if thinks else 0, reasoning=96 if thinks else 0)
    counted = {
        "promptTokenCount": usage["prompt"],
        "candidatesTokenCount": usage["output"] - usage["reasoning"],
        "totalTokenCount": usage["prompt"] + usage["output"],
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage["prompt"]}],
    }
    if thinks:
        counted |= {"thoughtsTokenCount": 96, "cachedContentTokenCount": 64}
    body = {"modelVersion": f"{model}-001", "responseId": f"odd-{name}", "usageMetadata": counted}
    if name == "blocked":
        usage |= {"output": 0}
        counted.pop("candidatesTokenCount")
        body["promptFeedback"] = {"blockReason": "PROHIBITED_CONTENT"}
        return Made(body, f"{model}-001", finish="blocked", usage=usage)
    parts, end = _parts(name)
    number = int((asked.get("generationConfig") or {}).get("candidateCount") or 1)
    body["candidates"] = [
        {"index": n, "content": {"role": "model", "parts": parts}, "finishReason": end}
        for n in range(number)
    ]
    if name == "search":
        chunk = {"web": {"uri": "https://example.org/oslo", "title": "Oslo"}}
        body["candidates"][0]["groundingMetadata"] = {
            "webSearchQueries": ["capital of Norway"],
            "groundingChunks": [chunk],
        }
    text = "".join(p["text"] for p in parts if "text" in p and not p.get("thought"))
    thought = "".join(p["text"] for p in parts if p.get("thought"))
    calls = [
        (p["functionCall"]["name"], p["functionCall"]["args"]) for p in parts if "functionCall" in p
    ]
    finish = {"STOP": "tool_calls" if calls else "stop", "MAX_TOKENS": "length"}.get(
        end, end.lower()
    )
    return Made(body, f"{model}-001", text, thought, calls, finish, usage)


_MAKERS: dict[str, Callable[[str, str, dict[str, Any]], Made]] = {
    "chat": _chat,
    "responses": _response,
    "messages": _messages,
    "gemini": _gemini,
}

"""Message parts of every shape as GenAI parts: text, reasoning, tool_call, tool_call_response, …

Images and files come by reference: a link stays a link (``uri``), bytes become a ``blob`` with its
size and hash, and remain whole in the raw span.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from misstep.model import Json
from misstep_store.conventions.content import kinds, pieces, written
from misstep_store.conventions.values.reading import decoded, from_repr, parsed, plain

Part = dict[str, Json]
NO_WORDS: Part = {"type": "text", "content": ""}
"""Of an answer that says nothing."""
_MAX_URI = 2_000


def text_part(content: Any) -> Part:
    """A text part."""
    return {"type": "text", "content": content if isinstance(content, str) else plain(content)}


def reasoning_part(content: Any) -> Part:
    """What the model thought."""
    return {"type": "reasoning", "content": content if isinstance(content, str) else plain(content)}


def call_part(call_id: Any, name: Any, arguments: Any) -> Part:
    """A tool call; arguments in JSON text become an object."""
    if isinstance(arguments, str):
        arguments = decoded(arguments) if arguments.strip() else {}
        if isinstance(arguments, str):
            arguments = plain(from_repr(_unquoted(arguments)))
    else:
        arguments = plain(arguments)
    return {
        "type": "tool_call",
        "id": _text(call_id),
        "name": None if name is None else _unquoted(str(name)),
        "arguments": arguments,
    }


def _unquoted(text: str) -> str:
    """CrewAI prints what stands deep inside its messages."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == "'" else text


def response_part(call_id: Any, response: Any) -> Part:
    """A tool's answer."""
    return {"type": "tool_call_response", "id": _text(call_id), "response": simple(response)}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def simple(value: Any) -> Json:
    """Content blocks that are text alone as that text; JSON in text as its value."""
    value = parsed(value)
    if isinstance(value, list) and value and all(_is_text(v) for v in value):
        return parsed("\n".join(str(v.get("text", v.get("content"))) for v in value))
    if isinstance(value, list) and any(_is_media(v) for v in value):
        return [part(v) for v in value]
    if isinstance(value, dict) and set(value) == {"type", "value"}:
        return value["value"]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        only = value[0]
        if set(only) == {"json"}:
            return only["json"]
    return plain(value) if isinstance(value, str) else value


def _is_media(value: Any) -> bool:
    """Whether it is a picture or a file of Anthropic's or OpenAI's."""
    return isinstance(value, dict) and (
        (value.get("type") in ("image", "document") and isinstance(value.get("source"), dict))
        or value.get("type") in ("image_url", "input_image", "input_file")
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and (
        set(value) == {"text"}
        or (
            value.get("type") in ("text", "input_text", "output_text")
            and isinstance(value.get("text", value.get("content")), str)
        )
    )


def parts(content: Any) -> list[Part]:
    """Parts of a message's content: text, one block, or a list of blocks."""
    if isinstance(content, str):
        return [text_part(content)] if content else []
    if isinstance(content, list):
        return [part(c) for c in pieces.joined(content) if c is not None and c != {}]
    if content is None:
        return []
    return [part(content)]


def part(raw: Any) -> Part:
    """One part, whatever its shape."""
    if isinstance(raw, str):
        return text_part(raw)
    if not isinstance(raw, dict):
        return {"type": "generic", "content": plain(raw)}
    kind = raw.get("type")
    if isinstance(kind, str):
        read = _BY_TYPE.get(kind)
        if read is not None:
            return read(raw)
        if kind.endswith("_tool_result"):
            return _server_response(raw)
    elif raw.get("kind") == "thinking":  # Pydantic AI's, in the first version of its format
        return _reasoning_of(raw)
    elif kinds.is_given(raw):
        return part(kinds.typed(raw))
    else:
        for key, read in BY_KEY:
            if raw.get(key) is not None:
                return read(raw)
        if raw.keys() == _CALL:
            return tool_call(raw)
        if is_result(raw):
            return _response_of(raw)
    made = {str(k): plain(v) for k, v in raw.items()}
    made["type"] = kind if isinstance(kind, str) and kind else "generic"
    return made


_CALL = {"id", "name", "arguments"}
_RESULT = {"content", "name", "call_id", "is_error"}


def is_result(raw: dict[str, Any]) -> bool:
    """Whether it is what a tool answered, as AutoGen writes it: without a word of what it is."""
    return raw.keys() == _RESULT


def _text_of(raw: dict[str, Any]) -> Part:
    found = raw.get("content", raw.get("text", ""))
    if raw.get("thought") is True:  # Gemini's
        return reasoning_part(found)
    if isinstance(found, dict):  # assistants API: {"text": {"value": …}}
        found = found.get("value", found)
    return text_part(found)


def _reasoning_of(raw: dict[str, Any]) -> Part:
    for key in ("content", "thinking", "text", "reasoning", "summary", "data"):
        found = raw.get(key)
        if isinstance(found, str) and found.startswith('[{"'):  # a summary as its JSON
            found = decoded(found)
        if isinstance(found, list):
            found = _summarised(found)
        if isinstance(found, str) and found:
            if found.startswith("[{") and isinstance(listed := parsed(found), list):
                found = _summarised(listed) or found  # OpenLLMetry writes summaries as JSON
            return reasoning_part(found)
    inner = raw.get("reasoningContent")
    if isinstance(inner, dict):
        inner = inner.get("reasoningText", inner)
        return reasoning_part(inner.get("text", "") if isinstance(inner, dict) else inner)
    return reasoning_part("")


def _summarised(found: list[Any]) -> str:
    return "\n".join(str(f.get("text", "")) if isinstance(f, dict) else str(f) for f in found)


def _redacted(_: dict[str, Any]) -> Part:
    """Thoughts that only the provider can read."""
    return {"type": "reasoning", "content": "", "redacted": True}


def tool_call(raw: dict[str, Any]) -> Part:
    """A tool call in OpenAI's, LangChain's, Vercel's, Anthropic's or flat shape."""
    function = raw.get("function", raw.get("tool_call"))  # the latter is Traceloop's for Node
    if isinstance(raw.get("content"), dict) and "name" not in raw and function is None:
        return part(raw["content"])  # an item of a response, as Azure's library writes it
    inner = function if isinstance(function, dict) else raw
    arguments = next(
        (
            inner[k]
            for k in ("arguments", "args", "input", "parameters", "tool.args")
            if inner.get(k) is not None
        ),
        None,
    )
    if not arguments and isinstance(raw.get("partial_json"), str):  # LangChain joins a stream's
        arguments = raw["partial_json"]
    call_id = next(
        (
            raw[k]
            for k in ("call_id", "id", "toolCallId", "tool_call_id", "toolUseId")
            if raw.get(k)
        ),
        None,
    )
    names = ("name", "toolName", "tool_name", "tool.name")  # the last is any-agent's
    name = next(
        (inner[k] for k in names if inner.get(k)), function if isinstance(function, str) else None
    )
    made = call_part(call_id, name, arguments)
    # Of a tool of the provider's own, which some write among those of the program.
    if isinstance(call_id, str) and call_id.startswith("srvtoolu_"):
        own: Part = {"type": "server_tool_call", "id": call_id, "name": made["name"]}
        return {**own, "input": made["arguments"]}
    if not arguments and isinstance(name, str) and _BY_TYPE.get(name) is _server_call:
        return {"type": "server_tool_call", "id": made["id"], "name": name}
    return made


def _response_of(raw: dict[str, Any]) -> Part:
    call_id = next(
        (
            raw[k]
            for k in ("id", "tool_call_id", "tool_use_id", "call_id", "toolCallId")
            if raw.get(k) and (k != "id" or "call_id" not in raw)
        ),
        None,
    )
    answer = next((raw[k] for k in ("response", "result", "output", "content") if k in raw), None)
    made = response_part(call_id, answer)
    if raw.get("is_error") is True:
        made["is_error"] = True
    return made


def _bedrock_call(raw: dict[str, Any]) -> Part:
    inner = raw["toolUse"]
    if not isinstance(inner, dict):
        return {"type": "generic", "content": plain(inner)}
    return call_part(inner.get("toolUseId"), inner.get("name"), inner.get("input"))


def _bedrock_response(raw: dict[str, Any]) -> Part:
    inner = raw["toolResult"]
    if not isinstance(inner, dict):
        return {"type": "generic", "content": plain(inner)}
    return response_part(inner.get("toolUseId"), inner.get("content"))


def _gemini_call(raw: dict[str, Any]) -> Part:
    inner = raw.get("functionCall", raw.get("function_call"))
    if not isinstance(inner, dict):
        return {"type": "generic", "content": plain(inner)}
    return call_part(inner.get("id"), inner.get("name"), inner.get("args", inner.get("arguments")))


def _gemini_response(raw: dict[str, Any]) -> Part:
    inner = raw.get("functionResponse", raw.get("function_response"))
    if not isinstance(inner, dict):
        return {"type": "generic", "content": plain(inner)}
    return response_part(inner.get("id") or inner.get("name"), inner.get("response"))


# --- images, audio and files by reference --------------------------------------------------


def media(modality: str, reference: Any, mime_type: Any = None) -> Part:
    """An image, a sound or a file: its address, or what its bytes are."""
    mime = mime_type if isinstance(mime_type, str) else None
    if isinstance(reference, Mapping):
        return _media_in(modality, reference, mime)
    if isinstance(reference, bytes):
        return _blob(modality, mime, base64.b64encode(reference).decode())
    if not isinstance(reference, str):
        return {
            "type": "blob",
            "modality": modality,
            "mime_type": mime,
            "content": plain(reference),
        }
    if reference.startswith("@@@langfuseMedia:"):  # where Langfuse keeps the bytes
        mime = reference.partition("type=")[2].partition("|")[0] or mime
        return {"type": "uri", "modality": modality, "mime_type": mime, "uri": reference.strip("@")}
    if reference.startswith("data:"):
        head, _, body = reference[5:].partition(",")
        return _blob(modality, head.split(";")[0] or mime, body)
    if reference.startswith("mlflow-attachment://"):  # where MLflow keeps the bytes
        mime = reference.partition("content_type=")[2].partition("&")[0].replace("%2F", "/") or mime
        return {"type": "uri", "modality": modality, "mime_type": mime, "uri": reference}
    if "://" in reference[:12] or reference.startswith("file-"):
        return {
            "type": "uri",
            "modality": modality,
            "mime_type": mime,
            "uri": reference[:_MAX_URI],
        }
    return _blob(modality, mime, reference)


def _media_in(modality: str, raw: Mapping[str, Any], mime: str | None) -> Part:
    text = written.text_in(raw) if modality == "document" else None
    if text is not None:
        return {"type": "text", "content": text}
    mime = next(
        (
            raw[k]
            for k in ("mime_type", "media_type", "mimeType", "mediaType", "format")
            if isinstance(raw.get(k), str)
        ),
        mime,
    )
    if raw.get("file_id"):
        return {"type": "file", "modality": modality, "file_id": str(raw["file_id"])}
    for key in ("url", "uri", "file_uri", "fileUri", "data", "bytes", "content", "file_data"):
        found = raw.get(key)
        if isinstance(found, Mapping):
            return _media_in(modality, found, mime)
        if found:
            return media(modality, found, mime)
    if isinstance(raw.get("source"), Mapping):
        return _media_in(modality, raw["source"], mime)
    return {"type": "blob", "modality": modality, "mime_type": mime, "content": None}


def _blob(modality: str, mime: str | None, body: str) -> Part:
    text = written.decoded(mime, body)
    if text is not None:
        return {"type": "text", "content": text}
    hashed = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()
    if modality == "audio" and mime and "/" not in mime:  # OpenAI's ``format``
        mime = f"audio/{mime}"
    return {
        "type": "blob",
        "modality": modality,
        "mime_type": mime,
        "size_bytes": len(body) * 3 // 4 - body.count("=", -2),  # of the bytes, not their padding
        "hash": f"sha256:{hashed}",
    }


def _image(raw: dict[str, Any]) -> Part:
    for key in ("image_url", "image", "source", "url", "data", "uri"):
        if raw.get(key):
            mime = raw.get("mediaType") or raw.get("mime_type") or raw.get("mimeType")
            return media("image", raw[key], mime)
    return _media_in("image", raw, None)


def _audio(raw: dict[str, Any]) -> Part:
    return media("audio", raw.get("input_audio") or raw.get("audio") or raw)


def _file(raw: dict[str, Any]) -> Part:
    inner = raw.get("file") or raw.get("source") or raw.get("document") or raw
    mime = raw.get("mediaType") or raw.get("mimeType") or raw.get("mime_type")
    modality = "image" if isinstance(mime, str) and mime.startswith("image/") else "document"
    made = media(modality, inner, mime)
    named = [raw, inner] if isinstance(inner, dict) else [raw]
    name = next((n[k] for n in named for k in ("filename", "title") if n.get(k)), None)
    if isinstance(name, str):
        made["name"] = name
    return made


def _inline(raw: dict[str, Any]) -> Part:
    inner = raw.get("inlineData") or raw.get("inline_data") or raw.get("fileData")
    inner = inner or raw.get("file_data") or {}
    mime = inner.get("mimeType") or inner.get("mime_type") if isinstance(inner, dict) else None
    modality = str(mime).split("/")[0] if mime else "document"
    return media(modality, inner, mime)


def _given_blob(raw: dict[str, Any]) -> Part:
    content = raw.get("content", raw.get("data"))
    if "hash" in raw and content is None:
        return {str(k): plain(v) for k, v in raw.items()}
    modality, mime = str(raw.get("modality") or "document"), raw.get("mime_type")
    if modality == "image" and str(mime).startswith("application/"):  # Vercel's word for all files
        modality = "document"
    return media(modality, content or "", mime)


def _given_uri(raw: dict[str, Any]) -> Part:
    made = media(str(raw.get("modality") or "document"), raw.get("uri"), raw.get("mime_type"))
    return (
        made if made.get("uri") or made.get("hash") else {str(k): plain(v) for k, v in raw.items()}
    )


def _server_call(raw: dict[str, Any]) -> Part:
    made = {str(k): plain(v) for k, v in raw.items() if v is not None}
    streamed = made.pop("partial_json", None)
    if streamed and not made.get("input"):
        made["input"] = decoded(streamed)
    return made | {"type": "server_tool_call", "name": raw.get("name") or raw["type"]}


def _server_response(raw: dict[str, Any]) -> Part:
    """What a tool of the provider's own answered."""
    made: Part = {
        "type": "server_tool_call_response",
        "id": _text(raw.get("tool_use_id")),
        "name": str(raw["type"]).removesuffix("_tool_result"),
        "response": simple(raw.get("content")),
    }
    return made


def _refusal(raw: dict[str, Any]) -> Part:
    return text_part(raw.get("refusal") or raw.get("content") or "")


def _gemini_code(raw: dict[str, Any]) -> Part:
    """Code that Gemini ran by itself, and what came of it."""
    code = raw.get("executableCode") or raw.get("executable_code")
    if code is not None:
        return {"type": "server_tool_call", "name": "code_execution", "input": plain(code)}
    told = raw.get("codeExecutionResult") or raw.get("code_execution_result")
    return {
        "type": "server_tool_call_response",
        "name": "code_execution",
        "response": plain(told),
    }


_Read = Callable[[dict[str, Any]], Part]
_BY_TYPE: dict[str, _Read] = {
    "text": _text_of,
    "input_text": _text_of,
    "output_text": _text_of,
    "summary_text": _reasoning_of,
    "reasoning_text": _reasoning_of,
    "reasoning": _reasoning_of,
    "thinking": _reasoning_of,
    "redacted_thinking": _redacted,
    "tool_call": tool_call,
    "tool-call": tool_call,
    "tool_use": tool_call,
    "toolUse": tool_call,
    "function_call": tool_call,
    "function": tool_call,
    "tool_call_response": _response_of,
    "tool-result": _response_of,
    "tool_result": _response_of,
    "function_call_output": _response_of,
    "custom_tool_call": tool_call,
    "custom_tool_call_output": _response_of,
    "image_url": _image,
    "input_image": _image,
    "image": _image,
    "image-url": _image,
    "input_audio": _audio,
    "audio": _audio,
    "audio-url": _audio,
    "input_file": _file,
    "file": _file,
    "document": _file,
    "binary": _file,
    "blob": _given_blob,
    "uri": _given_uri,
    "refusal": _refusal,
    "server_tool_use": _server_call,
    "mcp_tool_use": _server_call,
    "mcp_list_tools": _server_call,
    "mcp_approval_request": _server_call,
    "tool_search_call": _server_call,
    "shell_call": _server_call,
    "apply_patch_call": _server_call,
    "web_search_call": _server_call,
    "file_search_call": _server_call,
    "computer_call": _server_call,
    "code_interpreter_call": _server_call,
    "image_generation_call": _server_call,
    "mcp_call": _server_call,
    "local_shell_call": _server_call,
}
BY_KEY: tuple[tuple[str, _Read], ...] = (
    ("text", _text_of),
    ("toolUse", _bedrock_call),
    ("toolResult", _bedrock_response),
    ("reasoningContent", _reasoning_of),
    ("tool.name", tool_call),
    ("functionCall", _gemini_call),
    ("function_call", _gemini_call),
    ("executableCode", _gemini_code),
    ("executable_code", _gemini_code),
    ("codeExecutionResult", _gemini_code),
    ("code_execution_result", _gemini_code),
    ("functionResponse", _gemini_response),
    ("function_response", _gemini_response),
    ("inlineData", _inline),
    ("inline_data", _inline),
    ("fileData", _inline),
    ("file_data", _inline),
    ("image", _image),
    ("document", _file),
    ("image_url", _image),
)

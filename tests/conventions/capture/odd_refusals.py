"""How requests are refused.

Source: the API references of OpenAI, Anthropic, Gemini and Bedrock, and Azure's of its content filter.
"""

from __future__ import annotations

from typing import Any


def refusal(path: str, name: str) -> tuple[int, dict[str, Any]]:
    """Status and body of a request that is not answered."""
    busy = name.startswith("busy")
    said = "Rate limit reached." if busy else "The prompt triggered the content filter."
    if ":" in path and "/models/" in path:
        word = "RESOURCE_EXHAUSTED" if busy else "INVALID_ARGUMENT"
        code = 429 if busy else 400
        return code, {"error": {"code": code, "message": said, "status": word}}
    if path.startswith("/model/"):
        return (429 if busy else 400), {"message": said}
    if path.endswith("/messages"):
        kind = "overloaded_error" if busy else "invalid_request_error"
        return (529 if busy else 400), {"type": "error", "error": {"type": kind, "message": said}}
    code = "rate_limit_exceeded" if busy else "content_filter"
    error: dict[str, Any] = {"message": said, "type": None, "param": "prompt", "code": code}
    if not busy:
        hate = {"filtered": True, "severity": "high"}
        error["innererror"] = {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"hate": hate},
        }
    return (429 if busy else 400), {"error": error}

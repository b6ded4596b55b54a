"""Raw answers as providers and frameworks give them, and as they may come out of order."""

from __future__ import annotations

import json
from typing import Any

USED = {"prompt_tokens": 21, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 7}}
LANGCHAINS = {
    "input_tokens": 30,
    "output_tokens": 5,
    "total_tokens": 35,
    "input_token_details": {"audio": 0, "cache_read": 8, "cache_creation": 3},
    "output_token_details": {"reasoning": 2},
}
INNER = {
    "content": "Sunny.",
    "response_metadata": {"model_name": "m-1", "id": "run-1", "token_usage": USED},
    "usage_metadata": {"input_tokens": 21, "output_tokens": 9},
}
CLAUDES = {
    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 6},
    "cache_creation_input_tokens": 6,
    "cache_read_input_tokens": 4,
    "input_tokens": 5,
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 1},
    "service_tier": "standard",
}
KEPT_FOR = {
    "input_tokens": 15,
    "output_tokens": 2,
    "total_tokens": 17,
    "input_token_details": {
        "cache_read": 4,
        "cache_creation": 0,
        "ephemeral_5m_input_tokens": 6,
        "ephemeral_1h_input_tokens": 3,
    },
}


def generated(about: Any, used: Any, info: Any = None, **more: Any) -> list[Any]:
    """What LangChain answers with, by what its message says of itself and the tokens it counts."""
    kwargs = {"content": "a", "response_metadata": about, "usage_metadata": used, **more}
    return [[{"text": "a", "generation_info": info, "message": {"lc": 1, "kwargs": kwargs}}]]


CHAT = {
    "id": "chatcmpl-2",
    "object": "chat.completion",
    "choices": [{"finish_reason": "stop", "message": {"content": "Sunny."}}],
    "model": "m-1",
    "usage": USED,
}
SDK = {
    "content": [{"type": "text", "text": "Sunny."}],
    "finishReason": {"unified": "tool-calls", "raw": "tool_use"},
    "usage": {
        "inputTokens": {"total": 9},
        "outputTokens": {"total": 3},
        "raw": {"input_tokens": 9},
    },
    "providerMetadata": {"openai": {"responseId": "resp_1"}, "other": {"responseId": "resp_2"}},
    "role": "assistant",
    "usage_metadata": LANGCHAINS,
}
BODIES: dict[str, Any] = {
    "an answer of Vercel's SDK under LangSmith": SDK,
    "an answer of Vercel's SDK that names no end": {**SDK, "finishReason": {"raw": "stop"}},
    "an answer of Vercel's SDK with an end in a word": {**SDK, "finishReason": "stop"},
    "an answer of Vercel's SDK with counts of its own": {
        **SDK,
        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12},
    },
    "an answer of Vercel's SDK with another's id": {**SDK, "id": "x", "model": "m-1"},
    "an answer of Vercel's SDK without an id": {**SDK, "providerMetadata": {}},
    "an answer of Vercel's SDK with an id of no text": {
        **SDK,
        "providerMetadata": {"openai": {"responseId": 3}},
    },
    "a chat completion with an id beside it": {
        "choices": [{"finish_reason": "stop"}],
        "providerMetadata": {"openai": {"responseId": "resp_1"}},
    },
    "an answer of Converse's": {
        "ResponseMetadata": {"HTTPStatusCode": 200},
        "output": {"message": {"role": "assistant", "content": [{"text": "Sunny."}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15},
        "metrics": {"latencyMs": 12},
    },
    "an answer of Converse's from its cache": {
        "output": {"message": {"role": "assistant", "content": [{"text": "Sunny."}]}},
        "stopReason": "max_tokens",
        "usage": {"totalTokens": 15, "cacheReadInputTokens": 4, "cacheWriteInputTokens": 2},
    },
    "a chat completion beside LlamaIndex's message": {
        "message": {"role": "assistant", "blocks": [{"block_type": "text", "text": "Sunny."}]},
        "raw": CHAT,
        "delta": None,
    },
    "a chat completion beside an empty message of LlamaIndex's": {
        "message": {"role": "assistant", "blocks": []},
        "raw": {**CHAT, "choices": []},
    },
    "a chat completion beside LlamaIndex's text": {"text": "Sunny.", "raw": CHAT, "logprobs": None},
    "a response beside LlamaIndex's message": {
        "message": {"role": "assistant", "blocks": [{"block_type": "text", "text": "Sunny."}]},
        "raw": {
            "id": "resp_3",
            "object": "response",
            "status": "completed",
            "output": [],
            "usage": {"input_tokens": 3, "output_tokens": 2},
        },
    },
    "a chat completion": {
        "id": "chatcmpl-1",
        "choices": [{"finish_reason": "tool_calls", "message": {"content": '{"model":"no"}'}}],
        "model": "m-1",
        "usage": USED,
    },
    "a response": {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "output": [{"type": "reasoning"}, {"type": "function_call", "name": "look"}],
        "tools": [{"parameters": {"model": "no"}}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    "a response that was cut off": {
        "object": "response",
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
    },
    "a response that is no answer": {
        "id": "resp_2",
        "object": "response",
        "status": "failed",
        "error": {"code": "server_error", "message": "The model stumbled."},
    },
    "a response that is no answer and was cut off": {
        "object": "response",
        "status": "failed",
        "incomplete_details": {"reason": "max_output_tokens"},
    },
    "a response whose tool takes text": {
        "object": "response",
        "output": [{"type": "custom_tool_call", "name": "run", "input": "select 1"}],
    },
    "items of a response that was cut off": {
        "object": "response",
        "output": [{"type": "reasoning"}, {"type": "message", "status": "incomplete"}],
    },
    "an item of a response": {
        "id": "msg_2",
        "type": "message",
        "status": "incomplete",
        "content": [{"type": "output_text", "text": "Sun"}],
    },
    "a response that LangChain tells of": {
        "generations": [
            [
                {
                    "generation_info": None,
                    "message": {
                        "kwargs": {
                            "response_metadata": {"object": "response", "status": "completed"},
                            "tool_calls": [{"name": "look"}],
                        }
                    },
                }
            ]
        ],
    },
    "a response of LangChain's whose calls stand among its items alone": {
        "generations": [
            [
                {
                    "message": {
                        "response_metadata": {"object": "response", "status": "completed"},
                        "content": [{"type": "reasoning"}, {"type": "function_call", "name": "f"}],
                    }
                }
            ]
        ],
    },
    "a prompt that was blocked": {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 2},
    },
    "a message": {
        "id": "msg_1",
        "type": "message",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 2},
    },
    "candidates": {
        "candidates": [{"content": {}, "finishReason": "STOP"}],
        "modelVersion": "g-1",
        "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 3},
    },
    "generations": {
        "generations": [[{"generation_info": {"finish_reason": "stop"}, "message": INNER}]],
        "llm_output": {"model_name": "m-1", "token_usage": USED},
    },
    "a result of LangChain's": {
        "generations": [
            [{"generation_info": {"finish_reason": "stop"}, "message": {"lc": 1, "kwargs": INNER}}]
        ],
        "llm_output": {"model_name": "m-1", "token_usage": USED},
        "type": "LLMResult",
    },
    "a response that LangChain tells of, cut off": {
        "generations": generated(
            {"object": "response", "status": "incomplete", "model": "m-1", "id": "resp_4"}
            | {"incomplete_details": {"reason": "max_output_tokens"}},
            LANGCHAINS,
            tool_calls=[],
        ),
    },
    "a response that LangChain tells of, which failed": {
        "generations": generated({"object": "response", "status": "failed"}, None),
        "llm_output": None,
    },
    "a message that LangChain tells of": {
        "generations": generated(
            {"id": "msg_4", "model": "c-1", "stop_reason": "end_turn", "usage": CLAUDES}, KEPT_FOR
        ),
        "llm_output": {"id": "msg_4", "model": "c-1", "stop_reason": "end_turn", "usage": CLAUDES},
        "type": "LLMResult",
    },
    "a message with a model's name that LangChain tells of": {
        "generations": generated({"model_name": "c-1", "usage": CLAUDES}, None),
        "llm_output": {"stop_reason": None, "usage": CLAUDES, "model_name": "c-2"},
    },
    "a message without an end that LangChain tells of": {
        "generations": generated({"model_name": "c-1", "usage": CLAUDES}, None),
        "llm_output": {"usage": CLAUDES, "model_name": "c-2"},
    },
    "a streamed message that LangChain tells of": {
        "generations": generated(
            {"model_name": "c-1"}, KEPT_FOR, {"finish_reason": "length"}, tool_calls=[{"name": "f"}]
        ),
        "llm_output": None,
    },
    "generations of constructors": {
        "generations": [[{"message": {"lc": 1, "id": ["AIMessage"], "kwargs": INNER}}]],
    },
    "generations in one list": {"generations": [{"text": "a"}, {"message": {"data": INNER}}]},
    "generations that are none": {"generations": [["a", None], 3], "id": "x"},
    "an answer around an answer": {"id": "a", "response": {"id": "b", "model": "m"}},
    "an answer beside one": {"choices": [{"message": {"content": "a"}}], "response": {"id": "b"}},
    "a model that is a number": {"model": 7, "id": {"a": 1}, "choices": None, "output": 3},
    "choices that are none": {"choices": ["stop"], "candidates": {"a": 1}, "id": "x"},
    "a message as text": {"output": {"message": {"content": [{"text": "a"}]}}, "id": "x"},
    "counts too large": {"id": "x", "usage": {"input_tokens": 10**30, "output_tokens": 2}},
    "a whole chat completion": {
        "id": "chatcmpl-2",
        "object": "chat.completion",
        "choices": [{"finish_reason": "stop", "message": {"content": "a"}}],
        "model": "m-2",
        "usage": USED | {"completion_tokens_details": {"reasoning_tokens": 4}},
    },
    "vectors": {
        "object": "list",
        "data": [{"embedding": [0.5, -1e3]}],
        "model": "e-1",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    },
    "candidates of Google's library": {
        "candidates": [{"content": {}, "finish_reason": "MAX_TOKENS"}],
        "model_version": "g-1",
        "response_id": "r",
        "usage_metadata": {
            "prompt_token_count": 2,
            "candidates_token_count": 3,
            "thoughts_token_count": 4,
            "prompt_tokens_details": [{"modality": "TEXT", "token_count": 2}],
        },
    },
    "a chat completion of LangSmith's": {
        "id": "chatcmpl-3",
        "object": "chat.completion",
        "choices": [{"finish_reason": "stop", "message": {"content": "a"}}],
        "model": "m-3",
        "usage_metadata": LANGCHAINS,
    },
    "an item": {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "a"}]},
    "an item that was cut off": {
        "type": "message",
        "status": "incomplete",
        "content": [{"type": "refusal", "refusal": "no"}],
    },
    "a call alone": {"type": "function_call", "name": "look", "status": "completed"},
    "items that call": [
        {"type": "reasoning", "summary": [], "content": None},
        {"type": "custom_tool_call", "name": "run", "input": "select 1"},
        {"type": "message", "status": "incomplete", "content": [{"type": "output_text"}]},
    ],
    "items and a message": [{"type": "reasoning"}, {"type": "message", "content": "x"}],
    "a response of LangSmith's": {
        "id": "resp_3",
        "object": "response",
        "status": "completed",
        "output": [{"type": "function_call", "name": "look"}],
        "usage_metadata": LANGCHAINS | {"input_tokens": 0, "output_tokens": 0},
    },
    "a message of LangSmith's": {
        "message": {
            "id": "msg_3",
            "type": "message",
            "content": [{"type": "text", "text": "a"}],
            "stop_reason": "end_turn",
            "usage_metadata": LANGCHAINS,
        }
    },
    "a message beside something": {"message": {"stop_reason": "end_turn"}, "id": "x"},
    "words": {"role": "assistant", "token_usage": {"input_tokens": 4, "output_tokens": 2}},
    "an end": {"finish_reason": "STOP", "usage_metadata": {"prompt_token_count": 2}},
    "choices alone": {"choices": [{"finish_reason": "tool_use"}], "usage": {"prompt_tokens": None}},
    "candidates whose ends are numbers": {
        "candidates": [{"finish_reason": 1, "finishReason": "STOP", "index": 0}],
        "usage_metadata": {"prompt_token_count": 2, "candidates_token_count": 7},
        "model_version": "m-1",
        "response_id": "r1",
    },
    "candidates that were blocked": {
        "candidates": [],
        "prompt_feedback": {"block_reason": "PROHIBITED_CONTENT", "safety_ratings": []},
        "usage_metadata": {"prompt_token_count": 112, "total_token_count": 112},
        "response_id": "r-1",
    },
    "candidates with feedback that blocks nothing": {
        "candidates": [{"finish_reason": "STOP"}],
        "prompt_feedback": {"block_reason": None, "blockReason": "SAFETY"},
        "usage_metadata": {"prompt_token_count": 2, "candidates_token_count": 7},
    },
    "a candidate with a number": {"candidates": [{"finish_reason": 2}], "usage_metadata": None},
    "an answer of Ollama's": {
        "model": "m-1",
        "done": True,
        "done_reason": "stop",
        "eval_count": 11,
        "message": {"role": "assistant", "content": "a", "thinking": None},
    },
    "an answer of Cohere's": {
        "id": "c-1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
        "usage": {
            "billed_units": {"input_tokens": 18.0},
            "tokens": {"input_tokens": 22.0, "output_tokens": 10.0},
            "cached_tokens": 4.0,
        },
    },
    "vectors of Cohere's": {"id": "c-2", "embeddings": {"float": [[1.0]]}, "texts": ["a"]},
    "messages": [{"role": "assistant", "content": "finish"}],
    "texts": ["[[ ## answer ## ]]", '{"choices": 3}', "\u0041"],
    "a stream": [
        {
            "object": "chat.completion.chunk",
            "id": "c",
            "choices": [{"delta": {"content": "a"}, "finish_reason": end}],
            "model": "m",
            "usage": used,
        }
        for end, used in ((None, None), ("length", None), (None, USED))
    ],
    "a stream of texts": [
        json.dumps({"object": "chat.completion.chunk", "choices": c, "id": "c", "usage": u})
        for c, u in (([{"finish_reason": "stop", "delta": {}}], None), ([], USED), ([], {}))
    ],
    "nested deep": {"id": "x", "a": [json.loads("[" * 300 + "]" * 300)]},
    "a chat completion alone in a list": [{**CHAT, "created": 1}],
    "pieces of a stream that call themselves a completion": [
        {
            **CHAT,
            "choices": [
                {"index": 1, "finish_reason": "length", "delta": {"content": "a"}},
                {"index": 0, "finish_reason": "stop", "delta": {}},
            ],
        }
    ],
    "a message beside what Python printed": {"role": "assistant", "content": "a", "raw": "Chat()"},
    "what an agent says in words": {"response": "Sunny.", "sources": [], "model": "m-1"},
}

# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-openai",
#   "openai[realtime]<2", "websockets",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""OpenAI's realtime sessions under OpenLLMetry: words, a tool, a response that fails."""

import asyncio
import json

import openai
import websockets
from common import telemetry
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument(tracer_provider=telemetry())
USED = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {"cached_tokens": 4, "text_tokens": 20, "audio_tokens": 0},
    "output_token_details": {"text_tokens": 10, "audio_tokens": 0},
}


def answer(asked, n):
    if "weather" in asked:
        call = {"call_id": "call_1", "name": "look", "arguments": '{"city": "Oslo"}'}
        return {"id": f"item_{n}", "type": "function_call", "status": "completed", **call}
    text = [{"type": "text", "text": f"To sum up: {asked}"}]
    return {
        "id": f"item_{n}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": text,
    }


async def served(socket):
    async def say(kind, **more):
        await socket.send(json.dumps({"type": kind, "event_id": "event_1", **more}))

    session = {
        "id": "sess_1",
        "object": "realtime.session",
        "type": "realtime",
        "model": "gpt-realtime",
    }
    await say("session.created", session=session)
    asked, n = "", 0
    async for raw in socket:
        told = json.loads(raw)
        if told["type"] == "session.update":
            await say("session.updated", session={**session, **told["session"]})
        elif told["type"] == "conversation.item.create":
            item = told["item"]
            asked = item.get("output") or item["content"][0]["text"]
            await say("conversation.item.added", item={"id": "item_0", **item})
        elif told["type"] == "response.create":
            n += 1
            made = {
                "id": f"resp_{n}",
                "object": "realtime.response",
                "status": "in_progress",
                "output": [],
            }
            await say("response.created", response=made)
            if "fail" in asked:
                why = {"type": "failed", "error": {"type": "server_error", "code": "server_error"}}
                await say(
                    "response.done", response={**made, "status": "failed", "status_details": why}
                )
                continue
            item = answer(asked, n)
            where = {"response_id": made["id"], "item_id": item["id"], "output_index": 0}
            if item["type"] == "message":
                for piece in item["content"][0]["text"].split(" "):
                    await say("response.text.delta", content_index=0, delta=piece + " ", **where)
                text = item["content"][0]["text"]
                await say("response.text.done", content_index=0, text=text, **where)
            else:
                some = {"arguments": item["arguments"], "call_id": "call_1", "name": "look"}
                await say("response.function_call_arguments.done", **some, **where)
            await say(
                "response.done",
                response={**made, "status": "completed", "output": [item], "usage": USED},
            )


async def talk(port, *texts):
    client = openai.AsyncOpenAI(
        websocket_base_url=f"ws://127.0.0.1:{port}/v1", base_url=f"http://127.0.0.1:{port}/v1"
    )
    async with client.beta.realtime.connect(model="gpt-realtime") as session:
        tool = {"type": "function", "name": "look", "parameters": {"type": "object"}}
        await session.session.update(
            session={
                "modalities": ["text"],
                "instructions": "Answer shortly.",
                "tools": [tool],
            }
        )
        for text in texts:
            content = [{"type": "input_text", "text": text}]
            item = {"type": "message", "role": "user", "content": content}
            if text.startswith("sunny"):
                item = {"type": "function_call_output", "call_id": "call_1", "output": text}
            await session.conversation.item.create(item=item)
            await session.response.create()
            async for event in session:
                if event.type == "response.done":
                    break


async def scenes():
    async with websockets.serve(served, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for texts in (
            ("What is the capital of Peru?",),
            ("the weather in Oslo?", "sunny"),
            ("please fail",),
        ):
            try:
                await talk(port, *texts)
            except Exception as error:
                print(type(error).__name__, str(error)[:300])


asyncio.run(scenes())

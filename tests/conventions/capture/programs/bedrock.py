"""Amazon Bedrock's Converse and InvokeModel as far as the captured programs speak them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USAGE = {"inputTokens": 21, "outputTokens": 9, "totalTokens": 30, "cacheReadInputTokens": 7}
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "The weather in a city.",
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}}
                },
            }
        }
    ]
}


class _Bedrock(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
        if "please fail" in json.dumps(asked):
            return self._answer(500, {"message": "The server had an error."})
        if self.path.endswith("/converse"):
            return self._answer(200, converse(asked))
        return self._answer(200, invoke(asked))

    def _answer(self, status, body):
        told = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.send_header("x-amzn-RequestId", "00000000-0000-0000-0000-000000000001")
        self.send_header("X-Amzn-Bedrock-Input-Token-Count", "21")
        self.send_header("X-Amzn-Bedrock-Output-Token-Count", "9")
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


def converse(asked):
    last = asked["messages"][-1]
    told = any("toolResult" in block for block in last["content"])
    if asked.get("toolConfig") and not told:
        call = {"toolUseId": "tooluse_1", "name": "get_weather", "input": {"city": "Paris"}}
        content, stop = [{"toolUse": call}], "tool_use"
    else:
        content, stop = [{"text": "It is sunny, 21 degrees."}], "end_turn"
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": USAGE,
        "metrics": {"latencyMs": 12},
    }


def invoke(_):
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-3-haiku-20240307",
        "content": [{"type": "text", "text": "It is sunny, 21 degrees."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 21, "output_tokens": 9},
    }


def serve():
    """Starts it; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bedrock)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"

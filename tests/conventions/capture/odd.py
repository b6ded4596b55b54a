"""Answers that the local provider's skills never give: a second provider on loopback.

What was asked names one of them, ``odd:refusal``; the last name counts. ``odd_answers`` holds them,
as the providers' own references show them; each is told whole or as its API's stream. A plan says
them turn by turn (``odd_plans``).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from tests.conventions.capture import odd_answers, odd_bedrock, odd_plans, odd_refusals, odd_streams
from tests.conventions.capture.odd_made import Made
from tests.conventions.capture.serving import Quiet, Serving

from misstep_examples.provider.exchange import Ask
from misstep_examples.provider.wires import ANTHROPIC, GEMINI, OPENAI, RESPONSES, Wire

Told = dict[str, Any]
_NAME = re.compile(r"odd:(\w+)")


class Odd(Serving):
    """Answers by name; ``told`` gets what each call asked and was answered, as the oracle reads it."""

    def __init__(self, told: list[Told]) -> None:
        tried: dict[str, int] = {}
        plans = odd_plans.Plans()

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path = self.path.partition("?")[0]
                names = _NAME.findall(json.dumps(body))
                name = plans.name(body) or (names[-1] if names else "")
                refused = odd_plans.STEPS[name].refused if name in odd_plans.STEPS else ""
                if refused:
                    status, found = odd_refusals.refusal(path, refused)
                    plain = _told(*_wire(path, body), {"stream": False, **body}, Made({}, ""))
                    known = {k: plain[k] for k in ("model", "system", "turns", "tools", "stream")}
                    known |= {"path": path, "status": status, "asked": body, "answered": found}
                    told.append(known)
                    return self._whole(status, json.dumps(found))
                if name.startswith("broken"):
                    self.close_connection = True
                    return None
                if _refuses(name, tried):
                    return self._refused(path, name)
                reply = odd_bedrock.reply(path, name, body)
                if reply is not None:
                    told.append(reply.record)
                    return self._sent(reply.data, reply.kind)
                return self._answered(path, name, body)

            def _sent(self, data: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _refused(self, path: str, name: str) -> None:
                status, found = odd_refusals.refusal(path, name)
                self._whole(status, json.dumps(found))

            def _answered(self, path: str, name: str, body: dict[str, Any]) -> None:
                wire, model = _wire(path, body)
                streamed = bool(body.get("stream")) or ":stream" in path
                made = odd_answers.answer(wire_name(wire), name, model, body)
                about = _told(wire, model, {**body, "stream": streamed}, made)
                about |= {"path": path, "status": 200, "asked": body, "answered": made.body}
                _wait(name, about)
                if name in ("failed", "overloaded"):
                    about["failed"] = True  # an answer that says it is none
                told.append(about)
                if streamed:
                    return self._streamed(odd_streams.events(wire_name(wire), made, body))
                return self._whole(200, json.dumps(made.body))

            def _whole(self, status: int, text: str) -> None:
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("x-request-id", f"req_odd_{len(told)}")
                self.send_header("request-id", f"req_odd_{len(told)}")
                self.send_header("retry-after-ms", "20")
                self.end_headers()
                self.wfile.write(data)

            def _streamed(self, events: Iterator[str]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("request-id", f"req_odd_{len(told)}")
                self.send_header("Connection", "close")
                self.end_headers()
                for event in events:
                    self.wfile.write(event.encode())
                    self.wfile.flush()
                self.close_connection = True

        super().__init__(Handler)


def _wait(name: str, about: Told) -> None:
    """Answers late, where a plan says so: who asked waits no longer."""
    step = odd_plans.STEPS.get(name)
    if step is not None and step.wait:
        about["left"] = True
        about.pop("text")
        time.sleep(step.wait)


def _refuses(name: str, tried: dict[str, int]) -> bool:
    """Whether a request is refused: what is busy only at first."""
    if not name.startswith(("busy", "filtered")):
        return False
    tried[name] = tried.get(name, 0) + 1
    return tried[name] == 1 or name == "filtered"


_WIRES = {"chat": OPENAI, "responses": RESPONSES, "messages": ANTHROPIC, "gemini": GEMINI}


def wire_name(wire: Wire) -> str:
    return next(name for name, known in _WIRES.items() if known is wire)


def _wire(path: str, body: dict[str, Any]) -> tuple[Wire, str]:
    """The format of a path, and the model that is asked."""
    if ":" in path and "/models/" in path:
        return GEMINI, path.rpartition("/")[2].partition(":")[0]
    model = str(body.get("model") or "")
    if path.endswith("/responses"):
        return RESPONSES, model
    return (ANTHROPIC if path.endswith("/messages") else OPENAI), model


def _told(wire: Wire, model: str, body: dict[str, Any], made: Made) -> Told:
    try:
        ask = wire.ask_of({"input": "", **body, "model": model})
    except (KeyError, TypeError, AttributeError):  # parts that skills need not understand
        ask = Ask(model, "", (), stream=body["stream"])
    return {
        "model": model,
        "served": made.served,
        "system": ask.system,
        "turns": [list(turn) for turn in ask.turns],
        "tools": sorted(ask.tools),
        "stream": body["stream"],
        "text": made.text if int(body.get("n") or 1) == 1 else "",  # which of several, who says
        "thought": made.thought,
        "calls": [list(call) for call in made.calls],
        "finish": made.finish,
        "usage": made.usage,
    }

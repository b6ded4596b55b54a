"""What one span would hold twice is sent once, and comes out as it was or not at all."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

import misstep
from misstep import semconv as sc
from misstep.condense import MIN_BODY_CHARS, condense, request_text, whole
from misstep.errors import ReplayError
from misstep.payload import json_text
from misstep.providers import at
from misstep.transport.calls import content_key

SYSTEM = "You look after the orders of a shop and answer in one sentence. " * 8
PROPERTIES = {"order": {"type": "string", "description": "The order's number as the shop gave it."}}
SCHEMA = {"type": "object", "properties": PROPERTIES, "required": ["order"]}
FUNCTION = {"name": "look_up", "description": "Looks an order up.", "parameters": SCHEMA}
OPENAI_TOOL = {"type": "function", "function": FUNCTION}


def told(turn: int, who: str) -> str:
    return f"Turn {turn}: what the {who} says of order 47{turn:02} is a sentence of its own. " * 3


def openai_turn(n: int) -> list[dict[str, Any]]:
    arguments = json.dumps({"order": f"47{n:02}", "weight": 1.0})
    call = {
        "id": f"c{n}",
        "type": "function",
        "function": {"name": "look_up", "arguments": arguments},
    }
    return [
        {"role": "user", "content": told(n, "user")},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{n}", "content": told(n, "tool")},
        {"role": "assistant", "content": "ok"},
    ]


def anthropic_turn(n: int) -> list[dict[str, Any]]:
    use = {"type": "tool_use", "id": f"t{n}", "name": "look_up", "input": {"order": f"47{n:02}"}}
    result = {"type": "tool_result", "tool_use_id": f"t{n}", "content": told(n, "tool")}
    return [
        {"role": "user", "content": told(n, "user")},
        {"role": "assistant", "content": [{"type": "text", "text": told(n, "model")}, use]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": "ok"},
    ]


def gemini_turn(n: int) -> list[dict[str, Any]]:
    call = {"name": "look_up", "args": {"order": f"47{n:02}"}}
    return [
        {"role": "user", "parts": [{"text": told(n, "user")}]},
        {"role": "model", "parts": [{"functionCall": call}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "look_up", "response": SCHEMA}}]},
        {"role": "model", "parts": [{"text": told(n, "model")}]},
    ]


def responses_turn(n: int) -> list[dict[str, Any]]:
    arguments = json_text({"order": f"47{n:02}"})
    said = {"type": "output_text", "text": told(n, "model"), "annotations": []}
    return [
        {"role": "user", "content": told(n, "user")},
        {
            "type": "function_call",
            "call_id": f"c{n}",
            "name": "look_up",
            "arguments": arguments,
        },
        {"type": "function_call_output", "call_id": f"c{n}", "output": told(n, "tool")},
        {"type": "message", "id": f"m{n}", "role": "assistant", "content": [said]},
    ]


def turns(one: Any, number: int) -> list[dict[str, Any]]:
    return [item for n in range(number) for item in one(n)]


def chats(number: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """A conversation of so many turns in each wire format."""
    openai = [{"role": "system", "content": SYSTEM}, *turns(openai_turn, number)]
    return {
        "openai": (
            "/v1/chat/completions",
            {"model": "m", "temperature": 0.0, "messages": openai, "tools": [OPENAI_TOOL]},
        ),
        "anthropic": (
            "/v1/messages",
            {
                "model": "m",
                "max_tokens": 9,
                "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "x"}}],
                "tools": [{"name": "look_up", "description": "…", "input_schema": SCHEMA}],
                "messages": turns(anthropic_turn, number),
            },
        ),
        "gemini": (
            "/v1beta/models/m:generateContent",
            {
                "systemInstruction": {"parts": [{"text": SYSTEM}]},
                "contents": turns(gemini_turn, number),
                "tools": [{"functionDeclarations": [FUNCTION]}],
            },
        ),
        "responses": (
            "/v1/responses",
            {"model": "m", "instructions": SYSTEM, "input": turns(responses_turn, number)},
        ),
        "ollama": ("/api/chat", {"model": "m", "messages": openai, "tools": [OPENAI_TOOL]}),
        "cohere": ("/v2/chat", {"model": "m", "messages": openai, "tools": [OPENAI_TOOL]}),
        "embeddings": (
            "/v1/embeddings",
            {"model": "m", "input": [told(n, "text") for n in range(number)]},
        ),
    }


def attributes(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a span of that request holds."""
    wire = next(f for f in at(path) if f.fits(path, body))
    asked = wire.asked("localhost", path, body)
    held = {
        sc.REQUEST_BODY: json.dumps(body),
        sc.INPUT_MESSAGES: json_text(asked.messages),
        sc.SYSTEM_INSTRUCTIONS: json_text(asked.system),
        sc.TOOL_DEFINITIONS: json_text(asked.tools),
    }
    return {key: text for key, text in held.items() if text != "[]"}


@pytest.mark.parametrize("wire", chats(1))
def test_a_body_comes_out_as_it_was_and_takes_little_in_every_wire_format(wire: str) -> None:
    path, body = chats(12)[wire]
    held = attributes(path, body)
    sent = dict(held)
    condense(sent)
    assert sc.REQUEST_BODY not in sent
    assert len(sent[sc.REQUEST_TEMPLATE]) < 0.25 * len(held[sc.REQUEST_BODY])
    assert {k: v for k, v in sent.items() if "request.body" not in k} == {
        k: v for k, v in held.items() if k != sc.REQUEST_BODY
    }
    restored = whole(sent)
    assert restored.keys() == held.keys()
    again = json.loads(restored[sc.REQUEST_BODY])
    assert again == body
    assert content_key(path, again) == content_key(path, body)


def test_what_looks_like_a_reference_is_kept_as_it_is() -> None:
    path, body = chats(3)["openai"]
    odd = {"$": "m/0", "$is": {"$": "s/0"}, "like": []}
    body["metadata"] = odd
    body["messages"].append({"role": "user", "content": [odd, {"$is": told(0, "user")}]})
    body["messages"] += [{"$": "m", "from": 0, "like": [1], "count": 2}, "user", 7, None, []]
    sent = attributes(path, body)
    condense(sent)
    assert json.loads(str(request_text(sent))) == body
    assert sc.REQUEST_TEMPLATE in sent


def test_short_bodies_and_bodies_that_others_do_not_repeat_stay_as_they_are() -> None:
    path, body = chats(1)["openai"]
    short = attributes(path, {**body, "messages": [{"role": "user", "content": "hi"}], "tools": []})
    assert len(short[sc.REQUEST_BODY]) < MIN_BODY_CHARS
    own = {**body, "messages": [{"role": "user", "content": "hi"}], "user": "x" * 5000}
    for held in (short, attributes(path, own), {sc.REQUEST_BODY: "[" * 100_000}):
        sent = dict(held)
        condense(sent)
        assert sent == held
        assert request_text(sent) == held[sc.REQUEST_BODY]
    assert request_text({}) is None


@pytest.mark.parametrize("change", ["gone", "edited", "shortened", "cut", "template"])
def test_a_body_whose_messages_were_changed_on_the_way_is_not_restored(change: str) -> None:
    sent = attributes(*chats(3)["openai"])
    condense(sent)
    messages = sent[sc.INPUT_MESSAGES]
    if change == "gone":
        del sent[sc.INPUT_MESSAGES]
    elif change == "template":
        sent[sc.REQUEST_TEMPLATE] = sent[sc.REQUEST_TEMPLATE][:-5]
    else:
        sent[sc.INPUT_MESSAGES] = {
            "edited": messages.replace("Turn 1", "Turn one"),
            "shortened": json_text(json.loads(messages)[:-1]),
            "cut": messages[: len(messages) // 2],
        }[change]
    with pytest.raises(ReplayError, match="cannot be restored: the gen_ai"):
        request_text(sent)


@pytest.mark.parametrize(
    "template",
    [
        '[{"$":"m","from":0,"like":[1],"count":1000000000000}]',
        '[{"$":"m","from":-1,"like":[[{"$":"m","from":0,"like":[1],"count":9}]],"count":1}]',
        '{"$":"m/0/parts/0/content","as":"__class__"}',
        '{"$":"x/0"}',
        '{"$":{"$":"m"}}',
        '[{"$":"m","from":0,"like":7,"order":"0"}]',
        "[" * 100_000,
        json_text([{"$": "m"}] * 70_000),
    ],
)
def test_a_hostile_template_is_refused_and_takes_no_memory(template: str) -> None:
    messages = json_text([{"role": "user", "parts": [{"type": "text", "content": "x" * 1000}]}])
    held = {sc.INPUT_MESSAGES: messages, sc.REQUEST_TEMPLATE: template, sc.REQUEST_HASH: "sha256:"}
    with pytest.raises(ReplayError, match="cannot be restored"):
        request_text(held)


def converse(number: int) -> list[dict[str, Any]]:
    """Makes the calls of a chat of so many turns; the bodies that were sent."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        said = {"role": "assistant", "content": "ok"}
        return httpx.Response(200, json={"model": "m", "choices": [{"message": said}]})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    for n in range(1, number + 1):
        path, body = chats(n)["openai"]
        client.post(f"http://m.test{path}", json=body)
    return sent


def test_over_the_wire_each_message_of_a_chat_stands_once_in_a_span(collector: Any) -> None:
    misstep.init(endpoint=collector.url, service="tests")
    with misstep.run("chat"):
        sent = converse(5)
    assert misstep.flush(60)
    calls = [s for s in collector.spans() if s.name == "chat m"]
    held = [{a.key: a.value.string_value for a in span.attributes} for span in calls]
    assert [json.loads(str(request_text(a))) for a in held] == sent
    assert all(sc.REQUEST_TEMPLATE in a for a in held)
    for span in calls:
        assert span.SerializeToString().count(b"Turn 0: what the user says") == 3  # thrice in it
    keys = [a[sc.CONTENT_KEY] for a in held]
    assert keys == [content_key("/v1/chat/completions", body) for body in sent]


def test_what_was_redacted_is_not_restored_and_openinference_has_the_body_whole(start: Any) -> None:
    recorded = start(redact=misstep.Redactor(paths=["messages_in[1].**"]), openinference=True)
    with misstep.run("chat"):
        (sent,) = converse(1)
    held = recorded.attributes("chat m")
    assert json.loads(held["input.value"]) == sent
    assert held[sc.REQUEST_TEMPLATE] == '{"$":"v"}'
    assert json.loads(str(request_text(held))) == sent
    assert "Turn 0: what the user" not in held[sc.INPUT_MESSAGES]


def test_a_path_redacted_in_the_request_alone_leaves_the_rest_restorable(start: Any) -> None:
    recorded = start(redact=misstep.Redactor(paths=["request.messages[1].content"]))
    with misstep.run("chat"):
        (sent,) = converse(1)
    held = recorded.attributes("chat m")
    again = json.loads(str(request_text(held)))
    assert again["messages"][1]["content"] == "[redacted]"
    assert [again["messages"][0], *again["messages"][2:]] == [
        sent["messages"][0],
        *sent["messages"][2:],
    ]

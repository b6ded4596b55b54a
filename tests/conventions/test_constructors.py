"""What LangChain's dumped constructors tell is the same whether few of their keys are read or all."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from msgspec import UNSET

from misstep_store.conventions.content import langchain
from misstep_store.conventions.readers import openllmetry_steps
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.plans.langchain import constructed


def message(name: str, **more: Any) -> dict[str, Any]:
    kwargs = {"content": "To sum up.", "type": "ai", **more}
    return {"lc": 1, "type": "constructor", "id": ["langchain", name], "kwargs": kwargs}


ANSWER = message("AIMessage", response_metadata={"finish_reason": "stop", "model_name": "m-1"})
OTHER = message("AIMessage", response_metadata={"stop_reason": "end_turn", "model": "m-2"})
ASKED = message("HumanMessage")
OUTPUTS: dict[str, Any] = {
    "an answer": ANSWER,
    "a question": ASKED,
    "a state with one answer": {"messages": [ASKED, ANSWER]},
    "a state with two": {"messages": [ANSWER, ASKED, OTHER]},
    "a state of pairs": {"messages": [["user", "hi"]]},
    "one answer in a list": [ANSWER],
    "two in a list": [ANSWER, OTHER],
    "a command": {"graph": None, "update": {"messages": [ANSWER]}},
    "a prompt": message("ChatPromptValue", messages=[ASKED]),
    "words": "AIMessage of the response_metadata",
    "nothing": None,
    "an answer without details": message("AIMessage"),
    "an answer without content": {**ANSWER, "kwargs": {"response_metadata": {}}},
    "data": {"type": "ai", "data": {"content": "x", "response_metadata": {"model": "m"}}},
}


def whole(text: str) -> langchain.End | None:
    made = openllmetry_steps.outputs(rd.decoded(text))
    return langchain.ended(made[0]) if made else None


@pytest.mark.parametrize("name", OUTPUTS)
def test_few_keys_tell_what_all_of_them_do(name: str) -> None:
    for beside in ({}, {"kwargs": {"tags": []}}, {"more": 1}):
        text = json.dumps({"outputs": OUTPUTS[name], **beside})
        assert constructed(text) in (UNSET, whole(text))


def test_the_commonest_are_not_read_whole() -> None:
    for name in ("an answer", "a question", "a state with one answer", "two in a list"):
        assert constructed(json.dumps({"outputs": OUTPUTS[name], "kwargs": {}})) is not UNSET


def dicts_in(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for v in inner for one in dicts_in(v)]
    return [value, *found] if isinstance(value, dict) else found


@pytest.mark.parametrize("name", OUTPUTS)
def test_few_keys_tell_what_all_of_them_do_whatever_stands_in_them(name: str) -> None:
    rng = random.Random(name)
    keys = ["lc", "type", "id", "kwargs", "content", "response_metadata", "messages", "data"]
    keys += ["class", "update", "finish_reason", "stop_reason", "model", "model_name", "outputs"]
    odd = [None, "", "ai", "AIMessage", 0, [], ["AIMessage"], {}, {"content": "x"}, [ANSWER]]
    for _ in range(400):
        made = {"outputs": copy.deepcopy(OUTPUTS[name]), "kwargs": {}}
        for _ in range(rng.randrange(1, 3)):
            chosen, key = rng.choice(dicts_in(made)), rng.choice(keys)
            if rng.random() < 0.3:
                chosen.pop(key, None)
            else:
                chosen[key] = copy.deepcopy(rng.choice(odd))
        text = json.dumps(made)
        assert constructed(text) in (UNSET, whole(text)), text

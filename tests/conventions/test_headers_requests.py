"""Raw requests, of which only the model is read."""

from __future__ import annotations

import json

import pytest

from misstep_store.conventions.raw import bodies
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.steps.requests import model_named

DEEP = '{"a": ' + "[" * 500 + "]" * 500 + "}"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ('{"contents": [1, {"model": "no"}], "model": "m"}', "m"),
        ('{"model": "", "model_name": "m"}', "m"),
        ('{"model": 1, "model_id": "m"}', None),
        ('{"args": [], "kwargs": {"model": "m"}}', "m"),
        ('{"model": "m", "kwargs": {"model": "no"}}', "m"),
        (json.dumps({"modelId": "m", "body": '{"model": "no"}'}), "m"),
        (json.dumps({"modelId": "", "body": '{"model_name": "m"}'}), "m"),
        (json.dumps({"modelId": "no", "body": "[1]", "model": "m"}), "m"),
        (json.dumps({"modelId": "no", "body": DEEP, "model": "m"}), "m"),
        ('{"modelId": "no", "messages": []}', None),
        ("{'model': 'm'}", "m"),
        ('{"model": "m", "x": NaN}', "m"),
        ('{"model": "m", "messages": [{"rol', "m"),
        ('{"model": "\\ud800"}', "\ufffd"),
        ({"model": "m"}, "m"),
        (3, None),
    ],
)
def test_requests_name_the_model_that_the_conventions_find(
    given: object, named: str | None
) -> None:
    assert model_named(given) == bodies.model_named(rd.opened(given)) == named

"""The support pipeline's document index: policies with validity and embeddings made beforehand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from pydantic import BaseModel

EMBEDDING_MODEL = "text-embedding-3-small"
DIMENSIONS = 64
_FILE = Path(__file__).with_name("policies.json")


class Policy(BaseModel):
    """One policy document. ``archived`` hides it from search; dates are ISO 8601, "" = open."""

    id: str
    title: str
    text: str
    valid_from: str
    valid_until: str
    archived: bool
    vector: list[float]


@cache
def policies() -> tuple[Policy, ...]:
    """All documents of the index, archived ones too."""
    return tuple(Policy.model_validate(p) for p in json.loads(_FILE.read_text(encoding="utf-8")))


def embedded_text(policy: Policy) -> str:
    """The text of a policy that its vector stands for."""
    return f"{policy.title}. {policy.text}"

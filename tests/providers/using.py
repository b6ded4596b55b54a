"""What is asked of every SDK, and what it has to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

SYSTEM = "You are terse."
QUESTION = "Hello there. How are you?"
MESSAGES: list[Any] = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": QUESTION},
]
USER: list[Any] = MESSAGES[1:]


class Said(NamedTuple):
    text: str
    input_tokens: int | None
    output_tokens: int | None


Use = Callable[[str], Said]


@dataclass(frozen=True)
class Sdk:
    """How a package is used and what its hops must say."""

    provider: str
    model: str
    whole: Use
    stream: Use
    whole_async: Use | None = None
    stream_async: Use | None = None
    finish: str = "stop"
    operation: str = "chat"


def run(make: Callable[[str], Awaitable[Said]]) -> Use:
    async def bounded(url: str) -> Said:
        return await make(url)

    return lambda url: asyncio.run(bounded(url))

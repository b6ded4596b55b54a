"""A program that the replay tests copy and run: plain steps, no model, faults by environment."""

from __future__ import annotations

import asyncio
import os
import random
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

import misstep


class Facts(BaseModel):
    """What an order says."""

    item: str
    count: int


@dataclass
class Price:
    """What it costs."""

    total: float


def _faulty(step: str) -> bool:
    """Whether this step errs: always while FAULT names it, once where the file ONCE does."""
    once = Path(os.environ.get("ONCE", "/nonexistent"))
    if once.is_file() and once.read_text() == step:
        once.unlink()
        return True
    return step in os.environ.get("FAULT", "").split(",")


@misstep.hop
def read(text: str) -> Facts:
    count, item = text.split(" ", 1)
    return Facts(item=item, count=int(count) * (100 if _faulty("read") else 1))


@misstep.hop(kind="retriever")
def look_up(item: str) -> float:
    return 9.0 if _faulty("look_up") else 2.5


@misstep.hop(kind="tool", pure=True)
def price(facts: Facts, each: float) -> Price:
    if facts.count > 1000:
        raise ValueError(f"nobody orders {facts.count}")
    return Price(total=facts.count * each * (7 if _faulty("price") else 1))


@misstep.hop(kind="tool")
def charge(total: float) -> dict[str, float]:
    log = Path(os.environ["EFFECTS"])
    log.write_text(log.read_text() + f"{total}\n" if log.exists() else f"{total}\n")
    return {"charged": total}


@misstep.hop
def write(facts: Facts, total: float) -> str:
    if _faulty("write"):
        return f"{facts.count} {facts.item} for 0.01"
    return f"{facts.count} {facts.item} for {total}"


@misstep.pipeline
def order(text: str) -> str:
    facts = read(text)
    cost = price(facts, look_up(facts.item))
    charge(cost.total)
    return write(facts, cost.total)


@misstep.pipeline
def receipt(text: str) -> str:
    facts = read(text)
    cost = price(facts, look_up(facts.item))
    paid = charge(cost.total)
    return f"{write(facts, cost.total)}, charged {paid['charged']}"


@misstep.hop
def pieces(text: str) -> Iterator[str]:
    for word in text.split():
        yield word + " "


@misstep.hop
async def numbers(text: str) -> AsyncIterator[int]:
    for word in text.split():
        await asyncio.sleep(0)
        yield len(word)


@misstep.hop
async def shout(text: str) -> str:
    return text.upper()


@misstep.pipeline
async def streams(text: str) -> dict[str, object]:
    counted = [n async for n in numbers(text)]
    loud = await asyncio.gather(*(shout(w) for w in text.split()))
    return {"joined": "".join(pieces(text)), "counted": counted, "loud": list(loud)}


@misstep.hop
def stamp(moment: float, key: str) -> str:
    return f"{moment} {key}"


@misstep.pipeline
def pinned(text: str) -> str:
    return stamp(misstep.recorded(time.time), str(misstep.recorded(uuid.uuid4)))


@misstep.pipeline
def unpinned(text: str) -> str:
    return stamp(random.random(), "x")


@misstep.hop
def sleepy(text: str) -> str:
    time.sleep(float(os.environ.get("SLEEP_S", "0")))
    return text


@misstep.pipeline
def waits(text: str) -> str:
    return sleepy(text)


@misstep.hop
def whispered(text: str) -> str:
    return text.lower()


@misstep.hop
def shouted(text: str) -> str:
    return text.upper()


@misstep.pipeline
def branches(text: str) -> str:
    return shouted(text) if os.environ.get("LOUD") else whispered(text)


@misstep.hop
def scan(text: str) -> dict[str, object]:
    amount = text.split()[1]
    total = float(amount.split(",")[0] if _faulty("misread") else amount.replace(".", "")[:-3])
    return {"total": total, "currency": "EUR"}


@misstep.pipeline
def scanned(text: str) -> str:
    return book(scan(text))


@misstep.hop
def book(fields: dict[str, object]) -> str:
    return f"booked {fields['total']:g} {fields['currency']}"


def is_cheap(outcome: str) -> str | None:
    """A check as a user writes one."""
    return None if outcome.endswith("for 7.5") else f"not the right price: {outcome}"


if __name__ == "__main__":
    import sys

    misstep.init(store=os.environ["SHOP_STORE"])
    print(order(sys.argv[1]))

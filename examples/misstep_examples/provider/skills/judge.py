"""Judging one recorded step: does its output say something that its input does not?"""

from __future__ import annotations

import json
import re
from typing import Any

from misstep_examples.provider.skills.base import Moment, Skill

_NUMBER = re.compile(r"\d[\d.,]*")


def judge_step(moment: Moment) -> dict[str, Any]:
    """Wrong when a number of the output is written nowhere in the input, in any notation."""
    data = moment.data()
    received = {_bare(n) for n in _NUMBER.findall(json.dumps(data.get("received")))}
    produced = _NUMBER.findall(json.dumps(data.get("produced")))
    strange = [n for n in produced if _bare(n) not in received]
    if strange:
        return {"verdict": "wrong", "reason": f"{strange[0]} is not in what it received"}
    return {"verdict": "right", "reason": "every number it gives is in what it received"}


def _bare(number: str) -> str:
    return number.rstrip(".,").replace(",", "")


SKILLS = (Skill("you check one step of a recorded pipeline", judge_step),)

"""What the simulated models can do: one rule-based skill a task, found by the instruction's words.

A skill reads the request and computes its answer; it never looks an answer up. Each names the
mistakes it can be made to make, and makes some of them by itself on wordings it is prone to
misread, as real models do.
"""

from __future__ import annotations

from misstep_examples.provider.skills import general, invoice, judge, research, support
from misstep_examples.provider.skills.base import Moment, Skill, Skills

__all__ = ["STANDARD", "Moment", "Skill", "Skills"]

STANDARD = Skills(
    [*invoice.SKILLS, *support.SKILLS, *research.SKILLS, *judge.SKILLS],
    fallback=general.small_talk,
)
"""The skills of the bundled pipelines, and judging."""

"""Every rule has its section with its rank, and no section lacks a rule."""

from __future__ import annotations

import re
from pathlib import Path

from misstep_diagnosis.checks.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_every_rule_has_a_section_that_states_its_rank() -> None:
    sections = dict(re.findall(r"^## (\S+)\n(\w+)", PAGE.read_text("utf-8"), re.MULTILINE))
    assert sections == {r.name: "Strict" if r.strict else "Heuristic" for r in RULES}

"""Pure functions over runs and hops: lineage, checks, blame, diff and the first bad hop.

Nothing here reads files, the clock or a database; every function takes the shapes of
``misstep.model`` and returns them, so that a rule can be tested from three literal hops.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from misstep_diagnosis.blame import blame
from misstep_diagnosis.doctor import DoctorNote, PipelineNote, doctor, doctor_of
from misstep_diagnosis.lineage import lineage
from misstep_diagnosis.reach import reach

if TYPE_CHECKING:
    from misstep_diagnosis.bisect import plan
    from misstep_diagnosis.comparing.align import align
    from misstep_diagnosis.comparing.changes import same_meaning
    from misstep_diagnosis.comparing.diff import diff
    from misstep_diagnosis.comparing.nearest import good_runs_by_nearness, nearest_good
    from misstep_diagnosis.learned import Learned
    from misstep_diagnosis.learning import learn_all
    from misstep_diagnosis.verdict.confirm import confirm
    from misstep_diagnosis.verdict.origin import RULES_VERSION, diagnose, diagnose_with_edges

__all__ = [
    "RULES_VERSION",
    "DoctorNote",
    "Learned",
    "PipelineNote",
    "align",
    "blame",
    "confirm",
    "diagnose",
    "diagnose_with_edges",
    "diff",
    "doctor",
    "doctor_of",
    "good_runs_by_nearness",
    "learn_all",
    "lineage",
    "nearest_good",
    "plan",
    "reach",
    "same_meaning",
]

_HOME = {
    "Learned": "learned",
    "RULES_VERSION": "verdict.origin",
    "align": "comparing.align",
    "confirm": "verdict.confirm",
    "diagnose": "verdict.origin",
    "diagnose_with_edges": "verdict.origin",
    "diff": "comparing.diff",
    "good_runs_by_nearness": "comparing.nearest",
    "learn_all": "learning",
    "nearest_good": "comparing.nearest",
    "plan": "bisect",
    "same_meaning": "comparing.changes",
}


def __getattr__(name: str) -> Any:
    """A function, loaded with what it needs when it is first asked for: a process that diagnoses
    nothing does not wait for the rules."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found

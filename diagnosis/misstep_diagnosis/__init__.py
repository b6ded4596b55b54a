"""Pure functions over runs and hops: lineage, checks, blame, diff and the first bad hop.

Nothing here reads files, the clock or a database; every function takes the shapes of
``misstep.model`` and returns them, so that a rule can be tested from three literal hops.
"""

from misstep_diagnosis.bisect import plan
from misstep_diagnosis.blame import blame
from misstep_diagnosis.comparing.align import align
from misstep_diagnosis.comparing.changes import same_meaning
from misstep_diagnosis.comparing.diff import diff
from misstep_diagnosis.comparing.nearest import good_runs_by_nearness, nearest_good
from misstep_diagnosis.doctor import DoctorNote, PipelineNote, doctor, doctor_of
from misstep_diagnosis.learned import Learned, learn_all
from misstep_diagnosis.lineage import lineage
from misstep_diagnosis.reach import reach
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

"""Pure functions over runs and hops: lineage, checks, blame, diff and the first bad hop.

Nothing here reads files, the clock or a database; every function takes the shapes of
``misstep.model`` and returns them, so that a rule can be tested from three literal hops.
"""

from misstep_diagnosis.align import align
from misstep_diagnosis.bisect import plan
from misstep_diagnosis.blame import blame
from misstep_diagnosis.confirm import confirm
from misstep_diagnosis.diff import diff, nearest_good, same_meaning
from misstep_diagnosis.doctor import DoctorNote, doctor
from misstep_diagnosis.lineage import lineage
from misstep_diagnosis.origin import RULES_VERSION, diagnose

__all__ = [
    "RULES_VERSION",
    "DoctorNote",
    "align",
    "blame",
    "confirm",
    "diagnose",
    "diff",
    "doctor",
    "lineage",
    "nearest_good",
    "plan",
    "same_meaning",
]

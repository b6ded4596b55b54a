"""Agent logs: transcripts of agents talking, and traces of agents calling tools.

Such runs carry few values that travel hop to hop unchanged, so lineage alone says little. Here each
step is read for *signals*, named observations such as "assumes what nobody gave it" or "no tool was
used before the final answer", and their weights say how likely the run first goes wrong at that step,
given that it had not gone wrong before.

The weights were fitted on the public halves named in docs/localisation.md. They rank suspects;
they never accuse by themselves.
"""

from misstep_diagnosis.agents.first import Model, load_model
from misstep_diagnosis.agents.reading import Turn
from misstep_diagnosis.agents.spans import Act, act_signals
from misstep_diagnosis.agents.transcript import turn_signals

__all__ = ["Act", "Model", "Turn", "act_signals", "load_model", "turn_signals"]

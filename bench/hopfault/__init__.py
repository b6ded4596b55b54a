"""HopFault: pipelines with known planted faults, to measure whether the first bad hop is found.

Twelve pipeline shapes in three domains call their models over real HTTP through the real SDKs.
Every case is run twice, clean and with its fault; the truth is read off the two runs: the hops
whose input is the same and whose output is not. Cases whose outcome the fault does not change are
dropped and counted.
"""

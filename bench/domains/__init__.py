"""Recorded runs of unlike domains, each with the hop where it first went wrong, ten of them clean.

They were written as recordings before any rule had seen them, and are no basis for tuning: the
rules are changed for the kind of fault, never for a run. Labels are read by the scoring alone.
"""

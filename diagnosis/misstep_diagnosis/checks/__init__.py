"""Rules that find evidence in one run, by family; docs/rules.md has a section for each.

A rule never accuses by itself: it returns :class:`found.Found` with its quote, and ``origin`` weighs
what all rules found along the lineage.
"""

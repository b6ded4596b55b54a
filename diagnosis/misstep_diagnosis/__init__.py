"""Pure functions over runs and hops: lineage, checks, blame, diff and the first bad hop."""

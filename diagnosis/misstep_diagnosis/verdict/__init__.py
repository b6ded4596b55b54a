"""From evidence to a verdict: weighed along the lineage, ranked, explained, proved or overruled."""

"""The trace store: OTLP in, runs and hops out, on one DuckDB file."""

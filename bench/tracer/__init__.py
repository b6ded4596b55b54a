"""What recording costs the program that is recorded: `python -m bench.tracer` (make bench-tracer)."""

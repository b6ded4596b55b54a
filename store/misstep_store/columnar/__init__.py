"""OTLP protobuf straight into Arrow columns, without a Python object a span.

``layout`` says which columns there are, ``slab`` is the interface (bytes in, Arrow table out), and
``walk``, ``text`` and ``index`` are compiled by numba. What the walker does not read itself (wrong
ids, unusual wire forms, very deep nesting) it hands back, and the body goes through
``misstep_store.otlp.decode``: upb is the referee, and property tests hold the two side by side.
docs/adr/0001-columnar-ingest.md has the measurements.
"""

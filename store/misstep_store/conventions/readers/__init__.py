"""What each instrumentation writes, read: one file a convention.

A reader makes a :class:`conventions.types.Draft` of one span and the log records beside it. It knows
its own names; shapes that many share (messages, bodies, usage, errors) are read by the modules of
:mod:`misstep_store.conventions`. ``genai_events`` and ``openinference_libraries`` belong to conventions
that need more than one file.
"""

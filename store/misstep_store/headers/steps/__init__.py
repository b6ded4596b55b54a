"""The steps of plans: each finds one fact of spans that are read together."""

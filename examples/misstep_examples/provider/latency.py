"""How long the simulated models take; small, seeded by the request, scaled by one number."""

from __future__ import annotations

from misstep_examples.provider.exchange import Ask

_FIRST_TOKEN_MS = {"o1": 180, "gpt-4o-mini": 35, "gpt-4o": 60, "claude-3-5-haiku": 45}
_FIRST_TOKEN_MS |= {"claude-3-5-sonnet": 75, "text-embedding": 10}
_OTHER_MS = 50
_PER_TOKEN_MS = 0.25


def first_token_s(ask: Ask, scale: float) -> float:
    """Seconds until the model begins to answer."""
    known = [name for name in _FIRST_TOKEN_MS if ask.model.startswith(name)]
    base_ms = _FIRST_TOKEN_MS[max(known, key=len)] if known else _OTHER_MS
    jitter = 0.8 + (ask.seed("latency") % 1000) / 2500
    return scale * base_ms * jitter / 1000


def writing_s(tokens: int, scale: float) -> float:
    """Seconds the model takes to write that many tokens."""
    return scale * tokens * _PER_TOKEN_MS / 1000

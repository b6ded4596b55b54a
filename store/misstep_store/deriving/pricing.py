"""What a model call costs, from the prices the library genai-prices ships; offline.

The library takes 200 µs a call. Most models have one price a token of each sort, so their prices are
asked for once a day of the calls; models with tiers, and counts that contradict each other, are left
to the library every time.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from misstep_store.conventions.types import Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "azure.ai.openai": "azure",
    "aws.bedrock": "aws",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "x_ai": "x-ai",
    "moonshot_ai": "moonshotai",
}
_MANY = 1_000_000
_UNKNOWN = "unknown"


class _Rates(NamedTuple):
    """US dollars for each token that is counted, and what a cached and a cache-written one adds."""

    asked: Decimal
    said: Decimal
    cached: Decimal
    written: Decimal


def price(provider: str | None, model: str | None, usage: Usage, at_unix_nano: int) -> float | None:
    """US dollars, or None when no price of this model is known; never a guess."""
    if not model:
        return None
    day = at_unix_nano // 86_400_000_000_000
    rates = _rates(provider or "", model, day)
    if rates is None:
        return None
    asked, said, cached, written, _ = usage
    if not isinstance(rates, _Rates) or cached + written > asked:
        return _priced(provider or "", model, usage, day)
    total = rates.asked * asked + rates.said * said
    if cached or written:
        total += rates.cached * cached + rates.written * written
    return float(total)


@lru_cache(maxsize=20_000)
def _rates(provider: str, model: str, day: int) -> _Rates | str | None:
    """The rates; None: no price is known; a text: it takes more than rates."""
    from genai_prices.types import TieredPrices

    whole = _calculated(provider, model, Usage(_MANY, _MANY), day)
    if whole is None:
        return None
    if any(isinstance(p, TieredPrices) for p in vars(whole.model_price).values()):
        return _UNKNOWN
    found = []
    for usage in (Usage(_MANY), Usage(0, _MANY), Usage(_MANY, 0, _MANY), Usage(_MANY, 0, 0, _MANY)):
        made = _calculated(provider, model, usage, day)
        if made is None:
            return _UNKNOWN
        found.append(made.total_price / _MANY)
    asked, said, cached, written = found
    rates = _Rates(asked, said, cached - asked, written - asked)
    if whole.total_price != (rates.asked + rates.said) * _MANY:
        return _UNKNOWN
    return rates


@lru_cache(maxsize=50_000)
def _priced(provider: str, model: str, usage: Usage, day: int) -> float | None:
    found = _calculated(provider, model, usage, day)
    return None if found is None else float(found.total_price)


def _calculated(provider: str, model: str, usage: Usage, day: int) -> PriceCalculation | None:
    # Loaded with the first price: it brings an HTTP client of its own.
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    moment = dt.datetime.fromtimestamp(day * 86_400 + 43_200, dt.UTC)
    details: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cached_tokens or None,
        "cache_write_tokens": usage.cache_write_tokens or None,
    }
    for provider_id in dict.fromkeys((_PROVIDERS.get(provider, provider), "")):
        try:
            return calc_price(
                PricedUsage(**details),
                model_ref=model,
                provider_id=provider_id or None,
                genai_request_timestamp=moment,
            )
        except (LookupError, ValueError):
            continue
    return None

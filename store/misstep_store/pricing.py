"""What a model call costs, from the prices the library genai-prices ships; offline."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from misstep_store.conventions.types import Usage

_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "azure.ai.openai": "azure",
    "aws.bedrock": "aws",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "x_ai": "x-ai",
}


def price(provider: str | None, model: str | None, usage: Usage, at_unix_nano: int) -> float | None:
    """US dollars, or None when no price of this model is known; never a guess."""
    if not model:
        return None
    day = at_unix_nano // 86_400_000_000_000
    return _priced(provider or "", model, usage, day)


@lru_cache(maxsize=50_000)
def _priced(provider: str, model: str, usage: Usage, day: int) -> float | None:
    moment = dt.datetime.fromtimestamp(day * 86_400 + 43_200, dt.UTC)
    details: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cached_tokens or None,
        "cache_write_tokens": usage.cache_write_tokens or None,
    }
    for provider_id in dict.fromkeys((_PROVIDERS.get(provider, provider), "")):
        try:
            found = calc_price(
                PricedUsage(**details),
                model_ref=model,
                provider_id=provider_id or None,
                genai_request_timestamp=moment,
            )
        except (LookupError, ValueError):
            continue
        return float(found.total_price)
    return None

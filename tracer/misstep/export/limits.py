"""OpenTelemetry's own limits of spans, where somebody set them; misstep needs none by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from misstep import semconv as sc
from misstep.config import Limits

_FIRST = (
    sc.SCHEMA,
    sc.ROLE,
    sc.HOP_NAME,
    sc.PIPELINE,
    sc.HOP_KIND,
    sc.INPUT,
    sc.OUTPUT,
    sc.INPUT_MESSAGES,
    sc.OUTPUT_MESSAGES,
    sc.SYSTEM_INSTRUCTIONS,
    sc.REQUEST_MODEL,
    sc.RESPONSE_MODEL,
    sc.PROVIDER,
    sc.OPERATION,
    sc.ERROR_TYPE,
    sc.HOP_PATH,
    sc.INPUT_CUT,
    sc.OUTPUT_CUT,
    sc.REDACTED,
    sc.INPUT_TOKENS,
    sc.OUTPUT_TOKENS,
    sc.FINISH_REASONS,
    sc.TOOL_DEFINITIONS,
)
"""What is kept where not all may stay; the rest follows in the order it was written."""
_HASHES = frozenset({sc.CONTENT_KEY, sc.CODE_HASH, sc.INPUT_HASH, sc.OUTPUT_HASH, sc.REQUEST_HASH})
_REQUEST = frozenset({sc.REQUEST_TEMPLATE, sc.REQUEST_HASH})


class Told(NamedTuple):
    """An event as it is sent; ``dropped`` counts attributes above the limit."""

    name: str
    time_unix_nano: int
    attributes: Mapping[str, Any]
    dropped: int = 0


class Bounds:
    """Cuts spans to their limits, counting what goes as OpenTelemetry does."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def attributes(self, given: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """What of a span's attributes stays, and how many do not."""
        most = self._limits.value_chars
        cut = [] if most is None else [k for k, v in given.items() if _too_long(v, most)]
        out = dict(given)
        for key in cut:
            # Half a hash or template would be a wrong one.
            if key in _HASHES or key in _REQUEST:
                del out[key]
            else:
                out[key] = _shortened(out[key], most or 0)
        if not out.keys() >= _REQUEST:
            for key in _REQUEST:
                out.pop(key, None)
        if cut:
            out[sc.ATTRIBUTES_CUT] = len(cut)
        return self._counted(out, len(given.keys() - out.keys()))

    def _counted(self, given: dict[str, Any], dropped: int) -> tuple[dict[str, Any], int]:
        most = self._limits.attributes
        if most is None or len(given) <= most:
            return given, dropped
        order = [*(k for k in _FIRST if k in given), *(k for k in given if k not in _FIRST)]
        return {k: given[k] for k in order[:most]}, dropped + len(given) - most

    def events(self, given: Iterable[Told]) -> tuple[list[Told], int]:
        """What of a span's events stays, and how many do not."""
        events = [self._event(event) for event in given]
        most = self._limits.events
        kept = events if most is None else events[:most]
        return kept, len(events) - len(kept)

    def _event(self, event: Told) -> Told:
        limits = self._limits
        chars, most = limits.event_value_chars, limits.event_attributes
        attributes = dict(event.attributes)
        if chars is not None:
            attributes = {k: _shortened(v, chars) for k, v in attributes.items()}
        kept = attributes if most is None else dict(list(attributes.items())[:most])
        return event._replace(attributes=kept, dropped=len(attributes) - len(kept))


def _too_long(value: Any, most_chars: int) -> bool:
    if isinstance(value, str):
        return len(value) > most_chars
    return isinstance(value, list | tuple) and any(_too_long(v, most_chars) for v in value)


def _shortened(value: Any, most_chars: int) -> Any:
    if isinstance(value, str):
        return value[:most_chars]
    if isinstance(value, list | tuple):
        return [_shortened(v, most_chars) for v in value]
    return value

"""Facts that spans carry and no hop has: ``python -m tests.conventions.gaps [EXPORT | FILE …]``.

Without expectations by hand: every number under a key with ``token``, every text under a key that
speaks of models, messages, documents, tools, sessions, … is looked for in the hop of its span and in
its run. A line says which key, how often it is missing and an example; many are facts with no place
in a hop, so the list is for reading, and ``IGNORED`` holds what was looked at and has none.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.conventions.rendering import exports, load, normalised, own_exports

from misstep.model import Hop, Run
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.transfer import importing

TOLD = re.compile(
    r"token|model|finish|stop_?reason|message|prompt|completion|input|output|document|tool|session"
    r"|user|conversation|thread|argument|result|response|query|score|tags|content|answer|cost",
    re.IGNORECASE,
)
IGNORED = re.compile(
    r"^(logfire\.(json_schema|msg)|code\.|url\.|http\.|server\.|network\.|telemetry\.|user_agent)"
    r"|schema_url|mime_type|\.vector\b|embedding\.vector|stacktrace|json_schema|object$|additional_kwargs"
    r"|\.type$|_type$|\.index$|\.role$|created|fingerprint|service_tier|logprobs|total_tokens"
    r"|(audio|prediction)_tokens|annotations|message\.id$|\.lc$|lc_|annotation|headers\.|(kwargs|data)\.id"
    r"|\.id\.N$|messages(\.N)*\.id$|status$|model_provider|request_id|\.error\.code|tool\.description|seq:step",
    re.IGNORECASE,
)
_INDEX = re.compile(r"\.\d+(?=\.|$)")
_MIN_TEXT = 2
_PROBE = 60


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str | float]]:
    """(path, value) of every text and number, JSON inside text opened."""
    if isinstance(value, str):
        opened = rd.from_repr(value) if value[:1] in "[{" else value
        if isinstance(opened, dict | list) and depth < 12:
            yield from leaves(opened, path, depth + 1)
        else:
            yield path, value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield path, float(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value[:50]:
            yield from leaves(inner, f"{path}.0", depth + 1)


def carried(span: Span, logs: Sequence[LogRecord]) -> Iterator[tuple[str, str | float]]:
    """What a span, its events and its logs carry under keys that tell of a hop."""
    sources: list[tuple[str, Any]] = [("", span.attributes)]
    sources += [(f"event:{e.name}", e.attributes) for e in span.events if e.name != "exception"]
    sources += [
        (f"log:{r.event_name or r.attributes.get('event.name')}", {"body": r.body, **r.attributes})
        for r in logs
    ]
    for source, attributes in sources:
        for path, value in leaves(attributes):
            key = _INDEX.sub(".N", path)
            if TOLD.search(key) and not IGNORED.search(key):
                yield f"{source} {key}".strip(), value


def _words(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z\u00c0-\uffff]+", " ", text).strip().lower()


def known(hop: Hop | None, run: Run) -> tuple[str, set[float]]:
    """Texts and numbers of a hop and of its run."""
    told: list[Any] = [run.model_dump(mode="json", exclude={"hops"})]
    if hop is not None:
        told.append(hop.model_dump(mode="json"))
    texts, numbers = [], set()
    for _, value in leaves(told):
        if isinstance(value, str):
            texts.append(value)
        else:
            numbers.add(round(value, 9))
    return _words(" ".join(texts) + json.dumps(told, ensure_ascii=False)), numbers


def gaps(spans: Sequence[Span], logs: Sequence[LogRecord]) -> dict[str, list[str]]:
    """{key: examples of values that are in no hop}, of one export."""
    by_id = {s.span_id: s for s in spans}
    by_span: dict[str, list[LogRecord]] = defaultdict(list)
    for log in logs:
        by_span[log.span_id].append(log)
    found: dict[str, list[str]] = defaultdict(list)
    for made in normalised(spans, logs):
        members = [(h, [h.hop_id, *h.merged]) for h in made.hops]
        covered = {i for _, ids in members for i in ids}
        if made.run.root_id and made.run.root_id not in covered:
            members.append((None, [made.run.root_id]))  # type: ignore[arg-type]
        for hop, ids in members:
            texts, numbers = known(hop, made.run)
            for span_id in ids:
                for key, value in carried(by_id[span_id], by_span.get(span_id, ())):
                    if not _has(value, texts, numbers):
                        kind = hop.kind if hop is not None else "run"
                        found[f"{kind}: {key}"].append(str(value)[:80].replace("\n", "⏎"))
    return found


def _has(value: str | float, texts: str, numbers: set[float]) -> bool:
    if isinstance(value, float):
        near = {round(value, 9), round(value * 1000, 9)}
        return value in (0.0, -1.0) or bool(near & numbers) or _words(f"{value:g}") in texts
    probe = _words(value)
    return len(probe) < _MIN_TEXT or probe[:_PROBE] in texts


def report(name: str) -> None:
    """Prints the gaps of an export."""
    if Path(name).is_file():
        decoded = importing.read_file(Path(name)).decoded
        spans, logs = decoded.spans, decoded.logs
    else:
        spans, logs = load(name)
    found = gaps(spans, logs)
    print(f"\n{name}: {sum(map(len, found.values()))} facts in no hop")
    for key, values in sorted(found.items()):
        example, _ = Counter(values).most_common(1)[0]
        print(f"  {len(values):4} {key} = {example}")


if __name__ == "__main__":
    for name in sys.argv[1:] or [*exports(), *own_exports()]:
        report(name)

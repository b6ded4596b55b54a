"""Exports as runs and hops in lines a reviewer reads; what is empty is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from misstep.model import Hop, Run
from misstep_store.conventions import Normalised, build, drafts
from misstep_store.conventions.between import across
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.transfer import importing

OTLP = Path(__file__).parents[3] / "shared" / "data" / "otlp"
OWN = Path(__file__).parent / "exports"
GOLDEN = Path(__file__).parents[1] / "golden"
_WIDTH = 320


def exports() -> list[str]:
    """The names of the exports in the data folder."""
    return sorted(p.name for p in OTLP.iterdir() if p.is_dir()) if OTLP.is_dir() else []


def own_exports() -> list[str]:
    """The names of the exports that ``tests.conventions.capture`` made."""
    names = [p.name.removesuffix(".pb.gz") for p in OWN.glob("*.pb.gz")]
    return sorted(n for n in names if not n.endswith(".logs"))


def _files(name: str) -> list[Path]:
    own = OWN / f"{name}.pb.gz"
    if own.exists():
        return [own]
    folder = OTLP / name
    return sorted(folder.glob("*.pb")) or sorted(
        f for f in folder.glob("*.json") if not f.name.endswith(".headers.json")
    )


def load(name: str) -> tuple[list[Span], list[LogRecord]]:
    """All spans and logs of an export."""
    files = _files(name)
    spans: list[Span] = []
    logs: list[LogRecord] = []
    for file in files:
        found = importing.read_file(file).decoded
        spans += found.spans
        logs += found.logs
    return spans, logs


def normalised(spans: Sequence[Span], logs: Sequence[LogRecord]) -> list[Normalised]:
    """Every run of some spans, doubles in other traces folded; by start, then by id."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    read = {
        i: drafts(found, [log for log in logs if log.trace_id == i]) for i, found in traces.items()
    }
    groups = across.groups(read)
    folded = {i for others in groups.values() for i in others}
    made = [
        build([*found, *(d for other in groups.get(i, ()) for d in read[other])], price=None)
        for i, found in read.items()
        if i not in folded
    ]
    return sorted(made, key=lambda n: (n.run.started_at, n.run.run_id))


def rendered(name: str) -> str:
    """An export as text."""
    spans, logs = load(name)
    return as_text(name, spans, logs, normalised(spans, logs))


def as_text(
    name: str, spans: Sequence[Span], logs: Sequence[LogRecord], made: Sequence[Normalised]
) -> str:
    """What was read of an export, as text."""
    hops = sum(len(n.hops) for n in made)
    lines = [
        f"{name}: {len(spans)} spans, {len(logs)} logs "
        f"→ {len(made)} runs, {hops} hops, {sum(len(h.merged) for n in made for h in n.hops)} folded"
    ]
    for number, found in enumerate(made, 1):
        lines += ["", *_run(number, found.run)]
        by_id = {h.hop_id: h for h in found.hops}
        for hop in found.hops:
            lines += ["  " + line for line in _hop(hop, by_id)]
    return "\n".join(lines) + "\n"


def _run(number: int, run: Run) -> list[str]:
    head = f"run {number} {run.name} · {run.convention} · {run.status}"
    if run.span_count > 1:
        head += f" · {run.span_count} spans"
    lines = [head + ("" if run.complete else " · incomplete")]
    about = {
        "pipeline": run.pipeline if run.pipeline != run.name else None,
        "version": run.version,
        "session": run.session_id,
        "user": run.user_id,
        "tags": run.tags,
        "scores": [_short(s.model_dump(exclude_none=True)) for s in run.scores],
    }
    lines += [f"  {k}: {_short(v)}" for k, v in about.items() if v]
    lines += [f"  in:  {_short(run.input)}", f"  out: {_short(run.output)}"]
    if run.error:
        lines.append(f"  error: {run.error.type}: {_short(run.error.message)}")
    return lines


def _hop(hop: Hop, by_id: dict[str, Hop]) -> list[str]:
    head = f"{hop.index} {hop.kind} {hop.name} · {hop.convention}"
    parent = by_id.get(hop.parent_id or "")
    head += f" · in {parent.index} {parent.name}" if parent else ""
    head += f" · {len(hop.merged)} folded" if hop.merged else ""
    head += " · orphan" if hop.orphan else ""
    about: dict[str, Any] = {
        "model": _models(hop),
        "tokens": _tokens(hop),
        "finish": hop.finish_reason,
        "cost": hop.cost_usd,
        "ttft": f"{hop.time_to_first_token_ms:.1f} ms" if hop.time_to_first_token_ms else None,
        "system": hop.system,
        "tools": [t.get("name") for t in hop.tools],
        "parameters": hop.parameters,
        "call id": hop.tool_call_id,
        "cut": [n for n, gone in (("in", hop.input_cut), ("out", hop.output_cut)) if gone],
        "prompt": f"{hop.prompt_name or ''}@{hop.prompt_version}" if hop.prompt_version else None,
        "documents": hop.documents,
        "attempts": [
            f"{a.number} {a.status or a.reason or ''} {'ok' if a.ok else 'failed'}".replace(
                "  ", " "
            )
            for a in hop.attempts
        ],
        "scores": [s.model_dump(exclude_none=True, exclude={"hop_id"}) for s in hop.scores],
    }
    lines = [head, *(f"    {k}: {_short(v)}" for k, v in about.items() if v)]
    lines += [f"    > {m.role}: {_parts(m.parts)}" for m in hop.messages_in]
    lines += [f"    < {m.role}: {_parts(m.parts)}" for m in hop.messages_out]
    lines += [f"    in:  {_short(hop.input)}", f"    out: {_short(hop.output)}"]
    if hop.answer is not None and hop.answer != hop.output:
        lines.append(f"    answer: {_short(hop.answer)}")
    if hop.error:
        lines.append(f"    error: {hop.error.type}: {_short(hop.error.message)}")
    return lines


def _models(hop: Hop) -> str | None:
    asked, served = hop.request_model, hop.response_model
    if not asked and not served:
        return None
    told = f"{asked} → {served}" if asked and served and served != asked else str(asked or served)
    return f"{hop.provider or '?'} {told}"


def _tokens(hop: Hop) -> str | None:
    if not hop.input_tokens and not hop.output_tokens:
        return None
    parts = [f"{hop.input_tokens} in"]
    parts += [f"{hop.cached_tokens} cached"] if hop.cached_tokens else []
    parts += [f"{hop.cache_write_tokens} written"] if hop.cache_write_tokens else []
    parts += [f"{hop.output_tokens} out"]
    parts += [f"{hop.reasoning_tokens} reasoning"] if hop.reasoning_tokens else []
    return ", ".join(parts)


def _parts(parts: list[dict[str, Any]]) -> str:
    return _short([{k: v for k, v in p.items() if v is not None} for p in parts]) if parts else "–"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace("\n", "⏎")
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}… ({len(text)} characters)"

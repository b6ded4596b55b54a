"""Hops held against what was really asked and answered: ``python -m tests.conventions.oracle FILE …``.

The local provider of ``tests.conventions.capture`` keeps what each call asked and what it answered
(``NAME.asked.json.gz`` beside an export). Each call has to be one hop, and a fact of it that stands
anywhere in the spans and logs of that hop has to be the hop's: nothing here knows how conventions
write it.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.conventions import facts
from tests.conventions.carried import Carried, dumped, words
from tests.conventions.rendering import normalised

from misstep.model import Hop
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.transfer import importing

Told = dict[str, Any]
Known = tuple[list[Span], list[LogRecord], list[Told]]
FINISH = {
    "stop": {"stop", "end_turn", "completed", "complete", "finish", "finished"},
    "length": {"length", "max_tokens", "incomplete", "max_output_tokens"},
    "tool_calls": {"tool_calls", "tool_use", "tool_call", "function_call", "completed"},
    "content_filter": {"content_filter"},
    "stop_sequence": {"stop_sequence", "stop"},
    "refusal": {"refusal", "content_filter"},
    "pause_turn": {"pause_turn"},
    "safety": {"safety", "content_filter"},
    "blocked": {"content_filter", "blocked", "prohibited_content"},
}
ABANDONED = {"error"}
"""How some tell of a stream that its reader left."""
TOKENS = {
    "prompt": "input_tokens",
    "output": "output_tokens",
    "cached": "cached_tokens",
    "reasoning": "reasoning_tokens",
    "written": "cache_write_tokens",
}


def load(file: Path) -> Known:
    """Spans and logs of an export, and what its calls asked and were answered."""
    found = importing.read_file(file).decoded
    told = file.with_name(file.name.replace(".pb.gz", ".asked.json.gz"))
    return list(found.spans), list(found.logs), json.loads(gzip.decompress(told.read_bytes()))


def fits(told: Told, hop: Hop) -> float:
    """How well a hop fits a call; what was asked and answered first, the rest where those agree."""
    asked, said = dumped([m.text for m in hop.messages_in] or hop.input), dumped(hop.output)
    last = words(told["turns"][-1][1]) if told["turns"] else ""
    points = 4.0 * (bool(told["text"]) and words(told["text"]) in said)
    points += 4.0 * (bool(last) and last in asked)
    points += 3.0 * all(words(json.dumps(a)) in said and words(n) in said for n, a in told["calls"])
    points += 2.0 * (hop.input_tokens == told["usage"]["prompt"])
    points += 0.5 * (hop.kind == "llm")
    points += 1.0 * (told["model"] in (hop.request_model, hop.response_model))
    points += 1.0 * (len(hop.messages_in) in (len(told["turns"]), len(told["turns"]) + 1))
    return points - 6.0 * (hop.error is not None)


def paired(told: Sequence[Told], hops: Sequence[Hop]) -> list[tuple[Told, Hop | None]]:
    """Each call with the hop that fits best, each hop once; of equals the earlier."""
    ranked = sorted(
        ((fits(t, h), -i, -j) for i, t in enumerate(told) for j, h in enumerate(hops)),
        reverse=True,
    )
    taken: dict[int, int] = {}
    for points, i, j in ranked:
        if points > 0 and -i not in taken and -j not in taken.values():
            taken[-i] = -j
    return [(t, hops[taken[i]] if i in taken else None) for i, t in enumerate(told)]


def complaints(told: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    """What the hop's spans and logs say of the call and the hop does not."""
    models = (hop.request_model, hop.response_model)
    asked_for, served = told["model"], told["served"]
    if carried.exactly(asked_for) and asked_for not in models:
        yield f"model {asked_for} is {models}"
    if served != asked_for and carried.exactly(served) and served not in models:
        yield f"served model {served} is {hop.response_model}"
    yield from _said(told, hop, carried)
    yield from _asked(told, hop, carried.without(told["text"]))  # which says again what was asked
    yield from _counted(told, hop, carried)


def _said(told: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    parts = [p for m in hop.messages_out for p in m.parts]
    said = dumped([hop.output, parts])
    unasked = carried
    for _, asked in told["turns"]:  # from which the local provider takes what it thinks and calls
        unasked = unasked.without(asked)
    for what, there in ((told["text"], carried), (told["thought"], unasked)):
        if there.has(what) and words(what) not in said:
            yield f"said {what[:60]!r}, has {hop.output!r:.80}"
    text = told["text"]
    whole = not isinstance(hop.output, str) or words(text) == words(hop.output)
    if carried.has(text) and not whole:
        yield f"answer {text[:60]!r} is {hop.output!r:.160}"
    made = [(p.get("name"), p.get("arguments")) for p in parts if p.get("type") == "tool_call"]
    for name, arguments in told["calls"]:
        there = unasked.has(name) and unasked.has(json.dumps(arguments))
        if there and (name, arguments) not in made:
            yield f"call {name}({arguments}) not in {made or hop.output!r:.120}"


def _asked(told: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    asked = dumped([hop.input, [m.parts for m in hop.messages_in], hop.system])
    for role, text in told["turns"]:
        if carried.has(text) and words(text)[:200] not in asked:
            yield f"{role} {text[:60]!r} not in what was asked"
    last = told["turns"][-1][1] if told["turns"] else ""
    if hop.messages_in and carried.has(last):
        heard = hop.messages_in[-1]
        if words(last)[:200] not in dumped(heard.model_dump()):
            yield f"last message {last[:50]!r} is {heard.text[:50]!r}"
    if carried.has(told["system"]) and words(told["system"])[:200] not in words(hop.system or ""):
        yield f"system {told['system'][:50]!r} is {hop.system!r:.60}"
    if hop.system and not told["system"]:
        yield f"system '' is {hop.system!r:.60}"
    offered = {str(t.get("name")) for t in hop.tools}
    if offered and not offered >= {t for t in told["tools"] if carried.exactly(t)}:
        yield f"tools {told['tools']} are {sorted(offered)}"


def _counted(told: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    for name, field in TOKENS.items():
        number = told["usage"][name]
        if number and carried.counts(number) and getattr(hop, field) != number:
            yield f"{name} tokens {number}, has {getattr(hop, field)}"
        if number == 0 and getattr(hop, field) and name != "prompt":
            yield f"{name} tokens 0, has {getattr(hop, field)}"
    if hop.finish_reason is None:
        if re.search(
            r"finish reasons? (null )?(stop|length|tool calls|end turn|tool use)", carried.text
        ):
            yield f"finish {told['finish']} is None"
    elif hop.finish_reason not in (fits := FINISH[told["finish"]]) | ABANDONED and any(
        map(carried.exactly, fits - {"tool_call"})  # a kind of part as well
    ):
        yield f"finish {told['finish']} is {hop.finish_reason}"


def judged(spans: Sequence[Span], logs: Sequence[LogRecord], told: Sequence[Told]) -> list[str]:
    """All complaints of an export, a line each; calls without a hop and hops without a call too."""
    by_id = {s.span_id: s for s in spans}
    made = normalised(spans, logs)
    every = [h for n in made for h in n.hops]
    hops = [h for h in every if h.kind == "llm"]
    # A step around one call is that call.
    hops += [h for h in every if h.kind in ("chain", "agent", "evaluator") and h.request_model]
    found: list[str] = []
    everything = Carried(spans, logs)
    used: set[str] = set()
    answered: set[tuple[str, str]] = set()  # two may ask the same, and one of them not be told of
    calls = [t for t in told if facts.answered(t) and not facts.refused(t)]
    for call, hop in paired(calls, hops):
        about = f"{(call['turns'] or [['', '']])[-1][1][:40]!r}"
        said = ((call["turns"] or [["", ""]])[-1][1], call["text"])
        if hop is None:
            heard = everything.exactly(said[0]) and everything.has(said[1])
            if said not in answered and heard and everything.exactly(call["model"]):
                found.append(f"{about}: no hop")
            continue
        used.add(hop.hop_id)
        answered.add(said)
        if hop.error is not None and hop.error.type in facts.UNREAD:
            continue
        ids = {hop.hop_id, *hop.merged}
        own = [by_id[i] for i in ids if i in by_id]
        carried = Carried(own, [r for r in logs if r.span_id in ids])
        heard = [*complaints(call, hop, carried), *facts.facts(call, hop, carried)]
        heard += facts.first_token(call, hop, own)
        found += [f"{about} {hop.name} {hop.hop_id[:6]}: {c}" for c in heard]
    left = [h for h in hops if h.hop_id not in used]
    found += facts.refusals(told, left, [h for h in hops if h.hop_id in used], (spans, logs))
    found += [*facts.tree(made, spans), *facts.people(made, spans)]
    found += [*facts.tool_hops(told, made), *facts.vectors(told, made, everything)]
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        spans, logs, told = load(Path(name))
        found = judged(spans, logs, told)
        print(
            f"\n{Path(name).name}: {len(spans)} spans, {len(logs)} logs, {len(told)} calls: "
            f"{len(found)} complaints"
        )
        print("\n".join(f"  {line}" for line in found))

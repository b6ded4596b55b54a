"""Facts of calls beyond what was said: outcomes, ids, tool results, pictures, parameters, times.

Part of ``tests.conventions.oracle``: what the provider's record of a request holds, looked for in
whatever the spans and logs of a hop carry, without knowing how conventions write it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conventions.carried import Carried, dumped, words

from misstep.model import Hop
from misstep_store.conventions import Normalised
from misstep_store.otlp.spans import LogRecord, Span

Told = dict[str, Any]
_CALL_ID = re.compile(r'"(?:id|call_id|tool_use_id)": ?"((?:call|toolu)_[\w-]+)"')
_CLASS = re.compile(r"\b[A-Z][A-Za-z]*(?:Error|Exception|Timeout)\b(?!\.)")
_NUMBERS = ("temperature", "top_p", "max_tokens", "seed")
_FIRST = re.compile(r"first|chunk|completion_start|new_token|partial", re.IGNORECASE)
_URL = "https://example.org/"


UNREAD = frozenset({"ValidationError", "LengthFinishReasonError", "OutputParserException"})
"""How an SDK fails that was answered and could not make of it what was wanted: spans of most hold the
failure alone."""


def refused(told: Told) -> bool:
    """Whether the provider answered with an error or not in time."""
    return bool(told.get("status", 200) >= 400)


def answered(told: Told) -> bool:
    """Whether a model answered."""
    return "text" in told


def facts(told: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    """What the spans and logs of an answered call carry and its hop has otherwise."""
    left = (
        told.get("left")
        or told.get("failed")
        or (hop.error is not None and hop.error.type == "GeneratorExit")
    )
    if hop.error is not None and not left:
        yield f"answered, has {hop.error.type}: {hop.error.message[:60]}"
    asked, made = told.get("asked"), told.get("answered")
    if not isinstance(asked, dict):
        return
    yield from _calls(made, hop, carried)
    yield from _results(asked, hop, carried.without(told["text"]))  # which says them again
    yield from _pictures(asked, hop, carried)
    yield from _parameters(asked, hop, carried)
    identity = made.get("id") if isinstance(made, dict) else None
    if isinstance(identity, str) and carried.exactly(identity) and hop.response_id != identity:
        yield f"response id {identity} is {hop.response_id}"


def _calls(made: Any, hop: Hop, carried: Carried) -> Iterator[str]:
    text = made if isinstance(made, str) else json.dumps(made)
    known = {p.get("id") for m in hop.messages_out for p in m.parts if p.get("type") == "tool_call"}
    for found in dict.fromkeys(_CALL_ID.findall(text)):
        if carried.exactly(found) and found not in known:
            yield f"tool call id {found} not in {known}"


def _results(asked: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    parts = [p for m in hop.messages_in for p in m.parts if p.get("type") == "tool_call_response"]
    told = [(p.get("id"), dumped(p.get("response"))) for p in parts]
    for call_id, text in _tool_results(asked):
        if not carried.has(text):
            continue
        fits = [i for i, t in told if words(text) in t]
        if not fits:
            yield f"tool result {text[:50]!r} not in {told!r:.120}"
        elif carried.says_which_call(call_id) and call_id not in fits:
            yield f"tool result of {call_id} is of {fits}"


def _tool_results(asked: Told) -> Iterator[tuple[str, str]]:
    for item in asked.get("messages") or asked.get("input") or ():
        if not isinstance(item, dict):
            continue
        if item.get("role") == "tool" and isinstance(item.get("content"), str):
            yield str(item.get("tool_call_id")), item["content"]
        if item.get("type") == "function_call_output" and isinstance(item.get("output"), str):
            yield str(item.get("call_id")), item["output"]
        content = item.get("content")
        for block in content if isinstance(content, list) else ():
            if block.get("type") == "tool_result" and isinstance(block.get("content"), str):
                yield str(block.get("tool_use_id")), block["content"]


def _pictures(asked: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    text = json.dumps(asked)
    parts = [p for m in hop.messages_in for p in m.parts]
    shown = any(_URL in str(p.get("uri")) for p in parts)
    if _URL in text and any(_URL in t for t in carried.texts) and not shown:
        yield f"the picture's link is not in {parts!r:.100}"
    for data in re.findall(r"[A-Za-z0-9+/]{60,}={0,2}", text):
        if carried.has(data) and not any(p.get("type") == "blob" for p in parts):
            yield f"the picture's bytes are no part of {parts!r:.100}"


def _parameters(asked: Told, hop: Hop, carried: Carried) -> Iterator[str]:
    for name in _NUMBERS:
        number = asked.get(name)
        if not isinstance(number, int | float) or isinstance(number, bool):
            continue
        plain = name.replace("_", "")
        there = any(
            number in n
            for key, n in carried.numbers.items()
            if key.replace("_", "").endswith(plain)
        )
        if there and number not in hop.parameters.values():
            yield f"{name} {number} not in {hop.parameters}"
    shape = asked.get("response_format") or (asked.get("text") or {}).get("format")
    wanted = isinstance(shape, dict) and shape.get("type") == "json_schema"
    if (
        wanted
        and carried.exactly("json_schema")
        and not {"response_format", "text", "output.type"} & set(hop.parameters)
    ):
        yield f"the shape wanted is not in {hop.parameters}"


def first_token(told: Told, hop: Hop, spans: Sequence[Span]) -> Iterator[str]:
    """Streams whose spans say when they began to answer."""
    if not told.get("stream") or hop.time_to_first_token_ms is not None:
        return
    for span in spans:
        for event in span.events:
            if _FIRST.search(event.name):
                yield f"no time to the first token, has an event {event.name!r}"
                return
        for key, value in span.attributes.items():
            if _FIRST.search(key) and "token" in key.lower() + "chunk" and value:
                yield f"no time to the first token, has {key} = {value!r:.40}"
                return


# --- refusals --------------------------------------------------------------------------------


def message_of(told: Told) -> str:
    """The provider's own words of a refusal."""
    made = told.get("answered")
    error = made.get("error") if isinstance(made, dict) else None
    found = error.get("message") if isinstance(error, dict) else error
    return found if isinstance(found, str) else ""


def failure(told: Told, hop: Hop, spans: Sequence[Span], carried: Carried) -> Iterator[str]:
    """What the spans of a refused call tell of its failure and the hop does not."""
    said = message_of(told)
    classes = {c for t in carried.texts for c in _CLASS.findall(t)} - {"HTTPException"}
    evidence = [
        *("status" for s in spans if s.status_code == 2),
        *(f"event {e.name}" for s in spans for e in s.events if e.name == "exception"),
        *("message" for _ in range(1) if said and carried.has(said)),
        *sorted(classes),
    ]
    if hop.error is None:
        if evidence:
            yield f"refused ({told['status']} {said[:40]!r}), no error; has {evidence[:4]}"
        return
    if hop.error.type in ("", "Error", "Exception") and classes:
        yield f"error type {hop.error.type!r}, has {sorted(classes)[:4]}"
    if said and carried.has(said) and words(said) not in words(hop.error.message):
        yield f"error message {hop.error.message[:80]!r} lacks {said[:60]!r}"
    if hop.error.message.startswith(("<class", "{", "[", "(")):
        yield f"error message {hop.error.message[:80]!r} is no sentence"
    if hop.output not in (None, "", []) and not told.get("stream"):
        yield f"refused, has an output {hop.output!r:.80}"


def asks(told: Told, hop: Hop) -> bool:
    """Whether the hop asks what this request asked."""
    last = words(told["turns"][-1][1]) if told.get("turns") else ""
    heard = dumped([m.text or m.parts for m in hop.messages_in] or hop.input)
    return bool(last) and last in heard


def refusals(
    told: Sequence[Told], left: Sequence[Hop], used: Sequence[Hop], sent: tuple[Any, Any]
) -> list[str]:
    """Requests that were refused to the end: each a hop that says so; and hops of no request.

    A refused request whose question was answered later is a try of that call, and no hop."""
    spans, logs = sent
    told = [_with_question(t) for t in told]
    by_id = {s.span_id: s for s in spans}
    found: list[str] = []
    taken: set[str] = set()
    everything = Carried(spans, logs)
    there = {by_id[h.hop_id].trace_id for h in used}
    final = {_asked(t): t for t in told if "turns" in t}  # the last of each
    for call in (t for t in final.values() if refused(t)):
        hop = next((h for h in left if h.hop_id not in taken and asks(call, h)), None)
        about = f"{(call['turns'] or [['', '']])[-1][1][:40]!r}"
        if "embed" in call["path"].lower():
            continue
        if hop is None:
            if any(asks(call, h) and not all(a.ok for a in h.attempts) for h in used):
                continue  # another model answered, and this is a try of that hop
            asked = call["turns"][-1][1] if call["turns"] else ""
            if asked and everything.exactly(asked) and everything.has(message_of(call)):
                found.append(f"{about}: refused, no hop")
            continue
        taken.add(hop.hop_id)
        ids = {hop.hop_id, *hop.merged}
        own = [by_id[i] for i in ids if i in by_id]
        carried = Carried(own, logs_of(logs, ids))
        found += [
            f"{about} {hop.name} {hop.hop_id[:6]}: {c}" for c in failure(call, hop, own, carried)
        ]
    for hop in left:
        if hop.kind == "llm" and hop.hop_id not in taken:
            alone = by_id[hop.hop_id].trace_id not in there
            again = any(asks(t, hop) for t in told if refused(t))
            again = again or "Is anybody there" in str(hop.input)  # asked of nobody
            if again and (alone or hop.merged):  # or a step around it was
                continue
            if again or hop.error is None:
                what = "a try of its own" if again else "no call"
                found.append(f"hop {hop.name} {hop.hop_id[:6]}: {what} ({hop.input!r:.60})")
    return found


def _with_question(told: Told) -> Told:
    """A request that was refused unread, with what it asked."""
    body = told.get("asked")
    if "turns" in told or not isinstance(body, dict):
        return told
    text = next((body[k] for k in ("prompt", "input") if isinstance(body.get(k), str)), None)
    if text is None and isinstance(body.get("messages"), list) and body["messages"]:
        text = str(body["messages"][-1].get("content"))
    if text is None:
        return told
    return {**told, "model": str(body.get("model")), "system": "", "turns": [["user", text]]}


def _asked(told: Told) -> str:
    return json.dumps([told["model"], told["system"], told["turns"]])


# --- the whole export ------------------------------------------------------------------------


def tree(made: Sequence[Normalised], spans: Sequence[Span]) -> Iterator[str]:
    """Hops that do not stand below the nearest span around them which is a hop, and had not ended
    when they began."""
    by_id = {s.span_id: s for s in spans}
    stands = {i: h for n in made for h in n.hops for i in (h.hop_id, *h.merged)}
    for hop in (h for n in made for h in n.hops):
        own = dict.fromkeys([hop.hop_id, *hop.merged])
        outer = next((by_id[i] for i in own if by_id[i].parent_span_id not in own), None)
        around = []
        here = outer.parent_span_id if outer else ""
        for _ in range(1000):
            if here not in by_id:
                break
            if here in stands:
                around.append(here)
                if outer is None or by_id[here].end_unix_nano >= outer.start_unix_nano:
                    break
            here = by_id[here].parent_span_id
        else:
            here = ""
        expected = [stands[i].hop_id for i in around] + [None] * (here not in by_id)
        if hop.parent_id not in expected:
            yield f"{hop.name} {hop.hop_id[:6]} is in {hop.parent_id}, its spans in {expected}"


def people(made: Sequence[Normalised], spans: Sequence[Span]) -> Iterator[str]:
    """Sessions and users of the scenes that stand in a trace and not in its run."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for span in spans:
        for key, value in span.attributes.items():
            told = re.search(r"\b(session|thread|user)-\d\b", value) if type(value) is str else None
            if told and re.search(r"session|thread|conversation|user|metadata", key):
                kind = "user" if told.group(1) == "user" else "session"
                found[span.trace_id][kind].add(told.group())
    for run in (n.run for n in made):
        about = found.get(run.run_id, {})
        if about.get("session") and run.session_id not in about["session"]:
            yield f"run {run.name}: session {about['session']} is {run.session_id}"
        if about.get("user") and run.user_id not in about["user"]:
            yield f"run {run.name}: user {about['user']} is {run.user_id}"


def tool_hops(told: Sequence[Told], made: Sequence[Normalised]) -> Iterator[str]:
    """Tool hops held against what models called and what they were told back."""
    calls = {}
    for call in (c for c in told if isinstance(c.get("asked"), dict)):
        results = dict(_tool_results(call["asked"]))
        calls.update(results)
    for hop in (h for n in made for h in n.hops if h.kind == "tool"):
        told_back = calls.get(hop.tool_call_id or "")
        if told_back and hop.error is None and words(told_back) not in dumped(hop.output):
            yield f"tool {hop.name}: {told_back[:50]!r} is {hop.output!r:.80}"
        if isinstance(hop.input, str) and hop.input[:1] in "{[":
            yield f"tool {hop.name}: arguments are the text {hop.input!r:.60}"


def vectors(told: Sequence[Told], made: Sequence[Normalised], sent: Carried) -> Iterator[str]:
    """Embeddings as hops of that kind with model and tokens."""
    hops = [h for n in made for h in n.hops if h.kind == "embedding"]
    for call in told:
        if "embed" not in str(call.get("path")).lower() or refused(call) or "model" not in call:
            continue
        body = call.get("answered")
        used = (body.get("usage") or {}) if isinstance(body, dict) else {}
        tokens = used.get("prompt_tokens") or used.get("total_tokens") or 0
        fits = [h for h in hops if call["model"] in (h.request_model, h.response_model)]
        if not hops and sent.exactly(str(call["model"])):
            yield f"embedding of {call['turns']!r:.50}: no hop"
        elif hops and not fits:
            yield f"embedding model {call['model']} is {[h.request_model for h in hops]}"
        elif hops and sent.counts(tokens) and not any(h.input_tokens == tokens for h in fits):
            yield f"embedding tokens {tokens} are {[h.input_tokens for h in fits]}"


def logs_of(logs: Sequence[LogRecord], ids: set[str]) -> list[LogRecord]:
    """The records that belong to some spans."""
    return [r for r in logs if r.span_id in ids]

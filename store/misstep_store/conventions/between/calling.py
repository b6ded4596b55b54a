"""Tools and answers whose spans are silent: what was said stands in the messages of other calls."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.between.partners import end_of
from misstep_store.conventions.between.placeholders import stands_for_an_answer, stands_for_results
from misstep_store.conventions.content import langchain
from misstep_store.conventions.content.messages import messages, readable_input, readable_output
from misstep_store.conventions.types import Draft

_GIVEN, _GAVE = "tool_call", "tool_call_response"


def _in_turn(draft: Draft) -> tuple[int, int, str]:
    """In which order calls stand: whoever reads them, and in whichever order their spans came."""
    return draft.span.start_unix_nano, end_of(draft), draft.id


def fill(drafts: Iterable[Draft]) -> None:
    """Gives tools that tell the id of their call alone its arguments, out of the answer that asked for
    it, and, as those that tell no more than their arguments, its result, out of the next question; ids
    that two tools share say nothing."""
    listed = list(drafts)
    tools = [d for d in listed if d.tool_call_id and (is_silent(d) or lacks_result(d))]
    if not tools:
        return
    calls = sorted((d for d in listed if d.role == "call" and not d.echo), key=_in_turn)
    starts = [d.span.start_unix_nano for d in calls]
    ids = Counter(d.tool_call_id for d in listed if d.kind == "tool")
    for tool in tools:
        if ids[tool.tool_call_id] == 1:
            _fill(tool, calls, starts)


def fill_inside(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Gives tools inside of a call that tell not even the id of theirs its arguments and its result,
    where they are the one tool of their name that the call asked for."""
    inside: dict[tuple[str, str], list[Draft]] = {}
    for tool in drafts.values():
        call = drafts.get(parents.get(tool.id, "")) if tool.kind == "tool" else None
        if call is not None and call.role == "call":
            inside.setdefault((call.id, tool.name), []).append(tool)
    found = [t for tools in inside.values() if len(tools) == 1 for t in tools]
    found = [t for t in found if not t.tool_call_id and is_silent(t)]
    calls = [d for d in drafts.values() if d.role == "call" and not d.echo] if found else []
    calls.sort(key=_in_turn)
    starts = [d.span.start_unix_nano for d in calls]
    for tool in found:
        asked = [p for m in drafts[parents[tool.id]].messages_out for p in m.parts]
        asked = [p for p in asked if p.get("type") == _GIVEN and p.get("name") == tool.name]
        if len(asked) != 1:
            continue
        tool.input = asked[0].get("arguments")
        after = bisect_left(starts, end_of(tool))
        told = calls[after].messages_in if after < len(calls) and tool.error is None else ()
        for part in _parts(told, _GAVE, asked[0].get("id") or tool.name):  # Gemini's have no id
            tool.output, tool.has_output = part.get("response"), True


def answer(calls: Iterable[Draft]) -> None:
    """Gives calls that answered and do not say what, or ended for tools and say only words, the tool
    calls that the next call was told they had asked for: it was asked all that they were asked, and
    then that. Tools they asked for without arguments, as a stream begins to, get those told there, and
    answers that are empty there what they were."""
    told = sorted((c for c in calls if c.messages_in), key=_in_turn)
    for at, call in enumerate(told):
        if any(map(stands_for_an_answer, call.messages_in)):
            _recall(call, told[max(0, at - _MOST_TURNS) : at])
        later = told[at + 1 : at + 1 + _MOST_AT_ONCE]
        _complete(call, later)
        if _is_asked_after(call):
            _answer(call, _history(call, later)[len(call.messages_in) :])


def _is_asked_after(call: Draft) -> bool:
    return is_unsaid(call) or wants_tools(call) or is_glued(call)


def _history(call: Draft, later: Sequence[Draft]) -> Sequence[Message]:
    """What the next call that goes on from a call was asked; of one that counts or said nothing, only
    where none asked the same again."""
    said_nothing = not call.usage.output_tokens or (call.messages_out and is_unsaid(call))
    for other in later:
        if _goes_on(call, other.messages_in):
            return other.messages_in
        if said_nothing and other.messages_in == call.messages_in:
            break
    return ()


def _recall(call: Draft, before: Sequence[Draft]) -> None:
    """Gives answers that are empty in what a call was asked, or no more than the names of tools, what
    they were: of OpenLLMetry's for Node of 2025 and of Mastra's that stands in the answers alone."""
    answers = {len(c.messages_in): c for c in before if c.messages_out}
    for at, message in enumerate(call.messages_in):
        asked = answers.get(at) if stands_for_an_answer(message) else None
        if asked is not None and asked.messages_in == call.messages_in[:at]:
            message.parts = asked.messages_out[0].parts
            # The same ones are soon compared.
            call.messages_in = [*asked.messages_in, *call.messages_in[at:]]


def _goes_on(call: Draft, history: Sequence[Message]) -> bool:
    """Whether what another call was asked is what this one was, and more."""
    known = call.messages_in
    if len(history) <= len(known):
        return False
    return all(before == now for before, now in zip(known, history, strict=False))


def _answer(call: Draft, later: Sequence[Message]) -> None:
    if not later:
        return
    asking = _asking(later)
    if call.messages_out:
        turn = list(takewhile(lambda m: m.role == "assistant", later)) if asking else []
        asking = _as_one(turn) if _words(turn) == _words(call.messages_out) else []
    if asking or not call.has_output:
        call.messages_out = asking
        call.output = readable_output(asking)
        call.has_output = call.output is not None


def _as_one(turn: Sequence[Message]) -> list[Message]:
    """One answer, whose tools stand in a message each where it is one of Responses."""
    if len(turn) < 2:
        return list(turn)
    return [Message(role="assistant", parts=[p for m in turn for p in m.parts])]


def _complete(call: Draft, later: Sequence[Draft]) -> None:
    """Gives tools that a call asked for the arguments that they have in what came later."""
    found = False
    for part in _bare(call):
        for told in (p for c in later for p in _parts(c.messages_in, _GIVEN, part["id"])):
            if told.get("arguments") not in _NONE:
                part["arguments"], found = told["arguments"], True
    if found:
        call.output = readable_output(call.messages_out)


def _bare(call: Draft) -> list[dict[str, Any]]:
    """Tools that a call asked for without arguments."""
    return [
        part
        for message in call.messages_out
        for part in message.parts
        if part.get("type") == _GIVEN and part.get("id") and part.get("arguments") in _NONE
    ]


_NONE: Sequence[Json] = (None, {}, "")


def shorten(calls: Iterable[Draft]) -> None:
    """Takes from what calls were asked their own answers and what came later, where a list was written
    down after it had grown: the next call was asked the same list, which is no longer."""
    told = sorted((c for c in calls if c.messages_in), key=_in_turn)
    past = 0
    for call, after in pairwise(told):
        listed, next_list = call.messages_in, after.messages_in
        in_turn = end_of(call) <= after.span.start_unix_nano
        bound = _answered_at(call, past) if in_turn else 0
        if bound and len(listed) >= len(next_list) and listed[: len(next_list)] == next_list:
            call.messages_in, past = listed[:bound], bound + 1
            call.input = readable_input(call.messages_in)
        else:
            past = 0


def is_told_later(call: Draft) -> bool:
    """Whether other calls may tell what a call was not asked, as its own words stand among that, or
    what it asked tools for."""
    return call.role == "call" and bool(_answered_at(call, 0) or _bare(call))


def _answered_at(call: Draft, past: int) -> int:
    """Where the answer stands among what was asked, from ``past`` on; 0 where it does not."""
    if len(call.messages_in) < 2 or not call.messages_out:
        return 0
    said = call.messages_out[0].parts
    found = (
        n
        for n, message in enumerate(call.messages_in)
        if n >= past and message.role == "assistant" and message.parts == said
    )
    return next(found, 0) if said else 0


def hear(steps: Iterable[Draft], calls: Sequence[Draft]) -> None:
    """Gives calls that answered and do not say what the answers of their ids, as ``steps`` around and
    beside them tell those: OpenLLMetry's of LangChain 0.48 are so. A lone call may lack the id."""
    unsaid = {c.response_id: c for c in calls if c.messages_in and is_unsaid(c)}
    if not unsaid:
        return
    ids = Counter(c.response_id for c in calls)
    lone = unsaid.get(None) if len(calls) == 1 else None
    for told in (a for step in steps for a in step.answers):
        call = lone or unsaid.get(langchain.id_of(told) or "")
        if call is not None and ids[call.response_id] == 1 and is_unsaid(call):
            call.messages_out = messages([told], "assistant")
            call.output = readable_output(call.messages_out)
            call.has_output = call.output is not None


def part_out(step: Draft, calls: Sequence[Draft]) -> None:
    """Makes what told of all ``calls`` as of one the step around them. Each was asked what the last
    was, up to what it answered itself."""
    asked, last = step.messages_in, calls[-1]
    turns = [n for n, message in enumerate(asked) if message.role == "assistant"]
    told = 0 < len(calls) - 1 <= min(len(turns), _MOST_TURNS)
    bounds = turns[-(len(calls) - 1) :] if told else []
    for call, bound in zip(calls, [*bounds, len(asked)] if bounds else (), strict=False):
        call.messages_in, call.messages_out = asked[:bound], asked[bound : bound + 1]
    if not bounds:
        last.messages_in = asked
    last.messages_out = step.messages_out
    last.output, last.has_output = step.output, step.has_output
    last.response_id, last.response_model = step.response_id, step.response_model
    for call in calls:
        call.provider = call.provider or step.provider
        call.system, call.tools = call.system or step.system, call.tools or step.tools
        if call.messages_in:
            call.input = readable_input(call.messages_in)
        if call is not last and call.messages_out:
            call.output = readable_output(call.messages_out)
            call.has_output = call.output is not None
    step.role, step.kind = "hop", "chain"
    step.response_id = step.response_model = step.finish_reason = None


_MOST_TURNS = 200
"""So many calls of one loop are told what each was asked; of more only the last."""


def ask(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Gives calls that ended for tools and name none those that were run inside of them."""
    run: dict[str, list[Draft]] = {}
    for tool in drafts.values():
        call = drafts.get(parents.get(tool.id, "")) if tool.kind == "tool" else None
        if call is not None and tool.tool_call_id and wants_tools(call):
            run.setdefault(call.id, []).append(tool)
    for call_id, tools in run.items():
        call = drafts[call_id]
        tools.sort(key=_in_turn)
        parts = [
            {"type": _GIVEN, "id": t.tool_call_id, "name": t.name, "arguments": t.input}
            for t in tools
        ]
        said = [p for m in call.messages_out for p in m.parts]
        call.messages_out = [Message(role="assistant", parts=[*said, *parts])]
        call.output = readable_output(call.messages_out)
        call.has_output = call.output is not None


def is_glued(call: Draft) -> bool:
    """Whether the arguments of several tools that a call asked for are told as those of one."""
    asked = (p for m in call.messages_out for p in m.parts if p.get("type") == _GIVEN)
    given = (p.get("arguments") for p in asked) if call.role == "call" else ()
    return any(isinstance(g, str) and "}{" in g for g in given)


def wants_tools(call: Draft) -> bool:
    """Whether a call ended for tools and names none."""
    if call.role != "call" or call.finish_reason not in _FOR_TOOLS:
        return False
    return not any(p.get("type") == _GIVEN for m in call.messages_out for p in m.parts)


_FOR_TOOLS = frozenset({"tool_calls", "tool_use", "tool-calls", "tool_call", "function_call"})


def _asking(later: Sequence[Message]) -> list[Message]:
    """Messages that ask for tools, up to the first of anybody but the model and its tools."""
    found = []
    for message in later:
        kinds = {p.get("type") for p in message.parts}
        if message.role == "assistant" and _GIVEN in kinds:
            found.append(message)
        elif _GAVE not in kinds:
            break
    return found


def _words(said: Sequence[Message]) -> str:
    return "\n".join(text for m in said if (text := m.text))


def is_unsaid(call: Draft) -> bool:
    """Whether a call answered, as its counts or its status say, and does not say what, or, where it
    counted some, that it was nothing."""
    counted = bool(call.usage.output_tokens)
    if call.role != "call" or call.error:
        return False
    if not call.messages_out:
        return not call.has_output and (counted or call.span.status_code == _OK)
    return counted and call.output in _NO_WORDS and not any(map(_says, call.messages_out))


_NO_WORDS: Sequence[Json] = (None, "")


def _says(message: Message) -> bool:
    return any(p.get("type") != "text" or p.get("content") for p in message.parts)


_OK = 1
"""Of a span whose status was set by who wrote it."""


def is_silent(tool: Draft) -> bool:
    """Whether a tool says neither what it was given nor what it gave."""
    return (
        tool.kind == "tool" and tool.input is None and not tool.has_output and not tool.messages_in
    )


def lacks_result(tool: Draft) -> bool:
    """Whether a tool says what it was given and not what it gave."""
    return (
        tool.kind == "tool"
        and bool(tool.tool_call_id)
        and tool.input is not None
        and not (tool.has_output or tool.messages_out or tool.error)
    )


def is_told_elsewhere(draft: Draft) -> bool:
    """Whether spans that are not around it may say what it was asked or gave: its own says no more
    than what it was given, or words in place of what it was asked."""
    asked = draft.messages_in
    if lacks_result(draft) or _bare(draft) or (asked and _is_asked_after(draft)):
        return True
    return any(stands_for_an_answer(m) or stands_for_results(m) for m in asked)


def _fill(tool: Draft, calls: Sequence[Draft], starts: Sequence[int]) -> None:
    """``calls`` by when they began, and when each did."""
    before = bisect_right(starts, tool.span.start_unix_nano)
    asked = calls[bisect_left(starts, starts[before - 1])] if before else None
    after = bisect_left(starts, end_of(tool))
    if is_silent(tool):
        for part in _parts(asked.messages_out if asked else (), _GIVEN, tool.tool_call_id):
            tool.input = part.get("arguments")
    later = calls[after : after + _MOST_AT_ONCE] if tool.error is None else ()
    for part in (p for c in later for p in _parts(c.messages_in, _GAVE, tool.tool_call_id)):
        tool.output, tool.has_output = part.get("response"), True
        break


_MOST_AT_ONCE = 8
"""So many calls are looked at: of agents that run side by side the next call may be another one's."""


def _parts(found: Iterable[Message], kind: str, call_id: str | None) -> Iterator[dict[str, Any]]:
    for message in found:
        for part in message.parts:
            if part.get("type") == kind and part.get("id") == call_id:
                yield part

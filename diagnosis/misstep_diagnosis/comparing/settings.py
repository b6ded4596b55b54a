"""Settings that changed between two runs: models, prompts, parameters, tools, code, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from misstep.model import Change, Hop, Json, Run
from misstep_diagnosis.comparing.align import Pair
from misstep_diagnosis.comparing.changes import MAX_CHANGES, mark
from misstep_diagnosis.comparing.upstream import Differing
from misstep_diagnosis.reading.values import leaves

_OF_A_CALL = ("request_model", "provider", "prompt_name", "prompt_version", "system")
_OF_A_RUN = ("entry", "vcs_commit", "vcs_dirty")
_LEAST_MASKED = 3
_MOST_CHARS = 20_000


def changed_settings(run_a: Run, run_b: Run, pairs: Sequence[Pair]) -> list[Change]:
    """Each setting that both runs tell and that differs, once a hop's name.

    Fields read ``version``, ``sdk_versions.openai``, ``extract.parameters.temperature``,
    ``plan.tools.search`` (one side None: the tool is not offered), ``write.prompt`` (the template,
    what came from the input left out) and ``extract.code`` (hashes of the function).
    """
    found: dict[str, Change] = {}
    differing = Differing()
    differing.add(run_a.input, run_b.input)
    changes = list(_of_runs(run_a, run_b))
    for a, b in pairs:
        changes += _of_hops(a, b, differing)
        if a is not None and b is not None:
            differing.add(a.output, b.output)
    for change in changes:
        key = repr((change.field, change.a, change.b))
        if key not in found and len(found) < MAX_CHANGES:
            found[key] = change
    return list(found.values())


def _of_runs(a: Run, b: Run) -> Iterator[Change]:
    if a.version != b.version:
        yield Change(field="version", a=a.version, b=b.version)
    for name in _OF_A_RUN:
        x, y = getattr(a.environment, name), getattr(b.environment, name)
        if x != y and x is not None and y is not None:
            yield Change(field=name, a=x, b=y)
    ours, theirs = a.environment.sdk_versions, b.environment.sdk_versions
    for name in sorted(ours.keys() | theirs.keys()) if ours and theirs else ():
        if ours.get(name) != theirs.get(name):
            yield Change(field=f"sdk_versions.{name}", a=ours.get(name), b=theirs.get(name))


def _of_hops(a: Hop | None, b: Hop | None, upstream: Differing) -> Iterator[Change]:
    if a is None or b is None:
        return
    for name in _OF_A_CALL:
        x, y = getattr(a, name), getattr(b, name)
        if x != y:
            yield Change(field=f"{a.name}.{name}", a=_short(x), b=_short(y))
    for key in sorted(a.parameters.keys() | b.parameters.keys()):
        x, y = a.parameters.get(key), b.parameters.get(key)
        if x != y:
            yield Change(field=f"{a.name}.parameters.{key}", a=_short(x), b=_short(y))
    yield from _of_tools(a, b)
    yield from _of_prompts(a, b, upstream)
    left, right = a.recording, b.recording
    if left and right and left.code_hash and right.code_hash and left.code_hash != right.code_hash:
        yield Change(field=f"{a.name}.code", a=left.code_hash, b=right.code_hash)


def _of_tools(a: Hop, b: Hop) -> Iterator[Change]:
    ours, theirs = _tools(a), _tools(b)
    for name in [*ours, *(n for n in theirs if n not in ours)]:
        x, y = ours.get(name), theirs.get(name)
        if x is None or y is None or mark(x) != mark(y):
            yield Change(field=f"{a.name}.tools.{name}", a=x, b=y)


def _tools(hop: Hop) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for number, tool in enumerate(hop.tools):
        inner = tool.get("function")
        named = tool.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
        found[str(named or f"#{number + 1}")] = tool
    return found


def _of_prompts(a: Hop, b: Hop, upstream: Differing) -> Iterator[Change]:
    """The text that the step's code puts around its input, where both have one and where it is more
    than values that differed before."""
    x, y = _template(a), _template(b)
    if x is None or y is None or x == y:
        return
    known = upstream.with_input(a.input, b.input)
    if not known.explains(x, y):
        yield Change(field=f"{a.name}.prompt", a=_short(x), b=_short(y))


def _template(hop: Hop) -> str | None:
    """What the model was sent, with each value of the step's input as ``{its path}``; None for a
    bare call, whose input is what it was sent."""
    if not hop.messages_in or hop.input is None or not hop.merged:
        return None
    sent = "\n".join(m.text for m in hop.messages_in if m.role == "user")[:_MOST_CHARS]
    values = {
        str(v): path
        for path, v in leaves(hop.input, "input")
        if isinstance(v, str | int | float)
        and not isinstance(v, bool)
        and len(str(v)) >= _LEAST_MASKED
    }
    masked = 0
    for value in sorted(values, key=len, reverse=True)[:200]:
        if value in sent:
            masked += 1
            sent = sent.replace(value, "{" + values[value] + "}")
    return sent if masked else None


def _short(value: Json) -> Json:
    return value[:2_000] if isinstance(value, str) else value

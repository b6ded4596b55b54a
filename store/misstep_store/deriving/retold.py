"""Which traces may hold a call that another trace tells of too: see :mod:`between.retold`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from misstep_store import rows
from misstep_store.conventions.between import across
from misstep_store.conventions.between.partners import SLACK_NANO
from misstep_store.conventions.between.retold import APART, ASIDE, NODES
from misstep_store.conventions.readers.anthropic_sdk import NAME as SDK
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.usage import whole
from misstep_store.database import Connection

_LONGEST_NANO = 60_000_000_000
"""A call that began longer before another than this is not looked for."""
_MOST = 2_000
"""So many pairs are looked at; more are found where all calls are alike, as in a test of load."""
_CALL = {
    "run_id": pa.string(),
    "kind": pa.string(),
    "convention": pa.string(),
    "response_id": pa.string(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "is_error": pa.bool_(),
    "start_unix_nano": pa.int64(),
    "duration_ms": pa.float64(),
}
_TOLD = {**_CALL, "lone": pa.bool_()}
_KNOWN = (
    f"SELECT {', '.join(_CALL)} FROM hops WHERE start_unix_nano BETWEEN $low AND $high "  # noqa: S608
    "AND kind IN ('llm', 'embedding') AND convention <> $own"
)
_BESIDE = f"SELECT {', '.join(_CALL)} FROM beside"  # noqa: S608
_LONE_RUNS = (
    " AND (convention = 'anthropic-sdk' OR run_id IN (SELECT run_id FROM runs "
    "WHERE hop_count = 1 AND start_unix_nano BETWEEN $low AND $high))"
)
"""What is alone in its trace; an SDK's own spans may be together in one."""
_PAIRS = (
    "SELECT DISTINCT l.run_id, o.run_id FROM {asking} l JOIN ({known}) o "
    "ON {same} AND o.kind = l.kind AND o.run_id <> l.run_id "
    "AND o.start_unix_nano <= l.start_unix_nano + l.duration_ms * 1e6 + $slack "
    "AND l.start_unix_nano <= o.start_unix_nano + o.duration_ms * 1e6 + $slack LIMIT $most"
)
_BY_ID = "o.response_id = l.response_id"
_NODES = ", ".join(f"'{name}'" for name in sorted(NODES))
_BY_WHAT_IS_TOLD = (
    "o.convention = l.convention AND o.input_tokens = l.input_tokens "
    "AND o.output_tokens = l.output_tokens AND o.is_error = l.is_error "
    "AND (o.response_id IS NULL OR l.response_id IS NULL) "
    f"AND (o.convention NOT IN ({_NODES}) OR o.response_id IS DISTINCT FROM l.response_id)"
)
"""Of :data:`retold.NODES` a framework tells no id and an SDK one."""


_BY_COUNTS = (
    "o.input_tokens = l.input_tokens AND NOT o.is_error AND NOT l.is_error "
    "AND (o.convention = 'anthropic-sdk') <> (l.convention = 'anthropic-sdk') "
    "AND (o.response_id IS NULL OR l.response_id IS NULL)"
)
_BY_FAILURE = (
    "o.is_error AND l.is_error "
    "AND (o.convention = 'anthropic-sdk') <> (l.convention = 'anthropic-sdk') "
    "AND o.response_id IS NULL AND l.response_id IS NULL"
)
_ASIDE = ", ".join(f"'{name}'" for name in sorted(ASIDE))
_BESIDE_ONE = (
    " AND o.convention <> l.convention "
    f"AND (o.convention IN ({_ASIDE}) OR l.convention IN ({_ASIDE})) "
    f"AND o.start_unix_nano // {_LONGEST_NANO} = l.about"
)
_ABOUT = (
    "(SELECT *, start_unix_nano // "  # noqa: S608
    f"{_LONGEST_NANO} + unnest([-1, 0, 1]) AS about FROM asking)"
)
"""Each with the stretches of time that the other may have begun in: of 40,000 calls that all count the
same each was held against all others (11 s, not 0.6)."""
_COUNTS_NOTHING = "input_tokens = 0 AND output_tokens = 0 AND NOT is_error"
_BY_SILENCE = (
    "(o.input_tokens > 0 OR l.input_tokens > 0) AND NOT o.is_error "
    "AND (o.response_id IS NULL OR l.response_id IS NULL) "
    f"AND o.start_unix_nano // {_LONGEST_NANO} = l.about"
)
_BY_AGREEMENT = (
    "o.input_tokens = l.input_tokens AND o.output_tokens = l.output_tokens "
    "AND o.is_error = l.is_error AND (o.response_id IS NULL OR l.response_id IS NULL)"
)


def near(connection: Connection, read: dict[str, list[Draft]], hops: pa.Table) -> set[str]:
    """Traces to be read: those with a call that a call of another trace may be, by a glance.

    Args:
        read: traces by their spans; ``hops``: those of others, in the layout of the table.
    """
    made = rows.table(_TOLD, [r for i, drafts in read.items() for r in _rows(i, drafts)])
    calls = pa.concat_tables([made, _calls(hops)])
    calls = calls.filter(pc.not_equal(calls["convention"], OWN))
    if not calls.num_rows:
        return set()
    found: set[str] = set()
    for same, told in (
        (_BY_ID, pc.is_valid(calls["response_id"])),
        (_BY_WHAT_IS_TOLD, pc.is_in(calls["convention"], pa.array(sorted(APART | NODES)))),
        (_BY_FAILURE, calls["is_error"]),
        (_BY_COUNTS, _counted(connection, calls)),
    ):
        some = calls.filter(told)
        # One of two is alone in its trace.
        lone = some.filter(some["lone"])
        rest = some.filter(pc.invert(some["lone"]))
        found |= _pairs(connection, lone, f"{_KNOWN} UNION ALL {_BESIDE}", same, beside=some)
        found |= _pairs(connection, rest, _KNOWN + _LONE_RUNS, same, beside=None)
    found |= _silent(connection, calls)
    if _may_be_aside(connection, calls):
        for same in (_BY_ID, _BY_AGREEMENT):  # of an SDK's calls several may be in one trace
            known = f"{_KNOWN} UNION ALL {_BESIDE}"
            same += _BESIDE_ONE
            found |= _pairs(connection, calls, known, same, beside=calls, by=_ABOUT)
    return found


def _counted(connection: Connection, calls: pa.Table) -> Any:
    """Which calls may be the other telling of one by what was counted: see
    :func:`partners.counted_alike`."""
    own = pc.equal(calls["convention"], SDK)
    told = pc.and_(
        pc.greater(calls["input_tokens"], 0), pc.or_(own, pc.is_null(calls["response_id"]))
    )
    # Most stores have none of an SDK's own, and the join takes 18 ms.
    if not pc.any(own).as_py() and pc.any(told).as_py() and not _has(connection, calls, [SDK]):
        return pc.and_(told, own)
    return told


def _silent(connection: Connection, calls: pa.Table) -> set[str]:
    """As :func:`near`, of calls that count nothing where the other telling does."""
    named = sorted(APART | ASIDE | NODES)
    calls = calls.filter(
        pc.and_(pc.is_in(calls["convention"], pa.array(named)), pc.invert(calls["is_error"]))
    )
    none = pc.and_(pc.equal(calls["input_tokens"], 0), pc.equal(calls["output_tokens"], 0))
    told = f"convention IN ({', '.join(map(repr, named))})"
    known = f"SELECT * FROM ({_KNOWN} UNION ALL {_BESIDE}) WHERE {told}"  # noqa: S608
    found = _pairs(connection, calls.filter(none), known, _BY_SILENCE, beside=calls, by=_ABOUT)
    known = f"{_KNOWN} AND {told} AND {_COUNTS_NOTHING}"
    counted = calls.filter(pc.invert(none))
    return found | _pairs(connection, counted, known, _BY_SILENCE, beside=None, by=_ABOUT)


def _may_be_aside(connection: Connection, calls: pa.Table) -> bool:
    """Whether one of these may be told of beside the span of a convention that holds no other's:
    most stores hold calls of such conventions alone, or none."""
    known = set(pc.unique(calls["convention"]).to_pylist())
    if len(known) > 1:
        return not ASIDE.isdisjoint(known)
    if known <= ASIDE:
        return _has(connection, calls, [*known, OWN], others=True)
    return _has(connection, calls, sorted(ASIDE))


def _has(
    connection: Connection, calls: pa.Table, conventions: list[str], *, others: bool = False
) -> bool:
    """Whether a call of some conventions, or of ``others``, began near some calls."""
    starts = calls["start_unix_nano"]
    low, high = pc.min(starts).as_py() - _LONGEST_NANO, pc.max(starts).as_py() + _LONGEST_NANO
    named = ", ".join("?" * len(conventions))
    sql = (
        f"SELECT 1 FROM hops WHERE convention {'NOT ' * others}IN ({named}) "  # noqa: S608
        "AND kind IN ('llm', 'embedding') AND start_unix_nano BETWEEN ? AND ? LIMIT 1"
    )
    return bool(connection.execute(sql, [*conventions, low, high]).fetchall())


def _calls(hops: pa.Table) -> pa.Table:
    """The calls among some hops."""
    per_run = pc.value_counts(hops["run_id"])
    lone = per_run.field("values").filter(pc.equal(per_run.field("counts"), 1))
    calls = hops.select(list(_CALL))
    calls = calls.filter(pc.is_in(calls["kind"], pa.array(["llm", "embedding"])))
    alone = pc.or_(pc.is_in(calls["run_id"], lone), pc.equal(calls["convention"], SDK))
    return calls.append_column("lone", alone)


def _pairs(
    connection: Connection,
    asking: pa.Table,
    known: str,
    same: str,
    *,
    beside: pa.Table | None,
    by: str = "asking",
) -> set[str]:
    if not asking.num_rows:
        return set()
    took = pc.cast(pc.multiply(asking["duration_ms"], 1e6), pa.int64(), safe=False)
    given = {
        "low": pc.min(asking["start_unix_nano"]).as_py() - _LONGEST_NANO,
        "high": pc.max(pc.add(asking["start_unix_nano"], took)).as_py() + SLACK_NANO,
        "own": OWN,
        "slack": 2 * SLACK_NANO,
        "most": _MOST,
    }
    tables = {"asking": asking} | ({} if beside is None else {"beside": beside})
    for name, table in tables.items():
        connection.register(name, table)
    try:
        found = connection.execute(
            _PAIRS.format(asking=by, known=known, same=same), given
        ).fetchall()
        return {trace_id for pair in found for trace_id in pair}
    finally:
        for name in tables:
            connection.unregister(name)


def _rows(trace_id: str, drafts: list[Draft]) -> Iterator[tuple[object, ...]]:
    lone = across.is_apart(drafts)
    for draft in across.innermost(drafts):
        start = draft.span.start_unix_nano
        yield (
            trace_id,
            draft.kind,
            draft.convention,
            draft.response_id,
            *whole(draft.usage)[:2],
            draft.error is not None,
            start,
            max(0, draft.end_unix_nano - start) / 1e6,
            lone,
        )

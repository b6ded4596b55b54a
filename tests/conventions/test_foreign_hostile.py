"""Exports of other tools as they must not be: half-filled, contradictory, cut, hostile, mis-encoded."""

from __future__ import annotations

import copy
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.conventions.hostile_exports import (
    CALL,
    CYCLIC,
    GOOD,
    ROOT,
    TRACE,
    WRONG,
    changed,
    paths,
    texts,
)
from tests.conventions.rendering import normalised

from misstep.errors import DecodeError
from misstep_store.conventions import Normalised
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.json_fields import HEX
from misstep_store.otlp.spans import Span
from misstep_store.store import Store
from misstep_store.transfer import foreign, importing

DEEP_KEY = "deep"


def read(tmp_path: Path, content: bytes | str, name: str = "x.json") -> Decoded:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return importing.read_file(file).decoded


def as_runs(found: Decoded) -> list[Normalised]:
    """The runs, after what every one of them must be."""
    for span in found.spans:
        assert (
            len(span.trace_id) == 32 and HEX.issuperset(span.trace_id) and span.trace_id.strip("0")
        )
        assert len(span.span_id) == 16 and HEX.issuperset(span.span_id) and span.span_id.strip("0")
    made = normalised(found.spans, found.logs)
    told = [i for n in made for h in n.hops for i in (h.hop_id, *h.merged)]
    assert len(told) == len(set(told))
    for one in made:
        assert one.run.model_dump_json() and all(h.model_dump_json() for h in one.hops)
    return made


@pytest.mark.parametrize("name", GOOD)
def test_a_member_that_is_missing_or_of_a_wrong_kind_costs_at_most_itself(name: str) -> None:
    whole = GOOD[name]
    for at in paths(whole):
        for wrong in (..., *WRONG):
            spoilt = changed(whole, at, wrong)
            found = foreign.read(spoilt)
            if found is None:
                assert at[0] in (0, 1) and len(at) <= 3  # nothing tells its format any more
                continue
            _, decoded = found
            assert decoded.spans or decoded.logs or decoded.rejected
            assert as_runs(decoded) or not decoded.spans


WAYS: dict[str, Any] = {
    "pretty": lambda r: json.dumps(r, indent=2).encode(),
    "lines": lambda r: "\n".join(json.dumps(o) for o in r).encode(),
    "lines-crlf": lambda r: "".join(json.dumps(o) + "\r\n" for o in r).encode(),
    "mark": lambda r: b"\xef\xbb\xbf" + json.dumps(r).encode(),
    "utf-16": lambda r: json.dumps(r, ensure_ascii=False).encode("utf-16"),
    "apart": lambda r: "\n".join(json.dumps(o, indent=2) for o in r).encode(),
    "gzip": lambda r: gzip.compress(json.dumps(r).encode(), mtime=0),
    "spaced": lambda r: b"\n \t" + json.dumps(r).encode() + b"\n\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_reads_the_same_however_it_is_written(tmp_path: Path, way: str) -> None:
    for name, records in GOOD.items():
        plain = read(tmp_path, json.dumps(records))
        again = read(tmp_path, WAYS[way](records), f"{name}.{way}")
        assert (again.spans, again.logs, again.rejected) == (plain.spans, plain.logs, [])


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.json", json.dumps(GOOD["runs"]))
    return out.getvalue()


REFUSED = {
    "empty": (b"", None),
    "blank": (b" \n\n", r"is neither OTLP protobuf"),
    "cut": (json.dumps(GOOD["phoenix"]).encode()[:-40], r"is not whole JSON: line 1"),
    "cut-pretty": (json.dumps(GOOD["langfuse"], indent=1).encode()[:-40], r"is not whole JSON"),
    "cut-gzip": (gzip.compress(b"[{}]" * 99)[:-9], r"is a damaged gzip file"),
    "zip": (zipped(), r"packed with zip; .*unzip x.json -d unpacked && misstep import unpacked"),
    "deep": (b"[" * 20_000 + b"]" * 20_000, r"is not whole JSON: .*nested deeper than 1,000"),
    "deep-open": (b'{"a":' * 20_000, r"is not whole JSON"),
    "other-table": (b"a,b\n1,2\n", r"is neither OTLP protobuf"),
    "other-trace": (b"input,b\n1,2\n", r"is CSV, but neither OTLP nor"),
    "number": (b"17", r"is neither OTLP protobuf"),
    "list-of-numbers": (b"[1, 2]", r"holds no records"),
    "parquet-head": (b"PAR1PAR1", r"is a damaged Parquet file"),
    "heads-only": (
        json.dumps(
            {
                "trace_id": TRACE,
                "spans": [{"span_id": CALL, "span_kind": "LLM", "start_time": "2026"}],
            }
        ).encode(),
        r"holds nothing that can be imported: .*from /v1/projects/NAME/spans",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_whole_export_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    content, told = REFUSED[name]
    if told is None:
        assert read(tmp_path, content) == Decoded()
        return
    with pytest.raises(DecodeError, match=told) as refused:
        read(tmp_path, content)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 600


def test_of_lines_that_were_cut_the_whole_ones_are_read_and_the_rest_is_named(tmp_path) -> None:
    text = "\n".join(json.dumps(r) for r in GOOD["langsmith"])
    found = read(tmp_path, text[:-30])
    assert len(found.spans) == 1
    assert [r.split(":")[0] for r in found.rejected] == ["line 2 is not JSON"]


@pytest.mark.parametrize("name", GOOD)
def test_nan_infinities_and_halves_of_an_emoji_cost_no_record(tmp_path: Path, name: str) -> None:
    whole = copy.deepcopy(GOOD[name])
    for record in whole:
        record["odd"] = "NUMBER"
    for at in texts(whole):
        whole = changed(whole, at, "cut \ud83d here")
    written = json.dumps(whole).replace(
        '"NUMBER"', "[NaN, Infinity, -Infinity, 1e999, 9" + "9" * 40
    )
    written = written.replace("9" * 41, "9" * 41 + "]")
    found = read(tmp_path, written)
    plain = read(tmp_path, json.dumps(GOOD[name]))
    assert [s.span_id for s in found.spans] == [s.span_id for s in plain.spans] or name == "dataset"
    assert as_runs(found)
    with Store.open(tmp_path / "t.duckdb") as store:
        assert store.ingest(found.spans, found.logs).accepted == len(found.spans)


def attribute_texts(span: Span) -> list[str]:
    return [v for v in span.attributes.values() if isinstance(v, str)]


@pytest.mark.parametrize("name", GOOD)
def test_values_of_ten_megabytes_and_texts_in_texts_are_kept_whole(name: str) -> None:
    for text in ("x" * 10_000_000, CYCLIC, "[" * 20_000 + "]" * 20_000):
        whole = GOOD[name]
        for at in texts(whole)[:2]:
            whole = changed(whole, at, text)
        found = foreign.read(whole)
        assert found is not None
        assert as_runs(found[1])
        held = [t for s in found[1].spans for t in attribute_texts(s) if len(t) >= len(text)]
        assert any(text in t or json.dumps(text)[1:-1] in t for t in held)


@pytest.mark.parametrize("name", GOOD)
def test_what_nests_three_hundred_levels_deep_is_kept_as_its_text(tmp_path, name: str) -> None:
    deep: Any = DEEP_KEY
    for _ in range(300):
        deep = {"a": [deep]}
    whole = GOOD[name]
    for at in texts(whole)[:1]:
        whole = changed(whole, at, deep)
    found = read(tmp_path, json.dumps(whole))
    assert as_runs(found)
    held = [t for s in found.spans for t in attribute_texts(s) if f'"{DEEP_KEY}"' in t]
    assert held or name == "otlp-spans"  # OTLP says how deep a value may be
    with Store.open(tmp_path / "t.duckdb") as store:
        assert store.ingest(found.spans, found.logs).accepted == len(found.spans)


def spans_of(*records: dict[str, Any]) -> list[Span]:
    found = foreign.read(list(records))
    assert found is not None
    as_runs(found[1])
    return found[1].spans


def phoenix(span_id: str, parent: str | None, **more: Any) -> dict[str, Any]:
    context = {"trace_id": TRACE, "span_id": span_id}
    ok = {"status_code": "OK", "span_kind": "TOOL", "events": []}
    return GOOD["phoenix"][1] | {"context": context, "parent_id": parent} | ok | more


def test_ids_twice_and_parents_in_a_circle_or_missing_are_still_one_hop_each(tmp_path) -> None:
    circle = [phoenix(ROOT, CALL), phoenix(CALL, ROOT), phoenix("a" * 16, "a" * 16)]
    spans = spans_of(*circle, phoenix("b" * 16, "c" * 16), phoenix(CALL, ROOT))
    with Store.open(tmp_path / "t.duckdb") as store:
        result = store.ingest(spans)
        assert (result.accepted, len(store.reader.run(TRACE).hops)) == (4, 4)


def test_langsmith_s_runs_find_their_parents_by_list_or_by_order_alone() -> None:
    root, call = GOOD["langsmith"]
    bare = {k: v for k, v in call.items() if k not in ("parent_run_id", "parent_run_ids")}
    order = f"20261123T150000000000Z{root['id']}.20261123T150000000001Z{call['id']}"
    for told in ({"parent_run_ids": [root["id"]]}, {"dotted_order": order}):
        first, second = spans_of(root, bare | told)
        assert (second.trace_id, second.parent_span_id) == (first.trace_id, first.span_id)
        del bare["trace_id"]
        first, second = spans_of(root, bare | told)
        assert second.trace_id == first.trace_id
        bare["trace_id"] = root["id"]


MOMENTS = {
    "iso": "2026-11-23T15:00:00Z",
    "naive": "2026-11-23T15:00:00",
    "spaced": "2026-11-23 15:00:00.000000",
    "offset": "2026-11-23T16:00:00+01:00",
    "nanoseconds": "2026-11-23T15:00:00.000000000Z",
    "s": 1795446000,
    "ms": 1795446000000,
    "us": 1795446000000000,
    "ns": 1795446000000000000,
    "text": "1795446000000",
}


@pytest.mark.parametrize("way", MOMENTS)
def test_a_moment_is_the_same_however_it_is_told(way: str) -> None:
    (span,) = spans_of(phoenix(CALL, None, start_time=MOMENTS[way]))
    assert span.start_unix_nano == 1795446000 * 10**9


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, "2026-11-23T15:00:00Z"), ("2026-11-23T15:00:00Z", None), ("x", 1795446000)],
    ids=["no-start", "no-end", "no-moment"],
)
def test_a_moment_that_is_missing_is_the_other_one(start: Any, end: Any) -> None:
    (span,) = spans_of(phoenix(CALL, None, start_time=start, end_time=end))
    assert span.start_unix_nano == span.end_unix_nano == 1795446000 * 10**9


@pytest.mark.parametrize(
    "moment",
    [-1, 0, True, "", [], {}, 1e300, 99e17, "9" * 400, "0001-01-01", "9999-12-31T23:59:59Z"],
)
def test_what_is_no_moment_is_none(moment: Any) -> None:
    (span,) = spans_of(phoenix(CALL, None, start_time=moment, end_time=moment))
    assert span.start_unix_nano == 0
    assert as_runs(Decoded(spans=[span]))[0].run.duration_ms == 0


def test_hops_that_last_for_ages_can_be_stored(tmp_path: Path) -> None:
    hops = [{"name": f"hop {n}", "duration_ms": 9e11} for n in range(20)]
    found = foreign.read([{"hops": hops, "duration_ms": 9e11, "started_at": "2222-01-01"}])
    assert found is not None
    with Store.open(tmp_path / "t.duckdb") as store:
        assert store.ingest(found[1].spans).accepted == 21


def test_an_end_before_the_start_stays_as_it_was_told_and_took_no_time() -> None:
    late, early = "2026-11-23T15:00:05Z", "2026-11-23T15:00:00Z"
    (span,) = spans_of(phoenix(CALL, None, start_time=late, end_time=early))
    assert span.end_unix_nano < span.start_unix_nano
    assert as_runs(Decoded(spans=[span]))[0].hops[0].duration_ms == 0


def test_a_list_index_of_a_billion_makes_no_list_of_a_billion() -> None:
    key = "attributes.llm.input_messages.1000000000.message"
    (span,) = spans_of(
        {"context.span_id": CALL, "context.trace_id": TRACE, "start_time": 1}
        | {f"{key}.role": "user", f"{key}.content": "far", "span_kind": "LLM"}
    )
    (made,) = as_runs(Decoded(spans=[span]))
    assert made.hops[0].input == "far"


def test_records_of_several_tools_in_one_file_are_each_read_as_their_own(tmp_path) -> None:
    mixed = [r for name in ("phoenix", "langsmith", "runs", "dataset") for r in GOOD[name]]
    alone = [read(tmp_path, json.dumps(GOOD[n])) for n in ("phoenix", "langsmith", "runs")]
    found = read(tmp_path, "\n".join(json.dumps(r) for r in [*mixed, {"hello": 1}]))
    assert {s.span_id for s in found.spans} >= {s.span_id for d in alone for s in d.spans}
    assert [r for r in found.rejected if "1 objects are not" in r] == found.rejected

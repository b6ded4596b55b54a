"""What a hop promises is checked and recorded, never enforced; how much is captured; sampling."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any, Required, TypedDict

import pydantic
import pytest

import misstep


class Facts(pydantic.BaseModel):
    total: float
    currency: str


class Ticket(TypedDict):
    text: str


class Batch(TypedDict, total=False):
    tickets: Required[list[Ticket]]
    note: str


@dataclasses.dataclass
class Point:
    x: int


SCHEMA = {
    "type": "object",
    "properties": {"days": {"type": "integer", "maximum": 14}, "city": {"type": "string"}},
    "required": ["city"],
}


@pytest.mark.parametrize(
    ("contract", "good", "bad", "path"),
    [
        (Facts, {"total": 1.5, "currency": "EUR"}, {"total": "much"}, "output.total"),
        (Facts, '{"total": 1, "currency": "EUR"}', '{"total": 1}', "output.currency"),
        (Ticket, {"text": "a"}, {"txt": "a"}, "output.text"),
        (Batch, {"tickets": [{"text": "a"}]}, {"tickets": [{"txt": 1}]}, "output.tickets[0].text"),
        (dict[str, Batch] | None, {"a": {"tickets": []}}, {"a": {"note": "x"}}, "output.a.tickets"),
        (Point, {"x": 1}, {"x": "one"}, "output.x"),
        (list[int], [1, 2], [1, "b"], "output[1]"),
        (SCHEMA, {"city": "Paris", "days": 3}, {"city": "Paris", "days": 15}, "output.days"),
        (SCHEMA, {"city": "Paris"}, {"days": 1}, "output"),
    ],
    ids=[
        "model",
        "model_text",
        "typeddict",
        "nested_typeddict",
        "typeddict_in_union",
        "dataclass",
        "list",
        "schema_bound",
        "schema_required",
    ],
)
def test_an_output_that_breaks_its_contract_is_a_finding_and_passes_through(
    recorded, contract, good, bad, path
) -> None:
    @misstep.hop(output=contract)
    def step(value: Any) -> Any:
        return value

    assert step(good) is good
    assert recorded.findings("step") == []
    recorded.exporter.clear()
    assert step(bad) is bad
    rule, where, message = recorded.findings("step")[0]
    assert (rule, where) == ("contract.output", path)
    assert message


def test_a_served_typeddict_is_restored_too() -> None:
    from misstep.replay.restore import restore

    value = [{"tickets": [{"text": "a"}]}]
    assert restore(value, list[Batch], name="step") == value


def test_an_instance_of_the_promised_model_is_not_validated_again(recorded) -> None:
    @misstep.hop(output=Facts)
    def step() -> Facts:
        return Facts.model_construct(total="not checked", currency="EUR")

    step()
    assert recorded.findings("step") == []


def test_arguments_that_break_the_input_contract_are_a_finding(recorded) -> None:
    @misstep.hop(input=Ticket)
    def by_name(text: Any) -> None: ...

    @misstep.hop(input=Facts)
    def single(facts: Any) -> None: ...

    by_name("fine")
    single({"total": 1, "currency": "EUR"})
    assert recorded.findings("by_name") == recorded.findings("single") == []
    recorded.exporter.clear()
    by_name(5)
    single({"total": 1})
    assert recorded.findings("by_name")[0][:2] == ("contract.input", "input.text")
    assert recorded.findings("single")[0][:2] == ("contract.input", "input.currency")


def positive(value: float) -> bool:
    return value > 0


def explains(value: float) -> str | None:
    return None if value < 100 else f"{value} is too much"


def raises(value: float) -> None:
    raise KeyError("no rate")


def test_checks_are_called_with_the_output_and_their_complaints_recorded(recorded) -> None:
    @misstep.hop(check=[positive, explains, raises])
    def step(value: float) -> float:
        return value

    assert step(-1) == -1
    assert step(500) == 500
    first, second = recorded.spans()
    complaints = [
        [(e.attributes or {})["misstep.finding.message"] for e in s.events] for s in (first, second)
    ]
    assert complaints == [
        ["positive answered False", "raises: KeyError: 'no rate'"],
        ["explains: 500 is too much", "raises: KeyError: 'no rate'"],
    ]


def test_a_contract_that_cannot_be_used_says_so(recorded) -> None:
    @misstep.hop(output=type("Odd", (), {}))
    def step() -> int:
        return 1

    assert step() == 1
    (event,) = recorded.span("step").events
    assert "the contract itself cannot be used" in event.attributes["misstep.finding.message"]
    assert event.attributes["misstep.finding.strict"] is False  # it says nothing of the output


def test_contracts_hold_for_async_generators_and_blocks_too(recorded) -> None:
    @misstep.hop(output=list[int])
    def items() -> Any:
        yield "a"

    list(items())
    with misstep.hop("block", output=int) as h:
        h.output = "x"
    assert recorded.findings("items")[0][0] == "contract.output"
    assert recorded.findings("block")[0][0] == "contract.output"


# --- how much is captured ----------------------------------------------------------------


def test_capture_none_records_that_a_hop_ran_and_nothing_of_its_data(start) -> None:
    recorded = start(capture="none")

    @misstep.hop(output=int)
    def step(secret: str) -> str:
        misstep.state("seen")
        return secret + "!"

    step("private")
    text = json.dumps(recorded.attributes("step"))
    assert "private" not in text and "misstep.input" not in text.replace("misstep.input.", "")
    assert recorded.attributes("step")["misstep.hop.name"] == "step"


def test_capture_metadata_records_size_and_hash_alone(start) -> None:
    recorded = start(capture="metadata")

    @misstep.pipeline
    def whole(secret: str) -> str:
        return step(secret)

    @misstep.hop
    def step(secret: str) -> str:
        return secret

    whole("private")
    for name in ("whole", "step"):
        attributes = recorded.attributes(name)
        assert "private" not in json.dumps(attributes)
        assert attributes["misstep.output.size_bytes"] == len('"private"')
        assert attributes["misstep.output.hash"].startswith("sha256:")


def test_a_hop_may_capture_more_or_less_than_the_rest(start, monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_CAPTURE", "none")
    recorded = start()

    @misstep.hop(capture="full")
    def open_(x: int) -> int:
        return x

    @misstep.hop
    def closed(x: int) -> int:
        return x

    open_(1)
    closed(1)
    assert recorded.payload("open_", "output") == 1
    assert "misstep.output" not in recorded.attributes("closed")


# --- sampling ----------------------------------------------------------------------------


def run(number: int, *, fail: bool = False, mark: bool = False, finding: bool = False) -> None:
    @misstep.hop(name="step", output=str if finding else None)
    def step() -> int:
        if fail:
            raise ValueError("x")
        return number

    @misstep.pipeline(name=f"run {number}")
    def whole() -> None:
        with contextlib.suppress(ValueError):
            step()
        if mark:
            misstep.mark("bad")

    whole()


def test_sampling_keeps_failing_runs_whole_and_a_share_of_the_others(start) -> None:
    recorded = start(sample=0)
    run(1)
    run(2, fail=True)
    run(3, mark=True)
    run(4, finding=True)
    run(5)
    names = [s.name for s in recorded.spans()]
    assert names == ["step", "run 2", "step", "run 3", "step", "run 4"]


def test_a_share_of_the_runs_is_sent_whole(start) -> None:
    recorded = start(sample=0.5)
    for n in range(400):
        run(n)
    spans = recorded.spans()
    traces: dict[int, int] = {}
    for span in spans:
        traces[span.context.trace_id] = traces.get(span.context.trace_id, 0) + 1
    assert 100 < len(traces) < 300
    assert set(traces.values()) == {2}


def test_the_standard_sampler_sends_its_share_and_no_failing_runs_besides(
    start, monkeypatch
) -> None:
    from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.3")
    recorded = start()
    for n in range(200):
        run(n, fail=True)
    sent = {s.context.trace_id for s in recorded.spans()}
    official = TraceIdRatioBased(0.3)
    assert 20 < len(sent) < 120
    for trace_id in sent:
        assert official.should_sample(None, trace_id, "x").decision is Decision.RECORD_AND_SAMPLE
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    nothing = start()
    run(1, fail=True)
    assert nothing.spans() == []


def test_the_sampling_buffer_is_bounded_and_what_it_loses_is_counted(start, monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_MAX_SAMPLE_BYTES", "20000")
    recorded = start(sample=0)

    @misstep.hop
    def step(text: str) -> None: ...

    before = misstep.dropped().get("sampling buffer full", 0)
    with pytest.raises(ValueError), misstep.run("big"):
        for _ in range(100):
            step("x" * 1000)
        raise ValueError
    assert misstep.dropped()["sampling buffer full"] > before
    assert len(recorded.spans()) < 100


# --- marks, state, recorded values -------------------------------------------------------


def test_marks_state_and_recorded_values_are_events_of_the_hop_they_happen_in(recorded) -> None:
    @misstep.hop
    def step() -> float:
        misstep.state({"cart": ["a"]})
        misstep.mark("bad", text="87.3%")
        return misstep.recorded(lambda: 1.5)

    assert step() == 1.5
    events = {e.name: dict(e.attributes or {}) for e in recorded.span("step").events}
    assert json.loads(events["misstep.state"]["misstep.state.value"]) == {"cart": ["a"]}
    assert events["misstep.mark"]["misstep.mark.text"] == "87.3%"
    assert events["misstep.recorded"]["misstep.recorded.value"] == "1.5"
    assert events["misstep.recorded"]["misstep.recorded.number"] == 1


def test_a_mark_on_a_run_that_has_ended_travels_on_its_own(recorded) -> None:
    with misstep.run("done") as r:
        run_id = r.id
    misstep.mark("good", run_id=run_id)
    mark = recorded.span("mark")
    assert f"{mark.context.trace_id:032x}" == run_id
    assert (mark.attributes or {})["misstep.role"] == "mark"


def test_events_beyond_a_thousand_are_counted(recorded) -> None:
    @misstep.hop
    def step() -> None:
        for n in range(1200):
            misstep.state(n)

    step()
    assert len(recorded.span("step").events) == 1000
    assert recorded.attributes("step")["misstep.events.dropped"] == 200


# --- OpenInference -----------------------------------------------------------------------


def test_openinference_attributes_are_written_beside_on_request_only(start) -> None:
    import httpx
    from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes

    from misstep_examples.provider import LocalProvider

    def told(recorded: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        @misstep.hop(kind="tool")
        def lookup(q: str) -> str:
            return "found"

        with (
            LocalProvider(latency=0) as provider,
            httpx.Client(base_url=provider.url, timeout=60) as client,
        ):
            client.post(
                "/v1/chat/completions",
                json={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]},
            )
        lookup("x")
        return recorded.attributes("chat gpt-4o-mini"), recorded.attributes("lookup")

    plain, _ = told(start())
    assert not any(k.startswith(("llm.", "openinference")) for k in plain)
    call, tool = told(start(openinference=True))
    assert tool[SpanAttributes.OPENINFERENCE_SPAN_KIND] == OpenInferenceSpanKindValues.TOOL.value
    assert json.loads(tool[SpanAttributes.INPUT_VALUE]) == {"q": "x"}
    assert (tool[SpanAttributes.OUTPUT_VALUE], tool["output.mime_type"]) == ("found", "text/plain")
    assert call[SpanAttributes.OPENINFERENCE_SPAN_KIND] == "LLM"
    assert call["llm.input_messages.0.message.content"] == "hi"
    assert call[SpanAttributes.LLM_TOKEN_COUNT_PROMPT] == call["gen_ai.usage.input_tokens"]
    assert {k: v for k, v in call.items() if k.startswith("gen_ai")}.keys() == {
        k for k in plain if k.startswith("gen_ai")
    }

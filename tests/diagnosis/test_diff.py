"""Two runs side by side: what belongs together, and what of it was decided otherwise."""

from __future__ import annotations

import random
from typing import Any

import pytest

from misstep.model import (
    Environment,
    ErrorInfo,
    Hop,
    HopKind,
    Message,
    Recording,
    Run,
    Verdict,
)
from misstep_diagnosis import align, diff, nearest_good, same_meaning
from misstep_diagnosis.comparing.changes import differences
from misstep_diagnosis.reading.meaning import compare_texts


def hop(
    number: int, name: str, given: Any = None, made: Any = None, *, side: str = "a", **more: Any
) -> Hop:
    fields: dict[str, Any] = {"offset_ms": number * 10.0, "duration_ms": 9.0} | more
    return Hop(
        hop_id=f"{side}{number:015x}", index=number, name=name, input=given, output=made, **fields
    )


def run(given: Any = "q", made: Any = "a", **more: Any) -> Run:
    fields: dict[str, Any] = {"run_id": "a" * 32, "name": "p", "pipeline": "p"} | more
    return Run(input=given, output=made, **fields)


def names(pairs: list[tuple[Hop | None, Hop | None]]) -> list[tuple[str | None, str | None]]:
    return [(a and f"{a.name}{a.index}", b and f"{b.name}{b.index}") for a, b in pairs]


def failed(made: Hop) -> Hop:
    made.error = ErrorInfo(type="TimeoutError", message="timed out")
    return made


# --- which hops belong together ------------------------------------------------------------------


def test_a_retry_belongs_to_the_attempt_that_ended_alike() -> None:
    a = [
        hop(0, "plan", "q", "look up 7"),
        failed(hop(1, "fetch", {"id": 7})),
        hop(2, "fetch", {"id": 7}, {"price": 5}),
        hop(3, "write", {"price": 5}, "It is 5."),
    ]
    b = [
        hop(0, "plan", "q", "look up 7", side="b"),
        hop(1, "fetch", {"id": 7}, {"price": 5}, side="b"),
        hop(2, "write", {"price": 5}, "It is 5.", side="b"),
    ]
    assert names(align(a, b)) == [
        ("plan0", "plan0"),
        ("fetch1", None),
        ("fetch2", "fetch1"),
        ("write3", "write2"),
    ]
    made = diff(run(), a, run(), b)
    assert [p.kind for p in made.pairs] == ["same", "structure", "same", "same"]
    assert made.first_divergence is None, "an attempt that was made again is no divergence"


def test_an_inserted_and_a_missing_hop_stand_alone_and_the_rest_stays_together() -> None:
    a = [hop(0, "read", 1, 2), hop(1, "check", 2, 3), hop(2, "write", 3, 4)]
    b = [
        hop(0, "read", 1, 2, side="b"),
        hop(1, "write", 3, 4, side="b"),
        hop(2, "send", 4, 5, kind="tool", side="b"),
    ]
    assert names(align(a, b)) == [
        ("read0", "read0"),
        ("check1", None),
        ("write2", "write1"),
        (None, "send2"),
    ]
    first = diff(run(), a, run(), b).first_divergence
    assert first is not None and first.hop_a == a[1].hop_id and first.hop_b is None


def test_a_fan_out_that_ran_in_another_order_is_paired_by_what_each_received() -> None:
    towns = ["Berlin", "Lyon", "Porto", "Gdansk", "Turin"]
    a = [hop(i, "rate", {"town": t}, {"stars": len(t)}) for i, t in enumerate(towns)]
    order = list(reversed(towns))
    b = [hop(i, "rate", {"town": t}, {"stars": len(t)}, side="b") for i, t in enumerate(order)]
    pairs = align(a, b)
    assert all(x is not None and y is not None and x.input == y.input for x, y in pairs)
    assert diff(run(), a, run(), b).first_divergence is None


def test_a_concurrent_fan_out_is_paired_by_the_likest_input_where_none_is_equal() -> None:
    texts = ["the red bicycle of Anna", "forty tons of gravel", "an opera ticket for May"]
    at_once = {"offset_ms": 5.0, "duration_ms": 50.0}
    a = [hop(i, "tag", f"Please tag: {t}", i, **at_once) for i, t in enumerate(texts)]
    b = [
        hop(i, "tag", f"Please tag now: {t}", 9, side="b", **at_once)
        for i, t in enumerate(texts[::-1])
    ]
    assert names(align(a, b)) == [("tag0", "tag2"), ("tag1", "tag1"), ("tag2", "tag0")]


def test_a_loop_of_a_thousand_hops_with_one_turn_more_stays_aligned_around_it() -> None:
    turns = [{"turn": i, "said": f"word{i * 7} word{i * 13}"} for i in range(1000)]
    a = [hop(i, "step", t, {"next": i}) for i, t in enumerate(turns)]
    extra = [*turns[:400], {"turn": -1, "said": "a detour"}, *turns[400:]]
    b = [hop(i, "step", t, {"next": t["turn"]}, side="b") for i, t in enumerate(extra)]
    pairs = align(a, b)
    assert len(pairs) == 1001
    assert [b.index for a, b in pairs if a is None and b is not None] == [400]
    assert all(x.input == y.input for x, y in pairs if x is not None and y is not None)


def test_a_loop_whose_inputs_all_differ_is_aligned_in_order() -> None:
    a = [hop(i, "poll", {"n": i, "of": "left"}, i) for i in range(1000)]
    b = [hop(i, "poll", {"n": i + 5000, "of": "right"}, i, side="b") for i in range(980)]
    pairs = align(a, b)
    both = [(x.index, y.index) for x, y in pairs if x is not None and y is not None]
    assert len(both) == 980 and both == sorted(both)


def test_time_to_align_grows_with_the_hops_not_with_their_square() -> None:
    calls: list[int] = []
    for n in (400, 1600):
        a = [hop(i, "poll", {"n": i}, i) for i in range(n)]
        b = [hop(i, "poll", {"n": -i - 9}, i, side="b") for i in range(n)]
        counted = 0

        def count(frame: Any, event: str, arg: Any) -> None:
            nonlocal counted
            counted += event == "call"

        import sys

        sys.setprofile(count)
        try:
            align(a, b)
        finally:
            sys.setprofile(None)
        calls.append(counted)
    assert calls[1] < 8 * calls[0]


def test_hops_inside_two_hops_that_belong_together_are_aligned_with_each_other() -> None:
    def tree(side: str, order: list[str]) -> list[Hop]:
        made = [hop(0, "agent", "go", "done", side=side, kind="agent")]
        for i, town in enumerate(order):
            top = hop(1 + 2 * i, "visit", {"town": town}, "ok", side=side)
            top.parent_id = made[0].hop_id
            inner = hop(2 + 2 * i, "call", "the same prompt", town, side=side, kind="llm")
            inner.parent_id = top.hop_id
            made += [top, inner]
        return made

    pairs = align(tree("a", ["Rome", "Oslo"]), tree("b", ["Oslo", "Rome"]))
    inner = [(a, b) for a, b in pairs if a is not None and a.name == "call"]
    assert [(a.output, b.output) for a, b in inner if b is not None] == [
        ("Rome", "Rome"),
        ("Oslo", "Oslo"),
    ]


def test_a_step_that_moved_into_a_new_one_is_still_found() -> None:
    a = [hop(0, "extract", {"x": "some text"}, 1), hop(1, "judge", {"y": 1}, 2)]
    outer = hop(0, "stage", None, None, side="b")
    moved = [
        hop(1, "extract", {"x": "some text"}, 1, side="b"),
        hop(2, "judge", {"y": 1}, 2, side="b"),
    ]
    for one in moved:
        one.parent_id = outer.hop_id
    assert names(align(a, [outer, *moved])) == [
        (None, "stage0"),
        ("extract0", "extract1"),
        ("judge1", "judge2"),
    ]


def test_another_model_or_another_name_of_the_same_code_is_the_same_step() -> None:
    call = {"kind": "llm", "request_model": "big-1"}
    a = [hop(0, "chat big-1", "say hello to Anna", "Hi", **call), hop(1, "tidy", "x y z", 1)]
    b = [
        hop(0, "chat small-2", "say hello to Anna", "Hi", side="b", kind="llm",
            request_model="small-2"),
        hop(1, "clean_up", "x y w", 1, side="b"),
    ]  # fmt: skip
    a[1].recording = b[1].recording = Recording(code_hash="sha256:1")
    assert names(align(a, b)) == [("chat big-10", "chat small-20"), ("tidy1", "clean_up1")]


def test_hops_that_contain_each_other_are_aligned_like_any() -> None:
    a = [hop(0, "x", 1, 1), hop(1, "y", 2, 2)]
    a[0].parent_id, a[1].parent_id = a[1].hop_id, a[0].hop_id
    b = [hop(0, "x", 1, 1, side="b"), hop(1, "y", 2, 2, side="b")]
    assert names(align(a, b)) == [("x0", "x0"), ("y1", "y1")]


@pytest.mark.parametrize("seed", range(6))
def test_every_hop_stands_in_exactly_one_pair_in_a_s_order(seed: int) -> None:
    chance = random.Random(seed)
    kinds: list[HopKind] = ["llm", "tool", "chain"]

    def some(side: str) -> list[Hop]:
        made: list[Hop] = []
        for i in range(chance.randrange(0, 40)):
            one = hop(
                i,
                chance.choice("abc"),
                {"v": chance.randrange(6)},
                chance.randrange(4),
                side=side,
                kind=chance.choice(kinds),
            )
            if made and chance.random() < 0.5:
                one.parent_id = chance.choice(made).hop_id
            made.append(one)
        return made

    a, b = some("a"), some("b")
    pairs = align(a, b)
    assert [x for x, _ in pairs if x is not None] == a
    assert sorted(y.index for _, y in pairs if y is not None) == [h.index for h in b]
    assert all(x.kind == y.kind for x, y in pairs if x and y and x.name != y.name)


# --- wording and decisions -------------------------------------------------------------------------

WORDING = [
    ("Delivery is late by two days, sorry.", "Shipment is late by two days, sorry."),
    ("It is done. Regards, Kim", "It is done. Sincerely, Kim"),
    ("Hello, your order 42 ships on 3 May 2025.", "Your order 42 leaves on 2025-05-03, hello!"),
    ("The customer is unhappy about the late delivery.", "The client is upset: it came late."),
    ("Total: 1.299,00 EUR", "total 1299 EUR"),
    ("Twelve items were found.", "12 items were found."),
    ("It takes 2 hours.", "It takes 120 minutes."),
    ("Die Lieferung kommt morgen.", "Die Sendung kommt morgen."),
    ("Thank you for your message.", "Thanks for your message!"),
    ("We sell apples, pears and plums here.", "Here we sell pears, plums and apples."),
    ("Dr. Berg from Alder Works called.", "Alder Works: Dr. Berg phoned."),
    ("It is not only fast but cheap.", "It is fast and cheap."),
    ("- buy milk\n- call Anna", "* Call Anna\n* Buy milk"),
    ("APPROVED", "approved"),
]
DECISIONS = [
    ("Southport gave 52.5 %; Northvale 27.5 %", "Northvale gave 52.5 %; Southport 27.5 %"),
    ("Clause 2: Lessor pays the rent.", "Clause 2: Lessee pays the rent."),
    ("Approved.", "Rejected."),
    ("yes", "no"),
    ("We recommend plan A for this.", "We recommend plan B for this."),
    ("Please go to Berlin as soon as you can.", "Please go to Lyon as soon as you can."),
    ("approve", "reject"),
    ("The claim is approved.", "The claim is rejected."),
    ("It is refundable within 30 days.", "It is not refundable within 30 days."),
    ("Es ist nicht erlaubt, hier zu parken.", "Es ist erlaubt, hier zu parken."),
    ("我们可以退款。", "我们不可以退款。"),
    ("会议在东京举行。", "会议在大阪举行。"),
    ("Give 5 mg daily.", "Give 5 g daily."),
    ("From Berlin to Lyon on Monday", "From Lyon to Berlin on Monday"),
    ("Berlin sold 412 and Lyon 389.", "Berlin sold 389 and Lyon 412."),
    ("Contact Anna about the invoice, she knows.", "Contact Bernd about the invoice, he knows."),
    ("We sell apples, pears and plums here.", "We sell apples, pears and figs here."),
    ("valid until June", "invalid until June"),
    ("Thirty days are left to pay.", "Thirteen days are left to pay."),
    ("Send it to billing@example.com today.", "Send it to sales@example.com today."),
    ("- buy milk\n- call Anna", "- buy milk"),
    ("The fee is 15% of the amount.", "The fee is 20% of the amount."),
    ("Alder", "Cobalt"),
]


@pytest.mark.parametrize(("a", "b"), WORDING, ids=[str(i) for i in range(len(WORDING))])
def test_order_synonyms_case_and_notation_are_wording(a: str, b: str) -> None:
    assert compare_texts(a, b) == compare_texts(b, a) == "wording"
    assert same_meaning({"x": a}, {"x": b})


@pytest.mark.parametrize(("a", "b"), DECISIONS, ids=[str(i) for i in range(len(DECISIONS))])
def test_values_names_negations_choices_and_members_are_decisions(a: str, b: str) -> None:
    assert compare_texts(a, b) == compare_texts(b, a) == "decision"
    assert not same_meaning({"x": a}, {"x": b})


def test_a_member_that_was_left_out_is_one_difference_however_many_follow_it() -> None:
    lines = [{"sku": f"A-{i}", "qty": i} for i in range(8)]
    found = differences({"lines": lines}, {"lines": lines[:2] + lines[3:]}, "output")
    assert [(d.field, d.what) for d in found] == [("output.lines[2]", "member")]
    assert found[0].a == {"sku": "A-2", "qty": 2} and found[0].b is None


def test_records_are_compared_by_their_identity_not_by_their_position() -> None:
    a = [{"sku": "A-1", "qty": 1}, {"sku": "B-2", "qty": 2}]
    b = [{"sku": "B-2", "qty": 5}, {"sku": "A-1", "qty": 1}]
    found = differences({"lines": a}, {"lines": b}, "output")
    assert [(d.field, d.a, d.b) for d in found if d.what == "value"] == [
        ("output.lines[1].qty", 2, 5)
    ]


def test_the_order_of_members_decides_where_the_list_is_a_ranking() -> None:
    a, b = ["x1", "y2", "z3"], ["z3", "x1", "y2"]
    assert same_meaning({"tags": a}, {"tags": b})
    assert not same_meaning({"ranking": a}, {"ranking": b})


def test_order_of_keys_is_nothing_and_a_truth_value_is_no_number() -> None:
    assert differences({"a": 1, "b": 2.0}, {"b": 2, "a": 1}, "output") == []
    assert not same_meaning({"ok": True}, {"ok": 1})


def test_what_follows_from_another_input_is_the_input_s_difference() -> None:
    a = [hop(0, "copy", {"id": "INV-2041"}, {"id": "INV-2041"})]
    b = [hop(0, "copy", {"id": "INV-7777"}, {"id": "INV-7777"}, side="b")]
    assert diff(run(), a, run(), b).pairs[0].kind == "same"
    b[0].output = {"id": "INV-9999"}
    assert diff(run(), a, run(), b).pairs[0].kind == "decision"


def test_an_input_that_differs_in_wording_alone_excuses_no_decision() -> None:
    a = [hop(0, "decide", "Please check the claim now.", {"choice": "approve"})]
    b = [hop(0, "decide", "Now please check the claim!", {"choice": "reject"}, side="b")]
    assert diff(run(), a, run(), b).pairs[0].kind == "decision"


# --- settings and the run to compare with ----------------------------------------------------------


def called(side: str, **more: Any) -> Hop:
    name = more.pop("customer", "Anna Berg")
    prompt = more.pop("prompt", "Greet {}.").format(name)
    fields: dict[str, Any] = {
        "kind": "llm",
        "request_model": "m-1",
        "parameters": {"temperature": 0.0, "max_tokens": 99},
        "tools": [{"name": "search", "parameters": {}}],
        "messages_in": [Message(role="user", parts=[{"type": "text", "content": prompt}])],
        "merged": ["0" * 16],
    } | more
    return hop(0, "greet", {"customer": name}, "Hello", side=side, **fields)


def test_each_setting_that_changed_is_named_by_itself() -> None:
    a = called("a")
    b = called(
        "b",
        request_model="m-2",
        parameters={"temperature": 0.7, "max_tokens": 99},
        tools=[{"name": "search", "parameters": {"k": 1}}, {"name": "mail"}],
        prompt_version="3",
        prompt="Greet {} warmly.",
    )
    a.recording, b.recording = Recording(code_hash="sha256:1"), Recording(code_hash="sha256:2")
    left, right = run(version="1"), run(version="2")
    left.environment = Environment(vcs_commit="abc", sdk_versions={"openai": "3.0"})
    right.environment = Environment(vcs_commit="def", sdk_versions={"openai": "3.1"})
    made = {c.field: (c.a, c.b) for c in diff(left, [a], right, [b]).changed_settings}
    assert made["version"] == ("1", "2")
    assert made["vcs_commit"] == ("abc", "def")
    assert made["sdk_versions.openai"] == ("3.0", "3.1")
    assert made["greet.request_model"] == ("m-1", "m-2")
    assert made["greet.prompt_version"] == (None, "3")
    assert made["greet.parameters.temperature"] == (0.0, 0.7)
    assert made["greet.tools.mail"][0] is None
    assert made["greet.prompt"] == (
        "Greet {input.customer}.",
        "Greet {input.customer} warmly.",
    )
    assert made["greet.code"] == ("sha256:1", "sha256:2")
    assert "greet.parameters.max_tokens" not in made


def test_another_input_in_the_same_template_is_no_changed_setting() -> None:
    made = diff(run(), [called("a")], run(), [called("b", customer="Bo Lind")])
    assert made.changed_settings == []


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        pytest.param("Express: True.", "Express: False.", id="truth value"),
        pytest.param("Express: yes.", "Express: no.", id="in words"),
    ],
)
def test_a_prompt_that_differs_by_a_value_from_upstream_alone_is_no_setting(
    mine: str, theirs: str
) -> None:
    def routed(side: str, told: str, *, express: bool) -> list[Hop]:
        route = hop(0, "route", "a request", {"express": express}, side=side)
        asked = called(side, prompt="Greet {}. " + told)
        asked.index, asked.hop_id = 1, f"{side}{1:015x}"
        return [route, asked]

    a, b = routed("a", mine, express=True), routed("b", theirs, express=False)
    assert diff(run(), a, run(), b).changed_settings == []
    agreeing = routed("b", theirs, express=True)
    told = [c.field for c in diff(run(), a, run(), agreeing).changed_settings]
    assert told == ["greet.prompt"]


def test_another_sentence_beside_a_value_from_upstream_is_a_changed_prompt() -> None:
    route_a = hop(0, "route", "a request", {"express": True})
    route_b = hop(0, "route", "a request", {"express": False}, side="b")
    a = called("a", prompt="Greet {}. Express: True.")
    b = called("b", prompt="Greet {}. Express: False. Round every amount.")
    a.index = b.index = 1
    a.hop_id, b.hop_id = f"a{1:015x}", f"b{1:015x}"
    told = diff(run(), [route_a, a], run(), [route_b, b]).changed_settings
    assert [c.field for c in told] == ["greet.prompt"]


def test_a_number_of_the_input_that_is_absent_on_one_side_is_no_changed_prompt() -> None:
    a, b = called("a", prompt="Greet {}, limit 1200."), called("b", prompt="Greet {}, limit None.")
    a.input, b.input = (
        {"customer": "Anna Berg", "limit": 1200},
        {"customer": "Anna Berg", "limit": None},
    )
    assert diff(run(), [a], run(), [b]).changed_settings == []


def test_the_nearest_good_run_has_the_nearest_input_and_says_why() -> None:
    def good(number: int, given: Any, at: str, **more: Any) -> Run:
        return run(
            given,
            run_id=f"{number:032x}",
            started_at=at,
            verdict=Verdict(state="good", by="user"),
            **more,
        )

    asked = run({"order": 42, "note": "please hurry"}, run_id="f" * 32)
    far = good(1, {"city": "Rome"}, "2025-03-03T00:00:00Z")
    near = good(2, {"order": 41, "note": "please hurry"}, "2025-01-01T00:00:00Z")
    same = good(3, {"note": "please hurry", "order": 42}, "2025-01-01T00:00:00Z")
    later = good(4, {"order": 42, "note": "please hurry"}, "2025-02-02T00:00:00Z")
    open_one = good(5, asked.input, "2025-09-09T00:00:00Z", complete=False)
    found = nearest_good(asked, [far, near, same, later, open_one])
    assert found is not None and found[0] is later
    assert "the same input" in found[1] and "of 4 good runs" in found[1]
    second = nearest_good(asked, [far, near])
    assert second is not None and second[0] is near and "nearest input" in second[1]

"""The inputs that every function must answer: with a verdict or ``undecided``, never an exception,
never in time that grows with a square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from misstep.model import ErrorInfo, Hop, Message, Run, Score, StateSnapshot, Verdict
from misstep_diagnosis import align, blame, diagnose, diff, doctor, doctor_of, lineage, reach
from misstep_diagnosis.learning import merged

TEN_SCRIPTS = (
    "Order 12 to Malmö",
    "Заказ 12 отправлен Анне",
    "Η παραγγελία 12 στάλθηκε",
    "הזמנה 12 נשלחה לחיפה",
    "الطلب ١٢ أُرسل إلى دبي",
    "आदेश १२ दिल्ली भेजा गया",
    "訂單十二已送往臺北",
    "注文12は東京へ発送されません",
    "주문 12는 서울로 보내지 않았습니다",
    "คำสั่งซื้อ ๑๒ ส่งแล้ว",
    "ஆணை 12 அனுப்பப்பட்டது",
    "Պատվեր 12 ուղարկված է",
)


def deep(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


PAYLOADS: dict[str, Any] = {
    "none": None,
    "empty text": "",
    "empty list": [],
    "infinite": float("inf"),
    "no number": float("nan"),
    "too large for a float": 10**400,
    "1e309": "1e309 and -1e309 EUR",
    "german thousands": "1.299,00 EUR, 1.299 EUR, 1,299.00 EUR, 12.34.56",
    "odd separators": "1,,2 3..4 ,5, 6.7.8.9 1'000'000.5 −12 ½ ² ①",
    "binary": "\x00\x01\xfe\xff PNG\r\n\x1a" * 50,
    "lone surrogates": "a\ud800b\udfff 12 \ufffe",
    "base64": "iVBORw0KGgoAAAANSUhEUgAA" * 400,
    "right to left": "\u202eשלום 12 \u2066abc\u2069 مرحبا ١٬٢٩٩٫٠٠ \u200f",
    "ten scripts": list(TEN_SCRIPTS),
    "scripts in one": " ".join(TEN_SCRIPTS),
    "combining marks": "Z̷̙̈a̵͔̓l̶̲̏g̸̣̓o̴͎̊ 12 é é",
    "broken json": '{"total": 12, "lines": [{"a": ',
    "json in json": '{"a": "{\\"b\\": \\"[1, 2, {}\\"}"}',
    "brackets": "[" * 3_000,
    "200 deep": deep(200),
    "900 deep": deep(900),
    "odd keys": {"": {"": 1}, "a.b": 2, "a[0]": 3, "[]": [4], "\n": None},
    "mixed list": [1, "1", 1.0, True, None, [], {}, [[]], {"1": 1}],
    "long list": list(range(1_000)),
    "many keys": {f"k{n}": n for n in range(400)},
    "quotes": "“" * 5_000 + '"' * 5_000,
    "blanks": " " * 30_000 + "unless",
    "empty lines": "\n \n" * 10_000,
    "patterns": "((a+)+)+$ [^x]* \\d{1,99} " * 200,
}


MEGABYTES: dict[str, str] = {
    "words": "the total of 12.50 EUR on 3 May is not due; " * 25_000,
    "one word": "a" * 1_000_000,
    "digits": "1" * 1_000_000,
    "separators": ".," * 400_000,
    "capitals": "Anna Berg " * 100_000,
    "number words": "twenty two million and three hundred " * 25_000,
    "brackets": "[{" * 400_000,
}


def chain(value: Any) -> tuple[Run, list[Hop]]:
    steps = [("read", "tool", value, value), ("say", "llm", [value], value),
             ("end", "chain", {"x": value}, {"y": value, "flag": True})]  # fmt: skip
    hops = [
        Hop(
            hop_id=f"{n:016x}",
            index=n,
            name=name,
            kind=kind,  # type: ignore[arg-type]
            input=given,
            output=made,
            offset_ms=n * 10.0,
            duration_ms=9.0,
        )
        for n, (name, kind, given, made) in enumerate(steps)
    ]
    run = Run(run_id="a" * 32, name="p", pipeline="p", input=value, output=hops[-1].output)
    run.states = [StateSnapshot(offset_ms=1.0, value=value), StateSnapshot(offset_ms=2.0, value=1)]
    return run, hops


def everything(run: Run, hops: list[Hop]) -> None:
    """Asks everything there is to ask of a run."""
    others = [(run, hops)] * 3
    for state in ("unknown", "bad"):
        run.verdict = Verdict(state=state, by="user", text="12" if state == "bad" else None)  # type: ignore[arg-type]
        made = diagnose(run, hops, good=others, profile=merged("p", others))
        assert made.verdict in ("clean", "fault", "undecided")
        assert set(made.states) == {h.hop_id for h in hops}
        assert made.explanation
        made.model_dump_json()
    assert isinstance(lineage(run, hops), list)
    for text in ("12", "Anna Berg", "", "\ud800", "1e309"):
        assert blame(run, hops, text).text == text
        assert reach(run, hops, text).text == text
    assert len(align(hops, hops)) == len(hops)
    assert diff(run, hops, run, hops).first_divergence is None
    assert len(doctor(run, hops)) == len(doctor_of([(run, hops)], 0)) - 2


@pytest.mark.parametrize("name", PAYLOADS, ids=lambda n: n.replace(" ", "-"))
def test_any_payload_gets_an_answer(name: str) -> None:
    everything(*chain(PAYLOADS[name]))


@pytest.mark.parametrize("name", MEGABYTES, ids=lambda n: n.replace(" ", "-"))
def test_a_megabyte_of_text_gets_an_answer(name: str) -> None:
    run, hops = chain({"total": 12.5})
    hops[1].output = MEGABYTES[name]
    run.verdict = Verdict(state="bad", by="user")
    assert diagnose(run, hops).verdict in ("clean", "fault", "undecided")
    other = [h.model_copy() for h in hops]
    other[1].output = MEGABYTES[name] + " and 99.75 more"
    assert diff(run, hops, run, other).pairs


def no_payloads(run: Run, hops: list[Hop]) -> None:
    for hop in hops:
        hop.input = hop.output = None
    run.input = run.output = None


def no_root(run: Run, hops: list[Hop]) -> None:
    run.complete, run.root_id = False, None
    for hop in hops:
        hop.parent_id, hop.orphan, hop.complete = "f" * 16, True, False


def a_cycle(run: Run, hops: list[Hop]) -> None:
    hops[0].parent_id, hops[1].parent_id = hops[1].hop_id, hops[0].hop_id


def its_own_parent(run: Run, hops: list[Hop]) -> None:
    hops[1].parent_id = hops[1].hop_id


def a_deep_tree(run: Run, hops: list[Hop]) -> None:
    first = hops.pop(0)
    hops[:] = [
        first.model_copy(update={"hop_id": f"{n:016x}", "index": n, "parent_id": f"{n - 1:016x}"})
        for n in range(400)
    ]
    hops[0].parent_id = None


def all_at_once(run: Run, hops: list[Hop]) -> None:
    for hop in hops:
        hop.index, hop.offset_ms, hop.duration_ms = 0, 0.0, 0.0


def clocks_gone_mad(run: Run, hops: list[Hop]) -> None:
    hops[0].offset_ms, hops[1].duration_ms, hops[2].offset_ms = 1e18, -50.0, float("nan")


def odd_messages(run: Run, hops: list[Hop]) -> None:
    hops[1].input, hops[1].messages_in = None, [Message(role="", parts=[{}, {"type": "text"}])]


def failed(run: Run, hops: list[Hop]) -> None:
    run.error = hops[2].error = ErrorInfo(type="KeyError", message="''\x00'\ud800' [[[")
    run.status = "error"


def odd_scores(run: Run, hops: list[Hop]) -> None:
    run.scores = [Score(name="x", value=float("nan"), hop_id="f" * 16), Score(name="")]


def one_hop(run: Run, hops: list[Hop]) -> None:
    del hops[1:]


def no_hops(run: Run, hops: list[Hop]) -> None:
    hops.clear()


SHAPES: tuple[Callable[[Run, list[Hop]], None], ...] = (
    no_hops, one_hop, no_payloads, no_root, a_cycle, its_own_parent, a_deep_tree, all_at_once,
    clocks_gone_mad, odd_messages, failed, odd_scores,
)  # fmt: skip


@pytest.mark.parametrize("bend", SHAPES, ids=lambda f: f.__name__)
def test_any_shape_of_a_run_gets_an_answer(bend: Callable[[Run, list[Hop]], None]) -> None:
    run, hops = chain({"total": 12.5, "note": "Twelve for Anna Berg on 3 May"})
    bend(run, hops)
    everything(run, hops)


def test_ten_thousand_hops_get_an_answer() -> None:
    hops = [
        Hop(hop_id=f"{n:016x}", index=n, name=f"s{n % 9}", input={"n": n}, output={"n": n + 1},
            offset_ms=n * 1.0, duration_ms=0.5)
        for n in range(10_000)
    ]  # fmt: skip
    run = Run(run_id="a" * 32, name="p", input={"n": 0}, output={"n": 10_000})
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops)
    assert len(made.states) == 10_000
    assert len(align(hops, hops[:5_000] + hops[5_010:])) == 10_000


def calls_of(work: Callable[[], object]) -> int:
    counted = 0
    before = sys.getprofile()

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


TEXTS = {
    "words": "the total of 12.50 EUR on 3 May is not due. ",
    "numbers": "12 13.5 1.299,00 ",
    "names": "Anna Berg met Bo Lind. ",
    "number words": "twenty two and three hundred ",
    "bullets": "- buy 3 apples\n",
}


@pytest.mark.parametrize("name", TEXTS, ids=lambda n: n.replace(" ", "-"))
def test_the_work_on_a_text_grows_with_its_length(name: str) -> None:
    def work(times: int) -> int:
        run, hops = chain(TEXTS[name] * times)
        other = chain(TEXTS[name] * (times - 1) + "the end")
        return calls_of(lambda: (diagnose(run, hops), diff(run, hops, *other)))

    assert work(800) < 6 * work(200)

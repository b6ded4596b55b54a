"""What careful people write accuses nobody; beside each stands the slip that looks almost the same."""

from __future__ import annotations

from typing import Any

import pytest
from bench.domains.__main__ import judged_unseen
from bench.domains.unseen import SETS
from diagnosed import fired

PAIRS: dict[str, tuple[str, Any, Any, Any]] = {
    "rounded": (
        "number.contradicts",
        "Answer the parents. The child weighs 24.9 kg, so the dose is 370 mg.",
        "At 25 kg the dose is 370 mg.",
        "At 29 kg the dose is 370 mg.",
    ),
    "about so much": (
        "number.contradicts",
        "Write the entry: 38 nautical miles are 70.4 km in 270 minutes.",
        "We made some 70 km in 270 minutes.",
        "We made some 90 km in 270 minutes.",
    ),
    "hours and minutes": (
        "number.contradicts",
        "The shift of Thursday took 460 minutes, a break of 30 minutes aside.",
        "You worked 7 hours 40 minutes on Thursday.",
        "You worked 7 hours 10 minutes on Thursday.",
    ),
    "a share that is named": (
        "value.replaced",
        "The grant is EUR 24,250 a year. The income was EUR 91,900, of which the city paid "
        "43.5 per cent.",
        "A grant of EUR 24,250 would add about 26 per cent to the income.",
        "A grant of EUR 24,250 would add about 62 per cent to the income.",
    ),
    "a prohibition": (
        "negation.flipped",
        "Translate into English.\nSendero de la laguna, 9 km de recorrido en total.\n"
        "Prohibido acampar junto a la laguna.\nNo se permite hacer fuego en el camino.",
        "Trail of the lagoon, a length of 9 km in all.\nNo camping beside the lagoon.\n"
        "Making a fire on the way is not allowed.",
        "Trail of the lagoon, a length of 9 km in all.\nCamping is allowed beside the lagoon.\n"
        "Making a fire on the way is not allowed.",
    ),
    "only with consent": (
        "negation.flipped",
        "The Parties shall not disclose any Confidential Information to third parties without "
        "prior written consent.",
        {"disclosure": "only with prior written consent"},
        {"disclosure": "The Parties shall disclose any Confidential Information to third parties."},
    ),
    "a spelling": (
        "name.ungrounded",
        "Summarise: Sauber & Söhne GmbH supplies the pumps to Elin Bergström.",
        "Sauber & Soehne GmbH supplies the pumps to Elin Bergstrom.",
        "Sauber & Brüder GmbH supplies the pumps to Elin Bergström.",
    ),
    "a greeting": (
        "name.ungrounded",
        "Schreibe einen Brief an Clara Weidner, ihre zweite Impfung ist am 9. April.",
        "Liebe Frau Weidner, Ihre zweite Impfung ist am 9. April.",
        "Liebe Clara Weiland, Ihre zweite Impfung ist am 9. April.",
    ),
    "an abbreviation written out": (
        "item.invented",
        [{"drug": "Ramipril"}, {"drug": "Apixaban"}, {"drug": "metoprolol succ."}],
        [{"drug": "Ramipril"}, {"drug": "Apixaban"}, {"drug": "metoprolol succinate"}],
        [{"drug": "Ramipril"}, {"drug": "Apixaban"}, {"drug": "bisoprolol"}],
    ),
    "one article of two shops": (
        "item.dropped",
        [{"sku": "T-11", "name": "Oak table"}, {"sku": "T-14", "name": "Pine table"},
         {"sku": "T-11", "name": "Table, oak"}, {"sku": "T-19", "name": "Beech table"}],
        [{"sku": "T-11", "name": "Oak table"}, {"sku": "T-14", "name": "Pine table"},
         {"sku": "T-19", "name": "Beech table"}],
        [{"sku": "T-11", "name": "Oak table"}, {"sku": "T-14", "name": "Pine table"},
         {"sku": "T-11", "name": "Table, oak"}],
    ),
    "currencies": (
        "aggregate.wrong",
        {"flight_eur": 241.5, "train_chf": 22.8, "chf_per_eur": 0.95},
        {"train_eur": 24.0, "sum_eur": 265.5},
        None,
    ),
    "connections to choose from": (
        "order.impossible",
        {"from": "Gent"},
        [{"legs": [{"from": "Gent", "to": "Brussel", "dep": "07:24", "arr": "07:53"},
                   {"from": "Brussel", "to": "Köln", "dep": "08:25", "arr": "10:15"}]},
         {"legs": [{"from": "Gent", "to": "Brussel", "dep": "08:24", "arr": "08:53"},
                   {"from": "Brussel", "to": "Köln", "dep": "09:25", "arr": "11:15"}]}],
        [{"legs": [{"from": "Gent", "to": "Brussel", "dep": "08:24", "arr": "08:53"},
                   {"from": "Brussel", "to": "Köln", "dep": "08:25", "arr": "10:15"}]}],
    ),
    "a loan paid back": (
        "result.wrong",
        {"amount": 24000, "months": 36, "rate_pct": 4.5},
        {"total": 25701.48},
        {"total": 52701.48},
    ),
    "bytes as GiB": (
        "result.wrong",
        {"total_bytes": 500107862016, "used_bytes": 373293056000},
        {"total_gib": 465.8},
        None,
    ),
    "a duration in two fields": (
        "result.wrong",
        {"dep": "2026-10-08T20:15+02:00", "arr": "2026-10-09T15:50+09:00"},
        {"hours": 12, "minutes": 35},
        {"minutes": 35},
    ),
    "mended and run again": (
        "status.turned",
        "Report. Before: 1 failed, 17 passed. Now: 18 passed.",
        "It is mended, all 18 tests pass.",
        "It is mended, all 19 tests pass.",
    ),
    "something in brackets": (
        "negation.flipped",
        "Loud noise: the burrs are blocked. Clean the upper burr with a brush. Never use water.",
        "Clean the upper burr with a brush (no water).",
        "Do not clean the upper burr with a brush.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", PAIRS, ids=[p.replace(" ", "-") for p in PAIRS])
def test_a_right_answer_in_other_words_is_left_alone_and_its_slip_is_found(what: str) -> None:
    rule, given, right, wrong = PAIRS[what]
    kind = "llm" if isinstance(given, str) else "chain"
    if rule == "name.ungrounded" or isinstance(right, str):
        kind = "llm"
    assert rule not in fired({"kind": kind, "input": given, "output": right})
    if wrong is not None:
        assert rule in fired({"kind": kind, "input": given, "output": wrong})


def test_names_do_not_run_on_into_the_next_line() -> None:
    given = "Write a card: Laguna Cimera, start at the car park, 9 km."
    card = "Laguna Cimera\nStart at the car park, 9 km."
    assert "name.ungrounded" not in fired({"input": given, "output": card})


def test_a_quotation_in_a_translation_stands_in_the_other_language() -> None:
    given = (
        "Translate into French: “We did not want to move production abroad at all,” says the "
        "founder, Aline Mercadier, whose workshop opens in October."
    )
    made = (
        "« Nous ne voulions pas du tout délocaliser la production », explique la fondatrice, "
        "Aline Mercadier, dont l'atelier ouvre en octobre."
    )
    assert "quote.unsupported" not in fired({"input": given, "output": made})


def test_a_translation_reckons_nothing() -> None:
    given = (
        "Vertaal naar het Nederlands. Almost three quarters of the 86 respondents rate the food good. "
        "The average is 3.8 out of 5. Only four people were not satisfied at all."
    )
    made = (
        "Van de 86 ondervraagden vindt bijna driekwart het eten goed. Gemiddeld krijgt de kantine een "
        "3,8 van 5. Slechts vier mensen waren helemaal niet tevreden."
    )
    assert "result.wrong" not in fired({"input": given, "output": made})


def test_a_right_run_told_in_any_of_thirty_ways_is_clean() -> None:
    told = {j.name: j.made.verdict for j in judged_unseen(SETS["calm"])}
    assert {name for name, verdict in told.items() if verdict == "fault"} == set()
    assert sum(verdict == "clean" for verdict in told.values()) >= 28

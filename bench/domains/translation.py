"""Recorded runs: translation."""

from __future__ import annotations

from bench.domains.case import DomainCase, hop

_MANUAL_FI = (
    "Älä käytä laitetta yli 35 asteen lämpötilassa. Puhdista suodatin 250 käyttötunnin välein. "
    "Irrota virtajohto ennen huoltoa. Suurin sallittu paine on 6,5 bar."
)
_PRESS_FR = (
    "Le chiffre d'affaires a progressé de 4,2 % à 1,3 milliard d'euros. Le groupe emploie 12 400 "
    "personnes dans 17 pays. Le dividende proposé est de 0,85 € par action."
)

CASES = [
    DomainCase(
        name="manual-1",
        domain="translation",
        origin="translate",
        why="6,5 bar became 65 bar",
        given={"document": "manual-fi", "from": "fi", "to": "en"},
        made=(
            "Do not use the device above 35 degrees. Clean the filter every 250 operating hours. Unplug the "
            "power cord before servicing. The maximum permitted pressure is 65 bar."
        ),
        outcome="unknown",
        hops=[
            hop("load", "tool", {"document": "manual-fi"}, {"text": _MANUAL_FI}),
            hop("detect", "llm", {"text": _MANUAL_FI}, {"language": "fi", "sentences": 4}),
            hop(
                "translate",
                "llm",
                {"text": _MANUAL_FI, "from": "fi", "to": "en"},
                "Do not operate the device in temperatures above 35 degrees. Clean the filter every 250 operating "
                "hours. Disconnect the power cord before maintenance. The maximum allowed pressure is 65 bar.",
            ),
            hop(
                "glossary",
                "llm",
                "Do not operate the device in temperatures above 35 degrees. Clean the filter every 250 operating "
                "hours. Disconnect the power cord before maintenance. The maximum allowed pressure is 65 bar.",
                "Do not use the device above 35 degrees. Clean the filter every 250 operating hours. Unplug the "
                "power cord before servicing. The maximum permitted pressure is 65 bar.",
            ),
            hop(
                "typeset",
                "chain",
                {
                    "text": "Do not use the device above 35 degrees. Clean the filter every 250 operating hours. "
                    "Unplug the power cord before servicing. The maximum permitted pressure is 65 bar."
                },
                {"pages": 1, "characters": 196},
            ),
        ],
    ),
    DomainCase(
        name="subtitles-1",
        domain="translation",
        origin="translate_batch",
        why="one of five numbered lines was dropped by the translation",
        given={"film": "harbour", "to": "en"},
        made=[
            {"n": 1, "text": "The ship leaves at six."},
            {"n": 2, "text": "Who told you that?"},
            {"n": 4, "text": "Then we have one hour."},
            {"n": 5, "text": "Get your coat."},
        ],
        outcome="bad",
        hops=[
            hop(
                "split",
                "tool",
                {"film": "harbour"},
                [
                    {"n": 1, "text": "Skeppet går klockan sex."},
                    {"n": 2, "text": "Vem har sagt det?"},
                    {"n": 3, "text": "Hamnkaptenen, i går kväll."},
                    {"n": 4, "text": "Då har vi en timme."},
                    {"n": 5, "text": "Hämta din rock."},
                ],
            ),
            hop("detect", "llm", "Skeppet går klockan sex.", {"language": "sv"}),
            hop(
                "translate_batch",
                "llm",
                {
                    "to": "en",
                    "lines": [
                        {"n": 1, "text": "Skeppet går klockan sex."},
                        {"n": 2, "text": "Vem har sagt det?"},
                        {"n": 3, "text": "Hamnkaptenen, i går kväll."},
                        {"n": 4, "text": "Då har vi en timme."},
                        {"n": 5, "text": "Hämta din rock."},
                    ],
                },
                [
                    {"n": 1, "text": "The ship sails at six."},
                    {"n": 2, "text": "Who said that?"},
                    {"n": 4, "text": "Then we have an hour."},
                    {"n": 5, "text": "Fetch your coat."},
                ],
            ),
            hop(
                "shorten",
                "llm",
                [
                    {"n": 1, "text": "The ship sails at six."},
                    {"n": 2, "text": "Who said that?"},
                    {"n": 4, "text": "Then we have an hour."},
                    {"n": 5, "text": "Fetch your coat."},
                ],
                [
                    {"n": 1, "text": "The ship leaves at six."},
                    {"n": 2, "text": "Who told you that?"},
                    {"n": 4, "text": "Then we have one hour."},
                    {"n": 5, "text": "Get your coat."},
                ],
            ),
            hop("write_file", "tool", {"lines": 4}, {"file": "harbour.en.srt"}),
        ],
    ),
    DomainCase(
        name="press-1",
        domain="translation",
        origin=None,
        why="French notation into English, percent and billions kept",
        given={"document": "press-fr", "to": "en"},
        made=(
            "Revenue rose by 4.2% to €1.3 billion. The group has 12,400 employees in 17 countries and "
            "proposes a dividend of €0.85 a share."
        ),
        hops=[
            hop("load", "tool", {"document": "press-fr"}, {"text": _PRESS_FR}),
            hop("detect", "llm", {"text": _PRESS_FR}, {"language": "fr"}),
            hop(
                "translate",
                "llm",
                {"text": _PRESS_FR, "to": "en"},
                "Revenue grew 4.2% to 1.3 billion euros. The group employs 12,400 people in 17 countries. The "
                "proposed dividend is €0.85 per share.",
            ),
            hop(
                "review",
                "evaluator",
                {
                    "source": _PRESS_FR,
                    "translation": "Revenue grew 4.2% to 1.3 billion euros. The group employs 12,400 people in "
                    "17 countries. The proposed dividend is €0.85 per share.",
                },
                {"adequate": True, "remarks": ["join the last two sentences"]},
            ),
            hop(
                "revise",
                "llm",
                {
                    "translation": "Revenue grew 4.2% to 1.3 billion euros. The group employs 12,400 people in "
                    "17 countries. The proposed dividend is €0.85 per share.",
                    "remarks": ["join the last two sentences"],
                },
                "Revenue rose by 4.2% to €1.3 billion. The group has 12,400 employees in 17 countries and "
                "proposes a dividend of €0.85 a share.",
            ),
        ],
    ),
]

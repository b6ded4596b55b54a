"""``python -m bench.localise.score --dataset whowhen|trail --data DIR predictions.jsonl``

Exact matches only, with 95 % Wilson intervals, beside baselines computed on the same cases.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.localise import data, labels


def wilson(hits: float, n: int) -> tuple[float, float, float]:
    """(rate, low, high) at 95 %."""
    if n == 0:
        return 0.0, 0.0, 1.0
    z, p = 1.96, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return p, max(0.0, middle - half), min(1.0, middle + half)


def score_whowhen(lines: Sequence[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Top-1 and top-3 of the step, top-1 of the agent, by group, beside random and constant."""
    truth = labels.whowhen(folder)
    lengths = {t.name: len(t.turns) for t in data.transcripts(folder)}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if line["case"] in truth:
            groups[line["case"].split("/")[0]].append(line)
    made = {}
    for group, cases in groups.items():
        n = len(cases)
        steps = [(truth[c["case"]], [r["step"] for r in c["ranked"]], c) for c in cases]
        constant = Counter(t[0] for t, _, _ in steps).most_common(1)[0]
        made[group] = {
            "n": n,
            "top1": wilson(sum(t[0] == r[0] for t, r, _ in steps), n),
            "top3": wilson(sum(t[0] in r[:3] for t, r, _ in steps), n),
            "agent": wilson(sum(c["ranked"][0]["agent"] == t[1] for t, _, c in steps), n),
            "baseline random": sum(1 / lengths[c["case"]] for c in cases) / n,
            f"baseline constant (step {constant[0]}, chosen by the labels)": constant[1] / n,
            "baseline first": sum(t[0] == 0 for t, _, _ in steps) / n,
            "baseline last": sum(t[0] == lengths[c["case"]] - 1 for t, _, c in steps) / n,
        }
    return made


def score_trail(lines: Sequence[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Span precision, recall and F1, and the first error among the first ranked, by group."""
    truth = labels.trail(folder)
    logs = {log.name: log for log in data.span_logs(folder)}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if line["case"] in truth:
            groups[line["case"].split("/")[0]].append(line)
    made: dict[str, Any] = {}
    for group, cases in groups.items():
        hit = flagged = wrong = status_hit = status = 0
        firsts = []
        for case in cases:
            bad, chosen = truth[case["case"]], set(case["flagged"])
            acts = logs[case["case"]].acts
            hit, flagged, wrong = hit + len(bad & chosen), flagged + len(chosen), wrong + len(bad)
            failed = {a.id for a in acts if a.failed}
            status_hit, status = status_hit + len(failed & bad), status + len(failed)
            first = next((a.id for a in acts if a.id in bad), None)
            if first is not None:
                firsts.append((first, [r["hop_id"] for r in case["ranked"]]))
        n = len(firsts)
        made[group] = {
            "n": len(cases),
            "precision": hit / max(1, flagged),
            "recall": hit / max(1, wrong),
            "f1": 2 * hit / max(1, flagged + wrong),
            "first_top1": wilson(sum(f == r[0] for f, r in firsts if r), n),
            "first_top3": wilson(sum(f in r[:3] for f, r in firsts), n),
            "baseline status=ERROR f1": 2 * status_hit / max(1, status + wrong),
        }
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", choices=("whowhen", "trail"), required=True)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("predictions", type=Path)
    given = parser.parse_args()
    lines = [json.loads(line) for line in given.predictions.read_text().splitlines()]
    scorer = score_whowhen if given.dataset == "whowhen" else score_trail
    print(json.dumps(scorer(lines, given.data), indent=1))


if __name__ == "__main__":
    main()

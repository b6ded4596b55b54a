"""``python -m bench.localise --dataset whowhen|trail --data DIR --out predictions.jsonl``

Ranks the steps of every log below DIR by how likely the run first went wrong there, one JSON line a
case. No label is read: ``python -m bench.localise.score`` does that, on its own.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.localise import data
from rich.progress import track

from misstep_diagnosis.agents import act_signals, load_model, turn_signals


def predict_transcript(log: data.Transcript) -> dict[str, Any]:
    """The line of one Who&When case."""
    model = load_model("transcript")
    signals = turn_signals(log.question, log.turns)
    ranked = [
        {"step": i, "agent": re.sub(r"\s*\(.*", "", log.turns[i].speaker or log.turns[i].role)}
        for i in model.ranked(signals)
    ]
    return {"case": log.name, "ranked": ranked, "flagged": []}


def predict_spans(log: data.SpanLog) -> dict[str, Any]:
    """The line of one TRAIL trace; hop ids are the file's span ids."""
    model = load_model("spans")
    signals = act_signals(log.acts)
    steps = [s for _, s in signals]
    ids = [act_id for act_id, _ in signals]
    return {
        "case": log.name,
        "ranked": [{"hop_id": ids[i], "agent": None} for i in model.ranked(steps)],
        "flagged": [ids[i] for i in model.flagged(steps)],
    }


def predictions(dataset: str, folder: Path) -> Iterator[dict[str, Any]]:
    """A line a case, in the order of the files' names."""
    if dataset == "whowhen":
        yield from map(predict_transcript, data.transcripts(folder))
    else:
        yield from map(predict_spans, data.span_logs(folder))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", choices=("whowhen", "trail"), required=True)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"{given.data} is no folder; --data names the one with the logs", file=sys.stderr)
        return 2
    count = 0
    with given.out.open("w") as out:
        for line in track(predictions(given.dataset, given.data), description=given.dataset):
            out.write(json.dumps(line) + "\n")
            count += 1
    print(f"{count} cases → {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

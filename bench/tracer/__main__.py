"""``python -m bench.tracer [--quick] [--peers NAME…] [--out F]``: what recording costs.

Ratios of medians of interleaved rounds in one process, against the bare OpenTelemetry SDK setting the
same two attributes. ``--peers`` builds an environment for each peer and measures it there, against
the bare SDK in the same process.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

from bench.tracer import costs, peers

_BARS = {
    "caller_tight": 1.0,
    "caller_paced": 1.0,
    "caller_tight_provider": 1.5,
    "whole_process": 1.2,
    "model_call": 1.03,
    "memory_top_above_start_mib": 64,
    "end_of_process_s": 2.0,
}


def main() -> None:
    """Measures, prints, and writes the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.tracer", description=__doc__)
    parser.add_argument("--out", default="bench/results/tracer.json")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and hops")
    parser.add_argument(
        "--peers", nargs="*", metavar="NAME", help=f"of {', '.join(peers.PEERS)}; none: all"
    )
    asked = parser.parse_args()
    os.environ.setdefault("OTEL_SDK_DISABLED", "false")
    os.environ["MISSTEP_SPOOL_DIR"] = "off"
    path = Path(asked.out)
    before = json.loads(path.read_text()) if path.exists() else {}
    results = {**before, "versions": versions(), "machine": machine()}
    if asked.peers is None:
        results |= own(quick=asked.quick)
    else:
        results["peers"] = before.get("peers", {}) | peers.measure(asked.peers or list(peers.PEERS))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    show(results)


def own(*, quick: bool) -> dict[str, Any]:
    """Everything but the peers."""
    rounds = 9 if quick else 31
    results: dict[str, Any] = {
        "caller_tight": costs.caller(rounds),
        "caller_tight_documents": costs.caller(rounds, documents=True),
        "caller_paced": costs.caller(max(5, rounds // 3), runs=8, pause_s=0.02),
        "whole_process": costs.whole_process(max(5, rounds // 3)),
        "model_call": costs.model_call(60 if quick else 300),
        "end_of_process": costs.end_of_process(),
    }
    os.environ.pop("MISSTEP_SPOOL_DIR", None)
    results["memory"] = costs.memory(100_000 if quick else 1_000_000)
    results["bars"] = bars(results)
    return results


def bars(results: dict[str, Any]) -> dict[str, Any]:
    """Each bar with what was measured and whether it is met."""
    found = {
        "caller_tight": results["caller_tight"]["ratios"]["misstep"],
        "caller_paced": results["caller_paced"]["ratios"]["misstep"],
        "caller_tight_provider": results["caller_tight"]["ratios"]["misstep_provider"],
        "whole_process": results["whole_process"]["ratios"]["misstep"],
        "model_call": results["model_call"]["ratios"]["misstep"],
        "memory_top_above_start_mib": results["memory"]["top_above_start_mib"],
        "end_of_process_s": max(results["end_of_process"].values()),
    }
    return {k: {"bar": _BARS[k], "found": v, "met": v <= _BARS[k]} for k, v in found.items()}


def versions() -> dict[str, str]:
    """Of what was measured."""
    names = ("misstep", "opentelemetry-sdk", "opentelemetry-exporter-otlp", "httpx", "protobuf")
    found = {name: importlib.metadata.version(name) for name in names}
    return found | {"python": platform.python_version()}


def machine() -> dict[str, Any]:
    """Where it was measured, and how busy it was."""
    return {
        "cpus": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "load_1m": round(os.getloadavg()[0], 1),
    }


def show(results: dict[str, Any]) -> None:
    """Prints the results as a table."""
    print(" · ".join(f"{k} {v}" for k, v in sorted(results["versions"].items())))
    print(" · ".join(f"{k} {v}" for k, v in sorted(results["machine"].items())))
    for name, bar in results.get("bars", {}).items():
        word = "met" if bar["met"] else "NOT met"
        print(f"  {name:28} {bar['found']:>8}   bar {bar['bar']:>5}   {word}")
    for name in ("caller_tight", "caller_tight_documents", "caller_paced", "whole_process"):
        if name in results:
            medians = results[name]["medians_us"]
            print(f"  {name:28} " + "   ".join(f"{k} {v} µs" for k, v in medians.items()))
    if "model_call" in results:
        call = results["model_call"]
        print(
            f"  model_call                   {call['medians_ms']} ms, CPU {call['caller_cpu_ms']} ms"
        )
    if "memory" in results:
        print(f"  memory                       {results['memory']}")
    for name, peer in sorted(results.get("peers", {}).items(), key=lambda p: p[1].get("ratio", 99)):
        print(f"  peer {name:23} {peer.get('ratio', '–'):>8}x   {peer.get('version', peer)}")


if __name__ == "__main__":
    main()

"""A LangGraph program that knows nothing of misstep: two nodes side by side, one after them."""

import json
import operator
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from openai import OpenAI

SUMMARISE = "You summarise a source in one sentence that keeps its figure and unit."
EXTRACT = "You extract the facts from notes. JSON only: facts (region, value_mwh or null, quote)."


class State(TypedDict):
    """What the nodes share."""

    sources: list[dict[str, Any]]
    notes: Annotated[list[dict[str, str]], operator.add]
    total: float


def ask(instruction: str, payload: Any) -> str:
    answer = OpenAI().chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {"role": "system", "content": instruction},
            {"role": "user", "content": json.dumps(payload)},
        ],
    )
    return answer.choices[0].message.content or ""


def summarise(number: int) -> Any:
    def node(state: State) -> dict[str, Any]:
        source = state["sources"][number]
        return {"notes": [{"region": source["region"], "text": ask(SUMMARISE, source)}]}

    return node


def add_up(state: State) -> dict[str, Any]:
    notes = sorted(state["notes"], key=lambda n: n["region"])
    facts = json.loads(ask(EXTRACT, {"notes": notes}))["facts"]
    return {"total": sum(f["value_mwh"] or 0 for f in facts)}


def main() -> None:
    graph = StateGraph(State)
    graph.add_node("first", summarise(0))
    graph.add_node("second", summarise(1))
    graph.add_node("add_up", add_up)
    for name in ("first", "second"):
        graph.add_edge(START, name)
        graph.add_edge(name, "add_up")
    graph.add_edge("add_up", END)
    sources = json.loads(Path(sys.argv[1]).read_text())
    done = graph.compile().invoke({"sources": sources, "notes": [], "total": 0.0})
    print(f"{done['total']:.0f} MWh")


if __name__ == "__main__":
    main()

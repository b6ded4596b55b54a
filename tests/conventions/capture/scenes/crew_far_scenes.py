"""CrewAI further: a tool that fails, work handed on, a manager, guardrails, shapes, knowledge."""

import asyncio
import os

os.environ["CREWAI_DISABLE_TELEMETRY"] = "true"
os.environ["CREWAI_TRACING_ENABLED"] = "false"

from common import DOCUMENTS, WEATHER, attempt
from crewai import LLM, Agent, Crew, Process, Task
from crewai.flow.flow import Flow, listen, router, start
from crewai.tools import tool
from pydantic import BaseModel

ODD = os.environ["ODD"] + "/v1"


class City(BaseModel):
    name: str


def model(base=None, name="openai/gpt-4o-mini", **more):
    return LLM(model=name, base_url=base or os.environ["OPENAI_BASE_URL"], api_key="local", **more)


@tool("get_weather")
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


@tool("get_weather")
def broken(city: str) -> str:
    """The weather in a city."""
    raise KeyError(city)


def agent(role="Reporter", **more):
    return Agent(
        **{
            "role": role,
            "goal": "Tell the weather.",
            "backstory": "You read the sky.",
            "llm": model(),
            "max_iter": 4,
            "max_retry_limit": 0,
            **more,
        }
    )


def task(agent, said="What is the weather? city: Paris", **more):
    return Task(description=said, expected_output="One sentence.", agent=agent, **more)


def tool_that_fails(speaker):
    who = agent(tools=[broken])
    Crew(agents=[who], tasks=[task(who)], name="unlucky").kickoff()


def handed_on(speaker):
    one, two = agent("Chief", allow_delegation=True), agent("Clerk", tools=[get_weather])
    Crew(
        agents=[one, two], tasks=[task(one, name="lead"), task(two, name="work")], name="office"
    ).kickoff(inputs={"city": "Paris"})


def managed(speaker):
    who = agent("Clerk", tools=[get_weather])
    made = Task(description="What is the weather? city: Oslo", expected_output="One sentence.")
    Crew(
        agents=[who],
        tasks=[made],
        process=Process.hierarchical,
        manager_llm=model(),
        name="managed",
    ).kickoff()


def guarded(speaker):
    tried = []

    def guard(output):
        tried.append(output)
        return (len(tried) > 1, output.raw if len(tried) > 1 else "too long")

    who = agent()
    Crew(
        agents=[who],
        tasks=[task(who, "Say hello.", guardrail=guard, guardrail_max_retries=2, name="short")],
        name="guarded",
    ).kickoff()


def shaped(speaker):
    who = agent()
    Crew(
        agents=[who], tasks=[task(who, "Name a city.", output_pydantic=City)], name="shaped"
    ).kickoff()


def told(name):
    def scene(speaker):
        who = agent(llm=model(ODD))
        Crew(
            agents=[who], tasks=[task(who, f"Where is Oslo? odd:{name}")], name=f"crew-{name}"
        ).kickoff()

    scene.__name__ = name
    return scene


def alone(speaker):
    """An agent without a crew, and a model without an agent."""
    agent(tools=[get_weather]).kickoff("What is the weather? city: Paris")
    model().call(
        [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Say hello."}]
    )
    attempt(model(stream=True).call, "Count to three.")


def at_once(speaker):
    who = agent()
    made = Crew(agents=[who], tasks=[task(who, "Say hello to {name}.", name="greet")], name="many")
    made.kickoff_for_each(inputs=[{"name": "Ada"}, {"name": "Bo"}])
    asyncio.run(made.kickoff_async(inputs={"name": "Cy"}))


def side_by_side(speaker):
    one, two = agent("First"), agent("Second")
    tasks = [
        task(one, "Say one.", async_execution=True),
        task(two, "Say two.", async_execution=True),
    ]
    Crew(
        agents=[one, two], tasks=[*tasks, task(one, "Join them.", context=tasks)], name="beside"
    ).kickoff()


class Way(Flow):
    @start()
    def look(self):
        return model().call("Say hello.")

    @router(look)
    def decide(self, found):
        return "good" if found else "bad"

    @listen("good")
    def tell(self):
        raise ValueError("nobody listens")


def flow(speaker):
    attempt(Way().kickoff)


def failing(speaker):
    who = agent()
    Crew(agents=[who], tasks=[task(who, "too many")], name="failing").kickoff()


def knowing(speaker):
    from crewai.knowledge.source.string_knowledge_source import StringKnowledgeSource

    about = {
        "provider": "openai",
        "config": {
            "model_name": "text-embedding-3-small",
            "api_key": "local",
            "api_base": os.environ["OPENAI_BASE_URL"],
        },
    }
    who = agent()
    source = StringKnowledgeSource(content=" ".join(DOCUMENTS))
    Crew(
        agents=[who],
        tasks=[task(who, "What is the capital of Norway?")],
        knowledge_sources=[source],
        embedder=about,
        name="knowing",
    ).kickoff()


SCENES = (
    tool_that_fails,
    handed_on,
    managed,
    guarded,
    shaped,
    told("plain"),
    told("length"),
    told("filtered"),
    alone,
    at_once,
    side_by_side,
    flow,
    failing,
    knowing,
)

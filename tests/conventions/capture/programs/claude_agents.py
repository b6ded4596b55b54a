"""The Claude Agent SDK's scenes against the local provider: an answer, a tool, a failure."""

import os
import tempfile

from common import PROVIDER, WEATHER

FOLDER = tempfile.mkdtemp()


def options(**more):
    """An agent with one tool of ours, whose command line keeps to a folder of its own."""
    from claude_agent_sdk import ClaudeAgentOptions, create_sdk_mcp_server, tool

    @tool("get_weather", "The weather in a city.", {"city": str})
    async def get_weather(args):
        if args["city"] == "Rome":
            return {"content": [{"type": "text", "text": "Rome is not served"}], "is_error": True}
        return {"content": [{"type": "text", "text": WEATHER[args["city"]]}]}

    env = {
        "ANTHROPIC_BASE_URL": os.environ["ODD"] if "PLANS" in os.environ else PROVIDER,
        "ANTHROPIC_API_KEY": "local",
        "HOME": FOLDER,
        "CLAUDE_CONFIG_DIR": f"{FOLDER}/config",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "IS_SANDBOX": "1",
    }
    return ClaudeAgentOptions(
        model="claude-sonnet-4-5",
        system_prompt="Answer shortly.",
        max_turns=3,
        tools=[],
        mcp_servers={"weather": create_sdk_mcp_server("weather", tools=[get_weather])},
        allowed_tools=["mcp__weather__get_weather"],
        setting_sources=[],
        cwd=FOLDER,
        env=env | more,
    )


async def ask(text, **more):
    from claude_agent_sdk import query

    async for message in query(prompt=text, options=options(**more)):
        print(type(message).__name__, str(message)[:160])


SCENES = (
    "What is the capital of France?",
    "What is the weather? city: Paris",
    "please fail",
)
TOOL = "mcp__weather__get_weather"
PLANNED = (
    f"Weather? plan:[[think Hm. | say I look. | {TOOL}(city=Oslo) & {TOOL}(city=Rome) ;; say Only Oslo.]]",
    f"Weather there? plan:[[{TOOL}(city=Atlantis) ;; {TOOL}(city=Paris) ;; say Paris is sunny.]]",
    f"Fails later? plan:[[{TOOL}(city=Oslo) ;; fail]]",
    f"All turns? plan:[[{TOOL}(city=Oslo) ;; {TOOL}(city=Paris) ;; {TOOL}(city=Oslo) ;; say no]]",
)


async def scenes(**more):
    """Runs them one after the other; a failure of one is printed."""
    for text in PLANNED if "PLANS" in os.environ else SCENES:
        try:
            await ask(text, **more)
        except Exception as error:
            print(f"{text}: {type(error).__name__}: {str(error)[:300]}")

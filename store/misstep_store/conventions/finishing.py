"""What every draft gets in the end: readable input and output, system prompt, clean words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from misstep.model import Json
from misstep.providers.shapes import by_host
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import glued
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import NO_WORDS
from misstep_store.conventions.raw.bodies import clean_finish, left_out
from misstep_store.conventions.types import CALL_KINDS, NO_USAGE, Draft
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import failed, failure

PROVIDERS = {
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "google.generative-ai": "gcp.gemini",
    "google": "gcp.gemini",
    "googleai": "gcp.gemini",
    "xai": "x_ai",
    "moonshot": "moonshot_ai",
    "moonshotai": "moonshot_ai",
    "aws": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "mistralai": "mistral_ai",
    "mistral": "mistral_ai",
}
# Names of frameworks that stand where the provider should.
FRAMEWORKS = frozenset(
    {
        "strands-agents",
        "langchain",
        "langgraph",
        "microsoft.agent_framework",
        "crewai",
        "litellm",
        "gcp.vertex.agent",
        "llamaindex",
        "structured_llm",
        "haystack",
        "spring_ai",
        "agno",
        "smolagents",
        "galileo-otel",
        "none",
        "unknown",
    }
)
MAY_FALL_SILENT = frozenset({*CALL_KINDS, "tool"})


_MOST_BLANKS = 4


def provider(given: str | None) -> str | None:
    """A provider by its one name; None for frameworks that put their own name there, for addresses, and
    for whole sentences: Mirascope's takes the system of a call for its instructions."""
    if not given or given.count(" ") > _MOST_BLANKS or "{" in given:
        return None
    return _named(given.lower())


@lru_cache(maxsize=1_024)
def _named(name: str) -> str | None:
    known = PROVIDERS.get(name) or by_host(name, name)  # LiveKit names the host that is asked
    return None if known in FRAMEWORKS or known.partition(":")[2].isdecimal() else known


def company(named: str) -> str:
    """Whose model it is, by what the AI SDK calls it: with its interface, ``openai.chat``."""
    if named.startswith(("gcp.", "aws.", "azure.ai.")):
        return named
    return "vertexai" if named.startswith("google.vertex") else named.partition(".")[0]


_ROUTES = frozenset(
    {"openai", "anthropic", "azure", "bedrock", "vertex_ai", "gemini", "mistral", "groq", "xai"}
    | {"cohere", "deepseek", "ollama", "together_ai", "openrouter", "fireworks_ai", "replicate"}
)
"""Names of providers that stand before those of models, as LiteLLM writes them."""


def routed(asked: str | None, served: str | None) -> tuple[str | None, str, str | None] | None:
    """Provider and models of a call by its route, ``anthropic/claude-…``; None without one."""
    route, slash, model = (asked or "").partition("/")
    if not slash or route not in _ROUTES:
        return None
    return provider(route), model, served.removeprefix(f"{route}/") if served else served


_PLACES = ("projects/", "publishers/", "models/")
_UNNAMED = "unknown_model"  # Splunk's, of LangChain's models but OpenAI's


def model_named(name: str) -> str | None:
    """A model by its name alone: Google's stand at the end of where they are served. None where an
    object of the program was printed for it, or a word that says it is not known."""
    if name[:1] == "<" and rd.is_printed(name):
        return None
    if name == _UNNAMED:
        return None
    if not name.startswith(_PLACES):
        return name
    return name.removeprefix("models/").rpartition("/models/")[2] or name


def _name_models(draft: Draft) -> None:
    asked, served = draft.request_model, draft.response_model
    draft.request_model = model_named(asked) if asked else asked
    draft.response_model = model_named(served) if served else served


def finish(draft: Draft, *, scores: bool = True) -> Draft:
    """Fills what follows from the rest; role and failure too. The draft itself, for chaining.

    Args:
        scores: whether what an evaluator put out is a score.
    """
    if draft.request_model or draft.response_model:
        _name_models(draft)
    if draft.role == "span":
        draft.role = "call" if draft.kind in CALL_KINDS else "hop"
    if draft.kind == "embedding" and draft.messages_in:
        # Some write the texts to embed as messages: they are the input itself.
        if draft.input is None:
            texts = [[p.get("content") for p in m.parts] for m in draft.messages_in]
            draft.input = [t for each in map(_embedded, texts) for t in each if t is not None]
        draft.messages_in = ()
    _take_apart(draft)
    _measure(draft)
    if draft.system is None and draft.messages_in:
        draft.system = msg.system_of(draft.messages_in)
    if draft.input is None and draft.messages_in and not _is_told_nothing(draft):
        draft.input = msg.readable_input(draft.messages_in)
    if not draft.has_output and draft.messages_out:
        # A call's further messages are other choices, those of a step are what came before.
        told = draft.messages_out if draft.kind == "llm" else draft.messages_out[-1:]
        draft.output = msg.readable_output(told)
        draft.has_output = draft.output is not None
    if draft.finish_reason is None:
        ends = (m.finish_reason for m in draft.messages_out if m.finish_reason)
        draft.finish_reason = next(ends, None)
    if draft.finish_reason is not None:
        draft.finish_reason = clean_finish(draft.finish_reason) or None
    if draft.kind == "llm" and draft.output is None and draft.messages_out and _is_empty(draft):
        draft.output, draft.has_output = "", True
    if draft.has_output:
        _list(draft, scores=scores)
    if draft.error is None and draft.span.status_code == 2:
        draft.error = failure(draft.span)
    elif draft.error is None and draft.span.events and _fell_silent(draft):
        draft.error = failed(draft.span)
    _forget_printed(draft)
    return draft


def _of_mcp(made: list[Json] | dict[str, Json]) -> Json:
    """What a tool of MCP's said in one block of text, of its result whole or of the blocks alone."""
    blocks = made.get("content") if isinstance(made, dict) and made.keys() <= _RESULT else made
    one = blocks[0] if isinstance(blocks, list) and len(blocks) == 1 else None
    if not isinstance(one, dict) or one.keys() != _BLOCK or one["type"] != "text":
        return made
    if isinstance(made, dict) and made.get("isError"):
        return made
    return rd.decoded(one["text"]) if isinstance(one["text"], str) else made


_RESULT, _BLOCK = {"content", "isError", "_meta"}, {"type", "text"}
_NUMBERS = frozenset(
    {"temperature", "top_p", "top_k", "topP", "topK", "seed", "n", "choice.count"}
    | {"max_tokens", "max_output_tokens", "max_completion_tokens", "maxTokens", "maxOutputTokens"}
    | {"frequency_penalty", "presence_penalty", "frequencyPenalty", "presencePenalty"}
)


def _measure(draft: Draft) -> None:
    """Parameters that are numbers as such, where they were told as text; none that was not given."""
    for name, value in draft.parameters.items():
        if type(value) is str and left_out(value):
            draft.parameters = {k: v for k, v in draft.parameters.items() if k != name}
        elif type(value) is str and name in _NUMBERS:
            found = rd.json_value(value)
            if type(found) in (int, float):
                draft.parameters = {**draft.parameters, name: found}


def says_nothing(output: Json) -> bool:
    """Whether it is an object of the program that was printed, such as a stream: no answer."""
    if type(output) is not str or output[:1] != "<" or not rd.is_printed(output):
        return False
    return "." in output or " at 0x" in output or "[" in output or output in _BARE


_BARE = ("<generator object>", "<async_generator object>", "<coroutine object>")
"""Of others without an address, such as ``<empty object>``, they may be words."""


def _forget_printed(draft: Draft) -> None:
    if says_nothing(draft.output):
        if any(m.text == draft.output for m in draft.messages_out):
            draft.messages_out = ()
        draft.output, draft.has_output = None, False
    elif draft.output == _NOTHING and draft.kind != "llm" and draft.convention not in _ALL_JSON:
        draft.output = None


_NOTHING = "null"
"""What a step gave that gave nothing, as JSON; a model may answer so."""
_ALL_JSON = ("misstep", "mlflow")
"""Conventions whose values are JSON, each text too: there it is one."""


def _is_told_nothing(draft: Draft) -> bool:
    """Whether an agent was given its instructions alone, as when it goes on after a person agreed."""
    return draft.kind == "agent" and all(m.role == "system" for m in draft.messages_in)


def _list(draft: Draft, *, scores: bool) -> None:
    """Documents that were found and scores that were given, as they stand in an output, and what a
    tool's says."""
    if draft.kind == "tool" and isinstance(draft.output, (list, dict)):
        draft.output = _of_mcp(draft.output)
    if draft.kind in ("retriever", "reranker"):
        draft.documents = draft.documents or docs.documents(draft.output)
    elif scores and draft.kind == "evaluator" and not (draft.scores or draft.run_scores):
        draft.scores = judged.gave(draft.output, draft.name, draft.span.span_id)


def _take_apart(draft: Draft) -> None:
    """Calls that were glued together as they streamed in."""
    for said in draft.messages_out if draft.kind == "llm" else ():
        said.parts = glued.apart(said.parts, draft.tools)


def _embedded(told: list[Json]) -> list[Json]:
    """What a message asks vectors of: texts, or one list of tokens."""
    tokens = len(told) > 1 and all(isinstance(one, int) for one in told)
    return [told] if tokens else told


def _is_empty(draft: Draft) -> bool:
    """Whether a call answered without a word, which is not the same as an answer nobody recorded."""
    return bool(
        draft.error is None
        and draft.span.status_code != 2
        and (draft.finish_reason or draft.usage.output_tokens)
        and draft.finish_reason not in _UNFINISHED
        and any(p == NO_WORDS for m in draft.messages_out for p in m.parts)
    )


_UNFINISHED = ("error", "failed")


def _fell_silent(draft: Draft) -> bool:
    """Whether a call or tool with an exception gave nothing, though it ends as if it had not failed:
    Agno's of 2025 under OpenInference do."""
    return (
        draft.kind in MAY_FALL_SILENT
        and not draft.has_output
        and not any(m.parts for m in draft.messages_out)
        and draft.response_id is None
        and draft.usage is NO_USAGE
        and "output.value" not in draft.span.attributes
        and any(e.name == "exception" for e in draft.span.events)
    )


def payloads(
    draft: Draft, a: Mapping[str, Any], inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    """Input and output from the first of the keys that is there, where the draft has none."""
    if draft.input is None:
        for key in inputs:
            if key in a:
                draft.input = rd.arguments(rd.decoded(a[key]))
                break
    if not draft.has_output:
        for key in outputs:
            if key in a:
                draft.output, draft.has_output = rd.decoded(a[key]), True
                break

"""What tells of frameworks that make the calls, as ``Speaker``."""

import os

from common import telemetry
from speakers import Speaker, by_openinference, langfuse, mlflow


def openinference_langchain():
    from openinference.instrumentation.langchain import LangChainInstrumentor

    return by_openinference(LangChainInstrumentor())


def openinference_langchain_and_openai():
    from openinference.instrumentation.langchain import LangChainInstrumentor
    from openinference.instrumentation.openai import OpenAIInstrumentor

    LangChainInstrumentor().instrument(tracer_provider=telemetry())
    OpenAIInstrumentor().instrument()
    return Speaker(step=_spanned)


def openllmetry_langchain_and_openai():
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    LangchainInstrumentor().instrument(tracer_provider=telemetry())
    OpenAIInstrumentor().instrument()
    return Speaker(step=_spanned)


def _spanned(function):
    from opentelemetry import trace

    def within():
        with trace.get_tracer("app").start_as_current_span(function.__name__):
            function()

    return within


def openllmetry_langchain():
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor

    LangchainInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def mlflow_llama_index():
    return mlflow("llama_index")


def mlflow_dspy():
    return mlflow("dspy")


def mlflow_crewai():
    return mlflow("crewai", "litellm")


def semantic_kernel():
    """Its messages are records of Python's logging."""
    import logging

    from opentelemetry._logs import get_logger_provider
    from opentelemetry.sdk._logs import LoggingHandler

    provider = telemetry()
    logger = logging.getLogger("semantic_kernel")
    logger.addHandler(LoggingHandler(logger_provider=get_logger_provider()))
    logger.setLevel(logging.INFO)

    def finish():
        provider.force_flush()
        get_logger_provider().force_flush()

    return Speaker(finish=finish)


def otel_genai_langchain():
    from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor

    LangChainInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def openinference_agents():
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    return by_openinference(OpenAIAgentsInstrumentor())


def openllmetry_agents():
    from opentelemetry.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    OpenAIAgentsInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def otel_genai_agents():
    from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor

    OpenAIAgentsInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def logfire_agents():
    import logfire as lf

    lf.configure(send_to_logfire=False, console=False)
    lf.instrument_openai_agents()
    return Speaker(finish=lf.shutdown)


def openinference_llama_index():
    from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

    return by_openinference(LlamaIndexInstrumentor())


def openllmetry_llama_index():
    from opentelemetry.instrumentation.llamaindex import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def otel_genai_llama_index():
    from opentelemetry.instrumentation.genai.llama_index import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def llama_index_own():
    from llama_index.observability.otel import LlamaIndexOpenTelemetry
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    LlamaIndexOpenTelemetry(
        span_exporter=OTLPSpanExporter(), service_name_or_resource=os.environ["OTEL_SERVICE_NAME"]
    ).start_registering()
    return Speaker()


def langfuse_llama_index():
    """As Langfuse's own pages say: its client, and OpenInference's instrumentor."""
    speaker = langfuse()
    from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument()
    return speaker


def openinference_dspy():
    from openinference.instrumentation.dspy import DSPyInstrumentor

    return by_openinference(DSPyInstrumentor())


def openinference_dspy_and_litellm():
    from openinference.instrumentation.dspy import DSPyInstrumentor
    from openinference.instrumentation.litellm import LiteLLMInstrumentor

    speaker = by_openinference(DSPyInstrumentor())
    LiteLLMInstrumentor().instrument()
    return speaker


def otel_genai_dspy():
    from opentelemetry.instrumentation.genai.dspy import DSPyInstrumentor

    DSPyInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def openinference_crewai():
    from openinference.instrumentation.crewai import CrewAIInstrumentor

    return by_openinference(CrewAIInstrumentor())


def openinference_crewai_and_openai():
    from openinference.instrumentation.crewai import CrewAIInstrumentor
    from openinference.instrumentation.openai import OpenAIInstrumentor

    provider = telemetry()
    CrewAIInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    return Speaker()


def openllmetry_crewai_and_openai():
    from opentelemetry.instrumentation.crewai import CrewAIInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    provider = telemetry()
    CrewAIInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    return Speaker()

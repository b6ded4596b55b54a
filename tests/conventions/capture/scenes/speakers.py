"""Everything that tells of a call, as ``Speaker``: how it is switched on and told of sessions."""

import contextlib
import os
from dataclasses import dataclass, field
from typing import Any

from common import telemetry


def as_it_is(client):
    return client


def nothing(**_):
    return contextlib.nullcontext()


@dataclass
class Speaker:
    """``wrap`` a client, stand in a ``session``, ``step`` a function, ``finish`` at the end."""

    wrap: Any = as_it_is
    session: Any = nothing
    finish: Any = field(default=lambda: None)
    step: Any = as_it_is
    callbacks: Any = ()


def by_openinference(instrumentor):
    """Told by one of OpenInference's."""
    from openinference import instrumentation

    instrumentor.instrument(tracer_provider=telemetry())
    using = getattr(instrumentation, "using_attributes", None)
    return Speaker(session=using or nothing)


def openinference_openai():
    from openinference.instrumentation.openai import OpenAIInstrumentor

    return by_openinference(OpenAIInstrumentor())


def openinference_anthropic():
    from openinference.instrumentation.anthropic import AnthropicInstrumentor

    return by_openinference(AnthropicInstrumentor())


def openinference_litellm():
    from openinference.instrumentation.litellm import LiteLLMInstrumentor

    return by_openinference(LiteLLMInstrumentor())


def openllmetry_openai():
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def openllmetry_anthropic():
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

    AnthropicInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def openllmetry_everything():
    """Several instrumentations at once, as Traceloop's own SDK switches them on."""
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    provider = telemetry()
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    LangchainInstrumentor().instrument(tracer_provider=provider)
    return Speaker()


def telemetry_with_events():
    provider = telemetry()
    with contextlib.suppress(ImportError):  # messages were events of an interface of their own
        from opentelemetry._events import set_event_logger_provider
        from opentelemetry._logs import get_logger_provider
        from opentelemetry.sdk._events import EventLoggerProvider

        set_event_logger_provider(EventLoggerProvider(get_logger_provider()))
    return provider


def otel_openai_v2():
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

    provider = telemetry_with_events()
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    return Speaker()


def otel_genai_openai():
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def otel_genai_anthropic():
    from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor

    AnthropicInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def logfire():
    import logfire as lf

    telemetry_of_environment = {"send_to_logfire": False, "console": False}
    lf.configure(**telemetry_of_environment)
    with contextlib.suppress(Exception):
        lf.instrument_openai()
    with contextlib.suppress(Exception):
        lf.instrument_anthropic()
    with contextlib.suppress(Exception):
        lf.instrument_google_genai()
    return Speaker(finish=lf.shutdown)


def langsmith():
    os.environ |= {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_OTEL_ENABLED": "true",
        "LANGSMITH_OTEL_ONLY": "true",
        "LANGSMITH_API_KEY": "local",
        "LANGSMITH_ENDPOINT": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    }
    provider = telemetry()
    from langsmith import Client, traceable, tracing_context
    from langsmith.wrappers import wrap_anthropic, wrap_openai

    client = Client()

    def wrap(found):
        module = type(found).__module__
        return wrap_anthropic(found) if module.startswith("anthropic") else wrap_openai(found)

    def session(session_id=None, user_id=None, **_):
        told = {"session_id": session_id, "user_id": user_id}
        return tracing_context(metadata=told, enabled=True)

    def finish():
        client.flush()
        provider.force_flush()

    return Speaker(wrap, session, finish, traceable)


def langfuse():
    os.environ |= {
        "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
        "LANGFUSE_SECRET_KEY": "sk-lf-local",
        "LANGFUSE_HOST": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
        "LANGFUSE_BASE_URL": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    }
    import langfuse as lf

    def wrap(found):
        from langfuse import openai as wrapped

        kind = "AsyncOpenAI" if type(found).__name__.startswith("Async") else "OpenAI"
        return getattr(wrapped, kind)(max_retries=found.max_retries, timeout=found.timeout)

    @contextlib.contextmanager
    def session(session_id=None, user_id=None, metadata=None, tags=None, **_):
        propagate = getattr(lf, "propagate_attributes", None)
        if propagate is not None:
            with propagate(session_id=session_id, user_id=user_id, tags=tags):
                yield
            return
        client = lf.get_client()
        with client.start_as_current_span(name="session"):
            client.update_current_trace(session_id=session_id, user_id=user_id, tags=tags)
            yield

    handlers = []
    with contextlib.suppress(ImportError):
        from langfuse.langchain import CallbackHandler

        handlers.append(CallbackHandler())
    return Speaker(wrap, session, lf.get_client().flush, lf.observe, handlers)


def mlflow(*names):
    """``names``: what is logged; a framework alone, unless said otherwise."""
    import mlflow as ml

    provider_environment = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = provider_environment
    os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
    ml.set_tracking_uri("sqlite:///:memory:")
    for name in names or ("openai", "anthropic", "langchain", "gemini", "bedrock"):
        with contextlib.suppress(Exception):
            getattr(ml, name).autolog()
    flush = getattr(ml, "flush_trace_async_logging", lambda: None)
    return Speaker(finish=lambda: contextlib.suppress(Exception) and flush(), step=ml.trace)


def laminar():
    from urllib.parse import urlsplit

    from lmnr import Laminar

    sink = urlsplit(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
    about = {"project_api_key": "local", "base_url": f"http://{sink.hostname}"}
    Laminar.initialize(**about, http_port=sink.port, force_http=True, disable_batch=True)
    return Speaker(finish=Laminar.flush)


def mlflow_litellm():
    return mlflow("litellm")


def openlit():
    import openlit as lit

    lit.init(otlp_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], disable_metrics=True)

    def finish():
        from opentelemetry import trace

        trace.get_tracer_provider().force_flush()

    return Speaker(finish=finish)


def litellm_callback():
    os.environ |= {
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces",
    }
    import litellm

    litellm.callbacks = ["otel"]

    def finish():
        import time

        from opentelemetry import trace

        time.sleep(1)  # LiteLLM logs in a thread of its own and offers nothing to wait for
        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush()

    return Speaker(finish=finish)


def anthropic_alone():
    """Anthropic's SDK speaks by itself."""
    return Speaker(finish=telemetry().force_flush)


def openinference_google_genai():
    from openinference.instrumentation.google_genai import GoogleGenAIInstrumentor

    return by_openinference(GoogleGenAIInstrumentor())


def otel_google_genai():
    from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor

    GoogleGenAiSdkInstrumentor().instrument(tracer_provider=telemetry_with_events())
    return Speaker()


def openllmetry_google():
    from opentelemetry.instrumentation.google_generativeai import (
        GoogleGenerativeAiInstrumentor,
    )

    GoogleGenerativeAiInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def openinference_bedrock():
    from openinference.instrumentation.bedrock import BedrockInstrumentor

    return by_openinference(BedrockInstrumentor())


def openllmetry_bedrock():
    from opentelemetry.instrumentation.bedrock import BedrockInstrumentor

    BedrockInstrumentor().instrument(tracer_provider=telemetry())
    return Speaker()


def litellm_named(*names):
    import litellm

    litellm.callbacks = list(names)
    telemetry()

    def finish():
        import time

        time.sleep(3)  # LiteLLM logs in a thread of its own and offers nothing to wait for

    return Speaker(finish=finish)


def litellm_langfuse_otel():
    url = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
    os.environ |= {
        "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
        "LANGFUSE_SECRET_KEY": "sk-lf-local",
        "LANGFUSE_OTEL_HOST": url,
        "LANGFUSE_HOST": url,
    }
    return litellm_named("langfuse_otel")


def litellm_otel():
    os.environ |= {
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces",
    }
    return litellm_named("otel")

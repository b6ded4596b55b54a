"""The model clients of one run: the real SDKs, opened on first use and closed with the session.

Where the models are is read from ``MISSTEP_DEMO_PROVIDER`` (base URL); without it the local
provider is started in this process, so that every example also runs, and can be executed again,
on its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import cached_property

from anthropic import Anthropic, AsyncAnthropic
from anthropic import DefaultAsyncHttpxClient as AnthropicAsyncHttp
from anthropic import DefaultHttpxClient as AnthropicHttp
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

import misstep
from misstep.owner import is_plain
from misstep_examples.provider import LocalProvider

URL_VARIABLE = "MISSTEP_DEMO_PROVIDER"
_API_KEY = "local"
_TIMEOUT_S = 20.0

_own_provider: LocalProvider | None = None
_own_lock = threading.Lock()
_started_runs: ContextVar[list[str] | None] = ContextVar("misstep_examples_runs", default=None)


def provider_url() -> str:
    """Base URL of the provider, started in this process when none is named."""
    named = os.environ.get(URL_VARIABLE)
    if named:
        return named.rstrip("/")
    global _own_provider
    with _own_lock:
        if _own_provider is None:
            _own_provider = LocalProvider().start()
        return _own_provider.url


class Session:
    """The clients of one run. The network is first touched when a client is asked for."""

    @cached_property
    def openai(self) -> OpenAI:
        """OpenAI, retrying a refused request twice."""
        return OpenAI(
            base_url=f"{provider_url()}/v1",
            api_key=_API_KEY,
            timeout=_TIMEOUT_S,
            http_client=DefaultHttpxClient(trust_env=False, verify=not is_plain(provider_url())),
        )

    @cached_property
    def anthropic(self) -> Anthropic:
        """Anthropic, retrying a refused request twice."""
        return Anthropic(
            base_url=provider_url(),
            api_key=_API_KEY,
            timeout=_TIMEOUT_S,
            http_client=AnthropicHttp(trust_env=False, verify=not is_plain(provider_url())),
        )

    def close(self) -> None:
        """Closes the clients that were opened."""
        for name in ("openai", "anthropic"):
            client = self.__dict__.pop(name, None)
            if client is not None:
                client.close()


class AsyncSession:
    """The clients of one asynchronous run."""

    @cached_property
    def openai(self) -> AsyncOpenAI:
        """OpenAI, retrying a refused request twice."""
        return AsyncOpenAI(
            base_url=f"{provider_url()}/v1",
            api_key=_API_KEY,
            timeout=_TIMEOUT_S,
            http_client=DefaultAsyncHttpxClient(
                trust_env=False, verify=not is_plain(provider_url())
            ),
        )

    @cached_property
    def anthropic(self) -> AsyncAnthropic:
        """Anthropic, retrying a refused request once: there is a second provider to turn to."""
        return AsyncAnthropic(
            base_url=provider_url(),
            api_key=_API_KEY,
            timeout=_TIMEOUT_S,
            max_retries=1,
            http_client=AnthropicAsyncHttp(trust_env=False, verify=not is_plain(provider_url())),
        )

    async def close(self) -> None:
        """Closes the clients that were opened."""
        for name in ("openai", "anthropic"):
            client = self.__dict__.pop(name, None)
            if client is not None:
                await client.close()


_session: ContextVar[Session] = ContextVar("misstep_examples_session")
_async_session: ContextVar[AsyncSession] = ContextVar("misstep_examples_async_session")


def models() -> Session:
    """The clients of the run this code is in.

    Raises:
        LookupError: outside ``with session()``.
    """
    return _session.get()


def async_models() -> AsyncSession:
    """The clients of the asynchronous run this code is in.

    Raises:
        LookupError: outside ``async with async_session()``.
    """
    return _async_session.get()


@contextmanager
def session() -> Iterator[Session]:
    """Clients for the run inside; closed at its end."""
    _note_run()
    opened = Session()
    token = _session.set(opened)
    try:
        yield opened
    finally:
        _session.reset(token)
        opened.close()


@asynccontextmanager
async def async_session() -> AsyncIterator[AsyncSession]:
    """Clients for the asynchronous run inside; closed at its end."""
    _note_run()
    opened = AsyncSession()
    token = _async_session.set(opened)
    try:
        yield opened
    finally:
        _async_session.reset(token)
        await opened.close()


def _note_run() -> None:
    started, run_id = _started_runs.get(), misstep.current_run_id()
    if started is not None and run_id is not None:
        started.append(run_id)


@contextmanager
def noting_runs() -> Iterator[list[str]]:
    """The ids of the runs started inside, in order; also of runs that end in an exception."""
    started: list[str] = []
    token = _started_runs.set(started)
    try:
        yield started
    finally:
        _started_runs.reset(token)

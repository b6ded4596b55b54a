"""Asking a model about suspects: any OpenAI-compatible or Anthropic endpoint, cost capped.

Off unless an endpoint is named. What is sent is what :func:`misstep_diagnosis.judge.questions`
makes; the key is read from ``MISSTEP_JUDGE_API_KEY`` and never stored.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from misstep.errors import MisstepError, UsageError
from misstep.model import JudgeAnswer, Judgement
from misstep_diagnosis.judge import INSTRUCTION, Question, read_answer
from misstep_store.conventions.types import Usage
from misstep_store.deriving import pricing

_TIMEOUT_S = 60.0
_MAX_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Judge:
    """An endpoint and how much may be spent on it.

    Attributes:
        url: base URL (``…/v1``) or the full address of chat completions or messages.
        model: the model to ask.
        key: sent as the provider expects it; None for local servers.
        budget_usd: no further question is asked once this much was spent.
    """

    url: str
    model: str
    key: str | None = None
    budget_usd: float = 0.10

    @property
    def anthropic(self) -> bool:
        """Whether the endpoint speaks Anthropic's messages format."""
        return self.url.rstrip("/").endswith("/messages") or "anthropic" in self.url

    def ask(self, questions: Sequence[Question]) -> Judgement:
        """Asks one question after the other.

        Raises:
            MisstepError: the endpoint cannot be reached or refuses; one sentence.
        """
        made = Judgement(model=self.model, endpoint=self._address())
        spent = 0.0
        with httpx.Client(timeout=_TIMEOUT_S, headers=self._headers()) as client:
            for number, question in enumerate(questions):
                if spent >= self.budget_usd:
                    left = len(questions) - number
                    made.stopped = f"the budget of ${self.budget_usd:g} is spent; {left} not asked"
                    break
                answer, usage = self._one(client, question)
                made.answers.append(answer)
                made.input_tokens += usage.input_tokens
                made.output_tokens += usage.output_tokens
                cost = pricing.price(self._provider, self.model, usage, time.time_ns())
                if cost is not None:
                    spent += cost
                    made.cost_usd = spent
        return made

    @property
    def _provider(self) -> str:
        return "anthropic" if self.anthropic else "openai"

    def _address(self) -> str:
        base = self.url.rstrip("/")
        if not base.startswith(("http://", "https://")):
            raise UsageError(f"{self.url!r} is no URL; a judge is named like https://host/v1")
        if base.endswith(("/messages", "/chat/completions")):
            return base
        if not base.endswith("/v1"):
            base += "/v1"
        return base + ("/messages" if self.anthropic else "/chat/completions")

    def _headers(self) -> dict[str, str]:
        if not self.key:
            return {"anthropic-version": "2023-06-01"} if self.anthropic else {}
        if self.anthropic:
            return {"x-api-key": self.key, "anthropic-version": "2023-06-01"}
        return {"authorization": f"Bearer {self.key}"}

    def _body(self, question: Question) -> dict[str, Any]:
        user = {"role": "user", "content": question.data}
        if self.anthropic:
            return {
                "model": self.model,
                "max_tokens": _MAX_TOKENS,
                "system": INSTRUCTION,
                "messages": [user],
            }
        return {
            "model": self.model,
            "messages": [{"role": "system", "content": INSTRUCTION}, user],
            "response_format": {"type": "json_object"},
        }

    def _one(self, client: httpx.Client, question: Question) -> tuple[JudgeAnswer, Usage]:
        try:
            reply = client.post(self._address(), json=self._body(question))
            reply.raise_for_status()
            body = reply.json()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise MisstepError(
                f"the judge at {self._address()} answered {status}; "
                "check --judge-model and MISSTEP_JUDGE_API_KEY"
            ) from error
        except (httpx.HTTPError, ValueError) as error:
            raise MisstepError(
                f"the judge at {self._address()} could not be asked ({type(error).__name__}); "
                "check --judge"
            ) from error
        return read_answer(question, _text(body)), _usage(body)


def _text(body: Any) -> str:
    """The reply's text in either format; empty when there is none."""
    try:
        if "choices" in body:
            return str(body["choices"][0]["message"]["content"] or "")
        return "".join(p.get("text", "") for p in body["content"] if p.get("type") == "text")
    except (KeyError, IndexError, TypeError, AttributeError):
        return ""


def _usage(body: Any) -> Usage:
    given = body.get("usage") if isinstance(body, dict) else None
    usage = given if isinstance(given, dict) else {}
    read = usage.get("prompt_tokens", usage.get("input_tokens", 0))
    written = usage.get("completion_tokens", usage.get("output_tokens", 0))
    return Usage(input_tokens=int(read or 0), output_tokens=int(written or 0))

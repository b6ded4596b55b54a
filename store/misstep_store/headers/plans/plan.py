"""A plan: how spans of one convention with the same keys are read together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from misstep.model import ErrorInfo
from misstep_store.conventions.finishing import routed
from misstep_store.conventions.raw import counting
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import CALL_KINDS
from misstep_store.conventions.values.errors import failure
from misstep_store.headers.columns.spans import ECHO_OF, KIND_OF, ROLE_OF
from misstep_store.headers.raw.answers import Body, about
from misstep_store.headers.steps import rows
from misstep_store.otlp.spans import Span, SpanEvent

_MARKS = {
    "bare": "bare",
    "mute": "mute",
    "lends": "lends",
    "lends_counts": "counting",
    "alone": "alone",
    "is_one_of": "one_of",
    "wraps": "wraps",
    "tells_failures": "telling",
}
"""What may be so of all spans of a plan, and the places of such spans among the facts."""
Keys = tuple[str, ...]
Spares = Callable[[Mapping[str, Any], Sequence[SpanEvent], str], bool]


class Seen:
    """The first of some spans that are alike.

    Args:
        a: its attributes, those of a details event included.
        happened: names of its events and logs.
        has_logs: whether it has log records.
    """

    def __init__(
        self, span: Span, a: dict[str, Any], happened: frozenset[str], *, has_logs: bool
    ) -> None:
        self.span, self.a, self.happened, self.has_logs = span, a, happened, has_logs
        self.scope, self.name = span.scope.name, span.name
        self.has_details = a is not span.attributes

    def any(self, *prefixes: str) -> bool:
        """Whether a key begins with one of these."""
        return any(k.startswith(prefixes) for k in self.a)


class Plan:
    """Steps that find the facts of some spans; made by naming keys, of which those count that the
    spans have.

    Args:
        convention: its name; ``kind`` and ``role`` are those of the hop.

    ``late`` steps run at the end: what messages say where nothing else did. ``failure`` tells why a
    span failed, asked where its status says so, or of all where ``fails``; ``fails_by``: the attributes
    that it looks at beside :data:`errors.TOLD`, if it looks at status, message and exceptions alone
    beside these; ``spares`` whether it is another's failure that its status tells, by attributes,
    events and message. ``bare``, ``mute``,
    ``lends``, ``lends_counts``, ``alone``, ``tells_failures``, ``is_one_of`` and ``wraps``: see
    :class:`Facts`;
    ``marks`` names those of them that are so, once the plan is finished.
    ``judges``: the steps take the scores that an evaluator gave. ``foreign``: values and names may show
    that another convention has to read a span; asked of each. ``by_keys``: see :meth:`add_by_keys`.
    """

    def __init__(self, seen: Seen, convention: str, kind: str, role: str = "") -> None:
        self.convention = convention
        self.kind_name = kind
        self.kind = KIND_OF[kind]
        self.role = ROLE_OF[role or ("call" if kind in CALL_KINDS else "hop")]
        self.echo = 0
        self.foreign = False
        self.fails = self.bare = self.mute = self.lends = self.alone = self.judges = False
        self.tells_failures = self.lends_counts = self.is_one_of = self.wraps = False
        self.by_keys = False
        self.failure: Callable[[Span], ErrorInfo | None] = failure
        self.fails_by: Keys | None = None
        self.spares: Spares | None = None
        self.late: list[rows.Step] = []
        self.steps: list[rows.Step] = []
        self.marks: list[str] = []
        self.a, self.seen = seen.a, seen

    def is_no_call(self) -> None:
        """See :func:`counting.no_call`."""
        if self.kind_name == "llm":
            self.kind = KIND_OF[counting.KIND]

    def there(self, keys: Iterable[str]) -> Keys:
        """Those of the keys that the spans have."""
        return tuple(k for k in keys if k in self.a)

    def add(self, *steps: rows.Step) -> None:
        """More steps."""
        self.steps += steps

    def add_by_keys(self, *steps: rows.Step) -> None:
        """More steps, which look at the keys of the first span: all that are read with it have to have
        the same, not only those that the plan was made to read."""
        self.by_keys = True
        self.steps += steps

    def texts(self, fact: str, *keys: str) -> None:
        """See :func:`rows.texts`."""
        if keys := self.there(keys):
            self.steps.append(rows.texts(fact, *keys))

    def words(self, fact: str, *keys: str) -> None:
        """See :func:`rows.words`."""
        if keys := self.there(keys):
            self.steps.append(rows.words(fact, *keys))

    def provider(
        self, *keys: str, words: bool = False, of: Callable[[str], str] | None = None
    ) -> None:
        """See :func:`rows.provider`."""
        if keys := self.there(keys):
            self.steps.append(rows.provider(*keys, words=words, of=of))

    def provided_by(self, company: str | None) -> None:
        """The provider of spans that name none."""
        if company is not None:
            self.add(lambda found: found.fill("provider", [company] * len(found.many)))

    def provided_by_name(self, told: Callable[[str], str | None]) -> None:
        """The provider of calls that only their names tell."""
        if self.kind_name in CALL_KINDS:
            self.add(rows.by_name("provider", told))

    def routed(self, of: Callable[[str], str | None] = lambda _: None) -> None:
        """Providers and models that are called by their route; of other models as ``of`` says."""
        self.add(lambda found: _routed(found, of))

    def named(self, *keys: str) -> None:
        """See :func:`rows.named`."""
        if keys := self.there(keys):
            self.steps.append(rows.named(*keys))

    def named_as_genai(self) -> None:
        """As :func:`otel_genai.name_of` names tools and agents."""
        if self.kind_name in ("tool", "agent"):
            self.add(rows.operation(self.kind_name))
            self.named(f"gen_ai.{self.kind_name}.name")
        elif self.kind_name == "chain" and self.a.get("gen_ai.operation.name") == "invoke_workflow":
            self.add(rows.operation(self.kind_name))
        elif self.kind_name == "guardrail":
            self.named(*otel_genai.CHECKERS)

    def tokens(self, **slots: Iterable[str]) -> None:
        """See :func:`rows.tokens`."""
        found = {name: self.there(keys) for name, keys in slots.items()}
        if found.get("input_tokens") or found.get("output_tokens"):
            self.steps.append(rows.tokens(**found))

    def cost(self, *keys: str) -> None:
        """See :func:`rows.cost`."""
        if keys := self.there(keys):
            self.steps.append(rows.cost(*keys))

    def first_token(self, *keys: str, unit_ms: float = 1, over: bool = False) -> None:
        """See :func:`rows.first_token`."""
        if keys := self.there(keys):
            self.steps.append(rows.first_token(*keys, unit_ms=unit_ms, over=over))

    def tags(self, *keys: str, without: Callable[[str], bool] | None = None) -> None:
        """Tags under the first of the keys."""
        if keys := self.there(keys):
            self.steps.append(rows.tagged(keys[0], without=without))

    def doubt_finish(self, *keys: str) -> None:
        """See :func:`rows.doubt_finish`."""
        if keys := self.there(keys):
            self.late.append(rows.doubt_finish(*keys))

    def answer(
        self,
        key: str,
        read: Body = about,
        *,
        messages: bool = True,
        opened: Callable[[Any], Any] | None = None,
        failed: rows.Failed | None = None,
    ) -> None:
        """See :func:`rows.answer`; ``messages``: whether its messages are those of the hop."""
        if key in self.a:
            self.steps.append(rows.answer(key, read, opened, failed))
            if messages:
                self.late.append(rows.ended(key))

    def usage_in(self, *keys: str, first: bool = False) -> None:
        """See :func:`rows.usage_in`."""
        for key in self.there(keys):
            self.steps.append(rows.usage_in(key, first=first))

    def judge(self, *steps: rows.Step) -> None:
        """Steps that take the scores of evaluators; none where these can give none."""
        self.judges = True
        self.steps += steps

    def echoes(self, echo: str) -> None:
        """What the spans are an echo of."""
        self.echo = ECHO_OF[echo]

    def finished(self) -> Plan:
        """The plan, its late steps in place."""
        self.steps += self.late
        self.late = []
        self.marks = [facts for mark, facts in _MARKS.items() if getattr(self, mark)]
        del self.a, self.seen
        return self


def doubt_success(found: rows.Rows) -> None:
    """Some failures end with the status of a success: whether there is an answer tells."""
    status = found.spans.status_code
    found.doubtful.update(n for n, place in enumerate(found.places) if status[place] != 2)


def genai_kind(seen: Seen) -> str:
    """The kind that GenAI's attributes say."""
    return otel_genai.kind_of(seen.a)


def _routed(found: rows.Rows, of: Callable[[str], str | None]) -> None:
    asked, served = found.column("request_model"), found.column("response_model")
    named = found.column("provider")
    for n, model in enumerate(asked):
        told = routed(model, served[n]) if model and "/" in model else None
        if told is not None:
            named[n], asked[n], served[n] = told
        elif model and named[n] is None:
            named[n] = of(model)

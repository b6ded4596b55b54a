"""What the model call itself says: cut answers, other models, refusals, errors given as answers."""

from __future__ import annotations

import re
from bisect import bisect_right

from misstep.model import Hop, Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.reading.values import at_path, leaves

_CUT = frozenset({"length", "max_tokens", "max_output_tokens"})
_REFUSAL = re.compile(
    r"(?i)^(i('m| am) (sorry|unable)|i (cannot|can't|can not)|sorry, (but )?i|as an ai\b)"
)
_DENIAL = re.compile(
    r"(?i)\b(gives? no|no (figures?|values?|data|information|amounts?|dates?|numbers?)|"
    r"not (given|found|available|specified|provided|stated|mentioned)|unknown|n/a)\b"
)
_DENIAL_WORDS = frozenset(("give", "gives", "no", "not", "unknown", "n"))
"""Words of which each denial has one."""
_ERROR = re.compile(r"(?i)^\s*(error|exception|traceback|failed|timeout|timed out)\b[:\s]")


def truncated(known: RunFacts, good: Good) -> list[Found]:
    """An answer that ended because the limit was reached, and was used all the same."""
    return [
        found(
            "finish.length",
            h.hop_id,
            str(h.finish_reason),
            "its answer was cut off at the token limit, and was used all the same",
            strict=True,
            local=True,
        )
        for h in known.hops
        if (h.finish_reason or "").lower() in _CUT and h.error is None and not asked_again(known, h)
    ]


def asked_again(known: RunFacts, hop: Hop) -> bool:
    """Whether a later call that was not cut had the same input, or all of it and a word more (“The last
    answer was no JSON”) without this answer: its answer took this one's place."""
    last = _last_answered(known).get((hop.kind, known.fact[hop.hop_id].given_hash), -1)
    return last > hop.index or _asked_with_more(known, hop)


_SOON = 3  # model calls after it: a question that is put again is put at once


def _asked_with_more(known: RunFacts, hop: Hop) -> bool:
    asked = _texts(known.fact[hop.hop_id].given)
    made = _texts(hop.output)
    if not asked or not made:
        return False
    for fact in _after(known, hop):
        whole = fact.hop.error is None and (fact.hop.finish_reason or "").lower() not in _CUT
        given = "\n".join(_texts(fact.given))
        if whole and all(t in given for t in asked):
            for text in asked:
                given = given.replace(text, "")
            if not any(t in given for t in made):
                return True
    return False


def _after(known: RunFacts, hop: Hop) -> list[HopFacts]:
    """The next few calls of its kind, by index."""
    if "by_kind" not in known.memo:
        by_kind: dict[str, list[HopFacts]] = {}
        for fact in known.facts:
            by_kind.setdefault(fact.hop.kind, []).append(fact)
        known.memo["by_kind"] = by_kind
    alike: list[HopFacts] = known.memo["by_kind"][hop.kind]
    at = bisect_right(alike, hop.index, key=lambda f: f.hop.index)
    return alike[at : at + _SOON]


def _texts(value: Json) -> list[str]:
    return [t for _, v in leaves(value, "") if isinstance(v, str) and (t := " ".join(v.split()))]


def _last_answered(known: RunFacts) -> dict[tuple[str, str], int]:
    """The last model call by its input that was neither cut nor failed."""
    if "last_answered" not in known.memo:
        known.memo["last_answered"] = {
            (f.hop.kind, f.given_hash): f.hop.index
            for f in known.facts
            if f.hop.kind in ("llm", "agent")
            and f.hop.error is None
            and (f.hop.finish_reason or "").lower() not in _CUT
        }
    made: dict[tuple[str, str], int] = known.memo["last_answered"]
    return made


def failover(known: RunFacts, good: Good) -> list[Found]:
    """Another model answered than the one asked first."""
    out = []
    for hop in known.hops:
        models = [a.request_model for a in hop.attempts if a.request_model]
        if len(set(models)) > 1:
            told = f"{models[-1]} answered in place of {models[0]}"
            out.append(found("call.failover", hop.hop_id, told, told, weight=0.5))
    return out


def other_model(known: RunFacts, good: Good) -> list[Found]:
    """A provider served another model than was asked for."""
    out = []
    for hop in known.hops:
        asked, served = hop.request_model, hop.response_model
        tried = {a.request_model for a in hop.attempts if a.request_model}
        if not (asked and served) or asked == hop.provider or _is_deployment(hop.provider):
            continue
        if len(tried) < 2 and not _same_model(asked, served):
            told = f"asked for {asked}, served by {served}"
            out.append(found("call.served_model", hop.hop_id, told, told, weight=0.5))
    return out


def _is_deployment(provider: str | None) -> bool:
    """Whether what is asked for is the name of a deployment, which its owner chose."""
    return provider is not None and provider.startswith(("azure", "az."))


def _same_model(asked: str, served: str) -> bool:
    a, b = map(_bare, (asked, served))
    return a.startswith(b) or b.startswith(a)


def _bare(model: str) -> str:
    """A model's name without where it is served: Bedrock puts regions and makers before it and a
    revision behind."""
    name = model.lower().rpartition("/")[2].removesuffix("-latest")
    return _REVISION.sub("", _MAKER.sub("", name))


_MAKER = re.compile(r"^(?:(?:us|eu|apac|jp|au|ca|global|us-gov)\.)?[a-z][a-z0-9]{1,15}\.(?=[a-z])")
_REVISION = re.compile(r"-v\d+(?::\d+)?$")


def denies(known: RunFacts, good: Good) -> list[Found]:
    """It says that something is not there although its input is full of figures."""
    out = []
    for fact in known.leaves:
        if fact.hop.kind not in ("llm", "agent", "chain"):
            continue
        if not fact.may_say(_DENIAL_WORDS):
            continue
        numbers = [a for a in fact.given_numbers if a.weight >= 0.3]
        for path, leaf in fact.made_texts:
            match = _DENIAL.search(leaf) if len(leaf) < 400 else None
            if match:
                given = [a.quote for a in numbers if a.quote not in leaf]
                if len(given) >= 2:
                    out.append(
                        found(
                            "output.denies",
                            fact.hop.hop_id,
                            leaf,
                            f"it says “{match.group()}”, but its input holds "
                            f"{', '.join(given[:4])}",
                            path=path,
                            local=True,
                        )
                    )
                    break
    return out


def refuses(known: RunFacts, good: Good) -> list[Found]:
    """A refusal that was passed on as an answer."""
    return [
        found(
            "output.refusal",
            f.hop.hop_id,
            f.hop.output,
            "it refused, and the refusal was used",
            local=True,
        )
        for f in known.leaves
        if isinstance(f.hop.output, str) and _REFUSAL.match(f.hop.output)
    ]


def error_as_output(known: RunFacts, good: Good) -> list[Found]:
    """A tool that returned an error as if it were a result."""
    out = []
    for fact in known.leaves:
        hop = fact.hop
        if hop.kind not in ("tool", "retriever") or hop.error is not None:
            continue
        told = _error_text(hop)
        if told:
            detail = f"it returned an error as its result: {told[:120]}"
            # What went wrong is mostly what others made of it, and a failing test is an answer.
            weight = _REPORTED
            out.append(
                found("tool.error_result", hop.hop_id, told, detail, local=True, weight=weight)
            )
    return out


_REPORTED = 0.7


def _error_text(hop: Hop) -> str | None:
    if isinstance(hop.output, str):
        return hop.output if _ERROR.match(hop.output) else None
    for key in ("error", "exception", "errors"):
        told = at_path(hop.output, f"output.{key}") if isinstance(hop.output, dict) else None
        if told:
            return str(told)
    return None


RULES = (
    Rule(
        "finish.length",
        "An answer was cut off at the token limit and used all the same.",
        True,
        truncated,
    ),
    Rule("call.failover", "Another model answered than the one asked first.", False, failover),
    Rule(
        "call.served_model",
        "A provider served another model than was asked for.",
        False,
        other_model,
    ),
    Rule(
        "output.denies", "It says something is missing although its input holds it.", False, denies
    ),
    Rule("output.refusal", "A refusal was passed on as an answer.", False, refuses),
    Rule(
        "tool.error_result",
        "A tool returned an error as if it were a result.",
        False,
        error_as_output,
    ),
)

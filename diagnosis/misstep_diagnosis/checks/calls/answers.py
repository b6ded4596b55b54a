"""The form of an answer: broken off, mended behind its back, empty, repeating itself."""

from __future__ import annotations

import json
import re

from misstep.model import Hop
from misstep_diagnosis.checks.calls.calls import asked_again
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import RunFacts, input_of
from misstep_diagnosis.reading.language import COMMON
from misstep_diagnosis.reading.values import fold, last_key, leaves

_FENCE = re.compile(r"^\s*(?>```[a-zA-Z]*\s*\n)(.*?)\n?```\s*$", re.DOTALL)
_JSON_ASKED = re.compile(
    r"(?i)\b(json (only|object|array)|(only|valid|strict) json|"
    r"(respond|reply|answer|return|output)[^.\n]{0,40}\bjson)\b"
)
_MAX = 400_000


def repaired(known: RunFacts, good: Good) -> list[Found]:
    """A broken JSON answer out of which the step's code saved a part."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        answer = _answer(hop)
        if not isinstance(hop.output, dict | list) or answer is None or hop.error is not None:
            continue
        body = _unfenced(answer)
        if not re.match(r"\s*[\[{]", body) or _parses(body):
            continue
        cut = _unbalanced(body)
        lost = _lost_key(body, hop, known) if cut else None
        how = "breaks off" if cut else "is not valid JSON"
        out.append(
            found(
                "format.repaired",
                hop.hop_id,
                body[-80:],
                f"its answer {how} (“…{body.strip()[-40:]}”), and the step went on with what it "
                f"could save" + (f"; {lost} was lost" if lost else ""),
                path="output",
                local=True,
                strict=lost is not None,
                bad=(f"e{lost}",) if lost else (),
                weight=3.0 if lost else (1.5 if cut else 1.2),
            )
        )
    return out


def _lost_key(body: str, hop: Hop, known: RunFacts) -> str | None:
    """The key in which the answer broke off, where a later hop received it empty."""
    match = re.search(r'"([^"{}\[\],:]*)"?\s*:?\s*$', body)
    begun = match[1] if match else ""
    for later in known.hops:
        if later.index <= hop.index:
            continue
        for path, leaf in leaves(later.input, "i"):
            key = last_key(path)
            if leaf in (None, "", [], {}) and begun and key.startswith(begun):
                return key
    return None


def _answer(hop: Hop) -> str | None:
    if isinstance(hop.answer, str):
        return hop.answer[:_MAX]
    if hop.answer is None and hop.messages_out:
        text = hop.messages_out[-1].text
        return text[:_MAX] or None
    return None


def _unfenced(text: str) -> str:
    match = _FENCE.match(text)
    return match[1] if match else text


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        # Something may follow the JSON; that is wordy, not broken.
        try:
            json.JSONDecoder().raw_decode(text.strip())
        except (ValueError, RecursionError):
            return False
    return True


def _unbalanced(text: str) -> bool:
    """Whether brackets are left open at the end, quotes aside."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    opened = bare.count("{") + bare.count("[")
    return opened > bare.count("}") + bare.count("]") or bare.count('"') % 2 == 1


def not_json(known: RunFacts, good: Good) -> list[Found]:
    """Prose where JSON was asked for."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        answer = hop.output if isinstance(hop.output, str) else None
        wanted = hop.parameters.get("response_format")
        strict = isinstance(wanted, dict) and str(wanted.get("type", "")).startswith("json")
        if not answer or hop.kind not in ("llm", "agent") or hop.error is not None:
            continue
        asked = strict or bool(hop.system and _JSON_ASKED.search(hop.system[:20_000]))
        if asked and not re.match(r"\s*[\[{\"\d]", _unfenced(answer)) and "{" not in answer:
            out.append(
                found(
                    "format.differs",
                    hop.hop_id,
                    answer[:80],
                    f"it was asked for JSON and wrote “{answer[:60]}”",
                    path="output",
                    local=True,
                    strict=strict,
                    weight=3.0 if strict else 1.2,
                )
            )
    return out


def empty(known: RunFacts, good: Good) -> list[Found]:
    """A model that answered nothing, and was believed."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        blank = hop.output == "" or (isinstance(hop.output, str) and not hop.output.strip())
        hollow = hop.output in ([], {})
        called = any(p.get("type") == "tool_call" for m in hop.messages_out for p in m.parts)
        if (
            hop.error is not None
            or called
            or not (blank or hollow)
            or input_of(hop) in (None, "", {}, [])
        ):
            continue
        if hop.kind in ("llm", "agent"):
            weight = 2.0 if blank else 1.0
        elif hop.kind in ("retriever", "reranker"):
            weight = 0.7
        else:
            continue
        shown = "nothing" if blank else str(hop.output)
        out.append(
            found(
                "output.empty",
                hop.hop_id,
                shown,
                f"it answered {shown}, and the run went on",
                path="output",
                local=True,
                weight=weight,
            )
        )
    return out


def repeats(known: RunFacts, good: Good) -> list[Found]:
    """A text that says the same sentence again and again."""
    out: list[Found] = []
    for fact in known.leaves:
        text = fact.hop.output
        if not isinstance(text, str) or fact.hop.kind not in ("llm", "agent", "chain"):
            continue
        sentences = [fold(s) for s in re.split(r"[.!?\n]+", text[:_MAX]) if len(s.strip()) > 15]
        if len(sentences) < 6:
            continue
        most = max(set(sentences), key=sentences.count)
        times = sentences.count(most)
        if times >= 4 and times > len(sentences) / 3 and fact.given_text.count(most) < times:
            out.append(
                found(
                    "output.repeats",
                    fact.hop.hop_id,
                    most[:120],
                    f"it says “{most[:80]}” {times} times",
                    local=True,
                    weight=1.5,
                )
            )
    return out


_OWN_LINE = re.compile(r"[.!?,]\s*\n\s*[^\W\d_a-zß-ÿ][\w'’-]*(?:[ \t]+[\w'’-]+){0,3}\s*$")
_FAREWELL = re.compile(
    r"(?i)\b(?:regards|sincerely|yours|wishes|thanks|thank you|best|grüßen?|cordialement|saludos|team)"
    r"\b[^.!?]{0,80}$"
)
_CAPITAL = r"[^\W\d_a-zß-ÿ][\w'’&.-]*"
_AFTER_ALL = re.compile(rf"[.!?。！？][”»\"]?\s+(({_CAPITAL})(?:,?[ \t]+{_CAPITAL}){{0,3}})\s*$")
_MEMBER = r"\n[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+[^\n]*"
_LIST_END = re.compile(rf"{_MEMBER}[^\W_][ \t]*{_MEMBER}$")
"""Two last members of a list of which neither ends with a point."""


def _signed(text: str) -> bool:
    """Whether a letter ends with who wrote it: four words on a line of their own, what follows a
    farewell, or a name after the last sentence."""
    if _OWN_LINE.search(text) or _FAREWELL.search(text):
        return True
    name = _AFTER_ALL.search(text)
    # "The" after a sentence begins another one that was cut.
    return name is not None and name[2].casefold() not in COMMON


_CODE = re.compile(r"(?m)^(?:[ \t]{2,}\S|[ \t]*(?:def|return|import|SELECT|UPDATE|ALTER)\b)")


def breaks_off(known: RunFacts, good: Good) -> list[Found]:
    """A text that ends in the middle, though nobody said it was cut."""
    out: list[Found] = []
    for fact in known.leaves:
        hop = fact.hop
        text = hop.output
        if not isinstance(text, str) or hop.kind not in ("llm", "agent") or hop.error is not None:
            continue
        if (begun := _cut_word(text, hop)) is not None:
            detail = f"its text breaks off in a word of its input: “…{text[-40:]}” ({begun})"
            out.append(
                found(
                    "output.unfinished",
                    hop.hop_id,
                    text[-60:],
                    detail,
                    path="output",
                    local=True,
                    weight=1.5,
                )
            )
            continue
        if re.match(r"\s*(?:```\w*\s*)?[\[{]\s*[\[{\"]", text) and _cut_json(text):
            out.append(
                found(
                    "output.unfinished",
                    hop.hop_id,
                    text[-60:],
                    f"its JSON breaks off: “…{text[-40:]}”",
                    path="output",
                    local=True,
                    weight=2.0,
                )
            )
            continue
        end = text.rstrip()[-1:]
        spoken = len(text) > 30 and text.count(" ") > 5 and not _signed(text[-200:])
        spoken = spoken and not _LIST_END.search(text[-400:]) and not _CODE.search(text[:20_000])
        if spoken and (end.isalnum() or end == ",") and re.search(r"[.!?][\s\"”»)]", text):
            out.append(
                found(
                    "output.unfinished",
                    hop.hop_id,
                    text[-60:],
                    f"its text ends in the middle: “…{text[-40:]}”",
                    path="output",
                    local=True,
                    weight=0.8,
                )
            )
    return [f for f in out if not asked_again(known, known.by_id[f.hop_id or ""])]


def _cut_json(text: str) -> bool:
    bare = re.sub(r"^\s*```\w*\s*|(?:(?<!\s)\s+)?```\s*$", "", text)
    return not _parses(bare) and _unbalanced(bare)


def _cut_word(text: str, hop: Hop) -> str | None:
    """The input's word of which the text's last one is only the beginning, after the same word."""
    match = re.search(r"([^\W_]+)(\W+)([^\W_]+)$", text[-120:])
    if match is None or text.count(" ") < 3:
        return None
    received = str(input_of(hop))[:_MAX]
    before = rf"\b{re.escape(match[1])}\W+" if len(match[3]) < 3 or match[3].isdigit() else r"\b"
    pattern = rf"{before}({re.escape(match[3])}[^\W_]+)"
    whole = re.search(rf"\b{re.escape(match[3])}\b", received)
    longer = re.search(pattern, received) if whole is None else None
    return longer[1] if longer else None


RULES = (
    Rule("format.repaired", "A broken answer was mended silently.", False, repaired),
    Rule("format.differs", "It wrote prose where JSON was asked for.", False, not_json),
    Rule("output.empty", "A model answered nothing, and was believed.", False, empty),
    Rule("output.repeats", "A text says the same sentence again and again.", False, repeats),
    Rule("output.unfinished", "A text ends in the middle.", False, breaks_off),
)

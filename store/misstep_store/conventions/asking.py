"""What a call was asked, as one text that two tellings or tries of it have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from misstep.model import Message
from misstep_store.conventions.types import Draft


def question(draft: Draft) -> str:
    """What was asked, whichever wire format carried it."""
    if draft.asked is not None:
        return draft.asked
    texts = [draft.system or ""] + [words_of(m) for m in draft.messages_in if m.role != "system"]
    if not draft.messages_in:
        texts.append(str(draft.input))
    draft.asked = digest(texts)
    return draft.asked


def digest(texts: Sequence[str]) -> str:
    """What a question is told by: its system prompt, then role and words of each message."""
    return hashlib.blake2b("\x00".join(texts).encode("utf-8", "replace")).hexdigest()


def words_of(message: Message) -> str:
    """Role and words of a message. Tools that were asked for are left out: not every telling of a
    talk has them, and each has what they gave."""
    parts = [str(p.get("content", p.get("response", ""))) for p in message.parts]
    return message.role + ":" + "\n".join(filter(None, parts))

"""What a message wants, read by rules in microseconds.

The rules look at the whole message, clause by clause, in this order: nothing to read, small talk and nothing
else, a request for a person, strong anger, something to put on file, the user's own affairs, else a question
to the documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from yingda.understanding.affairs import own_affair
from yingda.understanding.complaints import wants_to_file
from yingda.understanding.emotion import anger
from yingda.understanding.human import declines_human, wants_human
from yingda.understanding.normalise import any_of, clauses, fold
from yingda.understanding.smalltalk import smalltalk_of, without_opening

Intent = Literal[
    "chitchat",
    "knowledge_qa",
    "business_query",
    "emotion_sensitive",
    "transfer_to_human",
    "ticket",
    "unknown",
]
INTENTS: tuple[Intent, ...] = get_args(Intent)

_UPSET = 4.0
"""Anger above which a message is `emotion_sensitive`, of 5 (helpdesk 2.4)."""

_OWN_FROM = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """`folded` is the message made alike, `anger` 0..5, `confidence` 0..1."""

    folded: str
    anger: float
    intent: Intent
    confidence: float


@lru_cache(maxsize=256)
def ruling(text: str) -> Ruling:
    """What the rules alone make of a message."""
    folded = fold(text)
    raw = anger(clauses(folded), text)
    intent, confidence = _intent(folded, raw)
    return Ruling(folded=folded, anger=raw, intent=intent, confidence=confidence)


def _intent(folded: str, raw: float) -> tuple[Intent, float]:
    if smalltalk_of(folded):
        return "chitchat", 0.95
    if not _READABLE.search(folded):
        return "unknown", 0.9
    said = clauses(without_opening(folded))
    if wants_human(said):
        return "transfer_to_human", 0.95
    if raw > _UPSET:
        return "emotion_sensitive", 0.9
    if wants_to_file(said):
        return "ticket", 0.9
    rest = tuple(clause for clause in said if not declines_human(clause))
    if not rest or (len(rest) < len(said) and smalltalk_of(" ".join(rest))):
        return "chitchat", 0.8
    return _business_or_knowledge(rest)


def asks_something(said: tuple[str, ...]) -> bool:
    """Whether a clause has the form of a question, or names what documents are about."""
    return any(_QUESTION.search(clause) for clause in said)


def _business_or_knowledge(said: tuple[str, ...]) -> tuple[Intent, float]:
    own = max(own_affair(clause) for clause in said)
    if own >= _OWN_FROM:
        return "business_query", own
    return "knowledge_qa", (0.8 if asks_something(said) else 0.55) - (own and 0.05)


_READABLE = re.compile(r"[^\W_]")
_QUESTION = any_of(
    "[吗么呢]$|怎么|如何|怎样|什么|哪|多少|多久|多长|几|谁|能不能|可以|可不可以|是不是|有没有|支持|政策|"
    "规则|流程|介绍|说明|为什么|为啥|区别|条件|会不会|要不要",
    r"(?<![a-z])(?:how|what|which|when|where|who|why|tell me|explain|policy|help)(?![a-z])",
    r"^(?:do|does|did|is|are|can|could|may|should|will|would|has|have)(?![a-z])",
)

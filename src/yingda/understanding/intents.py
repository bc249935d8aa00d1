"""What a message wants and how it feels: rules and a small model, weighed in microseconds.

What the rules read outright stands. Where they only guess (a question, or somebody's own order?), a trained
model has its say; where the two differ, `confidence` stays below `SURE`, and a language model may do better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from yingda.turns.options import Language
from yingda.understanding.classifier import Classifier
from yingda.understanding.language import language_of
from yingda.understanding.mood import anger_of
from yingda.understanding.own_rules import OwnRule, settled_by
from yingda.understanding.rules import INTENTS, Intent, Ruling, ruling
from yingda.understanding.shipped import intent_model

__all__ = ["INTENTS", "SURE", "Intent", "Read", "Understanding", "read", "reader"]

SURE = 0.7
"""Confidence from which a reading stands without a second opinion (helpdesk 2.2)."""

_GUESSED: frozenset[Intent] = frozenset({"knowledge_qa", "business_query"})
"""What the rules fall back on, so that the model is heard."""

_AGAINST_DOUBT, _AGAINST_SURE = 0.5, 0.9
"""Probability from which the model outweighs a guess of the rules that they doubt, or are sure of."""

_LEAST_FAMILIARITY = 0.05
"""Share of the examples that looked stranger; below it, a message is out of the model's scope."""

_CIVIL = 0.6
"""Anger, 0..1, up to which nobody is handed over for being upset, whatever the model calls it."""

_BY_OWN_RULE = 0.95
_BY_QUOTATION = 0.5
"""How sure it is that somebody asks a question, who only reports what others have said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """One reading; `intent` is one of `INTENTS` or a label of the operator's own model.

    `emotion_score` is 0..1, 1 is calm; `confidence` is 0..1.
    """

    intent: str
    confidence: float
    emotion_score: float
    language: Language


Read = Callable[[str], Understanding]


def reader(model: Classifier, rules: tuple[OwnRule, ...] = ()) -> Read:
    """Reads with that model; pure and quick: the same text always reads alike, whatever was said before."""

    @lru_cache(maxsize=1024)
    def read_text(text: str) -> Understanding:
        ruled = ruling(text)
        upset = anger_of(text, ruled.anger)
        intent, confidence = _weighed(text, ruled, upset, model)
        if (own := settled_by(rules, text)) is not None:
            intent, confidence = own, _BY_OWN_RULE
        return Understanding(
            intent=intent,
            confidence=confidence,
            emotion_score=round(1.0 - upset, 2),
            language=language_of(text),
        )

    return read_text


@lru_cache(maxsize=1024)
def read(text: str) -> Understanding:
    """Reads with the model that the package brings along."""
    return _shipped_reader()(text)


@lru_cache(maxsize=1)
def _shipped_reader() -> Read:
    return reader(intent_model().model)


def _weighed(text: str, ruled: Ruling, upset: float, model: Classifier) -> tuple[str, float]:
    intent, confidence = ruled.intent, ruled.confidence
    if intent == "emotion_sensitive" and upset <= _CIVIL:
        intent, confidence = "knowledge_qa", _BY_QUOTATION
    if intent not in _GUESSED:
        return intent, confidence
    guess = model.predict(text)
    is_plain = confidence >= SURE and not ruled.anger
    is_calm = guess.label == "emotion_sensitive" and (is_plain or upset <= _CIVIL)
    is_foreign = guess.label not in INTENTS
    least = _AGAINST_DOUBT if is_foreign or confidence < SURE else _AGAINST_SURE
    if is_calm or guess.label == intent or guess.confidence < least or guess.familiarity < _LEAST_FAMILIARITY:
        return intent, confidence
    if is_foreign:
        return guess.label, round(guess.confidence, 2)
    return guess.label, round(min(guess.confidence, SURE - 0.01), 2)

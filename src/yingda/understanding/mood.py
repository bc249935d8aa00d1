"""How calm a message sounds, 0..1, by rules and a model together, and how a conversation's mood moves."""

from __future__ import annotations

from collections.abc import Sequence

from yingda.understanding.emotion import STRONGEST
from yingda.understanding.shipped import ANGRY, emotion_model

_HEARD_FROM = 0.5
"""The model's probability of anger below which a message without an angry word is calm."""
_HEARD_SHARE = 0.9
"""What a message can come to without any angry word that the rules know."""
_QUOTED_BELOW = 0.3
"""The model's probability below which it takes an insult for a quotation, a name or irony."""
_QUOTED_SHARE = 0.3
_CIVIL = 0.6
"""Anger up to which nobody is insulted, so that there is nothing to be quoted."""

CARRIED_OVER = 0.3
"""Share of the mood before that is left in the mood after the next message."""


def anger_of(text: str, raw: float) -> float:
    """0 calm to 1 furious; `raw` is what the rules found, of `STRONGEST`.

    Where the rules found angry words they measure, and the model may say that insults are only quoted. Where
    they found none, or mild ones, the model is heard: there is anger without a word of its own.
    """
    if not any(char.isalpha() for char in text):
        return raw / STRONGEST
    probability = emotion_model().model.probabilities(text)[ANGRY]
    ruled = raw / STRONGEST
    if ruled > _CIVIL:
        return ruled * (_QUOTED_SHARE if probability < _QUOTED_BELOW else 1.0)
    heard = max(0.0, (probability - _HEARD_FROM) / (1 - _HEARD_FROM)) * _HEARD_SHARE
    return ruled if ruled >= _CIVIL else max(ruled, heard)


def mood(scores: Sequence[float]) -> float | None:
    """The conversation's score from those of its messages, oldest first, each 0..1 with 1 calm.

    A message that is more upset than the mood so far counts at once; from then on calm comes back step by
    step. None without messages.
    """
    level: float | None = None
    for score in scores:
        level = score if level is None else min(score, score + (level - score) * CARRIED_OVER)
    return None if level is None else round(level, 2)

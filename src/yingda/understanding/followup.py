"""A question that leans on the ones before it, made to stand alone by rules.

Three shapes lean: a pronoun without an antecedent of its own ("那它多久到?"), a swap ("那换货呢", "what about
exchanges?") and an ellipsis, an aspect without a subject ("多久到?", "how much?"). The topic comes from the
user's earlier questions, read oldest first, each resolved in its turn, so chains hold. What stands alone is
never touched, and a change of topic cuts the chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from yingda.turns.types import Message
from yingda.understanding import rewriting
from yingda.understanding.normalise import any_of, fold
from yingda.understanding.smalltalk import smalltalk_of
from yingda.understanding.topic import topic_of

_LOOK_BACK_COUNT = 8
"""User messages of the history that can lend a topic."""

_LONGEST = 80
"""Characters beyond which a message is taken to say all it needs."""

_SWITCH = any_of(
    r"^(?:那)?(?:换(?:一?个)(?:问题|话题)|另外|对了|顺便(?:问|说)?|还有(?:一?个)问题|再问(?:一?个|"
    r"下)(?:别的|其他)|说(?:点|个)别的)",
    r"^(?:by the way|btw|another (?:question|thing)|(?:a )?different (?:question|topic)|on another note|"
    r"changing (?:the )?(?:topic|subject)|unrelated)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A stand-alone question, the topic it was given, and the shape that showed it was dependent."""

    question: str
    topic: str
    by: Literal["pronoun", "swap", "ellipsis"]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the conversation is about: the last stand-alone question and its topic."""

    question: str
    topic: str


def resolve(question: str, history: tuple[Message, ...]) -> Resolution | None:
    """None where the question stands alone, changes the topic, or nothing before it lends one."""
    if not history:
        return None
    asked = question.strip()
    if _SWITCH.search(fold(asked)):
        return None
    if not (rewriting.may_lean(asked) or rewriting.may_name_an_aspect(asked)):
        return None
    said = [message.text.strip() for message in history if message.role == "user"]
    ground = _ground(said[-_LOOK_BACK_COUNT:])
    return _resolve_on(asked, ground) if ground else None


def _ground(said: Iterable[str]) -> _Ground | None:
    ground: _Ground | None = None
    for message in said:
        text = message
        if smalltalk_of(text):
            continue
        if switch := _SWITCH.search(fold(text)):
            ground, text = None, text[switch.end() :].lstrip(" ,，:：")
        resolution = _resolve_on(text, ground) if ground else None
        if resolution:
            ground = _Ground(resolution.question, resolution.topic)
        elif (topic := topic_of(text)) and not rewriting.may_lean(text):
            ground = _Ground(text, topic)
    return ground


def _resolve_on(asked: str, ground: _Ground) -> Resolution | None:
    if len(asked) > _LONGEST or smalltalk_of(asked):
        return None
    if swapped := rewriting.swapped(asked, ground.question, ground.topic):
        return Resolution(question=swapped, topic=_topic_after(swapped, ground.topic), by="swap")
    owned = rewriting.owned(ground.topic, ground.question)
    if pointed := rewriting.pointed(asked, owned):
        return Resolution(question=pointed, topic=ground.topic, by="pronoun")
    if attached := rewriting.attached(asked, owned):
        return Resolution(question=attached, topic=ground.topic, by="ellipsis")
    return None


def _topic_after(question: str, topic: str) -> str:
    return topic if topic in question else topic_of(question) or topic

"""Whether a question is about a thing as a whole ("tell me about your return policy"), and what thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from yingda.knowledge.analyzer import VAGUE_WEIGHT, Unit, evidence_of, question_from_text
from yingda.knowledge.relevance import credit
from yingda.knowledge.vocabulary import GENERIC_WORDS

_HOUSE = "(?:关于|有关)?(?:(?:你们|贵司|贵店|咱们|本店|店里|公司|商城)(?:家)?的?)?"
_PLEASE = "(?:请问|请|麻烦|帮我|给我|跟我|我想|想要?|能不能|能否|可以|能)*"
_TELL = "(?:介绍|说说|说一?下|讲讲|讲一?下|讲解|说明一?下|解释|了解|聊聊|概括|总结)(?:一?下)?"
_WHOLE = "政策|规则|规定|制度|条款|说明|须知|协议|章程|细则|权益|福利|规范"
_WHAT = (
    "(?:都|主要|大概|具体)?(?:是什么|是啥|是怎样|是怎么样|是如何|怎么样|有哪些|有什么|有啥|包括什么|包括哪些)"
    "(?:的|内容|规定|规则)*"
)
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_PLEASE}{_TELL}{_HOUSE}(?P<topic>.+?)(?:{_WHAT})?",
        f"{_HOUSE}(?P<topic>.+?(?:{_WHOLE}))(?:{_WHAT})?",
        f"{_HOUSE}(?P<topic>.+?)(?:都|主要)?(?:有|享)(?:什么|哪些|啥)(?P<noun>{_WHOLE}|好处|优惠|要求|服务)",
        f"{_HOUSE}(?:都)?有(?:什么|哪些|啥)(?P<topic>.+?)",
    )
)
_ENGLISH = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:(?:can|could|would) you )?(?:please )?(?:tell me(?: more| something)? about|explain|describe"
        r"|introduce|summari[sz]e|give me (?:an overview|a summary) of|i want to know about)"
        r" (?:(?:your|the|our) )?(?P<topic>.+?)",
        r"(?:(?:what(?:'s| is| are)|how (?:is|does)) )?(?:your|the|our)? ?"
        r"(?P<topic>.+? (?:policy|policies|rules|terms|conditions|benefits))(?: work)?",
    )
)
_ASKS_MORE = re.compile("[?？吗呢几谁]|怎|多少|多久|如何|为什么|什么|哪|能不能|可以|是否|流程|步骤|方法")
_LONGEST_TOPIC = 24


@dataclass(frozen=True, slots=True)
class Topic:
    """The words that a title must hold to be about the thing, and all that were said of it."""

    units: tuple[Unit, ...]
    said: tuple[Unit, ...]

    def held_by(self, title: str) -> float:
        """How well the title names it, 0..1; 0 where a word is missing."""
        evidence = evidence_of(title)
        credits = [credit(unit, evidence) for unit in self.units]
        return sum(credits) / len(credits) if all(credits) else 0.0

    def is_summed_up_by(self, heading: str) -> bool:
        """Whether a section's heading repeats all of it, and asks for nothing particular."""
        evidence = evidence_of(heading)
        return not _ASKS_MORE.search(heading) and all(credit(unit, evidence) == 1.0 for unit in self.said)


def topic_of(question: str) -> Topic | None:
    """None where the question asks for something particular."""
    named = _named(question)
    units = question_from_text(named).units if named else ()
    own = tuple(unit for unit in units if unit.weight > VAGUE_WEIGHT and unit.text not in GENERIC_WORDS)
    said = tuple(unit for unit in units if unit in own or unit.text in GENERIC_WORDS)
    return Topic(own or said, said) if said else None


def titles_of(source: str, heading: tuple[str, ...]) -> tuple[str, ...]:
    """What a document is called: its outermost heading, and its file's name."""
    return (*heading[:1], PurePosixPath(source).stem)


def _named(question: str) -> str | None:
    asked = question.strip().strip("?？。.!！~ ").lower()
    for pattern in (*_CHINESE, *_ENGLISH):
        found = pattern.fullmatch(asked)
        if found and len(found["topic"]) <= _LONGEST_TOPIC and not _ASKS_MORE.search(found["topic"]):
            return found["topic"] + (found.groupdict().get("noun") or "")
    return None

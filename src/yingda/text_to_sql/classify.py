"""Whether a question is one for the database: by whether it reads on the model, not by a trade's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.naming import words_of
from yingda.text_to_sql.types import Ambiguous, Outside, Reading
from yingda.turns.options import Routing
from yingda.understanding.normalise import any_of, any_word, fold
from yingda.understanding.smalltalk import smalltalk_of

Kind = Literal["DATABASE", "CHAT"]
Method = Literal[
    "direct_database",
    "direct_chat",
    "rule_based_chat",
    "rule_based_database_keywords",
    "rule_based_medium_business",
    "rule_based_uncertain",
    "enhanced_llm",
]
"""The names of the contract; `rule_based_database_keywords` is the seed's for a question that reads."""

_ASKS_FOR_DATA = any_of(
    r"统计|多少|几[个家条笔单名位次人天件种]|排名|排行|趋势|占比|比例|平均|总[数额量共计和]|合计|汇总|"
    r"最[高低多少大小长短近新]|前\s*[\d一二三四五六七八九十]+|同比|环比|分布|数量|增长|查询|列出|"
    r"哪[个些几家]|按.{1,8}(?:分组|统计|看|排)|的.{0,10}[数额量率](?:[?？呢]|$)|各.{1,12}的|每[个天周月年季]"
)
_ASKS_FOR_DATA_WORDS = any_word(
    "how many|how much|count|total|average|mean|sum|top|bottom|list|show|trend|number of|per|rank|ranking|"
    "highest|lowest|most|least|fewest|compare|percentage|share of|growth"
)
_ASKS_FOR_WORDS = any_of(
    r"(?:介绍|简介|是什么意思|什么是|怎么[用做办写]|如何(?:使用|操作)|为什么)",
    r"(?:能|可以|会)(?:问|回答|查)(?:你|我|些|什么|哪些)",
    r"^(?:please )?(?:explain|define|introduce|tell me about)\b|what does .+ mean|^why\b|^what can i ask",
)
_LATIN = re.compile(r"[a-z0-9]")
_SHORTEST_HAN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What kind a question is, how sure that is (0..1), which rule said so and on what grounds."""

    kind: Kind
    confidence: float
    method: Method
    reason: str


BY_MODEL = Classified(
    kind="DATABASE", confidence=0.9, method="enhanced_llm", reason="a model wrote SQL for it"
)
CHAT_BY_MODEL = Classified(kind="CHAT", confidence=0.9, method="enhanced_llm", reason="a model answered it")


def unread(routing: Routing, question: str) -> Classified | None:
    """The kind where no reading is needed to tell: it was told, or is small talk."""
    if routing == "database_direct":
        return Classified(
            kind="DATABASE", confidence=1.0, method="direct_database", reason="the caller said so"
        )
    if routing == "chat_direct":
        return Classified(kind="CHAT", confidence=1.0, method="direct_chat", reason="the caller said so")
    if (talk := smalltalk_of(question)) is not None:
        return Classified(
            kind="CHAT", confidence=0.95, method="rule_based_chat", reason=f"small talk: {talk}"
        )
    return None


def by_reading(model: SemanticModel, question: str, reading: Reading) -> Classified:
    """The kind of a question that was read; what asks for words about a thing is no matter of rows."""
    folded = fold(question)
    if isinstance(reading, Outside | Ambiguous) and _ASKS_FOR_WORDS.search(folded):
        return Classified(
            kind="CHAT", confidence=0.7, method="rule_based_chat", reason="asks for an explanation"
        )
    if isinstance(reading, Ambiguous):
        return _database(0.85, "rule_based_database_keywords", "reads on the model in more than one way")
    if not isinstance(reading, Outside):
        confidence = round(0.7 + 0.25 * min(1.0, reading.confidence), 2)
        return _database(confidence, "rule_based_database_keywords", f"reads on the model: {reading.source}")
    asks = bool(_ASKS_FOR_DATA.search(folded) or _ASKS_FOR_DATA_WORDS.search(folded))
    if named := named_in(model, question):
        confidence = 0.7 if asks else 0.6
        return _database(confidence, "rule_based_medium_business", f"names {named}, but does not read")
    if asks:
        return _database(0.5, "rule_based_uncertain", "asks for figures that the model does not have")
    return Classified(
        kind="CHAT", confidence=0.3, method="rule_based_uncertain", reason="names nothing of the model"
    )


def _database(confidence: float, method: Method, reason: str) -> Classified:
    return Classified(kind="DATABASE", confidence=confidence, method=method, reason=reason)


def named_in(model: SemanticModel, question: str) -> str | None:
    """The longest name, synonym or sample value of the model that the question holds."""
    folded = fold(question)
    return next((term for term in _terms(model) if _holds(folded, term)), None)


def _holds(folded: str, term: str) -> bool:
    if term not in folded or not _LATIN.search(term):
        return term in folded
    return re.search(rf"(?<![a-z0-9]){re.escape(term)}(?:s|es)?(?![a-z0-9])", folded) is not None


@lru_cache(maxsize=8)
def _terms(model: SemanticModel) -> tuple[str, ...]:
    said = {word for table in model.tables for word in words_of(table)}
    said |= {word for one in model.metrics for word in (one.label, one.name, *one.synonyms)}
    terms = {fold(word.replace("_", " ")) for word in said if word}
    return tuple(sorted((term for term in terms if len(term) >= _SHORTEST_HAN), key=len, reverse=True))

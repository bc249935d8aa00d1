"""Whether a message asks for several things, and the parts that can be answered one by one.

It is cut where somebody says so ("顺便", "by the way"), or between two whole questions of different kinds. It
is cut only if every part stands on its own: it asks for something, names what it is about, and neither points
back nor begins with a condition. Otherwise the message stays whole: the documents know what to do with two
questions about one thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from yingda.understanding.affairs import order_number
from yingda.understanding.intents import SURE, Understanding
from yingda.understanding.negation import asserted
from yingda.understanding.normalise import clauses, fold
from yingda.understanding.rules import asks_something
from yingda.understanding.topic import content_words, topic_of

Read = Callable[[str], Understanding]

MOST_PARTS = 3
_LONGEST_CHARS = 300

_ASIDE = (
    r"(?:顺便|顺带|另外|此外|除此之外|对了|再就是|再有|还有(?!多少|几|没|货|吗|效|哪)|其次|同时(?=[,，]|也|请|帮|想|问|查)|"
    r"然后(?=[,，]|再?(?:帮|给我|请|问|查|说|告诉|介绍))|再(?=帮|给我|请|问|查|说说|讲讲|告诉|介绍)|"
    r"(?:and |oh |ps:? ?)*(?:also|by the way|btw|additionally|besides|another thing|"
    r"one more thing|on top of that)\b|"
    r"and(?= (?:what|how|where|when|can|could|please|tell|check|track|do|does|is|are|i(?:'d| want| need))\b)|"
    r"plus(?= (?:what|how|where|when|can|i)\b))"
)
_CUT_BY_WORD = re.compile(rf"[\s,，。.;；!！?？、\n]+(?={_ASIDE})", re.IGNORECASE)
_CUT_BY_MARK = re.compile(r"(?<=[?？。;；!！\n])\s*(?=\S)")
_OPENING = re.compile(
    rf"^(?:{_ASIDE}|也|我?还?想?(?:再)?问(?:一?下|问)?|请问|[\s,，:：])+(?=.)", re.IGNORECASE
)
_LEANS = re.compile(
    r"^(?:如果|要是|假如|因为|由于|所以|但|不过|否则|那么?(?!个)|这样|if|because|since|so|but|otherwise|then)|"
    r"[它其]|这(?:个|种|样|款|单|件|笔)?(?:呢|要|是|能|可|怎|多|什)|那(?:个|种|款|单|件|笔)|(?:前者|后者|两者|上述|以上)|"
    r"(?<![a-z])(?:it|its|that one|this one|them|those|these|they|same)(?![a-z])",
    re.IGNORECASE,
)
_ASKS_FOR = re.compile(
    r"查|看(?:一?下|看)|催|说说|讲讲|介绍|告诉|帮我|给我|想知道|我要|我想|报修|投诉|登记|开(?:个|一张)|取消|修改|"
    r"(?<![a-z])(?:check|track|tell|show|look|find|cancel|explain|want|need|please|file|open|book|report)(?![a-z])"
)
_SPLITTABLE = frozenset({"knowledge_qa", "business_query", "ticket"})


def parts_of(text: str, read: Read) -> tuple[str, ...]:
    """The parts in their order, without the words that joined them; the whole text where it is one."""
    whole = (text,)
    if len(text) > _LONGEST_CHARS:
        return whole
    for cut, is_said in ((_CUT_BY_WORD, True), (_CUT_BY_MARK, False)):
        pieces = [_OPENING.sub("", piece).strip() for piece in cut.split(text)]
        pieces = [piece for piece in pieces if any(char.isalnum() for char in piece)]
        if 1 < len(pieces) <= MOST_PARTS and _are_several(pieces, text, read, is_said):
            return tuple(pieces)
    return whole


def _are_several(pieces: list[str], text: str, read: Read, is_said: bool) -> bool:
    if read(text).intent not in _SPLITTABLE or not all(_stands_alone(piece, read) for piece in pieces):
        return False
    intents = [read(piece).intent for piece in pieces]
    if len(set(intents)) == len(intents):
        return is_said or all(asks_something(clauses(fold(piece))) for piece in pieces)
    return is_said and _share_nothing(pieces)


def _stands_alone(piece: str, read: Read) -> bool:
    understood, folded = read(piece), fold(piece)
    if understood.intent not in _SPLITTABLE or _LEANS.search(folded):
        return False
    asks = asks_something(clauses(folded)) or any(asserted(_ASKS_FOR, clause) for clause in clauses(folded))
    names = order_number(piece) is not None or topic_of(piece) is not None
    return names and asks and (understood.confidence >= SURE or understood.intent == "knowledge_qa")


def _share_nothing(pieces: list[str]) -> bool:
    words = [{word.lower() for word in content_words(piece)} for piece in pieces]
    return all(
        first and other and not first & other
        for place, first in enumerate(words)
        for other in words[place + 1 :]
    )

"""Yes or no, heard clause by clause; a denial of a denial and an echoed question are neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar

_CLAUSE = re.compile(r"[，,。.！!；;、\s]+|(?=但是?|不过|可是|然而|只是)")
_ECHO = re.compile(
    r"([有是对方要能可行好会])(?:便)?[没不]\1|方便不方便|[吗么呢?？]$|什么意思|哪(个|一)|你(说|问)(什么|啥)"
)
_DOUBLE = re.compile(
    r"(?:不是|并非|不能说|没有说|不会)(?:说)?(?:没有?|不)|没有不|不是不|并不是没有?|不(?:太|是很)?(?:确定|清楚|知道|记得|好说)|没(?:看清|注意)"
    r"|[可也]能|大概|好像|应该[有是没]|说不(?:准|好|清)|不一定|看情况"
)
_NO = re.compile(
    r"不(?!好意思|过|仅|光|只)|没(?!错|关系|问题|毛病)|(?<![特区级分])别(?!的|人|处)|[非未否无](?!论|锡)|错[了的]|拒绝|^no\b|^nope|^not\b|n't\b"
)
_YES = re.compile(
    r"^(?:嗯+|[是对有行好成中可]|可以|没错|没问题|没关系|没毛病|确[认定实]|正确|当然|必须|方便|同意|愿意|需要|要|能|会|OK|ok|yes|yeah|yep|sure|right|correct|的确|就是|差不多|请讲|请说|你?您?[说问讲])"
    r"|(?:对[的呀啊了]?|是的|没错|没问题|可以|方便|正确|同意)[的呀啊了哈吧呢哦嘛]*$|[有要能会]的?$|有(?:一|两|几|个|点|人)"
)


def yes_or_no(text: str) -> bool | None:
    """True or False where every clause that says either says the same; None where it stays unclear."""
    verdicts = {
        verdict for clause in _CLAUSE.split(text) if clause and (verdict := _verdict(clause)) is not None
    }
    return verdicts.pop() if len(verdicts) == 1 else None


def _verdict(clause: str) -> bool | None:
    if _ECHO.search(clause) or _DOUBLE.search(clause):
        return None
    if _NO.search(clause):
        return False
    return True if _YES.search(clause) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo:
    """True or false, and only in answer to its own question."""

    name: ClassVar[str] = "yesno"

    def read(self, hearing: Hearing) -> Reading | None:
        """Whether the caller agrees."""
        agreed = yes_or_no(hearing.text) if hearing.is_asked else None
        return None if agreed is None else Reading(value=agreed, quote=hearing.text)

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """Both are fine."""
        return None

    def say(self, value: Scalar) -> str:
        """As one word."""
        return "是" if value else "否"

"""Yes or no, heard clause by clause; a denial of a denial and an echoed question are neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar

_CLAUSE = re.compile(r"[，,。.！!；;、\s]+|(?=但是?|不过|可是|然而|只是)")
_ECHO = re.compile(
    r"(?<![不没])([有是对能要可行好会])[没不]\1|方便不方便|[吗么呢?？]$|什么意思|哪(个|一)|[你您](说|问)(什么|啥)"
)
_UNSURE = re.compile(
    r"(?:不是|并非|不能说|没有说|不会|并不是)说?(?:没|不)|没有?不"
    r"|不(?:太|是很)?(?:确定|清楚|知道|记得|好说|一定)|没(?:看清|注意)"
    r"|[可也]能|大概|好像|应该[有是没]|说不(?:准|好|清)|看情况"
)
_NO = re.compile(
    r"(?<![受动了看听走开])不(?:是|对|行|方便|可以|用|需要|要(?!紧)|好(?!意思)|想|愿|同意|必|会|能|太|成|了|啊|呀|不|$)"
    r"|^不|没(?:有(?!错|问题|关系)|人|事|伤|受|流|出|发生|什么|大|啥|啊|呢|没|$)|(?:无|未)(?:人|受|发生|出现|伤)|^(?:否|非也)"
    r"|(?<!没)错[了的]|拒绝|换一?个|^别|(?:^|\s)(?:no|nope|not)\b|n't\b",
    re.IGNORECASE,
)
_MOOD = "[的呀啊了哈吧呢哦嘛嘞呗哒滴哎]"
_YES = re.compile(
    rf"^(?:那就?|就|我?现在|我|有点)?(?:嗯+[呐哪]?|[是对好行成中可有要能会]|对头){_MOOD}*(?:嗯|是|对|好|行)*{_MOOD}*$"
    r"|^(?:是(?!不是|什么|谁|哪|这样)|有(?!没有|什么事|点事)|对(?!方|面|不起)(?=[就我这用你您他没]))"
    r"|没有?(?:错|问题|关系|毛病)|可以|方便|正确|当然|的确|同意|愿意|^确[认定实]|^必须|^需要|^用这个"
    r"|^(?:你|您)?(?:请)?[说问讲]吧?$|^(?:要|能|会)(?:说|讲|的)"
    r"|^(?:ok|okay|yes|yeah|yep|sure|right|correct)\b",
    re.IGNORECASE,
)
_THERE = re.compile(rf"(?<!没)有(?!没有|点?事)|^(?:嗯+|是|对|yes|yeah)+{_MOOD}*$", re.IGNORECASE)
_NOD = re.compile(rf"^(?:嗯+|对|是|好|行){_MOOD}*$")
_NO_NEED = re.compile("不用|不需要|不必")


def yes_or_no(text: str, yes: Sequence[str] = (), no: Sequence[str] = ()) -> bool | None:
    """True or False where every clause that says either says the same; None where it stays unclear.

    `yes` and `no` are words that say it besides the common ones. A nod before a no is none: "对，没有".
    """
    clauses = [clause for clause in _CLAUSE.split(text) if clause]
    said = [(clause, _verdict(clause, yes, no)) for clause in clauses]
    verdicts = {verdict for _, verdict in said if verdict is not None}
    if len(verdicts) == 2 and not _NO_NEED.search(text):
        verdicts = {verdict for clause, verdict in said if verdict is not None and not _NOD.match(clause)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _verdict(clause: str, yes: Sequence[str], no: Sequence[str]) -> bool | None:
    if _ECHO.search(clause) or _UNSURE.search(clause):
        return None
    if _NO.search(clause) or any(word in clause for word in no):
        return False
    return True if _YES.search(clause) or any(word in clause for word in yes) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo:
    """True or false, and only in answer to its own question; `yes` and `no` are the flow's own words.

    `is_there`: the question is whether there is something (有没有), so a mere consent (好的, 可以) is no yes.
    """

    name: ClassVar[str] = "yesno"
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    is_there: bool = False

    def read(self, hearing: Hearing) -> Reading | None:
        """Whether the caller agrees."""
        agreed = yes_or_no(hearing.text, self.yes, self.no) if hearing.is_asked else None
        if agreed is None or (agreed and self.is_there and not self._says_there_is(hearing.text)):
            return None
        return Reading(value=agreed, quote=hearing.text)

    def _says_there_is(self, text: str) -> bool:
        clauses = _CLAUSE.split(text)
        return any(_THERE.search(clause) or any(word in clause for word in self.yes) for clause in clauses)

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`no_yesno` for anything but the two."""
        return None if isinstance(value, bool) else "no_yesno"

    def say(self, value: Scalar) -> str:
        """As one word."""
        return "是" if value else "否"

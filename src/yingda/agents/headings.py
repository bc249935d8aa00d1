"""What a piece of a document answers, as questions: those written in it, and its headings as such. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from yingda.knowledge.parse.faq import is_question
from yingda.knowledge.sentences import split
from yingda.knowledge.types import Chunk
from yingda.turns.options import Language
from yingda.understanding.language import language_of

_LONGEST: dict[Language, int] = {"zh": 40, "en": 100, "ja": 50, "ko": 50, "th": 80}
_LONGEST_TITLE: dict[Language, int] = {"zh": 20, "en": 50, "ja": 25, "ko": 25, "th": 40}
_ENDS_SENTENCE = re.compile(r"[。！!；;，,.：:、…]$")
_DOUBTED: dict[Language, tuple[re.Pattern[str], str]] = {
    "zh": (
        re.compile(r"(?![请如若但其该此也并且则本因所另])([^，,：:；;、（）()我你您不未\n吗呢?？]{6,24})。$"),
        "吗？",
    ),
    "ja": (re.compile(r"(?![そこあ])([^、：:（）()\n?？]{4,30}(?:です|ます))。$"), "か？"),
}
_NUMBERING = re.compile(
    r"^(?:[#*•\-]+\s+|(?:Q(?:uestion)?|问题?|質問|질문)\s*\d{0,3}\s*[:：.、)）]\s*|第\S{1,3}[章节条问]\s*"
    r"|\d{1,3}(?:\.\d{1,3})+\.?\s+|[(（]?(?:\d{1,3}(?:\.\d{1,3})*|[一二三四五六七八九十]{1,3})[)）.、：:]\s*)+",
    re.IGNORECASE,
)
_ASKS = {
    "ja": re.compile(r"(?:です|ます|でしょう|ません)か[。?？]?$|[?？]$"),
    "ko": re.compile(r"[?？]$|(?:나요|까요|가요|습니까|는가)$"),
    "th": re.compile(r"[?？]$|(?:ไหม|หรือไม่|อย่างไร|อะไร|เท่าไร|เท่าไหร่|เมื่อไร|เมื่อไหร่|ที่ไหน)$"),
}
_SAYS_NOTHING = re.compile(
    r"^(?:概述|概要|概况|总则|前言|引言|简介|介绍|说明|备注|附录|附则|其他|其它|目录|正文|常见问题|更新日志|版权.*|"
    r"overview|introduction|summary|contents|table of contents|notes?|appendix.*|other|misc.*|faqs?|"
    r"はじめに|目次|その他|付録|備考|개요|목차|기타|부록|บทนำ|สารบัญ|อื่น ๆ)$",
    re.IGNORECASE,
)
_VERBS_ZH = re.compile(
    r"^(?:申请|办理|修改|查询|查看|使用|设置|安装|开具|取消|更换|注册|登录|下载|绑定|解绑|重置|联系|选择|购买|"
    r"支付|连接|充电|清洁|升级|恢复|开启|关闭|配对|创建|删除|导出|导入|添加|提交|预约|注销|找回|激活|续费|报销)"
)
_ABSTRACT_ZH = (
    (re.compile("(?:流程|步骤|规则|政策|标准|机制|制度|规定|办法|方法)$"), "{}是怎样的？"),
    (re.compile("(?:范围|电话|邮箱|网址|区别|原因)$"), "{}是什么？"),
    (
        re.compile("(?:方式|渠道|途径|条件|要求|权益|类型|种类|材料|情形|情况|功能|优惠|事项|等级|项目)$"),
        "{}有哪些？",
    ),
)
_CONCRETE_ZH = (
    (re.compile("(?:时长|期限|时效|周期|有效期|保修期|时限)$"), "{}是多久？"),
    (re.compile("(?:价格|费用|运费|金额|[^免]费|押金|价)$"), "{}是多少？"),
    (re.compile("(?:地址|地点|位置|入口)$"), "{}在哪里？"),
    (re.compile("(?:时间|日期)$"), "{}是怎么规定的？"),
)
"""Endings that a verb before them makes no question of: 修改地址 asks how, 支付方式 does not."""
_VERBS_EN = re.compile(
    r"^(?:add|apply|appeal|book|buy|cancel|change|charge|check|choose|clean|close|connect|contact|create|"
    r"delete|download|enable|export|file|find|import|install|join|log|manage|open|order|pair|pay|register|remove|"
    r"renew|report|request|reset|restore|return|set|sign|start|submit|track|unlock|update|upgrade|use|"
    r"verify|view) ",
    re.IGNORECASE,
)
_SINGULAR_EN = re.compile(r"\b(?:policy|process|procedure|warranty|fee|cost|price|deadline|limit)$", re.I)
_PLURAL_EN = re.compile(
    r"\b(?:hours|fees|costs|prices|requirements|options|methods|benefits|conditions|rules|steps|limits)$",
    re.I,
)
_NOUN_EN = re.compile(f"{_SINGULAR_EN.pattern}|{_PLURAL_EN.pattern}", re.IGNORECASE)
_DETERMINER_EN = re.compile(r"^\w+ (?:a|an|the|my|your)\b", re.IGNORECASE)
_ENDINGS_JA = re.compile("(?:方法|手順|流れ|手続き|時間|料金|期間|期限|条件|住所|連絡先|種類|内容|範囲)$")


Kind = Literal["written", "headed", "stated"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""A question in the document's own words, a heading put as one, a plain statement doubted; best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that the document answers at `start` to `end`.

    `of_heading`: all below that heading answers it, in other chunks too.
    """

    question: str
    kind: Kind
    start: int
    end: int
    of_heading: tuple[str, ...] | None = None


def answered_in(chunk: Chunk, language: Language) -> list[Answered]:
    """Questions in that language, in the order of the text; none where the chunk is in another one."""
    if language_of(chunk.text) != language:
        return []
    lines = list(_titles(chunk, language))
    ends = [*(start for _, _, start in lines[1:]), chunk.end]
    within = [
        Answered(question=question, kind=kind, start=start, end=end)
        for (question, kind, start), end in zip(lines, ends, strict=False)
    ]
    return [*(within or _headed(chunk, language)), *_stated(chunk, language)]


def _titles(chunk: Chunk, language: Language) -> Iterator[tuple[str, Kind, int]]:
    """Lines that ask, and the titles of sections that are too small for a chunk of their own."""
    at = chunk.start
    for line, after in pairwise([*chunk.text.splitlines(keepends=True), "", ""]):
        plain = _plain(line)
        if plain.endswith(("?", "？")):
            if 4 <= len(plain) <= _LONGEST[language]:
                yield plain, "written", at
        elif (
            after == "\n"
            and len(plain) <= _LONGEST_TITLE[language]
            and not _ENDS_SENTENCE.search(line.strip())
        ):
            question = question_from_heading(plain, language)
            if question:
                yield question, "written" if _asks(plain, language) else "headed", at
        at += len(line)


def _headed(chunk: Chunk, language: Language) -> Iterator[Answered]:
    if chunk.heading and (question := question_from_heading(chunk.heading[-1], language)):
        yield Answered(
            question=question,
            kind="written" if _asks(_plain(chunk.heading[-1]), language) else "headed",
            start=chunk.start,
            end=chunk.end,
            of_heading=chunk.heading,
        )


def _stated(chunk: Chunk, language: Language) -> Iterator[Answered]:
    """Short plain statements, where the language turns one into a question by a word at its end."""
    if language not in _DOUBTED:
        return
    pattern, doubted = _DOUBTED[language]
    for sentence in split(chunk.text):
        if said := pattern.match(chunk.text[sentence.start : sentence.end].strip()):
            start = chunk.start + sentence.start
            yield Answered(
                question=f"{said[1]}{doubted}", kind="stated", start=start, end=chunk.start + sentence.end
            )


def question_from_heading(heading: str, language: Language) -> str | None:
    """The heading as somebody would ask it; None for one that says nothing by itself."""
    plain = _plain(heading)
    if (
        not 2 <= len(plain) <= _LONGEST[language]
        or _SAYS_NOTHING.match(plain)
        or not re.search(r"[^\W\d]", plain)
    ):
        return None
    if language == "en" or not _asks(plain, language):
        return _PHRASED[language](plain)
    mark = "？" if language in ("zh", "ja") else "" if language == "th" else "?"
    return plain.rstrip("?？。") + mark


def _plain(heading: str) -> str:
    return _NUMBERING.sub("", heading.strip()).strip(" \t*_#:：—-")


def _asks(plain: str, language: Language) -> bool:
    if language in ("zh", "en"):
        return is_question(plain)
    return _ASKS[language].search(plain) is not None


def _chinese(plain: str) -> str:
    how = ((_VERBS_ZH, "如何{}？"),)
    phrasings = (*_ABSTRACT_ZH, *how, *_CONCRETE_ZH)
    phrase = next((phrase for pattern, phrase in phrasings if pattern.search(plain)), "能介绍一下{}吗？")
    return phrase.format(plain)


def _english(plain: str) -> str:
    if is_question(plain):
        asked = re.sub(r"(?i)^how to ", "How do I ", plain.rstrip("?"))
        return f"{asked[0].upper()}{asked[1:]}?"
    first = plain.split()[0]
    lower = (
        plain if any(char.isupper() or char.isdigit() for char in first[1:]) else plain[0].lower() + plain[1:]
    )
    if _VERBS_EN.match(plain) and (_DETERMINER_EN.match(plain) or not _NOUN_EN.search(plain)):
        return f"How do I {lower}?"
    if _SINGULAR_EN.search(plain):
        return f"What is the {lower}?"
    if _PLURAL_EN.search(plain):
        return f"What are the {lower}?"
    return f"What should I know about {lower}?"


def _japanese(plain: str) -> str:
    plain = plain.removesuffix("について")
    particle = "を" if _ENDINGS_JA.search(plain) else "について"
    return f"{plain}{particle}教えてもらえますか？"


def _korean(plain: str) -> str:
    return f"{plain}에 대해 알려 주시겠어요?"


def _thai(plain: str) -> str:
    return f"ช่วยอธิบายเรื่อง{plain}ได้ไหม"


_PHRASED: dict[Language, Callable[[str], str]] = {
    "zh": _chinese,
    "en": _english,
    "ja": _japanese,
    "ko": _korean,
    "th": _thai,
}

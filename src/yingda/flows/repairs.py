"""What callers say beside the point: built in, for every flow, after the flow's own rules (callflow F.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from yingda.understanding.human import wants_human
from yingda.understanding.normalise import clauses, fold

Repair = Literal[
    "human",
    "hold_on",
    "repeat",
    "correct",
    "go_back",
    "skip",
    "cancel",
    "abuse",
    "process",
    "hello",
    "thanks",
    "small_talk",
]

_PATTERNS: Mapping[Repair, str] = {
    "hold_on": r"(稍|请|先|您|你|^)等一?(下|会儿?)|稍等|别急|我(看|找|想)一?下|"
    r"^hold on|wait a (moment|second)",
    "repeat": r"再(说|讲|问|念)一?(遍|次)|没听(清|见|懂|明白)|听不(清|见|懂)|重复一?(下|遍)|"
    r"慢(一点|点儿?|些)|(你|您)?(刚才)?(说|问)(的是?)?(什么|啥)|say that again|slower",
    "correct": r"不对|[说讲报记搞弄]错|错了|更正|改(成|为|一下)|不是.+是.+",
    "go_back": r"(回到|返回|退回|倒回)?上一?(个|步|题|项)|前一?个问题|回到刚才|退回去|go back",
    "skip": r"跳过|先不(说|填|报)|这个(先)?不(说|填)|下一个(问题)?吧|skip",
    "cancel": r"取消|不报(案|了)|算了(不|别)|不用(处理|报|办)了|cancel",
    "abuse": r"傻[逼屄Bb]|他妈的?|操你|滚(蛋|开)|去死|混蛋|王八蛋|神经病",
    "process": r"为什么(要|问)|干(嘛|什么)用|要(多久|多长时间)|接下来(怎么|要|干)|然后(呢|怎么办)|"
    r"怎么(处理|赔|办理)|问这(个|些)(干|做|有)",
    "hello": r"^喂*[,， ]*(你|您)好(啊|呀)?[,，。!！]?$|^喂+[,，。?？]?$|"
    r"听得(到|见)吗|(在|有人)吗[?？]?$|^(hello|hi)$",
    "thanks": r"谢谢|辛苦了|thank",
    "small_talk": r"你是(谁|机器人|人工智能|真人|AI)|你叫什么|天气",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_UNKNOWN = re.compile(
    r"不(知道|清楚|记得|晓得|确定|太清楚|认识)|没(看清|看到|注意|记住|记下)|忘(了|记)|说不(上来|清)|"
    r"don'?t know|no idea"
)


def repair_in(text: str) -> Repair | None:
    """Which of them the words are, if any; the first in order of urgency."""
    if wants_human(clauses(fold(text))):
        return "human"
    return next((name for name, pattern in _COMPILED.items() if pattern.search(text)), None)


def is_unknown(text: str) -> bool:
    """Whether the caller says that they do not know."""
    return _UNKNOWN.search(text) is not None

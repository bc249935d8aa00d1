"""What a recogniser of speech wrote down, without the noises, the restarts and the width of its letters."""

from __future__ import annotations

import re

from yingda.understanding.values import alike
from yingda.understanding.values.plates import INITIALS
from yingda.understanding.values.width import plain

_NUMERALS = "零〇一二三四五六七八九十百千万亿两幺洞拐勾半点0-9A-Za-z"
_SPACED_OUT = re.compile(r"(?<![^\s,。.!?;])(?:[\u4e00-\u9fff] ){2,}[\u4e00-\u9fff](?![^\s,。.!?;])")
_NOISE = re.compile(
    rf"(?<![{INITIALS}{''.join(alike.INITIALS)}])"
    r"(?:嗯(?![呐哪])|呃|额(?![头外度定])|唔|哦|噢|诶(?=[,。…~ ])|[uU][hm]+(?![A-Za-z]))+[,。…~、 ]*"
)
_PLATE_BEGINS = rf"[{INITIALS}][A-Za-z]"
_FILLERS = re.compile(
    r"(?:就是说|怎么说呢?|我想想啊?|让我想想|反正就是|这么说吧|那什么|那啥|you know,?)[,。…~、 ]*"
    r"|(?:(?<![\u4e00-\u9fff])|(?<=[我是在叫有])|(?<=[就也]是))(?:那个|这个)(?:[,、 ]*(?:那个|这个))*"
    rf"(?:[,。…~、 ]+|(?=我|就|啥)|(?={_PLATE_BEGINS}))"
    r"|(?<![\u4e00-\u9fff])(?:那个|这个)(?=[嗯呃车电手]|[幺零一二三四五六七八九\d]{2})"
)
_STUTTER = re.compile(r"([我你您他她它在的那这就没有对是车号到从要能会可因应电手])\1+(?!\1)")
_RESTART = re.compile(rf"((?:(?![{_NUMERALS}])[\u4e00-\u9fff]){{2,5}})[,…~、 ]*\1(?!\1)")
_PAUSES = re.compile(r"([,。…~、])[,。…~、 ]+")
_BLANKS = re.compile(r"\s+")
_EDGES = " ,…~、"


def heard(text: str) -> str:
    """The caller's words for rules to read: half width, no fillers, nothing said twice by accident.

    Spoken digits stay words. A noise that is all there is stays: "嗯" alone is an answer.
    """
    flat = _SPACED_OUT.sub(lambda run: run[0].replace(" ", ""), _BLANKS.sub(" ", plain(text))).strip()
    quiet = _FILLERS.sub("", _NOISE.sub("", flat))
    once = _RESTART.sub(r"\1", _STUTTER.sub(_said_once, quiet))
    words = _PAUSES.sub(r"\1", once).strip(_EDGES)
    return words if words.strip("。.!?") else flat.strip(_EDGES)


def _said_once(run: re.Match[str]) -> str:
    return run[1]

"""What a recogniser of speech wrote down, without the noises, the restarts and the width of its letters."""

from __future__ import annotations

import re

from yingda.understanding.values.mishearing import WORDS, mended
from yingda.understanding.values.plates import INITIALS
from yingda.understanding.values.width import plain

_NUMERALS = "零〇一二三四五六七八九十百千万亿两幺洞拐勾半点0-9A-Za-z"
_SPACED_OUT = re.compile(r"(?<![^\s,。.!?;])(?:[\u4e00-\u9fff] ){2,}[\u4e00-\u9fff](?![^\s,。.!?;])")
_NOISE = re.compile(
    rf"(?:嗯(?![呐哪])(?<![{INITIALS}]嗯)|嗯(?=[A-Za-z])|呃|额(?![头外度定])|唔|哦|噢"
    r"|诶(?=[,。…~ ])|[uU][hm]+(?![A-Za-z]))+[,。…~、 ]*"
)
_INSERTED = re.compile(r"(?<=(.))(?:就是说?|这个|那个|啊)+(?=(.))")
_SPELT = re.compile(rf"[{_NUMERALS}]")
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
    quiet = _FILLERS.sub("", _INSERTED.sub(_without_insertion, _NOISE.sub("", flat)))
    once = _RESTART.sub(r"\1", _STUTTER.sub(r"\1", quiet))
    words = _PAUSES.sub(r"\1", once).strip(_EDGES)
    return mended(words if words.strip("。.!?") else flat.strip(_EDGES))


def _without_insertion(filler: re.Match[str]) -> str:
    """A filler within a word or beside a digit goes, any other may mean something."""
    before, after = filler[1], filler[2]
    if before in INITIALS and not after.isascii():
        return filler[0]  # 苏啊五: the letter of a plate
    is_word = mended(before + after) in WORDS
    is_spelt = _SPELT.match(after) or _SPELT.match(before)
    return "" if is_word or is_spelt else filler[0]

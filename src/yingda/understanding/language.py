"""Which of our two languages a fixed sentence should be said in."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["zh", "en"]

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\b(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]*", re.ASCII)


def language_of(text: str) -> Language:
    """Chinese where Han characters are at least as many as other words, and where there are no words at all.

    Codes with digits (order numbers, models) say nothing about the writer's language.
    """
    if text.isascii():
        return "en" if _WORD.search(_CODE.sub(" ", text)) else "zh"
    if _KANA_OR_HANGUL.search(text):
        return "en"
    bare, han_count = _HAN.subn(" ", _CODE.sub(" ", text))
    return "zh" if han_count >= len(_WORD.findall(bare)) else "en"

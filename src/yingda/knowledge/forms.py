"""What the answer to a question begins like: yes or no, or what something is. On folded texts."""

from __future__ import annotations

import re
from collections.abc import Callable

_YES_OR_NO = re.compile(
    r"(?:吗|(?<![什怎多那])么)\s*\??\s*$|吗[,?]|能不能|可不可以|可否|能否|是否|是不是|会不会|有没有|要不要|需不需要|支不支持"
    r"|^\s*(?:can|could|do|does|is|are|may|will|should)\s"
)
_SAYS_SO = re.compile(
    r"\s*(?:(?:不|暂不|无法|不再)?(?:支持|可以|能|会|需要|允许|提供)|是的?|不是|有的?|没有|无需|不用|对|yes|no)\s*[,。;!.]"
)
_WHAT_IS = re.compile(
    r"^\s*(?:请问)?\s*(.{1,30}?)\s*(?:是什么(?:意思|东西)?|是啥|指(?:的是)?什么)\s*[?。]?\s*$"
)
_WHAT_IS_LATER = re.compile(
    r"^\s*(?:请问)?\s*(?:什么(?:是|叫做?)|何谓|what\s+(?:is|are)(?:\s+(?:an?|the))?\s)\s*(.{1,40}?)\s*\??\s*$"
)
_BEFORE = r"[^。;!?\n*•-]{0,12}?"
"""An item of a list is one of many things, not what the whole passage is about."""
_IS = r"(?:又?[称名指]|是|即|为|is |are |means )"
_BRACKETS = r"\s*(?:\([^)]{0,200}\))?\s*,?\s*"

Shows = Callable[[str], bool]
"""Whether a passage's text, folded, has the form that was asked for."""


def form_asked_for(question: str) -> Shows | None:
    """None where the question tells nothing of it."""
    if _YES_OR_NO.search(question):
        return lambda body: _SAYS_SO.match(body) is not None
    named = _WHAT_IS.match(question) or _WHAT_IS_LATER.match(question)
    if named is None:
        return None
    told = re.compile(rf"{_BEFORE}{re.escape(named[1].strip())}{_BRACKETS}{_IS}")
    return lambda body: told.match(body) is not None

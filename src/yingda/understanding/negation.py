"""Whether a phrase is denied by the words right before it in its clause."""

from __future__ import annotations

import re

_REACH = 48
"""Characters before a phrase that can hold its negator and the fillers between."""

# The lookbehinds keep A-not-A questions (要不要, 能不能) and rebukes (怎么不, 还不) from counting as denials.
_BARE_NOT = r"(?<![要能可是好对需还么啥咋都])不"
_CHINESE_NOT = (
    rf"(?<!要)不要|不用|不必|(?<!需)不需要|无需|毋需|用不着|(?<!想)不想|(?<!是)不是|并非|没必要|没说|"
    rf"没让|没要|"
    rf"(?<!特)(?<!区)(?<!级)别(?!的)|(?<!有)没有?|{_BARE_NOT}"
)
_CHINESE_FILLER = (
    "再|先|急着|现在|马上|就|给我|帮我|替我|让|我|你们?|您|要|想|去|在|是|说|很|太|特别|"
    "那么|这么|有|什么|怎么|直接|的|真的"
)
_ENGLISH_NOT = (
    r"(?:no(?: longer)?(?: need)?|not|never|without|don'?t|do not|doesn'?t|didn'?t|won'?t|isn'?t|aren'?t|"
    r"wasn'?t|"
    r"i'?m not|rather not|no reason)"
)
_ENGLISH_FILLER = (
    r"(?:need|needed|want|wish|like|have|for|to|be|being|you|me|us|please|really|even|just|yet|the|a|an|"
    r"any|that|so|"
    r"very|feel|feeling|get|getting|at all|try|trying|going|being|asking|ask)"
)

_DENIED = re.compile(
    rf"(?:(?:{_CHINESE_NOT})(?:{_CHINESE_FILLER})*|(?<![a-z]){_ENGLISH_NOT}(?:\s+{_ENGLISH_FILLER})*)\s*$"
)


def is_denied(clause: str, start: int) -> bool:
    """True where only fillers stand between a negator and the phrase that begins at `start`."""
    return bool(_DENIED.search(clause, max(0, start - _REACH), start))


def asserted(pattern: re.Pattern[str], clause: str) -> bool:
    """Whether the clause holds a hit of the pattern that is not denied."""
    return any(not is_denied(clause, hit.start()) for hit in pattern.finditer(clause))

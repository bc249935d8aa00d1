"""How callers put a value right: 改成, 不是A是B, 最后四位是, 第三位是."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COUNTS = dict(zip("一二两三四五六七八", (1, 2, 2, 3, 4, 5, 6, 7, 8), strict=True)) | {
    str(n): n for n in range(1, 9)
}
_NOT_BUT = re.compile(
    r"不是(?P<wrong>[^是,，。、 ][^是]{0,20}?)[,，。、 ]*(?:而|应该|我说的|我)?是(?P<right>.+)"
    r"|(?P<right2>[^,，。]{1,20})[,，。、 ]*不是(?P<wrong2>[^,，。是]{1,20})$"
)
_INSTEAD = re.compile(
    r"(?:改成|改为|改到|换成|更正为|更正成|应该是|其实是|重新说"
    r"|(?:(?:(?<!没)(?<!没有)错|不对)[了啊呀]?[,，。、 ]*|不是[啊呀]?[,，。、 ]+)"
    r"(?:应该|那个|这个|就是说?|啊)*是?)(?P<right>.+)"
)
_INTO = r"(?:改成|改为|应该是|是|为)"
_TAIL = re.compile(
    r"(?:最后|末尾|后面?|尾号)的?(?:(?P<count>[一二两三四五六七八1-8])(?:位|个字?|个数字?)|号码?)?"
    rf"{_INTO}?[,，。 ]*(?P<rest>.+)"
)
_PLACE = re.compile(
    r"(?:第|倒数第)(?P<count>[一二三四五六七八1-8])(?:位|个)(?:数字?|字母?|字)?"
    rf"{_INTO}[,，。 ]*(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`wrong` was understood, `right` was meant; `wrong` is empty where only the new words were said."""

    right: str
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """New words for the last `count` symbols, or for the one at `at`, which counts from the end below 0."""

    rest: str
    count: int | None
    at: int | None = None


def change_in(text: str) -> Change | None:
    """What was wrong and what is right, where the caller says so."""
    if both := _NOT_BUT.search(text):
        return Change(wrong=both["wrong"] or both["wrong2"], right=both["right"] or both["right2"])
    if instead := _INSTEAD.search(text):
        return Change(right=instead["right"])
    return None


def meant_in(text: str) -> tuple[str, ...]:
    """The words to look for a value in, those that put something right first."""
    change = change_in(text)
    return (change.right, text) if change else (text,)


def part_in(text: str) -> Part | None:
    """The part of a value that the caller says anew."""
    if place := _PLACE.search(text):
        count = _COUNTS[place["count"]]
        at = -count if "倒数" in place[0][:2] else count - 1
        return Part(rest=place["rest"], count=1, at=at)
    if tail := _TAIL.search(text):
        return Part(rest=tail["rest"], count=_COUNTS.get(tail["count"] or ""))
    return None


def put_in(known: str, part: Part, said: str) -> str | None:
    """The known value with that part replaced; None where the lengths do not fit."""
    if not said or (part.count is not None and len(said) != part.count) or len(said) >= len(known):
        return None
    if part.at is None:
        return known[: -len(said)] + said
    at = part.at % len(known) if -len(known) <= part.at < len(known) else None
    return None if at is None else known[:at] + said + known[at + 1 :]


def swapped(known: str, wrong: str, right: str) -> str | None:
    """The known value with `wrong` said right, where it begins so or has it once; else None."""
    is_clear = known.startswith(wrong) or known.count(wrong) == 1
    if not wrong or not right or len(wrong) != len(right) or not is_clear:
        return None
    return known.replace(wrong, right, 1)

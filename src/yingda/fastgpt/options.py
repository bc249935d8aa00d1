"""Which of several options a caller's words name; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yingda.understanding.normalise import fold
from yingda.understanding.values.numbers import numbers

_SIGNS = re.compile(r"[^\w]+|_+")
_DENIALS = "不没未别非无"
_PLACE = re.compile(
    r"(?:(?:我)?(?:选择?|要|是))?(?P<ordinal>第)?(?P<number>.{1,3}?)(?P<counter>个|项|种|条|号)?(?:选项)?(?:吧|的|啊)?"
)
_LAST = re.compile(r"(?:选)?最后(?:一)?(?:个|项|种|条)(?:选项)?(?:吧|的|啊)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A way to answer: `value` is what FastGPT takes, `shown` what it is called."""

    key: str
    value: str
    shown: str


def option_in(options: Sequence[Option], text: str) -> Option | None:
    """The one option that the words name: by key, value or name, by its place in the list, or in a sentence.

    None where they name none, or several; a denial before a name ("不是") does not name it.
    """
    said = _bare(text)
    for names in (lambda one: (_bare(one.key),), _forms):
        exact = [one for one in options if said and said in names(one)]
        if len(exact) == 1:
            return exact[0]
    place = _place(said, len(options))
    return _within(options, said) if place is None else options[place]


def _within(options: Sequence[Option], said: str) -> Option | None:
    """Longer names first, and they leave nothing of themselves: 没有 is not 有, and 有没有 is neither."""
    forms = [(form, option) for option in options for form in _forms(option)]
    found: list[Option] = []
    for form, option in sorted(forms, key=lambda pair: -len(pair[0])):
        said, hits = re.subn(rf"(?<![{_DENIALS}]){re.escape(form)}", " ", said)
        if hits and option not in found:
            found.append(option)
    return found[0] if len(found) == 1 else None


def _place(said: str, count: int) -> int | None:
    """第二个, 二, 选2 and 最后一个; counted from 0."""
    if _LAST.fullmatch(said):
        return count - 1
    fit = _PLACE.fullmatch(said)
    values = numbers(fit["number"]) if fit else []
    if len(values) != 1 or values[0].end - values[0].start != len(fit["number"] if fit else ""):
        return None
    place = int(values[0].value) - 1
    return place if 0 <= place < count else None


def _forms(option: Option) -> tuple[str, ...]:
    return tuple(form for form in dict.fromkeys((_bare(option.value), _bare(option.shown))) if form)


def _bare(text: str) -> str:
    """Width, case, blanks and signs made alike."""
    return _SIGNS.sub("", fold(text))

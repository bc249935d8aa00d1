"""Finds a described value in a text without a model: allowed words first, then patterns by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from yingda.understanding.negation import is_denied
from yingda.understanding.normalise import fold
from yingda.understanding.values.numbers import numbers
from yingda.understanding.values.personal import emails
from yingda.understanding.values.phones import mobiles
from yingda.understanding.values.places import places
from yingda.understanding.values.plates import plates
from yingda.understanding.values.times import times
from yingda.workflows.values import UNDEFINED, Value, string_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One field that an author asks for; `allowed` empty allows all values."""

    key: str
    description: str
    value_type: str
    allowed: tuple[str, ...]
    is_required: bool
    default: Value

    @property
    def described(self) -> str:
        """One line for a prompt."""
        only = f" (one of: {', '.join(self.allowed)})" if self.allowed else ""
        return f"- {self.key} ({self.value_type}): {self.description}{only}"


def wanted_of(one: Mapping[str, Value]) -> Wanted:
    """A field as the export describes it."""
    allowed = string_of(one.get("enum")).split("\n")
    return Wanted(
        key=string_of(one.get("key")),
        description=string_of(one.get("desc")),
        value_type=string_of(one.get("valueType")) or "string",
        allowed=tuple(word.strip() for word in allowed if word.strip()),
        is_required=one.get("required") is True,
        default=one.get("defaultValue", UNDEFINED),
    )


def spot(wanted: Wanted, text: str, now: datetime) -> Value:
    """The value, or "" where none can be told for sure."""
    if wanted.allowed:
        return _allowed(wanted.allowed, text)
    name = f"{wanted.key} {wanted.description}".lower()
    for words, read in _READERS:
        if words.search(name):
            return read(text)
    if _TIME.search(name):
        return _first([text[one.start : one.end] for one in times(text, now)])
    if wanted.value_type == "boolean":
        return _yes_or_no(wanted, text)
    if wanted.value_type == "number":
        return _number(text)
    return _labelled(wanted, text)


def _allowed(allowed: tuple[str, ...], text: str) -> Value:
    """The one allowed word that is said and not denied; a longer one counts before those within it."""
    folded = fold(text)
    said = [word for word in allowed if _is_asserted(fold(word), folded)]
    longest = [one for one in said if not any(one != other and one in other for other in said)]
    return longest[0] if len(longest) == 1 else ""


def _is_asserted(word: str, folded: str) -> bool:
    return any(not is_denied(folded, hit.start()) for hit in re.finditer(re.escape(word), folded))


def _number(text: str) -> Value:
    """The one number that belongs to nothing else."""
    taken = [(one.start, one.end) for one in (*plates(text), *mobiles(text))]
    free = [one for one in numbers(text) if not any(a <= one.start < b for a, b in taken)]
    if len(free) != 1:
        return ""
    value = float(free[0].value)
    return int(value) if value.is_integer() else value


_WHETHER = re.compile(r"^(?:是否|有没有|是不是)|[?？吗]+$")
_NO = re.compile(r"(?:没有?|不是|不|否|无|不需要|不用|不要|no|not)(?:的|啊|呀|吧|哦)?")
_YES = re.compile(r"(?:是|有|对|要|需要|好|嗯|yes|ok)(?:的|啊|呀|吧|哦)?")


def _yes_or_no(wanted: Wanted, text: str) -> Value:
    """The words of the question, said or denied; or a bare yes or no."""
    topic, folded = fold(_WHETHER.sub("", wanted.description)), fold(text)
    if len(topic) > 1 and topic in folded:
        return _is_asserted(topic, folded)
    bare = folded.strip(" 。.!,")
    if _NO.fullmatch(bare):
        return False
    return True if _YES.fullmatch(bare) else ""


def _labelled(wanted: Wanted, text: str) -> Value:
    """`name: value`, or `name is value`, where the text calls it as the author does."""
    names = [wanted.description.split("，")[0].split("（")[0].strip(), wanted.key]
    for name in (name for name in names if 0 < len(name) <= 20):
        said = re.search(rf"{re.escape(name)}\s*(?:[:：=]|是|为|叫)\s*([^\s,，。;；]+)", text)
        if said:
            return said[1]
    return ""


_TIME = re.compile("时间|日期|date|time")


def _first(found: list[str]) -> Value:
    return found[0] if found else ""


_READERS: tuple[tuple[re.Pattern[str], Callable[[str], Value]], ...] = (
    (
        re.compile("手机|电话|联系方式|phone|mobile"),
        lambda text: _first([one.value for one in mobiles(text)]),
    ),
    (re.compile("车牌|号牌|plate|hphm"), lambda text: _first([one.value for one in plates(text)])),
    (re.compile("邮箱|邮件地址|email"), lambda text: _first([text_of(one.value) for one in emails(text)])),
    (
        re.compile("地点|地址|位置|place|location|address"),
        lambda text: _first([text[one.start : one.end] for one in places(text)]),
    ),
)

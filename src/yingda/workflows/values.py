"""The values that flow between nodes, with the arithmetic of the language that the exports were made in.

Exports were drawn for a JavaScript runtime: what is empty, what equals what, and how a value becomes text or
a number follow its rules, and `UNDEFINED` is another thing than null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Union, cast, final


@final
class Undefined:
    """There is no value, not even null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()

Value = Union[None, bool, int, float, str, "list[Value]", "dict[str, Value]", Undefined]

_BLANKS = " \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_EDGES = re.compile(rf"\A[{_BLANKS}]+|[{_BLANKS}]+\Z")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)", re.ASCII)
_RADIX = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_WRITTEN_OUT = range(-5, 22)
"""Where the decimal point may stand in a number that JavaScript writes without an exponent."""


def trimmed(text: str) -> str:
    """Without the blanks at both ends that JavaScript takes for such."""
    return _EDGES.sub("", text)


def utf16_length(text: str) -> int:
    """How long JavaScript finds a text."""
    return len(text) + sum(char > "\uffff" for char in text)


def is_truthy(value: Value) -> bool:
    """Empty lists and objects are true, NaN is not."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value


def is_empty(value: Value) -> bool:
    """As `isEmpty` sees it: 0 and false are something."""
    if value is None or value is UNDEFINED or value != value:
        return True
    if isinstance(value, str):
        return not trimmed(value)
    return isinstance(value, list | dict) and not value


def text_of(value: Value) -> str:
    """`String(value)`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join("" if one is None or one is UNDEFINED else text_of(one) for one in value)
    if isinstance(value, dict):
        return "[object Object]"
    return _scalar_text(value)


def _scalar_text(value: Value) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number_text(cast("int | float", value))


def _number_text(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + int(exponent)  # where the decimal point stands
    if value == 0:
        return "0"
    return ("-" if sign else "") + _placed(shown, point)


def _placed(digits: str, point: int) -> str:
    if point not in _WRITTEN_OUT:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{point - 1:+d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def number_of(value: Value) -> int | float:
    """`Number(value)`; NaN where it is none."""
    if isinstance(value, list):
        return number_of(text_of(value))
    if value is UNDEFINED or isinstance(value, dict):
        return math.nan
    if value is None:
        return 0
    if isinstance(value, str):
        return _parsed(trimmed(value))
    return int(value) if isinstance(value, bool) else cast("int | float", value)


def _parsed(text: str) -> int | float:
    if not text:
        return 0
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return _INFINITIES.get(text, math.nan)


def compact_json(value: Value) -> str:
    """`JSON.stringify(value)`: nothing undefined, no NaN, no blanks."""
    return json.dumps(without_undefined(value), ensure_ascii=False, separators=(",", ":"))


def indented_json(value: Value) -> str:
    """`JSON.stringify(value, null, 2)`."""
    return json.dumps(without_undefined(value), ensure_ascii=False, indent=2)


def without_undefined(value: Value) -> Value:
    """The value as JSON can hold it: undefined fields are left out, undefined entries of a list are null."""
    if isinstance(value, dict):
        return {key: without_undefined(one) for key, one in value.items() if one is not UNDEFINED}
    if isinstance(value, list):
        return [without_undefined(one) for one in value]
    if isinstance(value, float):
        return _json_number(value)
    return None if value is UNDEFINED else value


def _json_number(value: float) -> int | float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def template_text(value: Value) -> str:
    """How a value stands in a text: nothing for undefined, `null` for null, compact JSON for objects."""
    if value is UNDEFINED:
        return ""
    return compact_json(value) if isinstance(value, list | dict) else text_of(value)


def strings_of(value: Value) -> list[str]:
    """The strings of a list, or the one string, without empty ones."""
    found: Iterable[Value] = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str) and one]


def dicts_of(value: Value) -> list[dict[str, Value]]:
    """The objects of a list; other entries, and other values, count for nothing."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def string_of(value: Value, otherwise: str = "") -> str:
    """The value where it is a string."""
    return value if isinstance(value, str) else otherwise


def whole_number_of(value: Value, otherwise: int) -> int:
    """The value where it says a finite number, cut to a whole one; else the other."""
    number = math.nan if value in (None, "") else number_of(value)
    return int(number) if math.isfinite(number) else otherwise

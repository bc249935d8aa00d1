"""Values of four drivers as what JSON can say, without losing a digit."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from yingda.text_to_sql.model import DataType
from yingda.turns.events import Scalar

_EXACT_INTEGER = 2**53
_BYTES_SHOWN = 1024
_KINDS: tuple[tuple[type, DataType], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (Decimal, "number"),
    (datetime, "datetime"),
    (date, "date"),
)


def scalar_from(value: Any) -> Scalar:
    """Numbers stay numbers where JSON readers keep them exact, else their digits; times are ISO 8601."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return _number_from(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return _text_from(value)


def _number_from(value: Decimal) -> Scalar:
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and abs(value) <= _EXACT_INTEGER:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else format(value, "f")


def _text_from(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        return "0x" + raw[:_BYTES_SHOWN].hex() + ("…" if len(raw) > _BYTES_SHOWN else "")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, dict | list | tuple | set):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(one) for one in value]
    return scalar_from(value)


def data_types_of(told: Sequence[DataType | None], rows: Sequence[tuple[Any, ...]]) -> tuple[DataType, ...]:
    """What the engine told, else what the first value of a column is; a column without any is text."""
    return tuple(one or _kind_of(row[at] for row in rows) for at, one in enumerate(told))


def _kind_of(values: Iterable[Any]) -> DataType:
    first = next((value for value in values if value is not None), "")
    return next((kind for type_, kind in _KINDS if isinstance(first, type_)), "string")


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without two alike: `name`, `name_2`; one without a name is called by its place."""
    taken: dict[str, None] = {}
    for at, raw in enumerate(names, 1):
        name = raw if raw and raw != "?column?" else f"column_{at}"
        number, candidate = 2, name
        while candidate in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken[candidate] = None
    return tuple(taken)

"""Numbers, values and periods as a reader writes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from yingda.text_to_sql.fields import Catalog
from yingda.text_to_sql.model import Grain
from yingda.text_to_sql.query import Condition, Grouping, Query, TimeRange
from yingda.turns.events import Scalar

Tongue = Literal["zh", "en"]
"""The languages that answers from rows are said in; all others read English."""

_PLACES = 2


def number(value: float, decimals: int | None = None, *, is_percent: bool = False) -> str:
    """With thousands set off; without decimals said, as many as the value has, at most two."""
    if is_percent:
        return f"{value * 100:,.1f}%"
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.{_PLACES}f}".rstrip("0").rstrip(".")


def shown(value: Scalar, tongue: Tongue, decimals: int | None = None, *, is_percent: bool = False) -> str:
    """One value of a row; nothing has a word of its own."""
    if value is None:
        return "（空）" if tongue == "zh" else "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value, decimals, is_percent=is_percent)
    return value


def period(time: TimeRange, tongue: Tongue) -> str:
    """As it was asked for, with the days that were taken for it, both included."""
    if time.start and time.end:
        last = time.end - timedelta(days=1)
        days = _day(time.start) if last <= time.start else f"{_day(time.start)} – {_day(last)}"
    elif time.start:
        days = f"自 {_day(time.start)}" if tongue == "zh" else f"since {_day(time.start)}"
    elif time.end:
        days = f"{_day(time.end)} 之前" if tongue == "zh" else f"before {_day(time.end)}"
    else:
        days = ""
    if not time.said or time.said == days:
        return days
    return f"{time.said}（{days}）" if tongue == "zh" else f"{time.said} ({days})"


def _day(day: date) -> str:
    return day.isoformat()


def decimals_of(names: Catalog, name: str) -> tuple[int | None, bool]:
    """Decimals and whether it is a percentage, as the model says of a measure or metric."""
    if name in names.metrics:
        return names.metrics[name].decimals, names.metrics[name].is_percent
    return (names.measures[name].decimals, False) if name in names.measures else (None, False)


def is_additive(names: Catalog, name: str) -> bool:
    """Whether the groups' values add up to the whole's."""
    if name in names.metrics:
        return False
    return names.aggregate(name).aggregation in ("sum", "count")


_GRAINS: dict[Grain, str] = {
    "hour": "小时",
    "day": "天",
    "week": "周",
    "month": "月",
    "quarter": "季度",
    "year": "年",
}


def grouping_said(names: Catalog, one: Grouping, tongue: Tongue) -> str:
    """What is grouped by, a time with its grain."""
    label = names.label(one.name)
    if one.grain is None:
        return label
    return f"{label}（{_GRAINS[one.grain]}）" if tongue == "zh" else f"{label} ({one.grain})"


def conditions_said(names: Catalog, query: Query, tongue: Tongue) -> tuple[str, ...]:
    """The filters of a query, a phrase each."""
    said = [_phrase(names, one, tongue) for one in query.conditions]
    said += [names.filters[name][1].label or name for name in query.names if name in names.filters]
    return (*said, *(_phrase(names, one, tongue) for one in query.having))


_HAN_PHRASES = {
    "!=": "{} 不是 {}",
    "in": "{} 是 {}",
    "not in": "{} 不是 {}",
    "between": "{} 在 {} 之间",
    "contains": "{} 包含 {}",
    "is null": "{} 为空",
    "not null": "{} 不为空",
}
_LATIN_PHRASES = {
    "!=": "{} is not {}",
    "in": "{} is {}",
    "not in": "{} is not {}",
    "is null": "{} is empty",
    "not null": "{} is not empty",
}
_WHOLES: dict[Tongue, dict[str, str]] = {
    "zh": {"avg": "平均值", "max": "最大值", "min": "最小值"},
    "en": {"avg": "the average", "max": "the largest", "min": "the smallest"},
}


def _phrase(names: Catalog, one: Condition, tongue: Tongue) -> str:
    phrases = _HAN_PHRASES if tongue == "zh" else _LATIN_PHRASES
    wording = phrases.get(one.operator, "{} " + one.operator + " {}")
    return wording.format(names.label(one.name), _operand(one, tongue))


def _operand(one: Condition, tongue: Tongue) -> str:
    if one.against is not None:
        return _WHOLES[tongue][one.against]
    values = [value.isoformat() if isinstance(value, date) else shown(value, tongue) for value in one.values]
    if one.operator == "between":
        return (" 到 " if tongue == "zh" else " and ").join(values)
    return ("、" if tongue == "zh" else " or ").join(values)

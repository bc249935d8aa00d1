"""Numbers, values and periods as a reader writes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from yingda.text_to_sql.fields import Catalog
from yingda.text_to_sql.query import Query, TimeRange
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


def conditions_said(names: Catalog, query: Query, tongue: Tongue) -> tuple[str, ...]:
    """The filters of a query, a phrase each."""
    said = []
    for one in query.conditions:
        values = ("、" if tongue == "zh" else ", ").join(
            shown(v if not isinstance(v, date) else v.isoformat(), tongue) for v in one.values
        )
        phrase = (
            f"{one.operator} {values}".strip() if one.against is None else f"{one.operator} {one.against}"
        )
        said.append(f"{names.label(one.name)} {phrase}")
    said += [names.filters[name][1].label or name for name in query.names if name in names.filters]
    for one in query.having:
        values = ", ".join(str(value) for value in one.values) or str(one.against or "")
        said.append(f"{names.label(one.name)} {one.operator} {values}".strip())
    return tuple(said)

"""Times cut to a grain and moved by whole periods, in SQL of each dialect and in days."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import sqlglot
from sqlglot import exp

from yingda.text_to_sql.model import Grain
from yingda.text_to_sql.query import TimeRange

_SQLITE = {
    "hour": "strftime('%Y-%m-%d %H:00', {x})",
    "day": "date({x})",
    "week": "date({x}, 'weekday 0', '-6 days')",
    "month": "strftime('%Y-%m', {x})",
    "quarter": "strftime('%Y', {x}) || '-Q' || ((CAST(strftime('%m', {x}) AS INTEGER) + 2) / 3)",
    "year": "strftime('%Y', {x})",
}
_DUCKDB = {
    "hour": "strftime({x}, '%Y-%m-%d %H:00')",
    "day": "strftime({x}, '%Y-%m-%d')",
    "week": "strftime(date_trunc('week', {x}), '%Y-%m-%d')",
    "month": "strftime({x}, '%Y-%m')",
    "quarter": "strftime({x}, '%Y') || '-Q' || CAST(quarter({x}) AS VARCHAR)",
    "year": "strftime({x}, '%Y')",
}
_POSTGRES = {
    "hour": "to_char({x}, 'YYYY-MM-DD HH24:00')",
    "day": "to_char({x}, 'YYYY-MM-DD')",
    "week": "to_char(date_trunc('week', {x}), 'YYYY-MM-DD')",
    "month": "to_char({x}, 'YYYY-MM')",
    "quarter": "to_char({x}, 'YYYY') || '-Q' || to_char({x}, 'Q')",
    "year": "to_char({x}, 'YYYY')",
}
_MYSQL = {
    "hour": "date_format({x}, '%Y-%m-%d %H:00')",
    "day": "date_format({x}, '%Y-%m-%d')",
    "week": "date_format(date_sub({x}, INTERVAL weekday({x}) DAY), '%Y-%m-%d')",
    "month": "date_format({x}, '%Y-%m')",
    "quarter": "concat(date_format({x}, '%Y'), '-Q', quarter({x}))",
    "year": "date_format({x}, '%Y')",
}
_CUT = {"sqlite": _SQLITE, "duckdb": _DUCKDB, "postgres": _POSTGRES, "mysql": _MYSQL}
_START = {
    "sqlite": {"month": "date({x}, 'start of month')", "year": "date({x}, 'start of year')"},
    "duckdb": {"month": "date_trunc('month', {x})", "year": "date_trunc('year', {x})"},
    "postgres": {"month": "date_trunc('month', {x})", "year": "date_trunc('year', {x})"},
    "mysql": {
        "month": "date_sub(date({x}), INTERVAL (dayofmonth({x}) - 1) DAY)",
        "year": "date_sub(date({x}), INTERVAL (dayofyear({x}) - 1) DAY)",
    },
}
_MOVED = {
    "sqlite": "date({x}, '+{n} {unit}')",
    "duckdb": "{x} + INTERVAL {n} {unit}",
    "postgres": "{x} + INTERVAL '{n} {unit}'",
    "mysql": "date_add({x}, INTERVAL {n} {unit})",
}
_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
_HOLE = "hole_"


def cut(x: exp.Expr, grain: Grain, dialect: str, months: int = 0, days: int = 0) -> exp.Expr:
    """`x` as the period it lies in, readable and sorting as text, after moving it `months` and `days` on."""
    moved = _HOLE
    if months:
        moved = _START[dialect]["month"].format(x=moved)
        moved = _MOVED[dialect].format(x=moved, n=months, unit="month")
    if days:
        moved = _MOVED[dialect].format(x=moved, n=days, unit="day")
    text = _CUT[dialect][grain].format(x=moved)
    tree = sqlglot.parse_one(text, dialect=dialect)
    return tree.transform(
        lambda node: x.copy() if isinstance(node, exp.Column) and node.name == _HOLE else node
    )


def one_before(grain: Grain) -> tuple[int, int]:
    """Months and days from a period to the next of its kind; hours are compared by day."""
    return (_MONTHS[grain], 0) if grain in _MONTHS else (0, 7 if grain == "week" else 1)


def length_of(start: date, end: date) -> tuple[int, int]:
    """Months and days from the period before to this one, of the same length; whole months stay whole."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and months_before(end, months) == start:
        return months, 0
    return 0, (end - start).days


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def earlier(time: TimeRange, months: int, days: int) -> TimeRange:
    """The range so much earlier; open ends stay open."""

    def moved(day: date | None) -> date | None:
        return months_before(day, months) - timedelta(days=days) if day else None

    return TimeRange(name=time.name, start=moved(time.start), end=moved(time.end), said=time.said)

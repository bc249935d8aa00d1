"""Rows in a sentence or two, by template: counts, the most and the least with ties, totals, the period."""

from __future__ import annotations

from dataclasses import dataclass

from yingda.text_to_sql.fields import Catalog, catalog
from yingda.text_to_sql.figures import (
    Tongue,
    conditions_said,
    decimals_of,
    grouping_said,
    is_additive,
    period,
    shown,
)
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.types import Rows
from yingda.turns.events import Scalar

_TIES_NAMED = 5
_ROWS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a sentence is made of: the columns of one measure, and the words around it."""

    names: Catalog
    query: Query
    rows: Rows
    tongue: Tongue

    @property
    def keys(self) -> int:
        return len(self.query.groupings)

    @property
    def about(self) -> str:
        """The period and the filters, in front of what is measured."""
        time = (period(self.query.time, self.tongue),) if self.query.time else ()
        said = (*time, *conditions_said(self.names, self.query, self.tongue))
        return ("，" if self.tongue == "zh" else ", ").join(one for one in said if one)

    def value(self, name: str, value: Scalar) -> str:
        decimals, is_percent = decimals_of(self.names, name)
        return shown(value, self.tongue, decimals, is_percent=is_percent)


def summary(model: SemanticModel, query: Query | None, rows: Rows, tongue: Tongue) -> str:
    """Says nothing that the rows do not; an empty result is said to be one."""
    if query is None or (query.measured and len(rows.columns) < len(query.groupings) + 1):
        return _unstructured(rows, tongue)
    told = _Told(names=catalog(model), query=query, rows=rows, tongue=tongue)
    if not rows.rows:
        return _nothing(told)
    if not query.measured:
        return _listed(told)
    return _grouped(told) if told.keys else _single(told)


def _unstructured(rows: Rows, tongue: Tongue) -> str:
    if not rows.rows:
        return "没有符合条件的数据。" if tongue == "zh" else "There are no rows that match."
    if len(rows.rows) == 1:
        pairs = zip(rows.columns, rows.rows[0], strict=True)
        said = [f"{column}: {shown(value, tongue)}" for column, value in pairs]
        return ("；".join(said) + "。") if tongue == "zh" else "; ".join(said) + "."
    return _count(rows, tongue)


def _count(rows: Rows, tongue: Tongue) -> str:
    total, part = f"{rows.row_count:,}", f"{len(rows.rows):,}"
    if tongue == "zh":
        total = f"共 {total}" if rows.is_counted else f"至少 {total}"
        return f"{total} 条记录" + (f"，这里是前 {part} 条。" if rows.is_limited else "。")
    total = total if rows.is_counted else f"at least {total}"
    noun = "row" if rows.row_count == 1 else "rows"
    return f"{total} {noun}" + (f", of which the first {part} are here." if rows.is_limited else ".")


def _nothing(told: _Told) -> str:
    if told.tongue == "zh":
        return f"{told.about}：没有符合条件的数据。" if told.about else "没有符合条件的数据。"
    return f"No rows match: {told.about}." if told.about else "No rows match."


def _listed(told: _Told) -> str:
    count = _count(told.rows, told.tongue) + _few(told)
    if not told.about:
        return count
    return f"{told.about}：{count}" if told.tongue == "zh" else f"{told.about}: {count}"


def _few(told: _Told) -> str:
    """A handful of rows by what stands first in them."""
    rows = told.rows.rows
    if len(rows) > _ROWS_NAMED or told.rows.is_limited:
        return ""
    named = [shown(row[0], told.tongue) for row in rows]
    return "、".join(named) + "。" if told.tongue == "zh" else f" {', '.join(named)}."


def _single(told: _Told) -> str:
    """Each measure with its value, and beside it what it is compared with."""
    step = 3 if told.query.compared else 1
    row, said = told.rows.rows[0], []
    for at, name in enumerate(told.query.measured):
        label, own = told.names.label(name), at * step
        if row[own] is None:
            said.append(f"{label}没有数据" if told.tongue == "zh" else f"{label}: no data")
            continue
        text = f"{label}为 {told.value(name, row[own])}" if told.tongue == "zh" else ""
        text = text or f"{label}: {told.value(name, row[own])}"
        said.append(text + _beside(told, name, row[own + 1 : own + step]))
    if told.query.is_share and len(row) > step * len(told.query.measured):
        said.append(f"{told.rows.columns[-1]} {_percent(row[-1], told.tongue)}")
    if told.tongue == "zh":
        lead = f"{told.about}的" if told.about else ""
        return lead + "，".join(said) + "。"
    return "; ".join(said) + (f" ({told.about})." if told.about else ".")


def _beside(told: _Told, name: str, others: tuple[Scalar, ...]) -> str:
    if len(others) < 2:
        return ""
    before, change = told.value(name, others[0]), _percent(others[1], told.tongue, sign="+")
    if told.tongue == "zh":
        what = "去年同期" if told.query.compared == "year_before" else "上期"
        return f"（{what} {before}，变化 {change}）"
    what = "a year before" if told.query.compared == "year_before" else "the period before"
    return f" ({what} {before}, change {change})"


def _percent(value: Scalar, tongue: Tongue, sign: str = "") -> str:
    if not isinstance(value, int | float):
        return shown(value, tongue)
    return f"{value * 100:{sign}.1f}%"


def _grouped(told: _Told) -> str:
    name, count = told.query.measured[0], len(told.rows.rows)
    figures = [row[told.keys] for row in told.rows.rows]
    known = [one for one in figures if isinstance(one, int | float)]
    label = told.names.label(name)
    by = ("、" if told.tongue == "zh" else " and ").join(
        grouping_said(told.names, one, told.tongue) for one in told.query.groupings
    )
    lead = _lead(told, label, by, count)
    if len(known) < 2:
        shown_rows = "；".join(_pair(told, name, row) for row in told.rows.rows[:1])
        return lead + (f"：{shown_rows}。" if told.tongue == "zh" else f": {shown_rows}.")
    return lead + _extremes(told, name, known) + _total(told, name, known)


def _lead(told: _Told, label: str, by: str, count: int) -> str:
    total = f"{told.rows.row_count:,}" if told.rows.is_limited else f"{count:,}"
    if told.tongue == "zh":
        about = f"{told.about}，" if told.about else ""
        return f"{about}{label}按{by}分，共 {total} 组"
    about = f" ({told.about})" if told.about else ""
    return f"{label} by {by}{about}: {total} group" + ("" if count == 1 else "s")


def _extremes(told: _Told, name: str, known: list[int | float]) -> str:
    if told.rows.is_limited:  # the largest of some is not the largest
        return "。" if told.tongue == "zh" else "."
    high, low = max(known), min(known)
    if high == low:
        value = told.value(name, high)
        return f"，均为 {value}。" if told.tongue == "zh" else f", all {value}."
    top, least = _named(told, high), _named(told, low)
    if told.tongue == "zh":
        said = f"：最高的是{top}（{_figure(told, name, high)}）"
        return f"{said}，最低的是{least}（{_figure(told, name, low)}）。" if _has_least(told) else f"{said}。"
    said = f"; highest {top} ({_figure(told, name, high)})"
    return f"{said}, lowest {least} ({_figure(told, name, low)})." if _has_least(told) else f"{said}."


def _figure(told: _Told, name: str, figure: int | float) -> str:
    """A value, with its share of the whole where that was asked for: the last column."""
    value = told.value(name, figure)
    row = next(row for row in told.rows.rows if row[told.keys] == figure)
    if not told.query.is_share or len(row) < told.keys + 2:
        return value
    share = _percent(row[-1], told.tongue)
    return f"{value}，占 {share}" if told.tongue == "zh" else f"{value}, {share}"


def _has_least(told: _Told) -> bool:
    """Among the first N the last is not the least of all."""
    return told.query.limit is None


def _named(told: _Told, figure: int | float) -> str:
    """The group with that figure, or all that share it."""
    tied = [row for row in told.rows.rows if row[told.keys] == figure]
    keys = [_key(told, row) for row in tied[:_TIES_NAMED]]
    more = len(tied) - len(keys)
    if told.tongue == "zh":
        return (
            "、".join(keys) + (f"等 {len(tied)} 组" if more else "") + ("（并列）" if len(tied) > 1 else "")
        )
    joined = ", ".join(keys) + (f" and {more} more" if more else "")
    return f"{joined}, tied" if len(tied) > 1 else joined


def _key(told: _Told, row: tuple[Scalar, ...]) -> str:
    """A key is a name, also where it is written in digits: a year has no thousands."""
    keys = row[: told.keys]
    said = [str(key) if isinstance(key, int | float) else shown(key, told.tongue) for key in keys]
    return " / ".join(said)


def _pair(told: _Told, name: str, row: tuple[Scalar, ...]) -> str:
    return f"{_key(told, row)} {told.value(name, row[told.keys])}"


def _total(told: _Told, name: str, known: list[int | float]) -> str:
    """Only where all groups are there and their figures add up."""
    query = told.query
    is_whole = not (told.rows.is_limited or query.limit or query.having)
    if not is_whole or not is_additive(told.names, name):
        return ""
    total = told.value(name, round(sum(known), 6))
    return f"合计 {total}。" if told.tongue == "zh" else f" Total {total}."

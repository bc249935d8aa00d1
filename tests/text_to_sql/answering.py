"""A small shop in a real SQLite database, its model, and readings written by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from yingda.errors import StoreUnavailable
from yingda.testing.clock import FrozenClock
from yingda.text_to_sql.compile import sql_from_query
from yingda.text_to_sql.failures import SqlFailed
from yingda.text_to_sql.model import (
    Dimension,
    Measure,
    SemanticModel,
    Table,
    TimeDimension,
    VerifiedQuery,
)
from yingda.text_to_sql.query import Condition, Grouping, Query, TimeRange
from yingda.text_to_sql.reading import Read, Reader
from yingda.text_to_sql.settle import DataParts
from yingda.text_to_sql.types import Asked, Outside, Reading, Rows, Understood
from yingda.turns.types import Principal

MODEL = SemanticModel(
    name="kiosk",
    dialect="sqlite",
    version="1",
    label="订单",
    tables=(
        Table(
            name="sales",
            source="sales",
            label="销售",
            primary_key=("id",),
            default_time="day",
            dimensions=(
                Dimension(
                    name="region",
                    expr="region",
                    label="地区",
                    synonyms=("area",),
                    values=("华东", "华北", "华南"),
                ),
                Dimension(name="channel", expr="channel", label="渠道", values=("web", "app")),
            ),
            time_dimensions=(TimeDimension(name="day", expr="day", label="日期"),),
            measures=(
                Measure(
                    name="revenue", expr="amount", aggregation="sum", label="销售额", synonyms=("revenue",)
                ),
                Measure(
                    name="orders", expr="id", aggregation="count", label="订单数", synonyms=("order count",)
                ),
            ),
        ),
    ),
    verified_queries=(
        VerifiedQuery(
            name="total", question="总销售额是多少", sql="SELECT 1", approved_by="ana", is_onboarding=True
        ),
    ),
)
ROWS = (
    (1, "华东", "web", "2025-12-03", 100.0),
    (2, "华东", "app", "2025-12-09", 50.5),
    (3, "华北", "web", "2025-12-20", 150.5),
    (4, "华南", "web", "2025-11-11", 20.0),
)
REVENUE = Query(measured=("sales.revenue",))
BY_REGION = replace(REVENUE, groupings=(Grouping(name="sales.region"),))
LAST_MONTH = TimeRange(name="sales.day", start=date(2025, 12, 1), end=date(2026, 1, 1), said="上个月")


class Till:
    """`DataSource` over the rows; `away` and `failure` are what goes wrong."""

    def __init__(self) -> None:
        self.model = MODEL
        self.away = False
        self.failure: SqlFailed | None = None
        self.ran: list[str] = []
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE TABLE sales (id INTEGER, region, channel, day, amount)")
        self._database.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", ROWS)

    async def run(self, principal: Principal, sql: str) -> Rows:
        if self.away:
            raise StoreUnavailable("the database is away")
        if self.failure is not None:
            raise self.failure
        self.ran.append(sql)
        found = self._database.execute(sql)
        columns = tuple(column[0] for column in found.description)
        rows = tuple(found.fetchall())
        first = rows[0] if rows else ("",) * len(columns)
        kinds = tuple("number" if isinstance(value, int | float) else "string" for value in first)
        return Rows(
            columns=columns,
            data_types=kinds,
            rows=rows,
            row_count=len(rows),
            is_counted=True,
            is_limited=False,
            sql=sql,
            duration_s=0.0,
        )

    async def check(self, principal: Principal, sql: str) -> None:
        try:
            self._database.execute(f"EXPLAIN {sql}")
        except sqlite3.Error as error:
            raise SqlFailed("column_not_found", str(error)) from error


def reader_of(readings: Mapping[str, Query | Reading]) -> Reader:
    """A reader that knows these questions and no others."""

    def read(asked: Asked) -> Reading:
        found = readings.get(asked.question)
        if found is None:
            return Outside(reason=f"不认识：{asked.question}", unknown=(asked.question,))
        if isinstance(found, Query):
            return Understood(sql=sql_from_query(MODEL, found), source="parsed", query=found)
        return found

    async def reader(principal: Principal) -> Read:
        return read

    return reader


def conditioned(query: Query, name: str, value: str) -> Query:
    """The query with one more filter."""
    return replace(query, conditions=(Condition(name=name, operator="=", values=(value,)),))


@dataclass(slots=True)
class Kiosk:
    """A till with a clock that stands still and what is needed to answer over it."""

    till: Till = field(default_factory=Till)
    clock: FrozenClock = field(default_factory=FrozenClock)

    def parts(self, readings: Mapping[str, Query | Reading], **others: Any) -> DataParts:
        return DataParts(
            source=self.till,
            reader=reader_of(readings),
            compiled=lambda query: sql_from_query(MODEL, query),
            clock=self.clock,
            zone=ZoneInfo("Asia/Shanghai"),
            **others,
        )

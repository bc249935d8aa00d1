"""Queries to SQL: right rows over joins, the same statement for every engine, names of the model alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from tests.text_to_sql.rental import model, rows

from yingda.text_to_sql.compile import Inexpressible, UnknownName, sql_from_query
from yingda.text_to_sql.query import Condition, Grouping, Order, Query, TimeRange

MAY = TimeRange(name="rides.started", start=date(2026, 5, 1), end=date(2026, 6, 1))


def test_does_not_multiply_what_is_summed() -> None:
    query = Query(measured=("rides.income",), groupings=(Grouping(name="complaints.cause"),))
    assert rows(sql_from_query(model, query)) == [("late", 15.0), ("rude", 10.0)]


def test_asks_whether_there_is_one_for_conditions_that_would_multiply() -> None:
    query = Query(
        measured=("rides.income",),
        conditions=(Condition(name="complaints.cause", operator="in", values=("late", "rude")),),
    )
    assert rows(sql_from_query(model, query)) == [(15.0,)]


def test_sums_each_table_before_joining() -> None:
    query = Query(measured=("rides.income", "count(riders)"), groupings=(Grouping(name="riders.plan"),))
    assert rows(sql_from_query(model, query)) == [("gold", 22.0, 2), ("basic", 15.0, 2)]


def test_keeps_those_tied_with_the_last() -> None:
    query = Query(shown=("stations.name",), order=(Order(name="stations.docks"),), limit=1)
    assert sorted(rows(sql_from_query(model, query))) == [("Peak",), ("Ridge",)]


def test_counts_per_row_where_there_are_no_groups() -> None:
    query = Query(
        shown=("riders.name",),
        having=(Condition(name="count(rides)", operator=">=", values=(2,)),),
        time=MAY,
    )
    assert rows(sql_from_query(model, query)) == [("Bo",)]


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
@pytest.mark.parametrize("grain", ["hour", "day", "week", "month", "quarter", "year"])
def test_cuts_times_in_every_dialect(dialect: str, grain: str) -> None:
    grouping = Grouping(name="rides.started", grain=grain)  # type: ignore[arg-type]
    query = Query(measured=("rides.income",), groupings=(grouping,), time=MAY, compared="previous_period")
    sql = sql_from_query(replace(model, dialect=dialect), query)
    assert isinstance(sqlglot.parse_one(sql, dialect=dialect), exp.Select)


def test_refuses_what_no_join_answers_and_names_it_does_not_know() -> None:
    alone = replace(model, relationships=())
    query = Query(measured=("rides.income",), groupings=(Grouping(name="riders.plan"),))
    with pytest.raises(Inexpressible):
        sql_from_query(alone, query)
    with pytest.raises(UnknownName):
        sql_from_query(model, replace(query, measured=("rides.profit",)))


_DIMENSIONS = [f"{table.name}.{one.name}" for table in model.tables for one in table.dimensions]
_MEASURES = [
    *(f"{table.name}.{one.name}" for table in model.tables for one in table.measures),
    *(f"count({table.name})" for table in model.tables),
    *(one.name for one in model.metrics),
]
_COLUMNS = {
    "district_id",
    "station_id",
    "rider_id",
    "ride_id",
    "complaint_id",
    "name",
    "docks",
    "plan",
    "age",
}
_COLUMNS |= {"started", "fee", "km", "cause"}
_CONDITIONS = st.builds(
    Condition,
    name=st.sampled_from(_DIMENSIONS),
    operator=st.sampled_from(["=", "!=", "contains", "in"]),
    values=st.tuples(st.text(max_size=8)),
)
_QUERIES = st.builds(
    Query,
    measured=st.lists(st.sampled_from(_MEASURES), min_size=1, max_size=3, unique=True).map(tuple),
    groupings=st.lists(st.sampled_from(_DIMENSIONS), max_size=2, unique=True).map(
        lambda names: tuple(Grouping(name=name) for name in names)
    ),
    conditions=st.lists(_CONDITIONS, max_size=2).map(tuple),
    time=st.sampled_from([None, MAY]),
    limit=st.sampled_from([None, 3]),
    is_share=st.booleans(),
    compared=st.sampled_from([None, "year_before"]),
)


@settings(max_examples=60, deadline=None)
@given(query=_QUERIES)
def test_writes_one_select_over_names_of_the_model(query: Query) -> None:
    if query.compared and query.time is None:
        query = replace(query, compared=None)
    tree = sqlglot.parse_one(sql_from_query(model, query), dialect="sqlite")
    made = {one.alias for one in tree.find_all(exp.CTE)}
    tables = {one.name for one in tree.find_all(exp.Table)} - made
    aliases = {one.alias for one in tree.find_all(exp.Alias)}
    columns = {one.name for one in tree.find_all(exp.Column)} - aliases
    assert isinstance(tree, exp.Select)
    assert tables <= {"district", "station", "rider", "ride", "complaint"}
    assert columns <= _COLUMNS

"""Hostile statements: the guard refuses each, and past the guard none changes what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import yaml
from tests.text_to_sql.engines import ENGINES, content_of

from yingda.errors import StoreUnavailable
from yingda.text_to_sql.databases.database import Database, DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.failures import SqlFailed, SqlRefused
from yingda.text_to_sql.guard import Guard
from yingda.text_to_sql.policy import OPEN, Policies, RowPolicy, bind
from yingda.turns.types import Principal

HERE = Path(__file__).parent
HOSTILE: dict[str, list[str]] = yaml.safe_load((HERE / "hostile.yaml").read_text("utf-8"))
LEGITIMATE: dict[str, list[str]] = yaml.safe_load((HERE / "legitimate.yaml").read_text("utf-8"))
SHORT = DatabaseConfig(pool_size=2, statement_timeout_s=0.4)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[Database, Guard]]:
    model = await draft_model(url)
    async with open_database(url, SHORT) as database:
        yield database, Guard(model)


def engine_of(request: pytest.FixtureRequest) -> str:
    engine: str = request.node.callspec.params["clinic_url"]
    return engine


@pytest.mark.parametrize("statements", [HOSTILE, LEGITIMATE])
def test_there_are_enough_of_them(statements: dict[str, list[str]]):
    assert len({one for engine in statements for one in statements[engine]}) >= 150


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_the_guard_refuses_all_that_is_hostile(clinic_url: str, request: pytest.FixtureRequest):
    through = []
    async with opened(clinic_url) as (_database, guard):
        for sql in HOSTILE["all"] + HOSTILE[engine_of(request)]:
            try:
                through.append((sql, guard.check(sql).sql))
            except SqlRefused:
                continue
    assert through == []


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_past_the_guard_nothing_stored_changes(
    clinic_url: str, reader_url: str, request: pytest.FixtureRequest
):
    engine = engine_of(request)
    before = content_of(engine, clinic_url)
    async with open_database(reader_url, SHORT) as database:
        for sql in HOSTILE["all"] + HOSTILE[engine]:
            with suppress(SqlFailed, StoreUnavailable):
                await asyncio.wait_for(database.fetch(sql), 10)
    assert content_of(engine, clinic_url) == before


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_all_that_is_legitimate_passes_and_runs(clinic_url: str, request: pytest.FixtureRequest):
    refused = []
    async with opened(clinic_url) as (database, guard):
        for sql in LEGITIMATE["all"] + LEGITIMATE[engine_of(request)]:
            try:
                await database.fetch(guard.check(sql, OPEN, 100).capped)
            except (SqlRefused, SqlFailed) as error:
                refused.append((sql, error.message))
    assert refused == []


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_no_way_around_a_row_policy(clinic_url: str):
    policies = Policies(rows=(RowPolicy(name="own", table="patients", condition="city = :user_id"),))
    jon = Principal(tenant="t", key_id="k", roles=frozenset({"chat"}), user_id="Oslo")
    seen = set()
    async with opened(clinic_url) as (database, guard):
        bound = bind(policies, jon, database.dialect)
        for sql in AROUND:
            rows = []
            with suppress(SqlFailed):  # SQLite knows no CTE of the name that it reads
                rows = (await database.fetch(guard.check(sql, bound).sql)).rows
            seen |= {str(value) for row in rows for value in row} & {"Bergen", "上海", "Ida", "Kim"}
    assert seen == set()


AROUND = [
    "SELECT city FROM patients",
    "SELECT * FROM patients",
    "SELECT city FROM patients WHERE 1 = 1 OR 1 = 1",
    "SELECT x.city FROM patients AS x",
    "SELECT a.city, b.city AS other FROM patients AS a CROSS JOIN patients AS b",
    "SELECT t.city FROM (SELECT city FROM patients) AS t",
    "WITH a AS (SELECT city FROM patients) SELECT city FROM a",
    "WITH patients AS (SELECT * FROM patients) SELECT city FROM patients",
    "SELECT 'x' AS city UNION SELECT city FROM patients",
    "SELECT city FROM patients UNION ALL SELECT patient_name FROM patients",
    "SELECT (SELECT MAX(city) FROM patients) AS m",
    "SELECT (SELECT MIN(city) FROM patients AS p WHERE p.patient_id = v.patient_id) FROM clinic_visits AS v",
    "SELECT p.city FROM clinic_visits AS v LEFT JOIN patients AS p ON p.patient_id = v.patient_id",
    "SELECT p.city FROM patients AS p RIGHT JOIN clinic_visits AS v ON p.patient_id = v.patient_id",
    "SELECT city FROM patients GROUP BY city HAVING COUNT(*) > 0",
    "SELECT MAX(city) OVER (ORDER BY patient_id) AS m FROM patients",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM patients WHERE city = 'Bergen') THEN 'Bergen' ELSE 'no' END AS x",
    "WITH a AS (SELECT city FROM patients), b AS (SELECT * FROM a UNION SELECT 'x') SELECT * FROM b",
]

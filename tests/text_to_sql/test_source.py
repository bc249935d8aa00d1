import asyncio
from pathlib import Path

import pytest
from tests.servers import Server
from tests.text_to_sql.engines import ENGINES, mariadb, psql

from yingda.errors import InvalidRequest, StoreUnavailable
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.failures import SqlFailed, SqlRefused
from yingda.text_to_sql.policy import Policies, RowPolicy
from yingda.text_to_sql.source import SourceConfig, open_source
from yingda.turns.types import Principal

ANN = Principal(tenant="acme", key_id="k", roles=frozenset({"chat"}), user_id="Oslo")
PER_CITY = (
    "SELECT p.city, SUM(v.fee_amount) AS fees, MIN(v.visit_date) AS first_visit FROM clinic_visits AS v "
    "JOIN patients AS p ON p.patient_id = v.patient_id GROUP BY p.city ORDER BY fees DESC"
)
FOREVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
    "duckdb": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) SELECT MAX(i) FROM n",
    "postgres": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 7 FROM n) SELECT MAX(i) FROM n",
    "mysql": "SELECT COUNT(*) FROM " + ", ".join(f"clinic_visits AS v{n}" for n in range(20)),
}
WITHOUT_COSTS = SourceConfig(cost_ceiling=None)


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_answers_with_plain_values_and_types(clinic_url: str):
    async with open_source(clinic_url, await draft_model(clinic_url)) as source:
        rows = await source.run(ANN, PER_CITY)
    assert (rows.columns, rows.rows, rows.row_count, rows.is_counted, rows.is_limited) == (
        ("city", "fees", "first_visit"),
        (("上海", 300, "2026-02-11"), ("Bergen", 180.75, "2026-01-05"), ("Oslo", 19.95, "2026-02-03")),
        3,
        True,
        False,
    )
    assert rows.data_types[1] == "number" or clinic_url.startswith("sqlite")


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_counts_what_it_does_not_show(clinic_url: str):
    model = await draft_model(clinic_url)
    async with open_source(clinic_url, model, SourceConfig(row_cap=2)) as source:
        rows = await source.run(ANN, "SELECT visit_id FROM clinic_visits ORDER BY visit_id")
    assert (rows.rows, rows.row_count, rows.is_counted, rows.is_limited) == (((1,), (2,)), 4, True, True)


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_keeps_columns_without_rows_and_tells_equal_names_apart(clinic_url: str):
    async with open_source(clinic_url, await draft_model(clinic_url)) as source:
        rows = await source.run(ANN, "SELECT city, city FROM patients WHERE city = 'Rome'")
    assert (rows.columns, rows.rows, rows.row_count) == (("city", "city_2"), (), 0)


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_holds_rows_back_for_the_asker(clinic_url: str):
    policies = Policies(rows=(RowPolicy(name="own city", table="patients", condition="city = :user_id"),))
    config = SourceConfig(policies=policies)
    async with open_source(clinic_url, await draft_model(clinic_url), config) as source:
        rows = await source.run(ANN, "SELECT * FROM patients AS p UNION SELECT * FROM patients")
    assert (rows.rows, rows.restricted) == (((2, "Jon", "Oslo"),), ("own city",))


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_says_what_was_wrong_by_kind(clinic_url: str):
    async with open_source(clinic_url, await draft_model(clinic_url)) as source:
        with pytest.raises(SqlFailed) as caught:
            await source.run(ANN, "WITH a AS (SELECT 1 AS x) SELECT a.y FROM a")
        await source.check(ANN, PER_CITY)
    assert caught.value.kind == "column_not_found"


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_stops_what_takes_too_long_and_goes_on(clinic_url: str, request: pytest.FixtureRequest):
    engine = request.node.callspec.params["clinic_url"]
    config = SourceConfig(cost_ceiling=None, database=DatabaseConfig(pool_size=1, statement_timeout_s=0.3))
    async with open_source(clinic_url, await draft_model(clinic_url), config) as source:
        with pytest.raises(SqlFailed) as caught:
            await source.run(ANN, FOREVER[engine])
        rows = await source.run(ANN, "SELECT COUNT(*) AS n FROM patients")
    assert (caught.value.kind, caught.value.retryable, rows.rows) == ("timeout", True, ((3,),))


@pytest.mark.parametrize("clinic_url", ENGINES, indirect=True)
async def test_cancels_in_the_database(clinic_url: str, request: pytest.FixtureRequest):
    engine = request.node.callspec.params["clinic_url"]
    config = SourceConfig(cost_ceiling=None, database=DatabaseConfig(pool_size=1))
    async with open_source(clinic_url, await draft_model(clinic_url), config) as source:
        asking = asyncio.create_task(source.run(ANN, FOREVER[engine]))
        await _begun(engine, clinic_url)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        rows = await source.run(ANN, "SELECT COUNT(*) AS n FROM patients")
        assert (asking.cancelled(), rows.rows, _running(engine, clinic_url)) == (True, ((3,),), 0)


async def _begun(engine: str, url: str) -> None:
    for _try in range(200):
        await asyncio.sleep(0.01)
        if engine in ("sqlite", "duckdb") or await asyncio.to_thread(_running, engine, url):
            return


def _running(engine: str, url: str) -> int:
    """Statements of ours that the server is busy with."""
    if engine == "postgres":
        sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'yingda'"
        return int(psql(url, sql))
    if engine == "mysql":
        sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%v19%' "
        return int(mariadb(url, sql + "AND command = 'Query' AND info NOT LIKE '%processlist%'"))
    return 0


@pytest.mark.integration
async def test_refuses_a_plan_that_costs_too_much(postgres_clinic: str):
    config = SourceConfig(cost_ceiling=1_000.0)
    sql = "SELECT COUNT(*) FROM " + ", ".join(f"clinic_visits AS v{n}" for n in range(9))
    async with open_source(postgres_clinic, await draft_model(postgres_clinic), config) as source:
        with pytest.raises(SqlRefused) as caught:
            await source.run(ANN, sql)
    assert caught.value.rule == "too_costly"


@pytest.mark.integration
@pytest.mark.parametrize("engine", ["postgres", "mysql"])
async def test_comes_back_after_the_server_died_under_a_statement(
    engine: str, request: pytest.FixtureRequest
):
    url: str = request.getfixturevalue(f"{engine}_clinic")
    server: Server = request.getfixturevalue("postgres_server" if engine == "postgres" else "mariadb_server")
    async with open_source(url, await draft_model(url), WITHOUT_COSTS) as source:
        asking = asyncio.create_task(source.run(ANN, FOREVER[engine]))
        await _begun(engine, url)
        await asyncio.to_thread(server.stop)
        with pytest.raises((StoreUnavailable, SqlFailed)):
            await asking
        with pytest.raises(StoreUnavailable):
            await source.run(ANN, "SELECT city FROM patients")
        await asyncio.to_thread(server.start)
        rows = await source.run(ANN, "SELECT COUNT(*) AS n FROM patients")
    assert rows.rows == ((3,),)


async def test_says_that_a_file_is_not_there(tmp_path: Path, sqlite_clinic: str):
    model = await draft_model(sqlite_clinic)
    async with open_source(str(tmp_path / "gone.sqlite"), model) as source:
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            await source.run(ANN, "SELECT city FROM patients")


async def test_takes_no_model_of_another_engine(sqlite_clinic: str):
    model = await draft_model(sqlite_clinic)
    with pytest.raises(InvalidRequest, match="the model speaks sqlite, the database duckdb"):
        async with open_source("x.duckdb", model):
            pass

"""Comments, keys and joins as each engine keeps them."""

import sqlite3
from pathlib import Path

import duckdb
import pytest
from tests.servers import Server
from tests.text_to_sql.engines import mariadb, psql

from yingda.text_to_sql.databases.catalogue import PhysicalTable, tables_of
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database

PLAIN = (
    "CREATE TABLE wards (ward_id INTEGER PRIMARY KEY, ward_name VARCHAR(20));"
    "CREATE TABLE beds (bed_id INTEGER PRIMARY KEY, ward_id INTEGER,"
    " FOREIGN KEY (ward_id) REFERENCES wards (ward_id));"
    "CREATE VIEW bed_list AS SELECT bed_id FROM beds;"
)
REMARKED = (
    "COMMENT ON TABLE wards IS '病区'; COMMENT ON COLUMN wards.ward_name IS '病区名称';"
    "COMMENT ON COLUMN beds.bed_id IS '床位号';"
)
IN_MYSQL = (
    "DROP VIEW IF EXISTS bed_list; DROP TABLE IF EXISTS beds, wards;"
    "CREATE TABLE wards (ward_id INTEGER PRIMARY KEY,"
    " ward_name VARCHAR(20) COMMENT '病区名称') COMMENT '病区';"
    "CREATE TABLE beds (bed_id INTEGER PRIMARY KEY COMMENT '床位号', ward_id INTEGER,"
    " FOREIGN KEY (ward_id) REFERENCES wards (ward_id));"
    "CREATE VIEW bed_list AS SELECT bed_id FROM beds;"
)
IN_SQLITE = PLAIN.replace(", ward_name VARCHAR(20)", ",\n ward_name VARCHAR(20) -- 病区名称\n").replace(
    "(bed_id INTEGER PRIMARY KEY,", "(\n bed_id INTEGER PRIMARY KEY, -- 床位号\n"
)


async def seen(url: str) -> dict[str, tuple[object, ...]]:
    async with open_database(url, DatabaseConfig()) as database:
        tables = await tables_of(database)
    return {one.name: shape(one) for one in tables}


def shape(table: PhysicalTable) -> tuple[object, ...]:
    keys = [(one.table, one.columns) for one in table.foreign_keys]
    return (table.is_view, table.primary_key, [one.comment for one in table.columns], keys)


EXPECTED = {
    "wards": (False, ("ward_id",), ["", "病区名称"], []),
    "beds": (False, ("bed_id",), ["床位号", ""], [("wards", (("ward_id", "ward_id"),))]),
}


def only_tables(found: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    assert found.pop("bed_list")[0] is True
    return found


async def test_sqlite_keeps_remarks_in_the_text_of_a_table(tmp_path: Path):
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    connection.executescript(IN_SQLITE)
    connection.close()
    assert only_tables(await seen(str(tmp_path / "x.sqlite"))) == EXPECTED


async def test_duckdb_keeps_comments(tmp_path: Path):
    connection = duckdb.connect(str(tmp_path / "x.duckdb"))
    connection.execute(PLAIN + REMARKED)
    connection.close()
    assert only_tables(await seen(str(tmp_path / "x.duckdb"))) == EXPECTED


@pytest.mark.integration
async def test_postgres_keeps_comments(empty_postgres: str):
    psql(empty_postgres, PLAIN + REMARKED)
    assert only_tables(await seen(empty_postgres)) == EXPECTED


@pytest.mark.integration
async def test_mysql_keeps_comments(mariadb_server: Server):
    mariadb(mariadb_server.url, IN_MYSQL)
    found = await seen(mariadb_server.url)
    mariadb(mariadb_server.url, "DROP VIEW bed_list; DROP TABLE beds, wards")
    wanted = {name: found[name] for name in ("bed_list", *EXPECTED)}
    assert only_tables(wanted) == EXPECTED

"""Migrations: both engines reach the declared schema from every revision, and never lose data on the way."""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

import yingda
from yingda.storage.schema import SchemaTooNew, migrate, revisions
from yingda.storage.sql import metadata, open_database

SOURCES = Path(yingda.__file__).parent
for path in SOURCES.rglob("*.py"):  # every module that declares tables must be known to compare
    if "metadata" in path.read_text("utf-8"):
        importlib.import_module(".".join(("yingda", *path.relative_to(SOURCES).with_suffix("").parts)))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "yingda.db")
    return request.getfixturevalue("empty_postgres")


def differences(connection):
    return compare_metadata(MigrationContext.configure(connection), metadata)


async def test_the_migrated_schema_is_the_declared_one(url):
    await migrate(url)
    async with open_database(url) as database, database.reader.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("revision", revisions())
async def test_every_revision_can_be_upgraded(url, revision):
    await migrate(url, to=revision)
    await migrate(url)
    async with open_database(url) as database, database.reader.connect() as connection:
        at = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        assert (at, await connection.run_sync(differences)) == (revisions()[-1], [])


async def test_two_servers_that_start_at_once_migrate_once(url):
    await asyncio.gather(migrate(url), migrate(url))
    async with open_database(url) as database, database.reader.connect() as connection:
        rows = (await connection.execute(text("SELECT version_num FROM alembic_version"))).all()
        assert rows == [(revisions()[-1],)]


async def test_a_newer_schema_is_refused_in_words(url):
    await migrate(url)
    async with open_database(url) as database, database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="schema revision 9999"):
        await migrate(url)


async def test_a_migration_that_fails_leaves_the_old_schema(url):
    async with open_database(url) as database, database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE journal (foreign_to_us INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        await migrate(url)
    async with open_database(url) as database, database.engine.begin() as connection:
        with pytest.raises(Exception, match="conversations"):
            await connection.execute(text("SELECT * FROM conversations"))


async def test_a_file_is_copied_before_it_is_migrated(tmp_path):
    path = tmp_path / "yingda.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript("CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('before')")
    await migrate(str(path))
    with closing(sqlite3.connect(tmp_path / f"yingda.db.before-{revisions()[-1]}")) as copy:
        tables = copy.execute("SELECT name FROM sqlite_master").fetchall()
        assert (tables, copy.execute("SELECT word FROM kept").fetchall()) == ([("kept",)], [("before",)])


async def test_a_file_that_is_up_to_date_is_not_copied(tmp_path):
    await migrate(str(tmp_path / "new" / "yingda.db"))
    await migrate(str(tmp_path / "new" / "yingda.db"))
    assert [path.name for path in (tmp_path / "new").iterdir() if "before" in path.name] == []

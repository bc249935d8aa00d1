"""Brings a database's schema to the revision of this code: forwards only, all or nothing, with a backup."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from yingda.errors import Unavailable
from yingda.storage.sql import database_url, is_sqlite, open_database, sqlite_path

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x79696E676461  # "yingda": two servers that start at once migrate one after the other


class SchemaTooNew(Unavailable):
    """The database was written by a later release than this one."""

    code = "schema_too_new"
    retryable = False


def revisions() -> list[str]:
    """Every revision known to this code, oldest first: the number that its file's name starts with."""
    return sorted(path.name[:4] for path in MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


async def migrate(url: str, *, to: str | None = None) -> None:
    """Upgrade to revision `to`, by default the newest; raises `SchemaTooNew`.

    A SQLite file that holds data is first copied to `<name>.before-<revision>`. A database that is up to date
    costs one SELECT.
    """
    target = to or revisions()[-1]
    address = database_url(url)
    if is_sqlite(address):
        path = sqlite_path(address)
        current = await asyncio.to_thread(_prepare_file, path, target)
        if current is not None and current >= target:
            return
    async with open_database(url) as database, database.engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        await connection.run_sync(_upgrade, target)


def _prepare_file(path: Path, target: str) -> str | None:
    """The file's revision, after a backup if it is behind the target; None for a new file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return None
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables:
            return None
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
        current = _checked(row[0]) if row else None
        if current is None or current < target:
            _back_up(connection, path.with_name(f"{path.name}.before-{target}"))
    return current


def _back_up(connection: sqlite3.Connection, copy: Path) -> None:
    # Under another name until it is whole: a crash never leaves half a backup that looks like one.
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as target:
        connection.backup(target)
    os.replace(unfinished, copy)


def _checked(current: str) -> str:
    if current not in revisions():
        raise SchemaTooNew(
            f"the database has schema revision {current}, this release knows up to {revisions()[-1]}: "
            "start the release that wrote it, or restore the backup made before the upgrade"
        )
    return current


def _upgrade(connection: Connection, target: str) -> None:
    current = _current(connection)
    if current is not None and current >= target:
        return
    # Imported here: it takes longer than all the rest of an ordinary start.
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("version_locations", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: tuple[str, ...], _context: MigrationContext) -> list[MigrationStep]:
        return list(scripts._upgrade_revs(target, revision[0] if revision else None))  # type: ignore[arg-type]

    context = MigrationContext.configure(connection, opts={"fn": steps, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    current = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if current is None else _checked(current)

"""What all tests share: real servers, no way out of the machine, and a mark for what is slow."""

from __future__ import annotations

import sys

import pytest
from tests.databases import (
    empty_postgres,
    lasting_postgres,
    make_database,
    migrated_database,
    migrated_postgres,
    migrated_sqlite,
)
from tests.server_process import start_lasting_server, start_server
from tests.servers import (
    mariadb_process,
    mariadb_server,
    postgres_process,
    postgres_server,
    redis_process,
    redis_server,
)

__all__ = [
    "empty_postgres",
    "lasting_postgres",
    "make_database",
    "mariadb_process",
    "mariadb_server",
    "migrated_database",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_process",
    "postgres_server",
    "redis_process",
    "redis_server",
    "start_lasting_server",
    "start_server",
]

SUITES = ("adopted_names", "archive", "conversations", "handovers", "shop", "undo")
REAL_SERVERS = frozenset({"redis_process", "mariadb_process", "postgres_process", "browser"})
SERVER_PROCESSES = frozenset({"server", "server_process", "start_lasting_server", "start_server"})


# Before anything imports them: the suites that ship assert like tests.
pytest.register_assert_rewrite(*(f"yingda.testing.{name}_suite" for name in SUITES))


class LeftTheMachine(Exception):
    """A test tried to connect to somewhere else."""


def _refuse_to_leave(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = str(args[1][0])
        if not (host.startswith("127.") or host in ("::1", "localhost")):
            raise LeftTheMachine(host)


# An audit hook sees every connect of this process, whichever library makes it; it cannot be taken off again.
sys.addaudithook(_refuse_to_leave)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests are marked by what they use, so that no mark can be forgotten."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & REAL_SERVERS:
            item.add_marker("integration")
        if used & SERVER_PROCESSES or "e2e" in item.path.parts:
            item.add_marker("e2e")

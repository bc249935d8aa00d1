"""A collection's row: the lock of its writers, its revision, and which names are free in it."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from yingda.knowledge import tables as t
from yingda.turns.types import DocumentId

TAKES_NAME = ("active", "reserved")
"""A document of these statuses has its name to itself."""

_BATCH = 32
_LONGEST_SUFFIX = 16


def raise_revision(connection: Connection, tenant: str, collection: str) -> None:
    """Make every answer that was cached for the collection out of date."""
    connection.execute(
        update(t.collections)
        .where(t.collections.c.tenant == tenant, t.collections.c.name == collection)
        .values(revision=t.collections.c.revision + 1)
    )


def lock_collection(connection: Connection, tenant: str, collection: str) -> None:
    """Let one writer of the collection at a time past, until its transaction ends; makes its row."""
    # Writing the row as it is locks it on PostgreSQL too.
    first = {"tenant": tenant, "name": collection, "revision": 0, "words": []}
    key, unchanged = ["tenant", "name"], {"revision": t.collections.c.revision}
    if connection.dialect.name == "postgresql":
        pg = postgresql.insert(t.collections).values(first)
        connection.execute(pg.on_conflict_do_update(index_elements=key, set_=unchanged))
    else:
        lite = sqlite.insert(t.collections).values(first)
        connection.execute(lite.on_conflict_do_update(index_elements=key, set_=unchanged))


def free_name(
    connection: Connection,
    scope: tuple[str, str],
    wanted: str,
    longest: int,
    but: DocumentId | None = None,
) -> str:
    """The wanted name, or with the smallest number from 1 that no other document of the scope has.

    Holds as long as the caller's lock on the collection does.
    """
    first = 0
    while True:
        names = [numbered(wanted, number, longest) for number in range(first, first + _BATCH)]
        taken = select(t.documents.c.source).where(
            t.documents.c.tenant == scope[0],
            t.documents.c.collection == scope[1],
            t.documents.c.status.in_(TAKES_NAME),
            t.documents.c.source.in_(names),
            t.documents.c.id != (but or ""),
        )
        found = set(connection.scalars(taken))
        free = next((name for name in names if name not in found), None)
        if free is not None:
            return free
        first += _BATCH


def numbered(name: str, number: int, longest: int) -> str:
    """` (n)` before the extension, and the stem cut so that all of it fits; 0 leaves the name alone."""
    if number == 0:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or " " in suffix or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    end = f" ({number}){dot}{suffix}"
    return stem[: longest - len(end)].rstrip() + end

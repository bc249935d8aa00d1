"""The own words of a collection: product names and codes that must stay whole when texts are taken apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, select, update

from yingda.errors import InvalidRequest
from yingda.knowledge import tables as t
from yingda.knowledge.analyzer import fold
from yingda.knowledge.registry.collections import lock_collection, raise_revision
from yingda.knowledge.registry.transaction import read, write
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, Principal

MOST_WORDS = 5000
MOST_CHARS = 32


class Dictionary:
    """Reads and sets the words of the principal's collections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def words(self, principal: Principal, collection: CollectionId) -> tuple[str, ...]:
        """In the order in which they were given."""
        query = select(t.collections.c.words).where(_is(principal, collection))
        found = await read(self._database, lambda connection: connection.scalar(query))
        return tuple(found or ())

    async def replace(
        self, principal: Principal, collection: CollectionId, words: Sequence[str]
    ) -> tuple[str, ...]:
        """Make these the collection's words; returns them as `checked_words` left them.

        Every index must write the collection's documents again: they become pending, and the revision grows.
        The same words again change nothing.
        """
        checked = checked_words(words)
        inside = select(t.documents.c.id).where(
            t.documents.c.tenant == principal.tenant, t.documents.c.collection == collection
        )

        def replace(connection: Connection) -> None:
            lock_collection(connection, principal.tenant, collection)
            known = connection.scalar(select(t.collections.c.words).where(_is(principal, collection)))
            if tuple(known or ()) == checked:
                return
            connection.execute(
                update(t.collections).where(_is(principal, collection)).values(words=list(checked))
            )
            connection.execute(
                update(t.index_entries).where(t.index_entries.c.document_id.in_(inside)).values(version=0)
            )
            raise_revision(connection, principal.tenant, collection)

        await write(self._database, replace)
        return checked


def checked_words(words: Sequence[str]) -> tuple[str, ...]:
    """NFKC, trimmed, the first of those that fold alike, in order.

    Raises `InvalidRequest` for a word that is blank, longer than `MOST_CHARS`, holds no letter or digit, or
    cannot be stored, and for more than `MOST_WORDS`.
    """
    first: dict[str, str] = {}
    for number, word in enumerate(words, 1):
        plain = unicodedata.normalize("NFKC", word).strip()
        if not any(char.isalnum() for char in plain):
            raise InvalidRequest(f"word {number} has no letter or digit", field="words")
        if len(plain) > MOST_CHARS:
            raise InvalidRequest(f"word {number} has more than {MOST_CHARS} characters", field="words")
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in plain):
            raise InvalidRequest(f"word {number} holds a control character", field="words")
        first.setdefault(fold(plain).strip(), plain)
    if len(first) > MOST_WORDS:
        raise InvalidRequest(f"more than {MOST_WORDS} words", field="words")
    return tuple(first.values())


def _is(principal: Principal, collection: CollectionId) -> ColumnElement[bool]:
    return and_(t.collections.c.tenant == principal.tenant, t.collections.c.name == collection)

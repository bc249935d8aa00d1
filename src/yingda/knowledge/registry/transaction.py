"""Transactions of the document registry; what they raise bears its name."""

from __future__ import annotations

from typing import TypeVar

from yingda.storage import transaction
from yingda.storage.sql import Database, Work

T = TypeVar("T")
_STORE = "the document registry"


async def write(database: Database, work: Work[T], *, is_lasting: bool = True) -> T:
    """Commit what the function did, or nothing of it if it raises; raises `StoreUnavailable`.

    For `is_lasting` see `Database.write`.
    """
    return await transaction.write(database, work, _STORE, is_lasting=is_lasting)


async def read(database: Database, work: Work[T]) -> T:
    """What the function finds in one snapshot; raises `StoreUnavailable`."""
    return await transaction.read(database, work, _STORE)

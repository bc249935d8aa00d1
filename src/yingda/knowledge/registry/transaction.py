"""Transactions whose failures speak the language of `errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import exc

from yingda.errors import StoreUnavailable
from yingda.storage.sql import Database, Work

T = TypeVar("T")
_UNREACHABLE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, OSError)


async def write(database: Database, work: Work[T], *, is_lasting: bool = True) -> T:
    """Commit what the function did, or nothing of it if it raises; raises `StoreUnavailable`.

    For `is_lasting` see `Database.write`.
    """
    with _in_our_words():
        return await database.write(work, is_lasting=is_lasting)


async def read(database: Database, work: Work[T]) -> T:
    """What the function finds in one snapshot; raises `StoreUnavailable`."""
    with _in_our_words():
        return await database.read(work)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except _UNREACHABLE as error:
        raise StoreUnavailable("the document registry does not answer", retry_after_s=5) from error

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


async def write(database: Database, work: Work[T], store: str, *, is_lasting: bool = True) -> T:
    """Commit what the function did, or nothing of it if it raises; `store` is named where it is away.

    For `is_lasting` see `Database.write`.
    """
    with _in_our_words(store):
        return await database.write(work, is_lasting=is_lasting)


async def read(database: Database, work: Work[T], store: str) -> T:
    """What the function finds in one snapshot; raises `StoreUnavailable`."""
    with _in_our_words(store):
        return await database.read(work)


@contextmanager
def _in_our_words(store: str) -> Iterator[None]:
    try:
        yield
    except _UNREACHABLE as error:
        raise StoreUnavailable(f"{store} does not answer", retry_after_s=5) from error

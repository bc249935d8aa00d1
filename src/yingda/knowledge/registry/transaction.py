"""Transactions whose failures speak the language of `errors`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from yingda.errors import StoreUnavailable

_UNREACHABLE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, OSError)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Commit at the end of the block, roll back on any error; raises `StoreUnavailable`."""
    try:
        async with engine.begin() as connection:
            yield connection
    except _UNREACHABLE as error:
        raise StoreUnavailable("the document registry does not answer", retry_after_s=5) from error

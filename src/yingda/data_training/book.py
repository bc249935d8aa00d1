"""Approved pairs of every tenant in memory: what an answer looks at, and the revision that it depends on."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import select

from yingda.data_training import tables as t
from yingda.data_training.items import Item
from yingda.data_training.store import TrainingStore, reading
from yingda.errors import AnswerError
from yingda.storage.sql import Database
from yingda.turns.types import Principal

log = logging.getLogger(__name__)

REFRESH_S = 0.5


class TrainingBook:
    """`refresh` once, then `run`: memory is at most a second behind the database."""

    def __init__(self, database: Database, store: TrainingStore) -> None:
        self._database = database
        self._store = store
        self._pairs: dict[str, tuple[int, tuple[Item, ...]]] = {}

    def pairs(self, principal: Principal) -> tuple[Item, ...]:
        """The same tuple until something changes."""
        return self._pairs.get(principal.tenant, (0, ()))[1]

    def revision(self, principal: Principal) -> int:
        """Raised by every change of what answers rest on, and by every opinion against one."""
        return self._pairs.get(principal.tenant, (0, ()))[0]

    async def refresh(self) -> None:
        """Read what has changed since; raises `StoreUnavailable`."""
        stored = await reading(self._database, lambda c: c.execute(select(t.revisions)).all())
        for row in stored:
            if row.revision != self._pairs.get(row.tenant, (0, ()))[0]:
                whose = Principal(tenant=row.tenant, key_id="", roles=frozenset())
                revision, pairs = await self._store.approved_pairs(whose)
                self._pairs[row.tenant] = (revision, tuple(pairs))

    async def run(self) -> None:
        """Keep up until cancelled; a database that is away leaves all as last read."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except AnswerError as error:
                log.warning("training data stay as last read: %s", error)

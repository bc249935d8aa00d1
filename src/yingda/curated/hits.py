"""The log of curated answers that were given: queued by a turn, written later, kept for a while."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from yingda.curated import tables as t
from yingda.curated.answer import CuratedId
from yingda.curated.store import opened
from yingda.errors import AnswerError
from yingda.safety.mask import masked
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, Principal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HitsConfig:
    """Hits wait in memory for `flush_s`, at most `queued_count` of them.

    A line is kept for `kept_days`, and of all collections the last `kept_count`.
    """

    flush_s: float = 1.0
    queued_count: int = 10_000
    kept_days: int = 90
    kept_count: int = 500_000
    prune_s: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An answer was given: when, to which question of which turn, and how sure the match was."""

    answer_id: CuratedId
    turn_id: str
    question: str
    score: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPage:
    """Hits, latest first; `total` counts all that fit."""

    items: tuple[Hit, ...]
    total: int


class HitLog:
    """`note` never waits and never fails; `run` writes. Personal data in questions is masked before that."""

    def __init__(self, database: Database, clock: Clock, config: HitsConfig | None = None) -> None:
        self._database = database
        self._clock = clock
        self._config = config or HitsConfig()
        self._queue: deque[tuple[str, CollectionId, Hit]] = deque(maxlen=self._config.queued_count)

    def note(self, principal: Principal, collection: CollectionId, hit: Hit) -> None:
        """Remember a hit; where the database stays away too long, the oldest are forgotten."""
        self._queue.append((principal.tenant, collection, hit))

    async def run(self) -> None:
        """Write what was noted and drop what is old, until cancelled; then write the rest."""
        prune_at_s = self._clock.monotonic()
        try:
            while True:
                await self._surviving_flush()
                if self._clock.monotonic() >= prune_at_s:
                    prune_at_s = self._clock.monotonic() + self._config.prune_s
                    await self._surviving_prune()
                await asyncio.sleep(self._config.flush_s)
        finally:
            await self._surviving_flush()

    async def flush(self) -> None:
        """Write what was noted; raises `StoreUnavailable`, and then keeps it for the next time."""
        batch = [self._queue.popleft() for _ in range(len(self._queue))]
        if not batch:
            return
        try:
            async with opened(self._database.engine) as connection:
                await connection.execute(insert(t.hits), [_values(*one) for one in batch])
                last = {hit.answer_id: hit.at for _, _, hit in batch}
                for answer_id, count in Counter(hit.answer_id for _, _, hit in batch).items():
                    await connection.execute(
                        update(t.answers)
                        .where(t.answers.c.id == answer_id)
                        .values(hit_count=t.answers.c.hit_count + count, last_hit_at=last[answer_id])
                    )
        except AnswerError:
            self._queue.extendleft(reversed(batch[: self._config.queued_count - len(self._queue)]))
            raise

    async def prune(self) -> None:
        """Forget the lines that are too old or too many."""
        before = self._clock.now() - timedelta(days=self._config.kept_days)
        async with opened(self._database.engine) as connection:
            last = await connection.scalar(select(func.max(t.hits.c.id)))
            too_many = t.hits.c.id <= (last or 0) - self._config.kept_count
            await connection.execute(delete(t.hits).where((t.hits.c.at < before) | too_many))

    async def page(
        self,
        principal: Principal,
        collection: CollectionId,
        *,
        answer_id: CuratedId | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> HitPage:
        """The collection's hits, or one answer's; those noted just now come with the next flush."""
        fits = [t.hits.c.tenant == principal.tenant, t.hits.c.collection == collection]
        if answer_id is not None:
            fits.append(t.hits.c.answer_id == answer_id)
        page = select(t.hits).where(*fits).order_by(t.hits.c.id.desc()).limit(limit).offset(offset)
        async with opened(self._database.reader) as connection:
            total = await connection.scalar(select(func.count()).select_from(t.hits).where(*fits))
            rows = (await connection.execute(page)).all()
        items = tuple(
            Hit(
                answer_id=CuratedId(row.answer_id),
                turn_id=row.turn_id,
                question=row.question,
                score=row.score,
                at=row.at,
            )
            for row in rows
        )
        return HitPage(items=items, total=total or 0)

    async def _surviving_flush(self) -> None:
        try:
            await self.flush()
        except AnswerError as error:
            log.warning("hits of curated answers wait for their store: %s", error)

    async def _surviving_prune(self) -> None:
        try:
            await self.prune()
        except AnswerError as error:
            log.warning("old hits of curated answers stay for now: %s", error)


def _values(tenant: str, collection: CollectionId, hit: Hit) -> dict[str, object]:
    return {
        "tenant": tenant,
        "collection": collection,
        "answer_id": hit.answer_id,
        "turn_id": hit.turn_id,
        "question": masked(hit.question),
        "score": hit.score,
        "at": hit.at,
    }

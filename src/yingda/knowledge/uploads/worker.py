"""Makes documents of what waits: fetched if need be, read, indexed; a few at a time, first come first served.

Nothing is done that cannot be done again: whoever takes up an upload after a crash finds what was fetched and
registered before, and goes on from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from yingda.errors import AnswerError, IndexUnavailable, InternalError, NotFound
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.intake import Incoming
from yingda.knowledge.parse.refused import Corrupt
from yingda.knowledge.uploads.formats import MEDIA_TYPES, SUFFIXES
from yingda.knowledge.uploads.queue import ClaimLost, UploadQueue
from yingda.knowledge.uploads.records import Claimed
from yingda.safety.outbound import Fetched

log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """The way out to the web; raises `AnswerError`."""

    async def fetch(self, url: str, media_types: Collection[str]) -> Fetched: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """`parallel` uploads at once, one while people ask; other processes' are looked for every `poll_s`.

    What failed for a passing reason is tried again after `retry_s`, `try_count` times in all; so is what a
    process died over.
    """

    parallel: int = 2
    poll_s: float = 1.0
    renew_s: float = 4.0
    retry_s: float = 5.0
    try_count: int = 5


class UploadWorker:
    """The one that works in this process; many processes share one queue."""

    def __init__(
        self,
        queue: UploadQueue,
        ingestor: Ingestor,
        fetcher: Fetcher,
        arrived: asyncio.Event,
        config: WorkerConfig | None = None,
        is_asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._queue = queue
        self._ingestor = ingestor
        self._fetcher = fetcher
        self._arrived = arrived
        self._config = config or WorkerConfig()
        self._is_asked = is_asked

    async def run(self) -> None:
        """Work until cancelled; what is under way then is queued again."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._config.parallel):
                group.create_task(self._work(gives_way=number > 0))

    async def _work(self, *, gives_way: bool) -> None:
        while True:
            self._arrived.clear()
            if not (gives_way and self._is_asked()) and await self._found_one():
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.poll_s):
                    await self._arrived.wait()

    async def _found_one(self) -> bool:
        try:
            claimed = await self._queue.claim()
            if claimed is not None:
                await self._serve(claimed)
        except AnswerError as error:
            log.warning("the queue of uploads does not answer: %s", error)
        except Exception:
            log.exception("the queue of uploads could not be worked on")
        else:
            return claimed is not None
        return False

    async def _serve(self, claimed: Claimed) -> None:
        """Whatever comes of it is written down; what cannot be is taken up again after the lease."""
        try:
            async with self._alive(claimed):
                await self._judged(claimed)
        except ClaimLost:
            log.info("upload %s is no longer ours", claimed.document_id)

    async def _judged(self, claimed: Claimed) -> None:
        try:
            await self._make(claimed)
        except asyncio.CancelledError:
            with suppress(ClaimLost, AnswerError):
                await asyncio.shield(self._queue.release(claimed))
            raise
        except NotFound:
            raise ClaimLost from None  # deleted while it was read
        except AnswerError as error:
            await self._fail(claimed, error)
        except ClaimLost:
            raise
        except Exception:
            log.exception("upload %s failed", claimed.document_id)
            await self._fail(claimed, InternalError("the file could not be taken in"))

    async def _fail(self, claimed: Claimed, error: AnswerError) -> None:
        if isinstance(error, IndexUnavailable):
            await self._queue.release(claimed, self._config.retry_s)
        elif error.retryable and claimed.tries < self._config.try_count:
            await self._queue.release(claimed, self._config.retry_s, is_its_fault=True)
        else:
            await self._queue.fail(claimed, error.code, error.message)

    async def _make(self, claimed: Claimed) -> None:
        if claimed.tries > self._config.try_count:
            raise Corrupt("The server stopped each time it read this file.")
        claimed, data = await self._content(claimed)
        await self._queue.advance(claimed, "parsing", 30)
        incoming = Incoming(
            source=claimed.name,
            read=lambda: data,
            document_id=claimed.document_id,
            filename=f"upload.{claimed.suffix}",
            media_types=MEDIA_TYPES[claimed.suffix] if claimed.kind == "file" else frozenset(),
        )
        on_registered = partial(self._queue.advance, claimed, "indexing", 80)
        result = await self._ingestor.take(claimed.principal, claimed.collection, incoming, on_registered)
        if not result.is_indexed:
            raise IndexUnavailable(result.error or "")
        warnings = None if result.outcome == "unchanged" else result.warnings
        await self._queue.finish(claimed, warnings)

    async def _content(self, claimed: Claimed) -> tuple[Claimed, bytes]:
        if claimed.kind == "url" and claimed.sha256 is None:
            page = await self._fetcher.fetch(claimed.url, SUFFIXES.keys())
            suffix = SUFFIXES[page.media_type]
            kept = await self._queue.keep(claimed, page.data, final_url=page.url, suffix=suffix)
            return kept, page.data
        data = await self._queue.original(claimed)
        if len(data) != claimed.size_bytes:
            raise Corrupt("The file did not arrive whole. Send it again.")
        return claimed, data

    @asynccontextmanager
    async def _alive(self, claimed: Claimed) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(claimed))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])  # which, unlike awaiting it, swallows no cancellation of ours

    async def _renew(self, claimed: Claimed) -> None:
        """A lease that is lost is found out at the next step of the work itself."""
        while True:
            await asyncio.sleep(self._config.renew_s)
            with suppress(AnswerError, ClaimLost):
                await self._queue.renew(claimed)

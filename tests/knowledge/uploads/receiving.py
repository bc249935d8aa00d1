"""A knowledge base with a queue before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.knowledge.shelving import PRINCIPAL, Knowledge

from yingda.knowledge.uploads.catalogue import Catalogue
from yingda.knowledge.uploads.queue import QueueConfig, UploadQueue
from yingda.knowledge.uploads.records import Accepted, Entry, NewUpload
from yingda.knowledge.uploads.uploads import Uploads, UploadsConfig
from yingda.knowledge.uploads.worker import UploadWorker, WorkerConfig
from yingda.safety.outbound import Outbound
from yingda.storage.sql import Database
from yingda.turns.clock import SystemClock
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId, Principal

QUICK = WorkerConfig(poll_s=0.05, retry_s=0.05, renew_s=0.1)


def file(name: str, text: str, **more: object) -> NewUpload:
    """A text file."""
    return NewUpload(kind="file", name=name, suffix="txt", data=text.encode(), **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """The way in, the list, the queue and one worker, which works while `working`."""

    knowledge: Knowledge
    database: Database
    uploads: Uploads
    catalogue: Catalogue
    queue: UploadQueue
    worker: UploadWorker

    async def submit(self, upload: NewUpload, principal: Principal = PRINCIPAL) -> Accepted:
        """Into the default collection."""
        return await self.uploads.submit(principal, DEFAULT_COLLECTION, upload)

    async def entry(self, document_id: DocumentId) -> Entry:
        """As the list shows it."""
        return await self.catalogue.entry(PRINCIPAL, document_id)

    async def settled(self, document_id: DocumentId) -> Entry:
        """Once nothing is left to be done about it."""
        async with asyncio.timeout(20):
            while (entry := await self.entry(document_id)).state not in ("ready", "failed"):
                await asyncio.sleep(0.01)
        return entry

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """With the worker at work."""
        task = asyncio.create_task(self.worker.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def taken_in(self, upload: NewUpload) -> Entry:
        """Submitted, and what became of it."""
        accepted = await self.submit(upload)
        async with self.working():
            return await self.settled(accepted.document_id)


def receiving(
    knowledge: Knowledge,
    database: Database,
    fetcher: Outbound | None = None,
    *,
    queue: QueueConfig | None = None,
    uploads: UploadsConfig | None = None,
) -> Receiving:
    """Everything over one database."""
    clock, arrived = SystemClock(), asyncio.Event()
    waiting = UploadQueue(database, clock, queue)
    worker = UploadWorker(waiting, knowledge.ingestor, fetcher or Outbound(), arrived, QUICK)
    return Receiving(
        knowledge=knowledge,
        database=database,
        uploads=Uploads(database, clock, arrived, uploads),
        catalogue=Catalogue(database),
        queue=waiting,
        worker=worker,
    )

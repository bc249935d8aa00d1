"""Takes files into a collection, one or many: registered first, then made searchable.

What fails after the file was registered is not lost but late, and the result says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from yingda.errors import AnswerError
from yingda.knowledge.intake import Incoming, Intake, Registered
from yingda.knowledge.keeper import Applied
from yingda.knowledge.library import Library
from yingda.knowledge.names import source_from_filename
from yingda.knowledge.registry.records import Labels
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, DocumentId, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """`parallel` files are parsed side by side, `ahead` registered ones wait for the index at most."""

    parallel: int = 2
    ahead: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What came of a file (helpdesk 1.5); `code`, `error` and `retryable` say what went wrong, if anything.

    `is_indexed` False with a document id: it is stored and will be searchable when the index is repaired.
    `deduped_chunks` counts exact repetitions inside the document: near ones, such as a corrected price, stay.
    """

    source: str
    outcome: Literal["added", "replaced", "unchanged", "refused"]
    duration_s: float
    document_id: DocumentId | None = None
    version: int | None = None
    doc_hash: str = ""
    total_chunks: int = 0
    added_chunks: int = 0
    deduped_chunks: int = 0
    embedding_mode: Literal["lexical", "vector", "unknown"] = "unknown"
    is_indexed: bool = False
    code: str | None = None
    error: str | None = None
    retryable: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    source: str
    code: str
    message: str
    retryable: bool


_MODES: dict[bool | None, Literal["lexical", "vector", "unknown"]] = {
    True: "vector",
    False: "lexical",
    None: "unknown",
}
_Done = tuple[Registered | _Failed, float]
"""What came of a file so far, and when it was begun on the monotonic clock."""


class Ingestor:
    """The way into the knowledge base; safe to call many times at once."""

    def __init__(
        self, library: Library, intake: Intake, clock: Clock, config: IngestConfig | None = None
    ) -> None:
        self._library = library
        self._intake = intake
        self._clock = clock
        self._config = config or IngestConfig()

    async def ingest(
        self,
        principal: Principal,
        collection: CollectionId,
        filename: str,
        data: bytes,
        labels: Labels | None = None,
    ) -> IngestResult:
        """Take one file, searchable on return.

        Raises `DocumentRefused`, `InvalidRequest` for its name, and `StoreUnavailable`. A known source gets a
        new version; the same bytes again change nothing but their labels. An index that fails raises nothing:
        see `IngestResult.is_indexed`.
        """
        incoming = Incoming(
            source=source_from_filename(filename), read=lambda: data, labels=labels or Labels()
        )
        return await self.take(principal, collection, incoming)

    async def take(
        self,
        principal: Principal,
        collection: CollectionId,
        incoming: Incoming,
        on_registered: Callable[[], Awaitable[None]] | None = None,
    ) -> IngestResult:
        """As `ingest`, for what has been named already; tells when only the index is left to be written.

        What `on_registered` raises ends it there: the registry has the file, and the index follows by itself.
        """
        started_s = self._clock.monotonic()
        registered = await self._intake.register(principal, collection, incoming)
        try:
            if on_registered is not None:
                await on_registered()
            [result] = await self._index([(registered, started_s)])
        finally:
            self._library.keeper.withdraw(registered.place)
        return result

    async def ingest_many(
        self,
        principal: Principal,
        collection: CollectionId,
        files: Iterable[Incoming],
        on_result: Callable[[IngestResult], None],
    ) -> None:
        """Take many files: parsed side by side, indexed in batches, each reported once it is searchable.

        A file that fails is a result with `code`, and the others go on. Results come as they are ready, not
        in the order of the files.
        """
        waiting: asyncio.Queue[_Done | None] = asyncio.Queue(maxsize=self._config.ahead)
        todo = iter(files)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._index_batches(waiting, on_result))
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._config.parallel):
                    workers.create_task(self._register_each(principal, collection, todo, waiting))
            await waiting.put(None)

    async def _register_each(
        self,
        principal: Principal,
        collection: CollectionId,
        todo: Iterator[Incoming],
        waiting: asyncio.Queue[_Done | None],
    ) -> None:
        for incoming in todo:
            started_s = self._clock.monotonic()
            done = await self._registered(principal, collection, incoming)
            await waiting.put((done, started_s))

    async def _registered(
        self, principal: Principal, collection: CollectionId, incoming: Incoming
    ) -> Registered | _Failed:
        try:
            return await self._intake.register(principal, collection, incoming)
        except AnswerError as error:
            return _Failed(
                source=incoming.source, code=error.code, message=error.message, retryable=error.retryable
            )
        except OSError as error:
            message = error.strerror or "the file cannot be read"
            return _Failed(source=incoming.source, code="unreadable", message=message, retryable=True)

    async def _index_batches(
        self, waiting: asyncio.Queue[_Done | None], on_result: Callable[[IngestResult], None]
    ) -> None:
        """While one batch is being written the next gathers: no timer, and no wait when there is little."""
        is_open = True
        while is_open:
            batch = [await waiting.get()]
            while not waiting.empty():
                batch.append(waiting.get_nowait())
            is_open = None not in batch
            for result in await self._index([one for one in batch if one is not None]):
                on_result(result)

    async def _index(self, batch: Sequence[_Done]) -> list[IngestResult]:
        places = [done.place for done, _ in batch if isinstance(done, Registered)]
        applied = await self._library.index({place.document_id for place in places}) if places else Applied()
        for place in places:
            self._library.keeper.withdraw(place)
        now_s = self._clock.monotonic()
        return [_result(done, applied.error, now_s - started_s) for done, started_s in batch]


def _result(done: Registered | _Failed, error: AnswerError | None, duration_s: float) -> IngestResult:
    if isinstance(done, _Failed):
        return IngestResult(
            source=done.source,
            outcome="refused",
            duration_s=duration_s,
            code=done.code,
            error=done.message,
            retryable=done.retryable,
        )
    is_new = done.outcome != "unchanged"
    return IngestResult(
        source=done.source,
        outcome=done.outcome,
        duration_s=duration_s,
        document_id=done.place.document_id,
        version=done.place.version,
        doc_hash=done.sha256,
        total_chunks=done.chunk_count + done.repeated_count,
        added_chunks=done.chunk_count if is_new else 0,
        deduped_chunks=done.repeated_count,
        embedding_mode=_MODES[done.has_vectors],
        is_indexed=error is None,
        code=error.code if error else None,
        error=error.message if error else None,
        retryable=error is not None,
        warnings=done.warnings,
    )

"""Keeps the index equal to the registry, whatever was interrupted.

The registry is the truth and commits first. The keeper then reads, under the writer's lock, what each changed
document is *now*, writes that to the index and notes it in the registry's index entries. A crash between any
two steps leaves a document whose entry differs, which the next `apply` writes again. So ingest, deletion,
start-up, other machines' changes and a rebuild are one code path, and two uploads of one name cannot end with
the older one in the index.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from yingda.errors import AnswerError, IndexUnavailable
from yingda.knowledge.embed import EmbeddingRefused, Vectors
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.registry.index_state import IndexState, Scope
from yingda.knowledge.registry.records import Pending, Place
from yingda.knowledge.types import Chunk
from yingda.knowledge.vectors import VectorsOutdated
from yingda.knowledge.writer_lock import WriterLock
from yingda.turns.types import CollectionId, DocumentId

log = logging.getLogger(__name__)

Content = tuple[Pending, tuple[Chunk, ...]]
NO_VECTORS = np.empty((0, 0), np.float32)
"""What the vectors of a document without any look like."""


class WritableIndex(Protocol):
    """What the keeper asks of the lexical index, from a worker thread; see `index/tantivy_index.py`."""

    @property
    def needs_rebuild(self) -> bool: ...

    def mark_built(self) -> None: ...

    def clear(self) -> None: ...

    def abandon(self) -> None: ...

    def replace_many(
        self,
        tenant: str,
        collection: CollectionId,
        documents: Sequence[tuple[DocumentId, Sequence[Chunk]]],
    ) -> None: ...

    def count(self, tenant: str, collection: CollectionId) -> int: ...


class WritableVectors(Protocol):
    """What the keeper asks of the vectors, from a worker thread; see `vectors.py`."""

    def replace(
        self,
        tenant: str,
        collection: CollectionId,
        document_id: DocumentId,
        chunks: Sequence[Chunk],
        vectors: Vectors,
    ) -> None: ...

    def needs_rebuild(self, tenant: str, collection: CollectionId) -> bool: ...

    def clear(self, tenant: str, collection: CollectionId) -> None: ...


class DocumentEmbedder(Protocol):
    """Turns texts into unit rows, in order; raises `EmbeddingUnavailable`."""

    async def documents(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperConfig:
    """How much goes into one commit of the index: the first bound that is reached ends a batch."""

    batch_documents: int = 64
    batch_chunks: int = 4000
    embed_documents: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSide:
    """The part that finds by words; `lexicons` is the one that the index reads."""

    index: WritableIndex
    lexicons: CollectionLexicons


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSide:
    """The part that finds by meaning; absent where no embedding endpoint is set."""

    store: WritableVectors
    embedder: DocumentEmbedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many documents were brought up to date, and what kept the rest from it."""

    document_count: int = 0
    error: AnswerError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Documents of one collection as both sides hold them, and the own words they were written with."""

    documents: Sequence[Pending]
    words: tuple[str, ...]


class IndexKeeper:
    """The only writer of the index in this process."""

    def __init__(
        self,
        state: IndexState,
        words: WordSide,
        lock: WriterLock,
        vectors: VectorSide | None = None,
        config: KeeperConfig | None = None,
    ) -> None:
        self._state = state
        self._index = words.index
        self._lexicons = words.lexicons
        self._lock = lock
        self._vectors = vectors
        self._config = config or KeeperConfig()
        self._running: set[asyncio.Task[Applied]] = set()
        self._offered: dict[Place, Vectors] = {}
        self._refused: set[Place] = set()

    def offer(self, place: Place, vectors: Vectors) -> None:
        """Lay down what was embedded before the version is stored, a row a chunk; the next write takes it."""
        self._offered[place] = vectors

    def withdraw(self, place: Place) -> None:
        """The offer was taken, or its upload came to nothing."""
        self._offered.pop(place, None)

    async def learn(self, only: Collection[Scope] | None = None) -> None:
        """Ask with the own words of these collections, or of all, as the registry has them now."""
        for (tenant, collection), words in (await self._state.dictionaries(only)).items():
            self._lexicons.put(tenant, collection, words)

    async def apply(self, only: Collection[DocumentId] | None = None) -> Applied:
        """Bring the index up to date with all documents, or with `only` these.

        Never raises for an index that fails: what could not be written stays pending. Goes on to its end when
        the caller is cancelled.
        """
        return await self._to_the_end(self._apply(only))

    async def reconcile(self) -> Applied:
        """Heal at start: rebuild what is damaged or does not hold what its entries say, else apply."""
        await self._drop_foreign_vectors()
        if await asyncio.to_thread(lambda: self._index.needs_rebuild):
            return await self.rebuild()
        applied = await self.apply()
        if applied.error is None and not await self._is_true():
            log.warning("the index does not hold what the registry says it does: rebuilding it")
            return await self.rebuild()
        return applied

    async def rebuild(self) -> Applied:
        """Fill a new index from the registry and search it once it is whole; vectors stay as they are."""
        return await self._to_the_end(self._rebuild())

    async def embed_missing(self) -> int:
        """Embed some of the documents that have no vectors yet; how many. Raises `EmbeddingUnavailable`.

        The endpoint is called without the writer's lock; a document replaced meanwhile is left for later.
        """
        if self._vectors is None:
            return 0
        embedded = []
        try:
            for one in await self._embeddable():
                chunks = await self._state.chunks(one)
                try:
                    self.offer(_place(one), await self._vectors.embedder.documents(texts_from(chunks)))
                    embedded.append(_place(one))
                except EmbeddingRefused:
                    self._refused.add(_place(one))
            if embedded:
                await self.apply({place.document_id for place in embedded})
        finally:
            for place in embedded:
                self.withdraw(place)
        return len(embedded)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _to_the_end(self, work: Coroutine[None, None, Applied]) -> Applied:
        # A thread cannot be cancelled: giving the lock back before it ends would let two writers meet.
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _apply(self, only: Collection[DocumentId] | None) -> Applied:
        count = 0
        try:
            async with self._lock.held():
                for batch in _batches(await self._state.pending(only), self._config):
                    written = await self._written(batch)
                    await self._state.mark(written.documents, written.words)
                    count += len(batch)
                await self._add_offered(only)
        except (IndexUnavailable, OSError) as error:
            log.warning("the index could not be written: %s", error)
            return Applied(document_count=count, error=_unavailable(error))
        return Applied(document_count=count)

    async def _rebuild(self) -> Applied:
        try:
            async with self._lock.held():
                await self._state.forget()
                try:
                    written = await self._write_all()
                except BaseException:
                    await asyncio.to_thread(self._index.abandon)
                    raise
                # Noted last: after a crash all is pending, whichever index is the one that is searched.
                for one in written:
                    await self._state.mark(one.documents, one.words)
        except (IndexUnavailable, OSError) as error:
            log.warning("the index could not be rebuilt: %s", error)
            return Applied(error=_unavailable(error))
        return Applied(document_count=sum(len(one.documents) for one in written))

    async def _write_all(self) -> list[_Written]:
        """Write everything to a new index, and turn to it."""
        await asyncio.to_thread(self._index.clear)
        pending = await self._state.pending()
        written = [await self._written(batch) for batch in _batches(pending, self._config)]
        await asyncio.to_thread(self._index.mark_built)
        return written

    async def _written(self, batch: Sequence[Pending]) -> _Written:
        contents = [(one, await self._state.chunks(one)) for one in batch]
        done = await self._write_vectors(contents)
        tenant, collection = scope = (batch[0].tenant, batch[0].collection)
        words = (await self._state.dictionaries({scope}))[scope]
        self._lexicons.put(tenant, collection, words)
        documents = [(one.document_id, chunks) for one, chunks in contents]
        await asyncio.to_thread(self._index.replace_many, tenant, collection, documents)
        return _Written(documents=done, words=words)

    async def _write_vectors(self, contents: Sequence[Content]) -> list[Pending]:
        """What the index entries will say, once the words are written too."""
        if self._vectors is None:
            return [one for one, _ in contents]
        store, offered = self._vectors.store, dict(self._offered)
        try:
            return await asyncio.to_thread(_stored, store, contents, offered)
        except VectorsOutdated:
            tenant, collection = contents[0][0].tenant, contents[0][0].collection
            await asyncio.to_thread(store.clear, tenant, collection)
            await self._state.forget_vectors(tenant, collection)
            bare = [(replace(one, vector_version=None), chunks) for one, chunks in contents]
            return await asyncio.to_thread(_stored, store, bare, offered)

    async def _add_offered(self, only: Collection[DocumentId] | None) -> None:
        """Vectors of documents whose words are in the index already, be it by another process's hand."""
        if self._vectors is None or not self._offered:
            return
        waiting = await self._state.without_vectors(only)
        for batch in _batches([one for one in waiting if _place(one) in self._offered], self._config):
            contents = [(one, await self._state.chunks(one)) for one in batch]
            await self._state.mark(await self._write_vectors(contents))

    async def _embeddable(self) -> list[Pending]:
        limit = self._config.embed_documents + len(self._refused)
        found = await self._state.without_vectors(limit=limit)
        return [one for one in found if _place(one) not in self._refused][: self._config.embed_documents]

    async def _drop_foreign_vectors(self) -> None:
        if self._vectors is None:
            return
        store = self._vectors.store
        for tenant, collection in await self._state.revisions():
            if await asyncio.to_thread(store.needs_rebuild, tenant, collection):
                async with self._lock.held():
                    await asyncio.to_thread(store.clear, tenant, collection)
                    await self._state.forget_vectors(tenant, collection)

    async def _is_true(self) -> bool:
        for (tenant, collection), expected in (await self._state.chunk_counts()).items():
            if await asyncio.to_thread(self._index.count, tenant, collection) != expected:
                return False
        return True


def texts_from(chunks: Sequence[Chunk]) -> list[str]:
    """What is embedded of each chunk: its words under their headings."""
    return ["\n".join((*chunk.heading, chunk.text)) for chunk in chunks]


def _stored(
    store: WritableVectors, contents: Sequence[Content], offered: Mapping[Place, Vectors]
) -> list[Pending]:
    """Runs in a worker thread: write new vectors, keep those of the same version, drop all others."""
    done = []
    for one, chunks in contents:
        rows = offered.get(_place(one), NO_VECTORS)
        if chunks and len(rows) == len(chunks):
            store.replace(one.tenant, one.collection, one.document_id, chunks, rows)
            done.append(replace(one, vector_version=one.version))
        elif one.version is not None and one.vector_version == one.version:
            done.append(one)
        else:
            # Even where none are noted: a crash may have left some that were written and not noted.
            store.replace(one.tenant, one.collection, one.document_id, (), NO_VECTORS)
            done.append(replace(one, vector_version=None))
    return done


def _batches(pending: Sequence[Pending], config: KeeperConfig) -> Iterator[list[Pending]]:
    batch: list[Pending] = []
    for one in pending:
        if batch and (
            (one.tenant, one.collection) != (batch[0].tenant, batch[0].collection)
            or len(batch) == config.batch_documents
            or sum(other.chunk_count for other in batch) + one.chunk_count > config.batch_chunks
        ):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _place(one: Pending) -> Place:
    return Place(document_id=one.document_id, version=one.version or 0)


def _unavailable(error: IndexUnavailable | OSError) -> IndexUnavailable:
    if isinstance(error, IndexUnavailable):
        return error
    return IndexUnavailable(f"the index cannot be written: {error.strerror}")

"""The knowledge base as one thing: registry, index keeper, and the revision that every cache key holds."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from yingda.errors import AnswerError, StoreUnavailable
from yingda.knowledge.embed import EmbeddingUnavailable
from yingda.knowledge.keeper import Applied, IndexKeeper, KeeperConfig, VectorSide, WordSide
from yingda.knowledge.registry.dictionary import Dictionary
from yingda.knowledge.registry.documents import Documents
from yingda.knowledge.registry.index_state import IndexState, Scope
from yingda.knowledge.registry.reading import Shelf
from yingda.knowledge.registry.records import Deleted
from yingda.knowledge.writer_lock import WriterLock, WriterLockConfig
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, DocumentId, Principal

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]
Revisions = dict[Scope, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryConfig:
    """`settle_s` is what an index reader may lag behind another process's writer; with `poll_s` under 1 s."""

    poll_s: float = 0.25
    settle_s: float = 0.6
    repair_s: float = 10.0
    keeper: KeeperConfig = field(default_factory=KeeperConfig)
    lock: WriterLockConfig = field(default_factory=WriterLockConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A document that is gone for every search from now on.

    `is_indexed` False: the index still holds it and will drop it later; until then `Library.is_hidden`.
    """

    deleted: Deleted
    is_indexed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsSet:
    """The words as they were stored; `is_indexed` False: documents written before are found by them later."""

    words: tuple[str, ...]
    is_indexed: bool


class Library:
    """What the rest of the server knows of the knowledge base; made by `open_library`.

    A task follows the database: what another process changed is in the index and in `revision` within a
    second, and what an index that failed has missed is written later.
    """

    def __init__(
        self, database: Database, state: IndexState, keeper: IndexKeeper, clock: Clock, config: LibraryConfig
    ) -> None:
        self.documents = Documents(database, clock)
        self.shelf = Shelf(database)
        self.dictionary = Dictionary(database)
        self.keeper = keeper
        self.healed = asyncio.Event()
        self._state = state
        self._clock = clock
        self._config = config
        self._published: Revisions = {}
        self._checked: Revisions = {}
        self._settling: tuple[float, Revisions] | None = None
        self._hidden: set[DocumentId] = set()
        self._ending: set[DocumentId] = set()
        self._is_whole = False
        self._repair_at_s = clock.monotonic()

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        """Grows with every change of the collection, 0 before the first; costs a look into a dictionary."""
        return self._published.get((principal.tenant, collection), 0)

    def is_hidden(self, document_id: DocumentId) -> bool:
        """Whether the document was deleted or disabled before the index was written; a retriever drops it."""
        return document_id in self._ending or document_id in self._hidden

    async def index(self, document_ids: Collection[DocumentId] | None = None) -> Applied:
        """Make what the registry says of these documents, or of all, searchable; on failure repaired soon."""
        try:
            applied = await self.keeper.apply(document_ids)
            await self._publish()
        except StoreUnavailable as error:
            applied = Applied(error=error)
        if applied.error is not None:
            self._is_whole = False
        return applied

    async def delete(self, principal: Principal, document_id: DocumentId) -> Deletion:
        """End a document, at once; raises `NotFound` and `StoreUnavailable`."""
        self._ending.add(document_id)
        try:
            deleted = await self.documents.delete(principal, document_id)
            with suppress(StoreUnavailable):
                await self._publish()
            applied = await self.index({document_id})
            if applied.error is not None:
                self._hidden.add(document_id)
        finally:
            self._ending.discard(document_id)
        return Deletion(deleted=deleted, is_indexed=applied.error is None)

    async def enable(self, principal: Principal, document_id: DocumentId, *, is_enabled: bool) -> None:
        """Let answers rest on the document again, or no longer, at once; it stays what it is.

        Raises `NotFound` and `StoreUnavailable`. An index that fails is written later.
        """
        if not is_enabled:
            self._ending.add(document_id)
        try:
            await self.documents.enable(principal, document_id, is_enabled=is_enabled)
            with suppress(StoreUnavailable):
                await self._publish()
            applied = await self.index({document_id})
            if is_enabled:
                self._hidden.discard(document_id)
            elif applied.error is not None:
                self._hidden.add(document_id)
        finally:
            self._ending.discard(document_id)

    async def rename(self, principal: Principal, document_id: DocumentId, wanted: str) -> str:
        """Give the document another name, or the next free one like it; which one.

        Raises `NotFound`, `InvalidRequest` and `StoreUnavailable`.
        """
        name = await self.documents.rename(principal, document_id, wanted)
        await self.index({document_id})
        return name

    async def set_words(
        self, principal: Principal, collection: CollectionId, words: Sequence[str]
    ) -> WordsSet:
        """Make these the collection's own words and write its documents again; raises `InvalidRequest`."""
        checked = await self.dictionary.replace(principal, collection, words)
        applied = await self.index()
        await self.keeper.learn({(principal.tenant, collection)})
        return WordsSet(words=checked, is_indexed=applied.error is None)

    async def rebuild_index(self) -> Applied:
        """Fill a new index from the registry and turn to it; until then the old one is searched."""
        applied = await self.keeper.rebuild()
        await self._publish()
        return applied

    async def load(self) -> None:
        """Learn words, revisions and unfinished deletions, before anything is answered."""
        await self.keeper.learn()
        await self._note_deletions()
        await self._publish()

    async def follow(self) -> None:
        """Heal the index, then keep up with the database until cancelled."""
        await self._surviving(self._heal)
        self.healed.set()
        while True:
            await asyncio.sleep(self._config.poll_s)
            await self._surviving(self._look)

    async def _heal(self) -> None:
        self._is_whole = True
        if (await self.keeper.reconcile()).error is not None:
            self._is_whole = False
        await self._note_deletions()
        await self._publish()

    async def _look(self) -> None:
        now_s = self._clock.monotonic()
        seen = await self._state.revisions()
        if self._settling is None and seen != self._checked:
            await self._note_deletions()
            self._settling = (now_s + self._config.settle_s, seen)
        if self._settling is not None and now_s >= self._settling[0]:
            await self._settle(self._settling[1])
        if now_s >= self._repair_at_s:
            self._repair_at_s = now_s + self._config.repair_s
            await self._repair()

    async def _settle(self, revisions: Revisions) -> None:
        """By now our reader of the index sees what another process had written before its revision."""
        self._settling = None
        if (await self.keeper.apply()).error is not None:
            self._is_whole = False
        await self.keeper.learn(self._changed(revisions))
        self._checked = revisions
        for key, revision in revisions.items():
            self._published[key] = max(revision, self._published.get(key, 0))

    def _changed(self, revisions: Revisions) -> set[Scope] | None:
        """None stands for all, at the first look."""
        if not self._checked:
            return None
        return {key for key, revision in revisions.items() if self._checked.get(key) != revision}

    async def _repair(self) -> None:
        if not self._is_whole:
            await self._heal()
        try:
            if await self.keeper.embed_missing():
                await self._publish()
        except EmbeddingUnavailable as error:
            log.info("documents still wait for their vectors: %s", error)

    async def _publish(self) -> None:
        self._published = await self._state.revisions()

    async def _note_deletions(self) -> None:
        self._hidden = {one.document_id for one in await self._state.pending() if one.version is None}

    async def _surviving(self, step: Step) -> None:
        try:
            await step()
            return
        except AnswerError as error:
            log.warning("the knowledge base could not be looked after: %s", error)
        except Exception:
            log.exception("the knowledge base could not be looked after")
        self._is_whole = False


@asynccontextmanager
async def open_library(
    database: Database,
    words: WordSide,
    home: Path,
    clock: Clock,
    vectors: VectorSide | None = None,
    config: LibraryConfig | None = None,
) -> AsyncIterator[Library]:
    """Open the knowledge base whose index lies under `home`, and look after it until the end of the block.

    Begins before the index is healed, so that a server with a large index to rebuild can start: `healed`
    says when. Raises `StoreUnavailable` if the database does not answer.
    """
    config = config or LibraryConfig()
    state = IndexState(database, await asyncio.to_thread(index_name, home))
    keeper = IndexKeeper(state, words, WriterLock(home / "index.lock", config.lock), vectors, config.keeper)
    library = Library(database, state, keeper, clock, config)
    await library.load()
    following = asyncio.create_task(library.follow())
    try:
        yield library
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await keeper.close()


def index_name(home: Path) -> str:
    """The name that tells this home's index from others on the same database; made at the first call."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "index.name"
    if not path.exists():
        draft = home / f"index.name.{secrets.token_hex(16)}"
        draft.write_text(secrets.token_hex(16), encoding="ascii")
        with suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all, and never over another process's name
        draft.unlink()
    return path.read_text(encoding="ascii")

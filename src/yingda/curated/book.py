"""The curated answers as they are matched: pictures in memory that follow the database within a second."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from cachetools import LRUCache

from yingda.curated.answer import CuratedAnswer
from yingda.curated.match import Fits, Match, MatchConfig, Matcher
from yingda.curated.store import CuratedStore, Scope
from yingda.errors import AnswerError
from yingda.knowledge.embed import Embedder, EmbeddingUnavailable, Vectors
from yingda.turns.types import CollectionId, Principal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookConfig:
    """`embed_s` is what a question's vector may take; without it by then, words alone decide.

    `pictures` collections are held in memory. Vectors of stored questions are asked for `embed_batch` at a
    time, and again `embed_again_s` after the endpoint failed.
    """

    poll_s: float = 0.25
    pictures: int = 256
    embed_s: float = 0.12
    embed_batch: int = 256
    embed_again_s: float = 30.0
    match: MatchConfig = field(default_factory=MatchConfig)


@dataclass(slots=True)
class _Picture:
    revision: int
    matcher: Matcher
    vectors: dict[str, Vectors] = field(default_factory=dict)


class CuratedBook:
    """What the server knows of the curated answers; `run` keeps it true.

    An embedder, where there is one, adds the likeness of meanings to that of words.
    """

    def __init__(
        self, store: CuratedStore, config: BookConfig | None = None, embedder: Embedder | None = None
    ) -> None:
        self.store = store
        self.config = config or BookConfig()
        self._embedder = embedder
        self._revisions: dict[Scope, int] = {}
        self._pictures: LRUCache[Scope, _Picture] = LRUCache(self.config.pictures)
        self._loading: dict[Scope, asyncio.Lock] = {}

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        """Grows with every change of the collection's answers, 0 before the first; part of a cache key."""
        return self._revisions.get((principal.tenant, collection), 0)

    async def load(self) -> None:
        """Read all there is, before anything is answered; raises `StoreUnavailable`."""
        await self._look()
        for tenant, collection in list(self._revisions)[: self.config.pictures]:
            await self.picture(_of(tenant), collection)

    async def run(self) -> None:
        """Follow the database, and see to the vectors, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            if self._embedder is not None:
                group.create_task(self._embed(self._embedder))

    async def picture(self, principal: Principal, collection: CollectionId) -> Matcher:
        """The collection as of the last look, read where nobody asked for it yet; `StoreUnavailable`."""
        known = self._pictures.get((principal.tenant, collection))
        if known is None:
            if self.revision(principal, collection) == 0:
                return _EMPTY
            known = await self._read(principal, collection)
        return known.matcher

    async def fresh(self, principal: Principal, collection: CollectionId) -> tuple[int, Matcher]:
        """The collection as the database has it now, with its revision; for those who want to change it."""
        known = await self._read(principal, collection)
        return known.revision, known.matcher

    async def find(
        self, principal: Principal, collection: CollectionId, question: str, fits: Fits
    ) -> Match | None:
        """The answer to the question, if there is one; `StoreUnavailable` where it cannot be known."""
        matcher = await self.picture(principal, collection)
        if not matcher.answers:
            return None
        found = matcher.best(question, fits)
        if found is not None and found.score >= 1.0:
            return found
        vector = await self._vector(matcher, question)
        return found if vector is None else matcher.best(question, fits, vector)

    async def matches(
        self, principal: Principal, collection: CollectionId, question: str, fits: Fits, limit: int = 10
    ) -> list[Match]:
        """What would match and how well, below the threshold too, best first."""
        matcher = await self.picture(principal, collection)
        return matcher.matches(question, fits, await self._vector(matcher, question), limit)

    async def _vector(self, matcher: Matcher, question: str) -> Vectors | None:
        if self._embedder is None or not matcher.has_vectors:
            return None
        try:
            return await self._embedder.question(question, timeout_s=self.config.embed_s)
        except EmbeddingUnavailable as error:
            log.info("curated answers are matched by words alone: %s", error)
            return None

    async def _read(self, principal: Principal, collection: CollectionId) -> _Picture:
        key = (principal.tenant, collection)
        async with self._loading.setdefault(key, asyncio.Lock()):
            revision, answers = await self.store.load(principal, collection)
            known = self._pictures.get(key)
            if known is not None and known.revision >= revision:
                return known
            picture = await asyncio.to_thread(self._drawn, revision, answers, known)
            self._pictures[key] = picture
            self._revisions[key] = max(revision, self._revisions.get(key, 0))
            return picture

    def _drawn(self, revision: int, answers: tuple[CuratedAnswer, ...], before: _Picture | None) -> _Picture:
        vectors = before.vectors if before else {}
        matcher = Matcher(answers, self.config.match, before.matcher if before else None, vectors)
        kept = {text: vectors[text] for text in matcher.questions if text in vectors}
        return _Picture(revision, matcher, kept)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self.config.poll_s)
            try:
                await self._look()
            except AnswerError as error:
                log.warning("curated answers stay as last read: %s", error)
            except Exception:
                log.exception("curated answers could not be followed")

    async def _look(self) -> None:
        for key, revision in (await self.store.revisions()).items():
            known = self._pictures.get(key)
            if known is not None and known.revision < revision:
                await self._read(_of(key[0]), key[1])
            self._revisions[key] = max(revision, self._revisions.get(key, 0))

    async def _embed(self, embedder: Embedder) -> None:
        while True:
            pause_s = self.config.poll_s
            try:
                for key in list(self._pictures):
                    await self._embed_missing(embedder, key)
            except EmbeddingUnavailable as error:
                log.info("questions of curated answers wait for their vectors: %s", error)
                pause_s = self.config.embed_again_s
            except Exception:
                log.exception("vectors of curated answers could not be made")
                pause_s = self.config.embed_again_s
            await asyncio.sleep(pause_s)

    async def _embed_missing(self, embedder: Embedder, key: Scope) -> None:
        while (picture := self._pictures.get(key)) is not None:
            missing = [
                text for text in dict.fromkeys(picture.matcher.questions) if text not in picture.vectors
            ]
            if not missing:
                return
            batch = missing[: self.config.embed_batch]
            rows = await embedder.documents(batch)
            picture.vectors.update(zip(batch, rows, strict=True))
            if len(batch) == len(missing):
                picture.matcher = await asyncio.to_thread(picture.matcher.with_vectors, picture.vectors)


_EMPTY = Matcher(())


def _of(tenant: str) -> Principal:
    """Whoever follows the database of a tenant on its behalf."""
    return Principal(tenant=tenant, key_id="follower", roles=frozenset())

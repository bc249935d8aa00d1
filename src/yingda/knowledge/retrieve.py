"""Hybrid retrieval: a lexical leg and a vector leg side by side, then a closer look if time is left."""

from __future__ import annotations

import asyncio
import logging
import math
import queue
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from yingda.errors import AnswerError, IndexUnavailable
from yingda.knowledge.embed import Embedder, EmbeddingRefused, EmbeddingUnavailable, Vectors
from yingda.knowledge.fuse import Calibration, FuseConfig, Fused, fuse
from yingda.knowledge.rerank import Reranker, RerankUnavailable
from yingda.knowledge.types import Candidate, PassageIndex, Retrieval
from yingda.knowledge.vectors import VectorStore
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, DocumentId, Passage, Principal

log = logging.getLogger(__name__)

T = TypeVar("T")
_Where = tuple[str, CollectionId, frozenset[DocumentId] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveConfig:
    """What is asked of the legs and what passes.

    `threshold` applies to scores calibrated to 0..1. `rerank_calibration` None takes the reranker's 0..1 as
    it comes. After `circuit_failures` failures in a row an endpoint is left alone for `circuit_cooldown_s`;
    no remote call is begun with less than `remote_least_s` left, so that none is blamed for our haste. An
    embedding leaves `search_reserve_s` of its time to the search that needs it. `lone_leg_count` is asked of
    words that are neither fused nor reranked; more `threads` would only wait for each other's interpreter.
    """

    threshold: float = 0.5
    lexical_deadline_s: float = 1.0
    leg_count: int = 50
    lone_leg_count: int = 20
    rerank_count: int = 20
    rerank_calibration: Calibration | None = None
    fusion: FuseConfig = field(default_factory=FuseConfig)
    remote_least_s: float = 0.03
    search_reserve_s: float = 0.02
    circuit_failures: int = 3
    circuit_cooldown_s: float = 10.0
    threads: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """What the vector leg needs, together or not at all."""

    embedder: Embedder
    vectors: VectorStore


@dataclass(frozen=True, slots=True)
class _Leg(Generic[T]):
    name: str
    work: Callable[[], Awaitable[list[T]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome(Generic[T]):
    """How a leg ended; `found` None says that it failed or was given up."""

    found: list[T] | None
    step: tuple[str, float, str]


class Registry(Protocol):
    """What the registry of documents knows and an index may not yet."""

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        """Grows with every change of the collection."""
        ...

    def is_hidden(self, document_id: DocumentId) -> bool:
        """Whether a document is deleted although an index still holds it."""
        ...


class HybridRetriever:
    """A `Retriever` that answers as well as the legs that live allow, and says which did not.

    A passage passes if one leg alone has strong evidence for it (`fuse.strongest`); with a reranker alive,
    its score replaces both. Order is the joint rank, or the reranker's. No leg
    that was given up is waited for: its socket is closed, its thread is a daemon that finishes into nothing.
    """

    def __init__(
        self,
        index: PassageIndex,
        registry: Registry,
        clock: Clock,
        *,
        dense: Dense | None = None,
        reranker: Reranker | None = None,
        config: RetrieveConfig | None = None,
    ) -> None:
        self._index = index
        self._registry = registry
        self._clock = clock
        self._dense = dense
        self._reranker = reranker
        self._config = config or RetrieveConfig()
        self._threads = _Threads(self._config.threads, clock)
        self._embedding_circuit = self._circuit()
        self._rerank_circuit = self._circuit()

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        """As the registry of documents counts it."""
        return self._registry.revision(principal, collection)

    def was_asked(self, within_s: float) -> bool:
        """Whether anybody asked in the last `within_s`; other work on documents then gives way."""
        return self._clock.monotonic() - self._threads.used_s <= within_s

    def at(self, threshold: float) -> HybridRetriever:
        """Shares all but the threshold, what is known of dead endpoints included."""
        other = copy(self)
        other._config = replace(self._config, threshold=threshold)
        return other

    async def retrieve(
        self,
        principal: Principal,
        collection: CollectionId,
        question: str,
        *,
        by_s: float,
        limit: int = 5,
        scope: frozenset[DocumentId] | None = None,
    ) -> Retrieval:
        """Passages at or above the threshold, best first; raises `IndexUnavailable` when no leg answers.

        The lexical leg has its own deadline, so that a `by_s` already past still leaves it time.
        """
        if scope is not None and not scope:
            return Retrieval(passages=())
        legs = await self._search(principal.tenant, collection, question, by_s, scope)
        if all(leg.found is None for leg in legs):
            notes = ", ".join(f"{name}: {note}" for name, _, note in (leg.step for leg in legs))
            raise IndexUnavailable(f"no leg of retrieval answered ({notes})")
        lexical, vector = (*(leg.found or [] for leg in legs), [])[:2]
        fused = fuse(lexical, vector, self._config.fusion)
        best = [found for found in fused if not self._registry.is_hidden(found.chunk.document_id)]
        outcomes: list[_Outcome[Any]] = [*legs]
        if self._reranker is not None and best:
            judged = best[: max(limit, self._config.rerank_count)]
            closer = await self._run(
                _Leg("rerank", partial(self._rescored, self._reranker, question, judged, by_s))
            )
            outcomes.append(closer)
            best = closer.found or best
        passed = [found for found in best if found.score >= self._config.threshold]
        return Retrieval(
            passages=tuple(_passage_from_fused(found) for found in passed[:limit]),
            best_score=max((found.score for found in best), default=0.0),
            degraded=tuple(each.step[0] for each in outcomes if each.found is None),
            steps=tuple(each.step for each in outcomes),
        )

    async def _search(
        self,
        tenant: str,
        collection: CollectionId,
        question: str,
        by_s: float,
        scope: frozenset[DocumentId] | None,
    ) -> list[_Outcome[Candidate]]:
        is_alone = self._dense is None and self._reranker is None
        count = self._config.lone_leg_count if is_alone else self._config.leg_count
        search = partial(self._index.search, tenant, collection, question, count, scope)
        lexical = _Leg("lexical", partial(self._threads.run, search, self._config.lexical_deadline_s))
        if self._dense is None:
            return [await self._run(lexical)]
        vector = _Leg("vector", partial(self._near, self._dense, (tenant, collection, scope), question, by_s))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._run(leg)) for leg in (lexical, vector)]
        return [task.result() for task in tasks]

    async def _near(self, dense: Dense, where: _Where, question: str, by_s: float) -> list[Candidate]:
        vector = dense.embedder.recall(question)
        if vector is None:
            vector = await self._embed(dense.embedder, question, by_s - self._config.search_reserve_s)
        tenant, collection, scope = where
        search = partial(dense.vectors.search, tenant, collection, vector, self._config.leg_count, scope)
        return await self._threads.run(search, by_s - self._clock.monotonic())

    async def _embed(self, embedder: Embedder, question: str, by_s: float) -> Vectors:
        left_s = self._remote_left_s(by_s)
        if not self._embedding_circuit.admits():
            raise EmbeddingUnavailable("left alone after repeated failures")
        try:
            vector = await embedder.question(question, timeout_s=left_s)
        except EmbeddingRefused:
            self._embedding_circuit.succeeded()  # the input was at fault, the endpoint is well
            raise
        except EmbeddingUnavailable:
            self._embedding_circuit.failed()
            raise
        self._embedding_circuit.succeeded()
        return vector

    async def _rescored(
        self, reranker: Reranker, question: str, best: Sequence[Fused], by_s: float
    ) -> list[Fused]:
        """The candidates by the reranker's score; equal ones stay in the joint order."""
        left_s = self._remote_left_s(by_s)
        if not self._rerank_circuit.admits():
            raise RerankUnavailable("left alone after repeated failures")
        try:
            scores = await reranker.scores(question, [each.chunk.text for each in best], timeout_s=left_s)
        except RerankUnavailable:
            self._rerank_circuit.failed()
            raise
        self._rerank_circuit.succeeded()
        curve = self._config.rerank_calibration
        rescored = [
            replace(each, score=score if curve is None else curve.apply(score))
            for each, score in zip(best, scores, strict=True)
        ]
        return sorted(rescored, key=lambda each: -each.score)

    def _remote_left_s(self, by_s: float) -> float:
        left_s = by_s - self._clock.monotonic()
        if left_s < self._config.remote_least_s:
            raise TimeoutError
        return left_s

    async def _run(self, leg: _Leg[T]) -> _Outcome[T]:
        """Whatever becomes of the leg is told, not raised; each leg keeps its own time."""
        started_s = self._clock.monotonic()
        found: list[T] | None = None
        try:
            found = await leg.work()
            note = f"{len(found)} found"
        except TimeoutError:
            note = "late"
        except AnswerError as error:
            note = f"{error.code}: {error.message}"
        except Exception:
            log.exception("the %s leg of retrieval failed", leg.name)
            note = "failed"
        elapsed_ms = (self._clock.monotonic() - started_s) * 1000
        return _Outcome(found=found, step=(leg.name, elapsed_ms, note))

    def _circuit(self) -> Circuit:
        config = self._config
        return Circuit(self._clock, failures=config.circuit_failures, cooldown_s=config.circuit_cooldown_s)


class Circuit:
    """Spares callers an endpoint that is known to be dead.

    After `failures` in a row it admits nobody for `cooldown_s`, then one caller a cool-down, until one of
    them succeeds. A caller that is cancelled counts for nothing.
    """

    def __init__(self, clock: Clock, *, failures: int, cooldown_s: float) -> None:
        self._clock = clock
        self._allowed = failures
        self._cooldown_s = cooldown_s
        self._failed = 0
        self._open_until_s = 0.0

    def admits(self) -> bool:
        """Whether to call now; a yes while the endpoint is under suspicion sends the next ones away."""
        if self._failed < self._allowed:
            return True
        if self._clock.monotonic() < self._open_until_s:
            return False
        self._open_until_s = self._clock.monotonic() + self._cooldown_s
        return True

    def succeeded(self) -> None:
        """Forget all failures."""
        self._failed = 0

    def failed(self) -> None:
        """Count one more, and start the cool-down where it is one too many."""
        self._failed += 1
        if self._failed >= self._allowed:
            self._open_until_s = self._clock.monotonic() + self._cooldown_s


class _Threads:
    """Daemon threads, started as needed up to a count, never joined.

    The standard pools wait for their threads when the process exits: one search hung on a dead disk would
    then hold the exit up for ever.
    """

    def __init__(self, count: int, clock: Clock) -> None:
        self.used_s = -math.inf
        self._clock = clock
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = queue.SimpleQueue()
        self._count = count
        self._started = 0
        self._busy = 0

    async def run(self, call: Callable[[], T], timeout_s: float) -> T:
        """The call's result, or `TimeoutError`; a call that was given up before it began never begins."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.used_s = self._clock.monotonic()
        self._busy += 1
        if self._busy > self._started and self._started < self._count:
            self._started += 1
            threading.Thread(target=self._work, name=f"retrieve-{self._started}", daemon=True).start()
        self._calls.put((call, future))
        async with asyncio.timeout(timeout_s):
            return await future

    def _work(self) -> None:
        while True:
            call, future = self._calls.get()
            result: Any = None
            error: Exception | None = None
            if not future.cancelled():
                try:
                    result = call()
                except Exception as raised:
                    error = raised
            with suppress(RuntimeError):  # the loop has gone, and with it whoever asked
                future.get_loop().call_soon_threadsafe(self._settle, future, result, error)

    def _settle(self, future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
        self._busy -= 1
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def _passage_from_fused(found: Fused) -> Passage:
    chunk = found.chunk
    return Passage(
        id=chunk.id,
        document_id=chunk.document_id,
        version=chunk.version,
        source=chunk.source,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=found.score,
        heading=chunk.heading,
        page=chunk.page,
    )

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field, replace

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from yingda.errors import IndexUnavailable
from yingda.knowledge.embed import EmbedConfig, Embedder
from yingda.knowledge.fuse import Calibration, FuseConfig
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.rerank import RerankConfig, Reranker
from yingda.knowledge.retrieve import Circuit, Dense, HybridRetriever, RetrieveConfig
from yingda.knowledge.types import Candidate, Chunk, PassageIndex, Retrieval
from yingda.knowledge.vectors import VectorStore
from yingda.testing.clock import FrozenClock
from yingda.turns.clock import SystemClock
from yingda.turns.types import CollectionId, DocumentId, Passage, Principal

SHOP = CollectionId("shop")
ASKER = Principal(tenant="t", key_id="k", roles=frozenset({"chat"}))
TOPICS = ("return", "refund", "parcel")
TEXTS = {"returns": "return within 14 days", "parcels": "a parcel takes 3 days", "jobs": "we hire"}
CONFIG = RetrieveConfig(lexical_deadline_s=5.0, fusion=FuseConfig(cosine=Calibration(midpoint=0.5, slope=20)))


class CountingIndex:
    """A `PassageIndex` in memory: a chunk's score is the share of the question's words found in it."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str, str], list[Chunk]] = {}

    def replace(self, tenant: str, collection: str, document_id: str, chunks: Sequence[Chunk]) -> None:
        self._documents[tenant, collection, document_id] = list(chunks)

    def search(
        self, tenant: str, collection: CollectionId, question: str, limit: int, scope=None
    ) -> list[Candidate]:
        words = question.split()
        chunks = [each for each in self._chunks(tenant, collection) if not scope or each.document_id in scope]
        shares = [sum(word in chunk.text for word in words) / len(words) for chunk in chunks]
        found = [
            Candidate(chunk=chunk, score=share) for chunk, share in zip(chunks, shares, strict=True) if share
        ]
        return sorted(found, key=lambda each: (-each.score, each.chunk.document_id, each.chunk.ordinal))[
            :limit
        ]

    def count(self, tenant: str, collection: CollectionId) -> int:
        return len(self._chunks(tenant, collection))

    def clear(self) -> None:
        self._documents.clear()

    def _chunks(self, tenant: str, collection: str) -> list[Chunk]:
        return [
            chunk for key, own in self._documents.items() if key[:2] == (tenant, collection) for chunk in own
        ]


@dataclass
class Books:
    """A registry that knows one revision, and what was deleted behind the index's back."""

    number: int = 1
    deleted: frozenset[str] = frozenset()

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        return self.number

    def is_hidden(self, document_id: DocumentId) -> bool:
        return document_id in self.deleted


class BrokenIndex(CountingIndex):
    """An index whose disk is gone."""

    def search(
        self, tenant: str, collection: CollectionId, question: str, limit: int, scope=None
    ) -> list[Candidate]:
        raise OSError("no such device")


class HungIndex(CountingIndex):
    """An index that answers once it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.begun: list[str] = []

    def search(
        self, tenant: str, collection: CollectionId, question: str, limit: int, scope=None
    ) -> list[Candidate]:
        self.begun.append(question)
        self.release.wait()
        return super().search(tenant, collection, question, limit, scope)


def meaning(text: str) -> list[float]:
    """To this model, a refund is a return; what it knows nothing of points elsewhere."""
    known = {"refund": "return"}
    words = [known.get(word, word) for word in text.split()]
    counts = [float(words.count(topic)) for topic in TOPICS]
    return [*counts, 0.0 if any(counts) else 1.0]


@dataclass
class Models:
    """A real server for both endpoints; `faults` are what the next calls of a path get, None hangs."""

    faults: dict[str, list[int | None]] = field(default_factory=lambda: {"embeddings": [], "rerank": []})
    calls: list[str] = field(default_factory=list)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def embeddings(self, request: web.Request) -> web.Response:
        await self._fault("embeddings")
        texts = (await request.json())["input"]
        return web.json_response(
            {"data": [{"index": at, "embedding": meaning(text)} for at, text in enumerate(texts)]}
        )

    async def rerank(self, request: web.Request) -> web.Response:
        """Only what speaks of a parcel is relevant."""
        await self._fault("rerank")
        texts = (await request.json())["documents"]
        scores = [0.9 if "parcel" in text else 0.1 for text in texts]
        results = [{"index": at, "relevance_score": score} for at, score in enumerate(scores)]
        return web.json_response({"results": results})

    async def _fault(self, path: str) -> None:
        self.calls.append(path)
        fault = self.faults[path].pop(0) if self.faults[path] else 200
        if fault is None:
            self.hanging.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.hung_up.set()
        if fault != 200:
            raise web.HTTPServiceUnavailable


@dataclass
class Shop:
    models: Models
    http: aiohttp.ClientSession
    url: str
    vectors: VectorStore
    index: PassageIndex = field(default_factory=CountingIndex)
    books: Books = field(default_factory=Books)

    def retriever(
        self, index=None, clock=None, *, dense=True, rerank=False, config=CONFIG
    ) -> HybridRetriever:
        embedder = Embedder(self.http, EmbedConfig(base_url=self.url, model="m"))
        reranker = Reranker(self.http, RerankConfig(base_url=self.url, model="r"))
        return HybridRetriever(
            index or self.index,
            self.books,
            clock or SystemClock(),
            dense=Dense(embedder=embedder, vectors=self.vectors) if dense else None,
            reranker=reranker if rerank else None,
            config=config,
        )


@pytest.fixture
async def shop(tmp_path):
    async with AsyncExitStack() as stack:
        models = Models()
        app = web.Application()
        app.router.add_post("/embeddings", models.embeddings)
        app.router.add_post("/rerank", models.rerank)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        http = await stack.enter_async_context(aiohttp.ClientSession())
        made = Shop(models=models, http=http, url=url, vectors=VectorStore(tmp_path, "m"))
        for name, text in TEXTS.items():
            vector = np.array([meaning(text)], np.float32)
            unit = vector / np.linalg.norm(vector)
            made.index.replace("t", SHOP, DocumentId(name), [chunk(name)])
            made.vectors.replace("t", SHOP, DocumentId(name), [chunk(name)], unit)
        yield made


def chunk(name: str) -> Chunk:
    return Chunk(
        id=f"{name}-0",
        document_id=DocumentId(name),
        version=3,
        source=f"{name}.md",
        ordinal=0,
        start=5,
        end=5 + len(TEXTS[name]),
        text=TEXTS[name],
        heading=("Help", name),
        page=7,
    )


def versioned(name: str, version: int, ordinal: int) -> Chunk:
    return replace(chunk(name), id=f"{name}-{version}-{ordinal}", version=version, ordinal=ordinal)


async def ask(retriever: HybridRetriever, question: str, within_s: float = 5.0, limit: int = 5) -> Retrieval:
    by_s = SystemClock().monotonic() + within_s
    return await retriever.retrieve(ASKER, SHOP, question, by_s=by_s, limit=limit)


def told(found: Retrieval) -> tuple[list[str], float, tuple[str, ...], list[tuple[str, str]]]:
    """All but the milliseconds."""
    names = [passage.document_id for passage in found.passages]
    return names, round(found.best_score, 2), found.degraded, [(name, note) for name, _, note in found.steps]


async def test_finds_by_words_and_by_meaning(shop):
    found = await ask(shop.retriever(), "parcel refund")
    steps = [("lexical", "1 found"), ("vector", "3 found")]
    assert told(found) == (["parcels", "returns"], 0.98, (), steps)


async def test_gives_passages_whole(shop):
    found = await ask(shop.retriever(dense=False), "return")
    fields = asdict(chunk("returns"))
    del fields["ordinal"]
    assert found.passages == (Passage(score=1.0, **fields),)


async def test_tells_the_best_score_when_nothing_passes(shop):
    found = await ask(shop.retriever(dense=False), "return to a colder country")
    assert told(found) == ([], 0.4, (), [("lexical", "2 found")])


async def test_cuts_to_the_limit_after_the_threshold(shop):
    found = await ask(shop.retriever(dense=False), "days", limit=1)
    assert told(found) == (["parcels"], 1.0, (), [("lexical", "2 found")])


async def test_sees_nothing_of_another_tenant(shop):
    other = Principal(tenant="u", key_id="k", roles=frozenset({"chat"}))
    found = await shop.retriever().retrieve(other, SHOP, "return", by_s=SystemClock().monotonic() + 5)
    assert told(found) == ([], 0.0, (), [("lexical", "0 found"), ("vector", "0 found")])


@pytest.mark.parametrize(
    ("scope", "found"),
    [(("returns", "jobs"), ["returns"]), (("jobs",), []), (("nobody's",), []), ((), [])],
)
@pytest.mark.parametrize("rerank", [False, True])
async def test_never_looks_beyond_its_scope(shop, scope, found, rerank):
    retriever = shop.retriever(rerank=rerank).at(0.1)
    asked = "return a parcel after 3 days"
    by_s = SystemClock().monotonic() + 5
    got = await retriever.retrieve(ASKER, SHOP, asked, by_s=by_s, scope=frozenset(map(DocumentId, scope)))
    assert {passage.document_id for passage in got.passages} <= set(scope)
    assert set(found) <= {passage.document_id for passage in got.passages}


async def test_another_threshold_of_the_same_retriever(shop):
    retriever = shop.retriever(dense=False)
    asked = "return to a colder country"
    found = [told(await ask(each, asked))[0] for each in (retriever, retriever.at(0.3), retriever.at(0.9))]
    assert found == [[], ["returns"], []]


async def test_a_failing_embedding_leaves_the_words(shop):
    shop.models.faults["embeddings"] = [503]
    steps = [("lexical", "1 found"), ("vector", "embedding_unavailable: the embedding endpoint answered 503")]
    assert told(await ask(shop.retriever(), "return")) == (["returns"], 1.0, ("vector",), steps)


async def test_a_hanging_embedding_leaves_the_words_and_is_hung_up_on(shop):
    shop.models.faults["embeddings"] = [None]
    found = await ask(shop.retriever(), "return", within_s=0.2)
    await asyncio.wait_for(shop.models.hung_up.wait(), 5)
    note = "embedding_unavailable: the embedding endpoint was too slow for a question"
    assert told(found) == (["returns"], 1.0, ("vector",), [("lexical", "1 found"), ("vector", note)])


async def test_asks_no_endpoint_when_the_time_is_over(shop):
    found = await ask(shop.retriever(rerank=True), "return", within_s=-1)
    steps = [("lexical", "1 found"), ("vector", "late"), ("rerank", "late")]
    assert (told(found), shop.models.calls) == ((["returns"], 1.0, ("vector", "rerank"), steps), [])


async def test_vectors_of_another_model_leave_the_words(shop, tmp_path):
    shop.vectors = VectorStore(tmp_path, "other")
    note = "vectors_outdated: m (4) is stored, other (4) is asked for"
    found = await ask(shop.retriever(), "return")
    assert told(found) == (["returns"], 1.0, ("vector",), [("lexical", "1 found"), ("vector", note)])


async def test_a_broken_index_leaves_the_meaning(shop):
    found = await ask(shop.retriever(BrokenIndex()), "refund")
    assert told(found) == (["returns"], 1.0, ("lexical",), [("lexical", "failed"), ("vector", "3 found")])


async def test_a_hung_index_is_given_up(shop):
    index = HungIndex()
    config = RetrieveConfig(lexical_deadline_s=0.05)
    found = await ask(shop.retriever(index, config=config), "refund")
    index.release.set()
    assert told(found) == (["returns"], 1.0, ("lexical",), [("lexical", "late"), ("vector", "3 found")])


async def test_never_begins_a_search_given_up_in_the_queue(shop):
    index = HungIndex()
    retriever = shop.retriever(index, config=RetrieveConfig(lexical_deadline_s=0.05, threads=1), dense=False)
    for question in ("begun", "queued"):
        with pytest.raises(IndexUnavailable):
            await ask(retriever, question)
    index.release.set()
    async with asyncio.timeout(5):
        while "last" not in index.begun:
            with suppress(IndexUnavailable):
                await ask(retriever, "last")
    assert "queued" not in index.begun


async def test_fails_when_no_leg_answers(shop):
    shop.models.faults["embeddings"] = [503]
    with pytest.raises(IndexUnavailable, match=r"lexical: failed, vector: embedding_unavailable"):
        await ask(shop.retriever(BrokenIndex()), "return")


async def test_the_reranker_has_the_last_word(shop):
    found = await ask(shop.retriever(rerank=True), "days return")
    steps = [("lexical", "2 found"), ("vector", "3 found"), ("rerank", "3 found")]
    assert told(found) == (["parcels"], 0.9, (), steps)


async def test_a_calibration_moves_the_rerankers_scale(shop):
    config = RetrieveConfig(rerank_calibration=Calibration(midpoint=0.1, slope=20))
    found = await ask(shop.retriever(dense=False, rerank=True, config=config), "days return")
    assert told(found)[:2] == (["parcels", "returns"], 1.0)


async def test_a_failing_reranker_leaves_the_joint_order(shop):
    shop.models.faults["rerank"] = [503]
    found = await ask(shop.retriever(dense=False, rerank=True), "return")
    note = "rerank_unavailable: the rerank endpoint answered 503"
    assert told(found) == (["returns"], 1.0, ("rerank",), [("lexical", "1 found"), ("rerank", note)])


async def test_leaves_a_dead_reranker_alone(shop):
    shop.models.faults["rerank"] = [503] * 3
    retriever = shop.retriever(dense=False, rerank=True)
    answers = [await ask(retriever, "return") for _ in range(5)]
    assert (shop.models.calls, answers[-1].degraded) == (["rerank"] * 3, ("rerank",))


async def test_leaves_a_dead_endpoint_alone_until_it_cooled_down(shop):
    clock = FrozenClock()
    retriever = shop.retriever(clock=clock)
    shop.models.faults["embeddings"] = [503] * 3
    by_s = clock.monotonic() + 5
    answers = [await retriever.retrieve(ASKER, SHOP, f"return {number}", by_s=by_s) for number in range(5)]
    while_dead = (len(shop.models.calls), answers[-1].steps[1][2])
    clock.advance(CONFIG.circuit_cooldown_s)
    healed = await retriever.retrieve(ASKER, SHOP, "return 6", by_s=clock.monotonic() + 5)
    assert while_dead == (3, "embedding_unavailable: left alone after repeated failures")
    assert (healed.degraded, len(shop.models.calls)) == ((), 4)


async def test_knows_a_repeated_question_while_the_endpoint_is_dead(shop):
    retriever = shop.retriever()
    await ask(retriever, "refund")
    shop.models.faults["embeddings"] = [503] * 3
    for number in range(3):
        await ask(retriever, f"refund {number}")
    assert told(await ask(retriever, "refund"))[:3] == (["returns"], 1.0, ())


async def test_a_stopped_turn_hangs_up(shop):
    shop.models.faults["embeddings"] = [None]
    task = asyncio.create_task(ask(shop.retriever(), "return", within_s=60))
    async with asyncio.timeout(5):
        await shop.models.hanging.wait()
        task.cancel()
        await shop.models.hung_up.wait()
        await asyncio.wait([task])
    assert task.cancelled()


async def test_answers_many_at_once_over_few_threads(shop):
    retriever = shop.retriever(dense=False, config=RetrieveConfig(threads=2, lexical_deadline_s=5.0))
    found = await asyncio.gather(*(ask(retriever, "return") for _ in range(50)))
    assert {told(each)[0][0] for each in found} == {"returns"}


async def test_a_deleted_document_is_dropped_though_the_index_still_holds_it(shop):
    shop.books.deleted = frozenset({"returns"})
    found = await ask(shop.retriever(dense=False), "return")
    assert found.passages == ()


async def test_never_sees_two_versions_of_a_document_while_it_is_replaced(shop, tmp_path):
    index = TantivyIndex(tmp_path / "index")
    retriever = shop.retriever(index)
    unit = np.array([meaning("return")], np.float32)
    replaced = asyncio.Event()

    def put(version: int) -> None:
        pieces = [versioned("returns", version, ordinal) for ordinal in range(2)]
        shop.vectors.replace("t", SHOP, DocumentId("returns"), pieces, np.repeat(unit, 2, axis=0))
        index.replace("t", SHOP, DocumentId("returns"), pieces)

    async def replace_often() -> None:
        for version in range(4, 16):
            await asyncio.to_thread(put, version)
        replaced.set()

    put(3)
    replacing = asyncio.create_task(replace_often())
    seen = []
    while not replaced.is_set():
        found = await ask(retriever, "return within 14 days")
        seen.append(({passage.version for passage in found.passages}, len(found.passages), found.degraded))
    await replacing
    assert {(len(versions), count, degraded) for versions, count, degraded in seen} == {(1, 2, ())}


def test_delegates_the_revision():
    retriever = HybridRetriever(CountingIndex(), Books(number=41), FrozenClock())
    assert retriever.revision(ASKER, SHOP) == 41


def test_a_circuit_admits_one_caller_a_cooldown_until_one_succeeds():
    clock = FrozenClock()
    circuit = Circuit(clock, failures=2, cooldown_s=10)
    circuit.failed()
    circuit.failed()
    seen = [circuit.admits()]
    clock.advance(10)
    seen += [circuit.admits(), circuit.admits()]
    circuit.succeeded()
    seen += [circuit.admits(), circuit.admits()]
    assert seen == [False, True, False, True, True]


EXITING = textwrap.dedent("""
    import asyncio, threading
    from yingda.knowledge.retrieve import HybridRetriever, RetrieveConfig
    from yingda.turns.clock import SystemClock
    from yingda.turns.types import Principal

    class Hung:
        def search(self, *_):
            threading.Event().wait()

    async def main():
        config = RetrieveConfig(lexical_deadline_s=0.05)
        retriever = HybridRetriever(Hung(), None, SystemClock(), config=config)
        await retriever.retrieve(Principal(tenant="t", key_id="k", roles=frozenset()), "c", "q", by_s=0)

    try:
        asyncio.run(main())
    except Exception as error:
        print(error)
""")


def test_a_hung_search_does_not_keep_the_process_from_its_exit():
    ended = subprocess.run([sys.executable, "-c", EXITING], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "no leg of retrieval answered (lexical: late)\n")

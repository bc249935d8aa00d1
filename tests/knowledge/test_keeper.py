"""Vectors beside the words: taken when at hand, missed when not, made up for later."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from tests.knowledge.shelving import PRINCIPAL, QUICK, eventually, open_knowledge

from yingda.errors import IndexUnavailable
from yingda.knowledge.embed import EmbeddingRefused, EmbeddingUnavailable
from yingda.knowledge.keeper import VectorSide
from yingda.knowledge.vectors import VectorStore
from yingda.knowledge.writer_lock import WriterLock, WriterLockConfig
from yingda.turns.types import DEFAULT_COLLECTION


class LetterEmbedder:
    """A row counts the letters of a text; `error` is raised instead while it is set."""

    def __init__(self, error=None):
        self.error = error
        self.asked = []

    async def documents(self, texts):
        self.asked.append(tuple(texts))
        if self.error is not None:
            raise self.error
        return np.stack([letters(text) for text in texts])


def letters(text):
    row = np.array([text.count(chr(97 + n)) + 1e-3 for n in range(26)], np.float32)
    return row / np.linalg.norm(row)


def nearest(store, word):
    return [found.chunk.text for found in store.search("shop", DEFAULT_COLLECTION, letters(word), 1)]


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "vectors", "letters")


async def test_vectors_are_written_with_the_words(database, tmp_path, store):
    side = VectorSide(store=store, embedder=LetterEmbedder())
    async with open_knowledge(database, tmp_path, vectors=side) as knowledge:
        result = await knowledge.ingest("a.txt", "aaa\nbbb")
        assert (result.embedding_mode, nearest(store, "b")) == ("vector", ["bbb"])
        await knowledge.ingest("a.txt", "aaa\nbbbb")
        assert nearest(store, "b") == ["bbbb"]
        await knowledge.library.delete(PRINCIPAL, result.document_id)
        assert store.count("shop", DEFAULT_COLLECTION) == 0


async def test_a_dead_endpoint_leaves_words_and_is_made_up_for(database, tmp_path, store):
    side = VectorSide(store=store, embedder=LetterEmbedder())
    async with open_knowledge(database, tmp_path, vectors=side) as knowledge:
        await knowledge.ingest("a.txt", "aaa refund")
        side.embedder.error = EmbeddingUnavailable("down")
        result = await knowledge.ingest("a.txt", "bbb refund")
        assert (result.embedding_mode, knowledge.found("refund")) == ("lexical", ["bbb refund"])
        assert store.count("shop", DEFAULT_COLLECTION) == 0
        side.embedder.error = None
        await eventually(lambda: nearest(store, "b") == ["bbb refund"])


async def test_a_text_the_endpoint_refuses_is_not_asked_again(database, tmp_path, store):
    side = VectorSide(store=store, embedder=LetterEmbedder(EmbeddingRefused("too long")))
    async with open_knowledge(database, tmp_path, vectors=side) as knowledge:
        await knowledge.ingest("a.txt", "aaa")
        await eventually(lambda: len(side.embedder.asked) == 2)
        side.embedder.error = None
        await knowledge.ingest("b.txt", "bbb")
        assert await knowledge.library.keeper.embed_missing() == 0
        assert side.embedder.asked == [("aaa",), ("aaa",), ("bbb",)]


async def test_a_rebuilt_index_keeps_its_vectors(database, tmp_path, store):
    side = VectorSide(store=store, embedder=LetterEmbedder())
    async with open_knowledge(database, tmp_path, vectors=side) as knowledge:
        await knowledge.ingest("a.txt", "aaa")
        assert (await knowledge.library.rebuild_index()).document_count == 1
        assert (knowledge.found("aaa"), nearest(store, "a")) == (["aaa"], ["aaa"])
    assert side.embedder.asked == [("aaa",)]


async def test_another_model_embeds_everything_again(database, tmp_path, store):
    side = VectorSide(store=store, embedder=LetterEmbedder())
    async with open_knowledge(database, tmp_path, vectors=side) as knowledge:
        await knowledge.ingest("a.txt", "aaa")
    newer = VectorSide(store=VectorStore(tmp_path / "vectors", "newer"), embedder=LetterEmbedder())
    async with open_knowledge(database, tmp_path, vectors=newer):
        await eventually(lambda: newer.store.count("shop", DEFAULT_COLLECTION) == 1)
        assert nearest(newer.store, "a") == ["aaa"]
    assert newer.embedder.asked == [("aaa",)]


async def test_two_writers_take_turns(tmp_path):
    quick = WriterLockConfig(wait_s=0.1, poll_s=0.01)
    one, two = (WriterLock(tmp_path / "index.lock", quick) for _ in range(2))
    async with one.held():
        for late in (one, two):
            with pytest.raises(IndexUnavailable):
                async with late.held():
                    pass
    async with two.held():
        pass


async def test_a_caller_that_leaves_does_not_stop_the_writing(database, tmp_path):
    async with open_knowledge(database, tmp_path, config=QUICK) as knowledge:
        asked = asyncio.create_task(knowledge.library.rebuild_index())
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await knowledge.library.keeper.close()
        assert not knowledge.index.needs_rebuild

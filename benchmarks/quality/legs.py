"""Each leg of retrieval alone, and both fused, over the same texts; vectors only with an endpoint for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import aiohttp
from benchmarks.quality.indexed import TENANT, chunk_of, index_of, search

from yingda.knowledge.embed import EmbedConfig, Embedder
from yingda.knowledge.fuse import fuse
from yingda.knowledge.types import Candidate
from yingda.knowledge.vectors import VectorStore
from yingda.settings import Settings
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

Leg = Literal["lexical", "vector", "fused"]
LEGS: tuple[Leg, ...] = get_args(Leg)
Orders = dict[Leg, list[list[str]]]
"""For each leg and question the ids of what was found, best first."""

LEG_COUNT = 50
EMBED_TIMEOUT_S = 30.0


async def orders(
    texts: Mapping[str, str], questions: Sequence[str], legs: Sequence[Leg], settings: Settings, home: Path
) -> Orders:
    """Only the legs that can be measured: without `EMBEDDING_BASE_URL` there are words alone."""
    index = index_of(home / "index", texts)
    words = [search(index, question, LEG_COUNT) for question in questions]
    found: dict[Leg, list[list[Candidate]]] = {"lexical": words}
    if settings.embedding_base_url and set(legs) != {"lexical"}:
        found["vector"] = near = await _near(texts, questions, settings, home / "vectors")
        found["fused"] = [
            [Candidate(chunk=each.chunk, score=each.rank_score) for each in fuse(one, other)]
            for one, other in zip(words, near, strict=True)
        ]
    return {leg: [_ids(each) for each in found[leg]] for leg in legs if leg in found}


def _ids(found: Sequence[Candidate]) -> list[str]:
    return [str(candidate.chunk.document_id) for candidate in found]


async def _near(
    texts: Mapping[str, str], questions: Sequence[str], settings: Settings, folder: Path
) -> list[list[Candidate]]:
    config = EmbedConfig(
        base_url=settings.embedding_base_url,
        model=settings.embedding_model,
        api_key=settings.embedding_api_key.get_secret_value(),
        batch_count=settings.embedding_batch_size,
    )
    store = VectorStore(folder, settings.embedding_model)
    async with aiohttp.ClientSession() as http:
        embedder = Embedder(http, config)
        rows = await embedder.documents(list(texts.values()))
        for at, (key, text) in enumerate(texts.items()):
            store.replace(
                TENANT, DEFAULT_COLLECTION, DocumentId(key), [chunk_of(key, text)], rows[at : at + 1]
            )
        asked = [await embedder.question(question, timeout_s=EMBED_TIMEOUT_S) for question in questions]
    return [store.search(TENANT, DEFAULT_COLLECTION, vector, LEG_COUNT) for vector in asked]

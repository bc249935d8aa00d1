"""The knowledge base: where files go in, and where questions look."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import aiohttp

from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.embed import EmbedConfig, Embedder
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import IngestConfig, Ingestor
from yingda.knowledge.intake import Intake, IntakeConfig
from yingda.knowledge.keeper import VectorSide, WordSide
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.library import Library, open_library
from yingda.knowledge.parse import ParseLimits
from yingda.knowledge.parse.limits import MIB
from yingda.knowledge.parse.pool import ParserPool
from yingda.knowledge.rerank import RerankConfig, Reranker
from yingda.knowledge.retrieve import Dense, HybridRetriever, RetrieveConfig
from yingda.knowledge.uploads.catalogue import Catalogue
from yingda.knowledge.uploads.queue import UploadQueue
from yingda.knowledge.uploads.uploads import Uploads
from yingda.knowledge.uploads.worker import UploadWorker
from yingda.knowledge.vectors import VectorStore
from yingda.safety.outbound import Outbound, OutboundConfig
from yingda.settings import Settings
from yingda.storage.sql import Database
from yingda.turns.clock import Clock

ASKED_S = 2.0
"""Uploads give way for so long after a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """The knowledge base, its ways in and its way out. `worker` is to be run beside the server."""

    library: Library
    ingestor: Ingestor
    retriever: HybridRetriever
    embedder: Embedder | None
    uploads: Uploads
    worker: UploadWorker
    catalogue: Catalogue
    outbound: Outbound


async def open_knowledge(
    stack: AsyncExitStack, settings: Settings, database: Database, http: aiohttp.ClientSession, clock: Clock
) -> Knowledge:
    """Open index and registry; what is opened is closed by the stack."""
    embedder, vectors = _dense(settings, http)
    side = VectorSide(store=vectors, embedder=embedder) if embedder and vectors else None
    lexicons = CollectionLexicons()
    index = await asyncio.to_thread(TantivyIndex, settings.home / "index", lexicons)
    words = WordSide(index=index, lexicons=lexicons)
    library = await stack.enter_async_context(open_library(database, words, settings.home, clock, side))
    max_bytes = settings.max_document_mb * MIB
    limits = ParseLimits(max_bytes=max_bytes)
    parsers = await stack.enter_async_context(ParserPool(settings.parser_workers, limits))
    chunker = partial(chunk, config=ChunkConfig(max_chars=settings.chunk_size_chars))
    recipe = IntakeConfig(recipe=f"5-{settings.chunk_size_chars}", max_bytes=max_bytes)
    intake = Intake(library, parsers, chunker, embedder, recipe)
    ingestor = Ingestor(library, intake, clock, IngestConfig(parallel=settings.parser_workers))
    retriever = HybridRetriever(
        index,
        library,
        clock,
        dense=Dense(embedder=embedder, vectors=vectors) if embedder and vectors else None,
        reranker=_reranker(settings, http),
        config=RetrieveConfig(threshold=settings.similarity_threshold),
    )
    outbound = Outbound(
        OutboundConfig(robots=settings.outbound_robots, max_bytes=max_bytes),
        allowed_hosts=settings.outbound_allowed_hosts,
    )
    arrived = asyncio.Event()
    return Knowledge(
        library=library,
        ingestor=ingestor,
        retriever=retriever,
        embedder=embedder,
        uploads=Uploads(database, clock, arrived),
        worker=UploadWorker(
            UploadQueue(database, clock),
            ingestor,
            outbound,
            arrived,
            is_asked=partial(retriever.was_asked, ASKED_S),
        ),
        catalogue=Catalogue(database),
        outbound=outbound,
    )


def _dense(settings: Settings, http: aiohttp.ClientSession) -> tuple[Embedder | None, VectorStore | None]:
    if not settings.embedding_base_url:
        return None, None
    config = EmbedConfig(
        base_url=settings.embedding_base_url,
        model=settings.embedding_model,
        api_key=settings.embedding_api_key.get_secret_value(),
        batch_count=settings.embedding_batch_size,
    )
    return Embedder(http, config), VectorStore(settings.home / "vectors", settings.embedding_model)


def _reranker(settings: Settings, http: aiohttp.ClientSession) -> Reranker | None:
    if not settings.rerank_base_url:
        return None
    key = settings.rerank_api_key.get_secret_value()
    config = RerankConfig(base_url=settings.rerank_base_url, model=settings.rerank_model, api_key=key)
    return Reranker(http, config)

"""A knowledge base on real engines, with a parser and a chunker that a test can follow by eye."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import Ingestor, IngestResult
from yingda.knowledge.intake import Intake
from yingda.knowledge.keeper import VectorSide, WordSide, WritableIndex
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.library import Library, LibraryConfig, open_library
from yingda.knowledge.parse.refused import Corrupt
from yingda.knowledge.types import Chunk, ParsedDocument
from yingda.storage.sql import Database, open_database
from yingda.turns.clock import SystemClock
from yingda.turns.types import ALL_ROLES, DEFAULT_COLLECTION, DocumentId, Principal

PRINCIPAL = Principal(tenant="shop", key_id="k1", roles=ALL_ROLES)
STRANGER = Principal(tenant="rival", key_id="k2", roles=ALL_ROLES)
QUICK = LibraryConfig(poll_s=0.02, settle_s=0.6, repair_s=0.1)


class PlainParser:
    """UTF-8 text; bytes that are none are corrupt."""

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        try:
            return ParsedDocument(text=data.decode(), blocks=(), media_type="text/plain", title=filename)
        except UnicodeDecodeError:
            raise Corrupt from None


def chunk_lines(
    document_id: DocumentId, version: int, source: str, parsed: ParsedDocument
) -> tuple[Chunk, ...]:
    """Every line that is not empty is a chunk."""
    chunks, start = [], 0
    for line in parsed.text.split("\n"):
        if line:
            chunks.append(
                Chunk(
                    id=f"{document_id}-{version}-{len(chunks)}",
                    document_id=document_id,
                    version=version,
                    source=source,
                    ordinal=len(chunks),
                    start=start,
                    end=start + len(line),
                    text=line,
                )
            )
        start += len(line) + 1
    return tuple(chunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """An open library with its index and the way in."""

    library: Library
    index: WritableIndex
    ingestor: Ingestor

    async def ingest(self, name: str, text: str, principal: Principal = PRINCIPAL) -> IngestResult:
        """One file of text into the default collection."""
        return await self.ingestor.ingest(principal, DEFAULT_COLLECTION, name, text.encode())

    def found(self, question: str, principal: Principal = PRINCIPAL) -> list[str]:
        """The texts that the index gives for a question."""
        candidates = self.index.search(principal.tenant, DEFAULT_COLLECTION, question, 10)
        return [candidate.chunk.text for candidate in candidates]


@asynccontextmanager
async def open_knowledge(
    database: Database,
    home: Path,
    index: WritableIndex | None = None,
    vectors: VectorSide | None = None,
    config: LibraryConfig = QUICK,
) -> AsyncIterator[Knowledge]:
    """The knowledge base of that home, healed."""
    lexicons = CollectionLexicons()
    words = WordSide(index=index or TantivyIndex(home / "index", lexicons), lexicons=lexicons)
    async with open_library(database, words, home, SystemClock(), vectors, config) as library:
        await library.healed.wait()
        intake = Intake(library, PlainParser(), chunk_lines, vectors.embedder if vectors else None)
        yield Knowledge(library=library, index=words.index, ingestor=Ingestor(library, intake, SystemClock()))


@asynccontextmanager
async def open_by_url(url: str, home: Path) -> AsyncIterator[Knowledge]:
    """As another process would open it."""
    async with open_database(url) as database, open_knowledge(database, home) as knowledge:
        yield knowledge


async def eventually(claim: Callable[[], bool]) -> None:
    """Look for up to ten seconds until the claim holds."""
    async with asyncio.timeout(10):
        while not claim():
            await asyncio.sleep(0.01)

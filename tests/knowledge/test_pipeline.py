"""The whole way of a file, with the real parser processes, chunker and index."""

from __future__ import annotations

import asyncio

import pytest
from fpdf import FPDF
from tests.knowledge.shelving import PRINCIPAL, open_knowledge

from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.intake import Incoming, Intake
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.pool import ParserPool
from yingda.turns.clock import SystemClock
from yingda.turns.types import DEFAULT_COLLECTION

HANDBOOK = "# 售后\n\n## 退货\n\n签收后七天内可以无理由退货。\n\n## 发票\n\n电子发票在订单页下载。\n"


@pytest.fixture
async def shop(database, tmp_path):
    """A knowledge base that reads real files."""
    async with open_knowledge(database, tmp_path) as knowledge, ParserPool(2, ParseLimits()) as pool:
        intake = Intake(knowledge.library, pool, lambda *document: chunk(*document, ChunkConfig()))
        ingestor = Ingestor(knowledge.library, intake, SystemClock())
        yield knowledge, ingestor


def manual() -> bytes:
    """A PDF of two pages."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for text in ("The battery lasts nine hours.", "The warranty covers two years."):
        pdf.add_page()
        pdf.multi_cell(0, 8, text)
    return bytes(pdf.output())


async def test_passages_point_into_the_stored_text(shop):
    knowledge, ingestor = shop
    result = await ingestor.ingest(PRINCIPAL, DEFAULT_COLLECTION, "handbook.md", HANDBOOK.encode())
    best = knowledge.index.search("shop", DEFAULT_COLLECTION, "怎么退货", 1)[0].chunk
    text = (await knowledge.library.shelf.text(PRINCIPAL, result.document_id)).text
    assert (best.source, best.heading) == ("handbook.md", ("售后",))
    assert "签收后七天内可以无理由退货。" in best.text
    assert text[best.start : best.end] == best.text


async def test_many_real_files_at_once(shop):
    knowledge, ingestor = shop
    files = {"manual.pdf": manual(), "fake.pdf": b"%PDF-1.7 not really", "handbook.md": HANDBOOK.encode()}
    results = []
    await ingestor.ingest_many(
        PRINCIPAL,
        DEFAULT_COLLECTION,
        [Incoming(source=name, read=lambda data=data: data) for name, data in files.items()],
        results.append,
    )
    assert {result.source: result.code for result in results} == {
        "manual.pdf": None,
        "fake.pdf": "corrupt",
        "handbook.md": None,
    }
    search = knowledge.index.search
    best = (await asyncio.to_thread(search, "shop", DEFAULT_COLLECTION, "how long is the warranty", 1))[0]
    assert (best.chunk.text, best.chunk.page) == ("The warranty covers two years.", 2)

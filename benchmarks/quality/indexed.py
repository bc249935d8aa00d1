"""Texts in a word index of their own, without a server around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

TENANT = "benchmark"


def index_of(folder: Path, texts: Mapping[str, str]) -> TantivyIndex:
    """A fresh index in which each text is a document of one chunk."""
    index = TantivyIndex(folder)
    documents = [(DocumentId(key), [chunk_of(key, text)]) for key, text in texts.items()]
    index.replace_many(TENANT, DEFAULT_COLLECTION, documents)
    return index


def chunk_of(key: str, text: str) -> Chunk:
    """The whole text."""
    return Chunk(
        id=key,
        document_id=DocumentId(key),
        version=1,
        source=key,
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
    )


def search(index: TantivyIndex, question: str, limit: int) -> list[Candidate]:
    """What the lexical leg finds."""
    return index.search(TENANT, DEFAULT_COLLECTION, question, limit)

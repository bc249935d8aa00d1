"""The document about a broad question's topic comes first, in its own order."""

from __future__ import annotations

from yingda.knowledge.index.overview import overview_first
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import DocumentId


def candidate(document: str, ordinal: int, score: float, *heading: str, text: str = "说明") -> Candidate:
    chunk = Chunk(
        id=f"{document}{ordinal}",
        document_id=DocumentId(document),
        version=1,
        source=f"{document}.md",
        ordinal=ordinal,
        start=0,
        end=len(text),
        text=text,
        heading=heading,
    )
    return Candidate(chunk=chunk, score=score)


FOUND = [
    candidate("faq", 0, 0.95, "常见问题", "保修多久？"),
    candidate("b", 3, 0.7, "保修条款", "怎么修？"),
    candidate("b", 2, 0.6, "保修条款", "保修条款概要"),
    candidate("b", 0, 0.3, "保修条款"),
    candidate("en", 0, 0.2, "Warranty", text="Terms"),
]


def order(question: str) -> list[tuple[str, float]]:
    return [(found.chunk.id, found.score) for found in overview_first(question, FOUND)]


def test_the_summary_comes_first_then_the_rest_in_order() -> None:
    assert order("说说你们的保修条款") == [
        ("b2", 0.9),
        ("b0", 0.9),
        ("b3", 0.9),
        ("faq0", 0.95),
        ("en0", 0.2),
    ]


def test_the_document_in_the_language_of_the_question() -> None:
    assert order("Tell me about your warranty")[0] == ("en0", 0.9)


def test_a_particular_question_leaves_the_order() -> None:
    assert order("保修多久") == [(found.chunk.id, found.score) for found in FOUND]

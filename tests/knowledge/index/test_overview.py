"""The document about a broad question's topic comes first, in its own order."""

from __future__ import annotations

import pytest

from yingda.knowledge.index.overview import overview_first, wants_whole
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


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("总结一下这篇文档", True),
        ("请帮我概括这份资料的主要内容", True),
        ("这份文件讲了什么？", True),
        ("Please summarize this document", True),
        ("What is this file about?", True),
        ("この文書を要約してください", True),
        ("이 문서를 요약해 주세요", True),
        ("ช่วยสรุปเอกสารนี้ให้หน่อย", True),
        ("总结退货政策", False),
        ("Summarize the refund policy", False),
        ("文档在哪里", False),
        ("这是什么", False),
        ("", False),
    ],
)
def test_knows_a_wish_for_a_summary(question: str, whole: bool) -> None:
    assert wants_whole(question) == whole

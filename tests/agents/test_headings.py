"""Pieces of documents as the questions they answer."""

from __future__ import annotations

import pytest

from yingda.agents.headings import Answered, answered_in, question_from_heading
from yingda.knowledge.types import Chunk
from yingda.turns.types import DocumentId


def piece(text: str, *heading: str, start: int = 0) -> Chunk:
    return Chunk(
        id="c1",
        document_id=DocumentId("d1"),
        version=1,
        source="a.md",
        ordinal=0,
        start=start,
        end=start + len(text),
        text=text,
        heading=heading,
    )


@pytest.mark.parametrize(
    ("language", "heading", "question"),
    [
        ("zh", "退换货政策", "退换货政策是怎样的？"),
        ("zh", "支付方式", "支付方式有哪些？"),
        ("zh", "修改收货地址", "如何修改收货地址？"),
        ("zh", "门店地址", "门店地址在哪里？"),
        ("zh", "3.2 配送时效", "配送时效是多久？"),
        ("zh", "一、忘记密码怎么办", "忘记密码怎么办？"),
        ("zh", "延保服务", "能介绍一下延保服务吗？"),
        ("zh", "概述", None),
        ("zh", "2026-01", None),
        ("en", "Return policy", "What is the return policy?"),
        ("en", "Opening hours", "What are the opening hours?"),
        ("en", "Track your parcel", "How do I track your parcel?"),
        ("en", "How to return an item", "How do I return an item?"),
        ("en", "USB-C charging", "What should I know about USB-C charging?"),
        ("en", "1. Overview", None),
        ("ja", "返品方法", "返品方法を教えてもらえますか？"),
        ("ja", "保証について", "保証について教えてもらえますか？"),
        ("ko", "반품이 가능한가요", "반품이 가능한가요?"),
        ("ko", "배송 안내", "배송 안내에 대해 알려 주시겠어요?"),
        ("th", "การคืนสินค้า", "ช่วยอธิบายเรื่องการคืนสินค้าได้ไหม"),
    ],
)
def test_a_heading_is_put_as_a_question(language, heading, question):
    assert question_from_heading(heading, language) == question


def test_questions_in_the_text_come_with_the_stretch_that_answers_them():
    text = "Q1：运费多少？\n满 99 元，包邮。\n问：多久到？\n三天。"
    assert answered_in(piece(text, "常见问题", start=10), "zh") == [
        Answered(question="运费多少？", kind="written", start=10, end=30),
        Answered(question="多久到？", kind="written", start=30, end=40),
    ]


def test_without_them_the_heading_asks():
    (answered,) = answered_in(piece("只能换同款，且限两次。", "退换货", "换货规则"), "zh")
    assert answered == Answered(
        question="换货规则是怎样的？", kind="headed", start=0, end=11, of_heading=("退换货", "换货规则")
    )


def test_titles_of_small_sections_ask_and_plain_statements_are_doubted():
    found = answered_in(piece("开放时间\n\n食堂早上七点开门。\n\n充值办法\n\n请到一楼充值。", "食堂"), "zh")
    assert [(one.question, one.kind) for one in found] == [
        ("开放时间是怎么规定的？", "headed"),
        ("充值办法是怎样的？", "headed"),
        ("食堂早上七点开门吗？", "stated"),
    ]


def test_a_piece_in_another_language_asks_nothing():
    assert answered_in(piece("How much is shipping?\nFree.", "Shipping"), "zh") == []

"""Own affairs and complaints without a connected system: honest, then what the documents say."""

from __future__ import annotations

import pytest

from yingda.agents import business as words
from yingda.agents.business import business, ticket
from yingda.testing import collect, turn
from yingda.turns.events import AnswerMissed, PassageCited, PassagesFound, TextDelta
from yingda.turns.types import DocumentId, Passage

PASSAGE = Passage(
    id="p1",
    document_id=DocumentId("d1"),
    version=1,
    source="物流说明.md",
    text="付款后 48 小时内发货。",
    start=0,
    end=13,
    score=0.9,
)
FOUND = PassagesFound(passages=(PASSAGE,))
CITED = PassageCited(passage_id="p1", quote="48 小时", start=4, end=9)
MISSED = AnswerMissed(reason="no_passage")


def saying(*events):
    async def answer(turn):
        for event in events:
            yield event

    return answer


def text(words):
    return TextDelta(text=words)


async def test_says_what_it_cannot_see_then_what_the_documents_say():
    documents = saying(FOUND, text("付款后 48 小时内"), CITED, text("发货。"))
    assert await collect(business(documents), turn("我的订单什么时候发货?")) == [
        text("这里还没有接入订单系统，无法查询您订单的实时状态。"),
        FOUND,
        text("\n\n以下是资料中的相关说明：\n付款后 48 小时内"),
        CITED,
        text("发货。"),
    ]


async def test_a_miss_offers_a_human_in_place_of_the_apology():
    documents = saying(PassagesFound(passages=()), text("抱歉，知识库中未找到相关内容。"), MISSED)
    assert await collect(business(documents), turn("订单号是 ORD-2024-001")) == [
        text("这里还没有接入订单系统，无法查询订单 ORD-2024-001 的实时状态。"),
        PassagesFound(passages=()),
        text("\n\n如需进一步处理，可以回复“转人工”。"),
        MISSED,
    ]


async def test_a_miss_after_text_has_left_offers_a_human_too():
    documents = saying(FOUND, text("资料没有说明。"), MISSED)
    assert await collect(business(documents), turn("where is my order?")) == [
        text(words.ORDER_UNSEEN["en"]),
        FOUND,
        text(words.FROM_DOCUMENTS["en"] + "资料没有说明。"),
        text(words.OFFER["en"]),
        MISSED,
    ]


async def test_an_answer_without_passages_is_passed_on_whole():
    assert await collect(business(saying(text("48 "), text("小时"))), turn("查物流")) == [
        text(words.ORDER_UNSEEN["zh"]),
        text("\n\n以下是资料中的相关说明：\n48 小时"),
    ]


@pytest.mark.parametrize(
    ("asked", "notice"),
    [
        (turn("那它的物流到哪了?", question="ORD-2024-001 的物流到哪了?"), "订单 ORD-2024-001 的"),
        (turn("Where is order ORD-2024-007 now"), "look up the live status of order"),
        (turn("查一下我的积分"), "账户系统"),
        (turn("What is my balance?"), "No account system"),
        (turn("我的快递呢"), "您订单的实时状态"),
    ],
)
async def test_names_what_cannot_be_seen(asked, notice):
    first, *_ = await collect(business(saying(MISSED)), asked)
    assert notice in first.text


async def test_a_complaint_is_not_filed_but_a_human_offered():
    documents = saying(PassagesFound(passages=()), text("抱歉，知识库中未找到相关内容。"), MISSED)
    assert await collect(ticket(documents), turn("我要投诉")) == [
        text("这里还没有接入工单系统，无法直接为您登记。可以回复“转人工”，由人工客服受理。"),
        PassagesFound(passages=()),
        MISSED,
    ]


async def test_a_complaint_gets_what_the_documents_say():
    events = await collect(ticket(saying(FOUND, text("请致电。"))), turn("I want to file a complaint"))
    assert events == [
        text(words.NOTHING_FILED["en"]),
        FOUND,
        text(words.FROM_DOCUMENTS["en"] + "请致电。"),
    ]

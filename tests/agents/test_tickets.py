"""A complaint while nothing can be filed: a human is offered, and what the documents say follows."""

from __future__ import annotations

from yingda.agents import introduced, tickets
from yingda.agents.tickets import ticket
from yingda.testing import collect, turn
from yingda.turns.events import AnswerMissed, PassageCited, PassagesFound, TextDelta
from yingda.turns.types import DocumentId, Passage

PASSAGE = Passage(
    id="p1",
    document_id=DocumentId("d1"),
    version=1,
    source="营业时间.md",
    text="投诉请致电 400。",
    start=0,
    end=10,
    score=0.9,
)
FOUND = PassagesFound(passages=(PASSAGE,))
CITED = PassageCited(passage_id="p1", quote="400", start=6, end=9)


def saying(*events):
    async def answer(turn):
        for event in events:
            yield event

    return answer


def text(words):
    return TextDelta(text=words)


async def test_a_complaint_is_not_filed_but_a_human_offered():
    missed = AnswerMissed(reason="no_passage")
    documents = saying(PassagesFound(passages=()), text("抱歉，知识库中未找到相关内容。"), missed)
    assert await collect(ticket(documents), turn("我要投诉")) == [
        text("这里还没有接入工单系统，无法直接为您登记。可以回复“转人工”，由人工客服受理。"),
        PassagesFound(passages=()),
        missed,
    ]


async def test_a_complaint_gets_what_the_documents_say():
    events = await collect(
        ticket(saying(FOUND, text("请致电"), CITED, text("。"))), turn("I want to complain")
    )
    assert events == [
        text(tickets.NOTHING_FILED["en"]),
        FOUND,
        text(introduced.FROM_DOCUMENTS["en"] + "请致电"),
        CITED,
        text("。"),
    ]


async def test_text_without_passages_is_passed_on_whole():
    events = await collect(ticket(saying(text("48 "), text("小时"))), turn("我要投诉"))
    assert events == [
        text(tickets.NOTHING_FILED["zh"]),
        text(introduced.FROM_DOCUMENTS["zh"] + "48 小时"),
    ]

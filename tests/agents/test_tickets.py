"""A complaint is filed, and what the documents say about it follows."""

from __future__ import annotations

import pytest

from yingda.agents import introduced, tickets
from yingda.agents.tickets import ticket
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, collect, turn
from yingda.testing.clock import START
from yingda.tickets.store import Search, Tickets
from yingda.turns.events import AnswerDegraded, AnswerMissed, PassageCited, PassagesFound, TextDelta
from yingda.turns.types import DocumentId, Message, Passage

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


@pytest.fixture
async def store(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        yield Tickets(database, FrozenClock())


async def filed_of(store):
    (one,) = (await store.page(turn("").principal, Search())).items
    return one


async def test_a_complaint_is_filed_and_counts_as_settled(store):
    missed = AnswerMissed(reason="no_passage")
    documents = saying(PassagesFound(passages=()), text("抱歉，知识库中未找到相关内容。"), missed)
    asked = turn("我要投诉", history=(Message(role="user", text="耳机坏了", at=START),), user_id="ann")
    events = await collect(ticket(documents, store), asked)
    made = await filed_of(store)
    assert events == [text(tickets.FILED["zh"].format(ticket=made.id)), PassagesFound(passages=())]
    assert (made.about.description, made.about.category) == ("耳机坏了；我要投诉", "complaint")
    assert (made.about.user_id, made.about.conversation_id) == ("ann", asked.conversation_id)


async def test_a_complaint_gets_what_the_documents_say(store):
    documents = saying(FOUND, text("请致电"), CITED, text("。"))
    events = await collect(ticket(documents, store), turn("I want to complain"))
    assert events == [
        text(tickets.FILED["en"].format(ticket=(await filed_of(store)).id)),
        FOUND,
        text(introduced.FROM_DOCUMENTS["en"] + "请致电"),
        CITED,
        text("。"),
    ]


async def test_text_without_passages_is_passed_on_whole(store):
    events = await collect(ticket(saying(text("48 "), text("小时")), store), turn("我要投诉"))
    assert events[1:] == [text(introduced.FROM_DOCUMENTS["zh"] + "48 小时")]


async def test_what_could_not_be_filed_is_told_as_that(tmp_path):
    async with open_database(str(tmp_path / "empty.db")) as database:  # never migrated: no tickets in it
        events = await collect(ticket(saying(), Tickets(database, FrozenClock())), turn("我要投诉"))
    assert events == [AnswerDegraded(reason="store_unavailable"), text(tickets.NOTHING_FILED["zh"])]

"""What people teach: kept once, used once approved, every change with its line in the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yingda.data_training.book import TrainingBook
from yingda.data_training.feedback import FeedbackCounts, FeedbackQuery, FeedbackStore, NewFeedback
from yingda.data_training.items import ItemQuery, NewItem
from yingda.data_training.store import TrainingStore
from yingda.errors import Forbidden, NotFound
from yingda.storage.sql import open_database
from yingda.testing.clock import START, FrozenClock
from yingda.turns.types import Principal

ANN = Principal(tenant="a", key_id="k-ann", roles=frozenset({"admin"}))
EVE = Principal(tenant="b", key_id="k-eve", roles=frozenset({"admin"}))
BOB = Principal(tenant="a", key_id="k-bob", roles=frozenset({"data"}), user_id="bob")
PAIR = NewItem(kind="sql", question="订单数", content="SELECT count(*) FROM orders")
TEXT = NewItem(kind="documentation", content="# 订单\n\n一行一单。")


@pytest.fixture
async def database(migrated_database):
    async with open_database(migrated_database) as database:
        yield database


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def store(database, clock):
    return TrainingStore(database, clock)


@pytest.fixture
def feedback(database, clock):
    return FeedbackStore(database, clock)


async def test_an_item_is_kept_once_and_shown_to_its_tenant(store):
    first, text, again = await store.add(ANN, [PAIR, TEXT, PAIR])
    assert (first, first.endswith("-sql"), text.endswith("-doc")) == (again, True, True)
    items, total = await store.page(ANN, ItemQuery(keyword="ORDERS"))
    assert ([item.id for item in items], total) == ([first], 1)
    assert await store.page(EVE, ItemQuery()) == ([], 0)
    assert await store.counts(ANN) == {"sql": (1, 0), "documentation": (1, 0)}


async def test_a_pair_is_used_between_approval_and_change(database, store):
    book = TrainingBook(database, store)
    (pair,) = await store.add(ANN, [PAIR])
    seen = []

    async def look():
        await book.refresh()
        seen.append((len(book.pairs(ANN)), len(book.pairs(EVE)), book.revision(ANN)))

    await look()
    approved = await store.approve(ANN, pair, "ann")
    await look()
    await store.update(ANN, pair, PAIR)
    await look()
    await store.approve(ANN, pair, "ann")
    await store.withdraw(ANN, pair)
    await look()
    assert (approved.approved_by, approved.approved_at) == ("ann", START)
    assert seen == [(0, 0, 0), (1, 0, 1), (0, 0, 2), (0, 0, 4)]
    actions = [(change.action, change.key_id) for change in await store.changes(ANN)]
    assert actions == [(action, "k-ann") for action in ("withdraw", "approve", "update", "approve", "create")]


async def test_nobody_touches_anothers(store):
    (pair,) = await store.add(ANN, [PAIR])
    with pytest.raises(NotFound):
        await store.approve(EVE, pair, "eve")
    assert await store.delete(EVE, [pair]) == []
    assert await store.delete(ANN, [pair, "nothing"]) == [pair]


async def test_an_opinion_against_an_answer_leaves_cached_ones_behind(store, feedback):
    good = NewFeedback(question="q", sql="SELECT 1", is_thumb_up=True, user_id="bob")
    await feedback.add(ANN, good)
    assert await store.revision(ANN) == 0
    await feedback.add(ANN, NewFeedback(question="q", sql="SELECT 2", is_thumb_up=False, user_id="eve"))
    assert (await store.revision(ANN), await store.revision(EVE)) == (1, 0)


async def test_opinions_are_ones_own(feedback, clock):
    def new(user_id):
        return NewFeedback(question="q", sql="SELECT 1", is_thumb_up=True, user_id=user_id)

    bobs, eves = await feedback.add(ANN, new("bob")), await feedback.add(ANN, new("eve"))
    with pytest.raises(Forbidden):
        await feedback.delete(BOB, eves)
    clock.advance(60)
    changed = await feedback.update(BOB, bobs, {"is_in_training_data": True})
    assert (changed.update_time, changed.create_time) == (START + timedelta(seconds=60), START)
    assert [one.id for one in (await feedback.page(BOB, FeedbackQuery()))[0]] == [bobs]
    assert await feedback.counts(ANN) == FeedbackCounts(total=2, positive=2, trained=1)
    assert (await feedback.page(ANN, FeedbackQuery(before=START)))[1] == 0
    await feedback.delete(ANN, eves)
    with pytest.raises(NotFound):
        await feedback.delete(ANN, eves)

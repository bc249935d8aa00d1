"""A collection's own words: found by them at once, after a restart, and by nobody else."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.knowledge.shelving import PRINCIPAL, STRANGER, eventually, open_by_url

from yingda.errors import InvalidRequest
from yingda.knowledge.registry.dictionary import MOST_CHARS, MOST_WORDS, checked_words
from yingda.knowledge.registry.index_state import IndexState
from yingda.knowledge.registry.records import Pending
from yingda.turns.types import DEFAULT_COLLECTION

BRAND = "怎么样是我们的会员品牌"
PLANS = "A套餐每月30元，B套餐每月40元\nA+B套餐每月50元"
ABOUT_BRAND, ABOUT_PLANS = "怎么样是什么", "A+B套餐多少钱"


async def test_a_word_that_is_not_one_otherwise_is_found(knowledge):
    for principal in (PRINCIPAL, STRANGER):
        await knowledge.ingest("brand.txt", BRAND, principal)
    assert knowledge.found(ABOUT_BRAND) == []
    done = await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["怎么样"])
    assert (done.words, done.is_indexed) == (("怎么样",), True)
    assert (knowledge.found(ABOUT_BRAND), knowledge.found(ABOUT_BRAND, STRANGER)) == ([BRAND], [])


async def test_a_name_that_is_taken_apart_otherwise_comes_first(knowledge):
    parts, whole = PLANS.split("\n")
    await knowledge.ingest("plans.txt", PLANS)
    assert knowledge.found(ABOUT_PLANS) == [parts, whole]
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["A+B"])
    assert knowledge.found(ABOUT_PLANS) == [whole, parts]
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, [])
    assert knowledge.found(ABOUT_PLANS) == [parts, whole]


async def test_words_survive_a_restart_and_a_rebuild(url, tmp_path):
    async with open_by_url(url, tmp_path) as knowledge:
        await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["怎么样"])
        await knowledge.ingest("brand.txt", BRAND)
    async with open_by_url(url, tmp_path) as knowledge:
        assert knowledge.found(ABOUT_BRAND) == [BRAND]
        await knowledge.library.rebuild_index()
        assert knowledge.found(ABOUT_BRAND) == [BRAND]


@pytest.mark.parametrize("same_home", [True, False])
async def test_words_that_another_process_sets_are_followed(knowledge, url, tmp_path, same_home):
    await knowledge.ingest("brand.txt", BRAND)
    before = knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION)
    async with open_by_url(url, tmp_path / ("home" if same_home else "elsewhere")) as other:
        await other.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["怎么样"])
        await eventually(lambda: knowledge.found(ABOUT_BRAND) == [BRAND])
        await eventually(lambda: knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION) > before)


async def test_documents_written_with_the_words_before_stay_pending(knowledge, database):
    result = await knowledge.ingest("brand.txt", BRAND)
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["怎么样"])
    elsewhere = IndexState(database, "elsewhere")
    written = Pending(
        tenant=PRINCIPAL.tenant,
        collection=DEFAULT_COLLECTION,
        document_id=result.document_id,
        version=1,
        vector_version=None,
        chunk_count=1,
    )
    await elsewhere.mark([written], words=())
    assert await elsewhere.pending() == [written]
    await elsewhere.mark([written], words=("怎么样",))
    assert await elsewhere.pending() == []


async def test_the_same_words_again_change_nothing(knowledge):
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["云享保"])
    before = knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION)
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, [" 云享保 "])
    assert knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION) == before
    assert await knowledge.library.dictionary.words(PRINCIPAL, DEFAULT_COLLECTION) == ("云享保",)
    assert await knowledge.library.dictionary.words(STRANGER, DEFAULT_COLLECTION) == ()


async def test_uploads_while_words_change_end_with_the_last_words(knowledge):
    async def upload(number):
        await knowledge.ingest(f"{number}.txt", f"怎么样是第{number}个会员品牌")

    changing = [["怎么样"], ["会员"], ["怎么样", "会员"]]
    await asyncio.gather(
        *(upload(number) for number in range(6)),
        *(knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, words) for words in changing),
    )
    await knowledge.library.set_words(PRINCIPAL, DEFAULT_COLLECTION, ["怎么样"])
    assert len(knowledge.found(ABOUT_BRAND)) == 6


def test_words_are_kept_as_written_once():
    assert checked_words(["Ｘ２００ Pro", "x200 pro", " 雲享保", "云享保"]) == ("X200 Pro", "雲享保")


@pytest.mark.parametrize("word", ["", " \t", "…", "长" * (MOST_CHARS + 1), "甲\x00", "甲\ud800"])
def test_what_can_be_no_word_is_refused(word):
    with pytest.raises(InvalidRequest) as refused:
        checked_words(["好词", word])
    assert refused.value.field == "words"


def test_there_may_be_5000_words_and_no_more():
    words = [f"w{number}" for number in range(MOST_WORDS + 1)]
    assert len(checked_words([*words[:-1], words[0]])) == MOST_WORDS
    with pytest.raises(InvalidRequest):
        checked_words(words)


@given(st.lists(st.text(max_size=8)))
def test_checking_twice_is_checking_once(words):
    try:
        checked = checked_words(words)
    except InvalidRequest:
        return
    assert checked_words(checked) == checked

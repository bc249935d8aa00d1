"""The registry: what documents there are, whose they are, and what an index still lacks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.knowledge.shelving import PRINCIPAL, STRANGER, chunk_lines

from yingda.errors import NotFound, StoreUnavailable
from yingda.knowledge.registry.documents import Documents, Overtaken
from yingda.knowledge.registry.index_state import IndexState
from yingda.knowledge.registry.reading import Shelf
from yingda.knowledge.registry.records import (
    Change,
    Counts,
    Current,
    Deleted,
    Document,
    DocumentPage,
    DocumentSummary,
    DocumentText,
    Fingerprint,
    Labels,
    NewVersion,
    Pending,
    Place,
    VersionSummary,
)
from yingda.knowledge.types import ParsedDocument
from yingda.storage.sql import open_database
from yingda.testing.clock import START, FrozenClock
from yingda.turns.types import DEFAULT_COLLECTION, CollectionId, DocumentId

ID = DocumentId("0123456789abcdef0123456789abcdef")


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def documents(database, clock):
    return Documents(database, clock)


@pytest.fixture
def shelf(database):
    return Shelf(database)


def version(number, text, *, document_id=ID, source="退货.txt"):
    parsed = ParsedDocument(text=text, blocks=(), media_type="text/plain", title="退货")
    return NewVersion(
        place=Place(document_id=document_id, version=number),
        source=source,
        fingerprint=Fingerprint(sha256=text.encode().hex()[:64], recipe="1"),
        size_bytes=len(text.encode()),
        parsed=parsed,
        chunks=chunk_lines(document_id, number, source, parsed),
        labels=Labels(knowledge_type="policy"),
    )


def pending(number, *, document_id=ID, vector_version=None, chunk_count=1):
    return Pending(
        tenant="shop",
        collection=DEFAULT_COLLECTION,
        document_id=document_id,
        version=number,
        vector_version=vector_version,
        chunk_count=chunk_count,
    )


async def test_a_document_reads_back_with_all_its_versions(documents, shelf, clock):
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    clock.advance(60)
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(2, "十四天\n😀"))
    summary = DocumentSummary(
        document_id=ID,
        source="退货.txt",
        status="active",
        current_version=2,
        version_count=2,
        created_at=START,
        updated_at=START + timedelta(seconds=60),
    )
    newest = VersionSummary(
        version=2,
        status="active",
        sha256="十四天\n😀".encode().hex(),
        size_bytes=14,
        chunk_count=2,
        media_type="text/plain",
        page_count=None,
        labels=Labels(knowledge_type="policy"),
        created_at=START + timedelta(seconds=60),
    )
    oldest = replace(
        newest,
        version=1,
        status="archived",
        sha256="七天".encode().hex(),
        size_bytes=6,
        chunk_count=1,
        created_at=START,
    )
    assert await shelf.document(PRINCIPAL, ID) == Document(summary=summary, versions=(newest, oldest))
    assert await shelf.documents(PRINCIPAL, DEFAULT_COLLECTION) == DocumentPage(items=(summary,), total=1)
    assert await shelf.counts(PRINCIPAL, DEFAULT_COLLECTION) == Counts(documents=1, chunks=2)


async def test_any_version_of_a_living_document_can_be_read(documents, shelf):
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(2, "十四天"))
    newest = DocumentText(
        document_id=ID, version=2, source="退货.txt", title="退货", media_type="text/plain", text="十四天"
    )
    assert await shelf.text(PRINCIPAL, ID) == newest
    assert await shelf.text(PRINCIPAL, ID, 1) == replace(newest, version=1, text="七天")


async def test_the_surroundings_of_a_place_come_nearest_first_and_are_those_of_a_living_document(
    documents, shelf
):
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "旧"))
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(2, "一😀\n二\n三三\n四"))
    near = await shelf.around(PRINCIPAL, ID, 6, 3)
    assert [(chunk.text, chunk.start, chunk.version) for chunk in near] == [
        ("三三", 5, 2),
        ("四", 8, 2),
        ("二", 3, 2),
    ]
    assert await shelf.around(STRANGER, ID, 6, 3) == ()
    await documents.delete(PRINCIPAL, ID)
    assert await shelf.around(PRINCIPAL, ID, 6, 3) == ()


async def test_a_list_is_cut_into_pages_latest_change_first(documents, shelf, clock):
    for number in range(5):
        new = version(1, "退", document_id=DocumentId(f"{number:032x}"), source=f"{number}.txt")
        await documents.put(PRINCIPAL, DEFAULT_COLLECTION, new)
        clock.advance(1)
    page = await shelf.documents(PRINCIPAL, DEFAULT_COLLECTION, limit=2, offset=1)
    assert ([item.source for item in page.items], page.total) == (["3.txt", "2.txt"], 5)


async def test_deletion_erases_the_words_and_keeps_the_trail(documents, shelf, clock):
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    deleted = await documents.delete(PRINCIPAL, ID)
    assert deleted == Deleted(document_id=ID, collection=DEFAULT_COLLECTION, source="退货.txt", chunk_count=1)
    added = Change(document_id=ID, source="退货.txt", version=1, change="added", key_id="k1", at=clock.now())
    assert await shelf.changes(PRINCIPAL, ID) == (added, replace(added, change="deleted"))
    assert await shelf.counts(PRINCIPAL, DEFAULT_COLLECTION) == Counts(documents=0, chunks=0)
    for gone in (
        shelf.document(PRINCIPAL, ID),
        shelf.text(PRINCIPAL, ID, 1),
        documents.delete(PRINCIPAL, ID),
    ):
        with pytest.raises(NotFound):
            await gone


async def test_an_upload_that_comes_second_is_told_what_came_first(documents):
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    late = version(1, "十四天", document_id=DocumentId("f" * 32))
    with pytest.raises(Overtaken) as overtaken:
        await documents.put(PRINCIPAL, DEFAULT_COLLECTION, late)
    assert overtaken.value.current == Current(
        document_id=ID,
        version=1,
        fingerprint=Fingerprint(sha256="七天".encode().hex(), recipe="1"),
        labels=Labels(knowledge_type="policy"),
        origin=None,
        chunk_count=1,
    )


async def test_one_of_two_first_uploads_at_once_wins(documents, shelf):
    both = [version(1, text, document_id=DocumentId(text * 32)) for text in "ab"]
    outcomes = await asyncio.gather(
        *(documents.put(PRINCIPAL, DEFAULT_COLLECTION, new) for new in both), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Overtaken"]
    assert (await shelf.documents(PRINCIPAL, DEFAULT_COLLECTION)).total == 1


async def test_collections_and_tenants_hold_the_same_name_apart(documents, shelf):
    places = [
        (PRINCIPAL, DEFAULT_COLLECTION),
        (PRINCIPAL, CollectionId("other")),
        (STRANGER, DEFAULT_COLLECTION),
    ]
    for number, (principal, collection) in enumerate(places):
        await documents.put(principal, collection, version(1, "退", document_id=DocumentId(f"{number:032x}")))
    for principal, collection in places:
        assert await shelf.counts(principal, collection) == Counts(documents=1, chunks=1)


async def test_every_change_raises_its_own_collections_revision(database, documents):
    state, other = IndexState(database, "one"), CollectionId("other")
    await documents.put(PRINCIPAL, other, version(1, "退", document_id=DocumentId("f" * 32)))
    seen = []
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    seen.append(await state.revisions())
    await state.mark([pending(1)])
    seen.append(await state.revisions())
    await documents.relabel(PRINCIPAL, DEFAULT_COLLECTION, "退货.txt", Labels(knowledge_type="faq"), None)
    seen.append(await state.revisions())
    await documents.delete(PRINCIPAL, ID)
    seen.append(await state.revisions())
    assert [revisions[("shop", DEFAULT_COLLECTION)] for revisions in seen] == [1, 2, 3, 4]
    assert [revisions[("shop", other)] for revisions in seen] == [1, 1, 1, 1]


async def test_each_index_lacks_what_it_was_not_given(database, documents):
    one, two = IndexState(database, "one"), IndexState(database, "two")
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(1, "七天"))
    await one.mark([pending(1)])
    assert (await one.pending(), await two.pending()) == ([], [pending(1)])
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, version(2, "十四天\n整"))
    assert await one.pending() == [pending(2, chunk_count=2)]
    await one.mark([pending(2, vector_version=2)])
    await documents.delete(PRINCIPAL, ID)
    assert await one.pending() == [pending(None, vector_version=2, chunk_count=2)]
    assert await two.pending() == []


async def test_the_chunks_of_a_version_are_the_ones_put_in(database, documents):
    new = version(1, "七天\n\n十四天😀\n三十天")
    await documents.put(PRINCIPAL, DEFAULT_COLLECTION, new)
    assert await IndexState(database, "one").chunks(pending(1)) == new.chunks


async def test_a_database_that_is_away_is_a_store_that_is_unavailable(postgres_server, migrated_postgres):
    async with open_database(migrated_postgres) as database:
        postgres_server.stop()
        with pytest.raises(StoreUnavailable):
            await Shelf(database).counts(PRINCIPAL, DEFAULT_COLLECTION)

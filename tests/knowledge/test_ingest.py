"""From files to passages: replaced as a whole, healed after any crash, never another tenant's."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from dataclasses import replace

import pytest
from tests.knowledge.shelving import PRINCIPAL, QUICK, STRANGER, eventually, open_by_url, open_knowledge

from yingda.errors import IndexUnavailable, InvalidRequest, NotFound, StoreUnavailable
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import IngestResult
from yingda.knowledge.intake import Incoming
from yingda.knowledge.keeper import WordSide
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.library import open_library
from yingda.knowledge.parse.refused import Corrupt, NoText, TooBig
from yingda.knowledge.registry.records import Counts, Labels
from yingda.storage.sql import open_database
from yingda.turns.clock import SystemClock
from yingda.turns.types import DEFAULT_COLLECTION


async def test_a_file_is_found_once_it_is_ingested(knowledge):
    result = await knowledge.ingest("../up/退货 政策.txt", "七天无理由退货\n运费由买家承担\n七天无理由退货")
    assert replace(result, duration_s=0.0) == IngestResult(
        source="退货 政策.txt",
        outcome="added",
        duration_s=0.0,
        document_id=result.document_id,
        version=1,
        doc_hash=hashlib.sha256("七天无理由退货\n运费由买家承担\n七天无理由退货".encode()).hexdigest(),
        total_chunks=3,
        added_chunks=2,
        deduped_chunks=1,
        embedding_mode="lexical",
        is_indexed=True,
    )
    assert knowledge.found("运费谁承担") == ["运费由买家承担"]


async def test_the_same_name_with_other_bytes_is_the_next_version(knowledge):
    first = await knowledge.ingest("a.txt", "refund within 7 days")
    second = await knowledge.ingest("a.txt", "refund within 14 days")
    assert (second.outcome, second.version, second.document_id) == ("replaced", 2, first.document_id)
    assert knowledge.found("refund days") == ["refund within 14 days"]
    versions = (await knowledge.library.shelf.document(PRINCIPAL, first.document_id)).versions
    assert [(version.version, version.status) for version in versions] == [(2, "active"), (1, "archived")]


async def test_the_same_bytes_are_no_new_version(knowledge):
    first = await knowledge.ingest("a.txt", "refund within 7 days")
    revision = knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION)
    again = await knowledge.ingest("a.txt", "refund within 7 days")
    assert (again.outcome, again.version, again.added_chunks) == ("unchanged", 1, 0)
    assert again.document_id == first.document_id
    assert knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION) == revision


async def test_the_same_bytes_with_other_labels_are_relabelled(knowledge):
    first = await knowledge.ingest("a.txt", "refund")
    labels = Labels(product_category="phones", published_at="2026-01-05")
    await knowledge.ingestor.ingest(PRINCIPAL, DEFAULT_COLLECTION, "a.txt", b"refund", labels)
    [version] = (await knowledge.library.shelf.document(PRINCIPAL, first.document_id)).versions
    assert (version.version, version.labels) == (1, labels)


async def test_readers_see_the_old_or_the_new_version(knowledge):
    await knowledge.ingest("a.txt", "refund price 0")
    seen, done = [], asyncio.Event()

    async def read():
        while not done.is_set():
            seen.append(await asyncio.to_thread(knowledge.found, "refund price"))

    reading = asyncio.create_task(read())
    for price in range(1, 6):
        await knowledge.ingest("a.txt", f"refund price {price}")
    done.set()
    await reading
    assert {len(texts) for texts in seen} == {1}
    assert seen == sorted(seen)
    assert knowledge.found("refund price") == ["refund price 5"]


async def test_uploads_of_one_name_at_once_become_versions_in_turn(knowledge):
    results = await asyncio.gather(*(knowledge.ingest("a.txt", f"price {n}") for n in range(8)))
    assert sorted(result.version for result in results) == list(range(1, 9))
    assert len({result.document_id for result in results}) == 1
    [latest] = [result for result in results if result.version == 8]
    text = (await knowledge.library.shelf.text(PRINCIPAL, latest.document_id)).text
    assert knowledge.found("price") == [text]
    assert await knowledge.library.shelf.counts(PRINCIPAL, DEFAULT_COLLECTION) == Counts(
        documents=1, chunks=1
    )


async def test_a_deleted_document_is_gone_at_once_and_after_a_restart(knowledge, url, tmp_path):
    kept = await knowledge.ingest("kept.txt", "refund for phones")
    gone = await knowledge.ingest("gone.txt", "refund for tablets")
    deletion = await knowledge.library.delete(PRINCIPAL, gone.document_id)
    assert (deletion.deleted.chunk_count, deletion.is_indexed) == (1, True)
    assert knowledge.found("refund") == ["refund for phones"]
    async with open_by_url(url, tmp_path / "home") as again:
        assert again.found("refund") == ["refund for phones"]
        page = await again.library.shelf.documents(PRINCIPAL, DEFAULT_COLLECTION)
        assert [item.document_id for item in page.items] == [kept.document_id]
        changes = await again.library.shelf.changes(PRINCIPAL, gone.document_id)
        assert [(change.change, change.key_id) for change in changes] == [("added", "k1"), ("deleted", "k1")]


async def test_a_deleted_name_may_come_back_as_a_new_document(knowledge):
    first = await knowledge.ingest("a.txt", "refund")
    await knowledge.library.delete(PRINCIPAL, first.document_id)
    second = await knowledge.ingest("a.txt", "refund")
    assert (second.version, second.outcome) == (1, "added")
    assert second.document_id != first.document_id
    assert knowledge.found("refund") == ["refund"]


async def test_tenants_never_meet(knowledge):
    mine = await knowledge.ingest("a.txt", "refund in our shop")
    theirs = await knowledge.ingest("a.txt", "refund at the rival", principal=STRANGER)
    assert mine.document_id != theirs.document_id
    assert knowledge.found("refund", STRANGER) == ["refund at the rival"]
    for read in (knowledge.library.shelf.document, knowledge.library.shelf.text, knowledge.library.delete):
        with pytest.raises(NotFound):
            await read(STRANGER, mine.document_id)
    assert await knowledge.library.shelf.changes(STRANGER, mine.document_id) == ()
    assert knowledge.found("refund") == ["refund in our shop"]


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.txt", b"\xff\xfe\xff", Corrupt),
        ("a.txt", b"\n\n", NoText),
        ("a.txt", b"x" * (20 * 1024 * 1024 + 1), TooBig),
        ("folder/", b"refund", InvalidRequest),
        ("a\x00.txt", b"refund", InvalidRequest),
        ("gpj.\u202etxt", b"refund", InvalidRequest),
        ("长" * 256, b"refund", InvalidRequest),
    ],
    ids=["corrupt", "no-text", "too-big", "no-name", "nul", "turned", "long"],
)
async def test_a_refused_file_leaves_nothing(knowledge, name, data, error):
    with pytest.raises(error):
        await knowledge.ingestor.ingest(PRINCIPAL, DEFAULT_COLLECTION, name, data)
    assert await knowledge.library.shelf.counts(PRINCIPAL, DEFAULT_COLLECTION) == Counts(
        documents=0, chunks=0
    )


async def test_what_no_database_takes_is_replaced_in_place(knowledge):
    result = await knowledge.ingest("a.txt", "a\x00b refund")
    assert (await knowledge.library.shelf.text(PRINCIPAL, result.document_id)).text == "a\ufffdb refund"
    assert knowledge.found("refund") == ["a\ufffdb refund"]


async def test_many_files_each_get_a_result(knowledge):
    files = [Incoming(source=f"{n}.txt", read=f"refund rule {n}".encode) for n in range(30)]
    files += [
        Incoming(source="bad.txt", read=lambda: b"\xff"),
        Incoming(source="lost.txt", read=open_nothing),
    ]
    results = []
    await knowledge.ingestor.ingest_many(PRINCIPAL, DEFAULT_COLLECTION, files, results.append)
    by_source = {result.source: (result.outcome, result.code, result.is_indexed) for result in results}
    assert by_source.pop("bad.txt") == ("refused", "corrupt", False)
    assert by_source.pop("lost.txt") == ("refused", "unreadable", False)
    assert by_source == {f"{n}.txt": ("added", None, True) for n in range(30)}
    assert knowledge.index.count("shop", DEFAULT_COLLECTION) == 30


def open_nothing() -> bytes:
    raise FileNotFoundError(2, "No such file")


class StuckIndex(TantivyIndex):
    """Its disk is full while `is_stuck`."""

    is_stuck = False

    def replace_many(self, tenant, collection, documents):
        if self.is_stuck:
            raise IndexUnavailable("disk full")
        super().replace_many(tenant, collection, documents)


async def test_an_index_that_fails_is_repaired_later(database, tmp_path):
    index = StuckIndex(tmp_path / "index")
    async with open_knowledge(database, tmp_path, index) as knowledge:
        old = await knowledge.ingest("old.txt", "refund old")
        index.is_stuck = True
        result = await knowledge.ingest("a.txt", "refund new")
        deletion = await knowledge.library.delete(PRINCIPAL, old.document_id)
        assert (result.outcome, result.is_indexed, result.code) == ("added", False, "index_unavailable")
        assert (deletion.is_indexed, knowledge.library.is_hidden(old.document_id)) == (False, True)
        index.is_stuck = False
        await eventually(lambda: knowledge.found("refund") == ["refund new"])
        await eventually(lambda: not knowledge.library.is_hidden(old.document_id))


KILLED = """
import asyncio, os, pathlib, signal, sys
from tests.knowledge.shelving import open_by_url, open_knowledge, PRINCIPAL
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.storage.sql import open_database

class Deadly(TantivyIndex):
    def replace_many(self, tenant, collection, documents):
        if sys.argv[3] == "after":
            super().replace_many(tenant, collection, documents)
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    url, home = sys.argv[1], pathlib.Path(sys.argv[2])
    async with open_database(url) as database:
        async with open_knowledge(database, home, Deadly(home / "index")) as knowledge:
            await knowledge.ingest("a.txt", "refund within 14 days")

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_crash_at_the_index_is_healed_at_start(url, tmp_path, moment, pytestconfig):
    async with open_by_url(url, tmp_path) as knowledge:
        await knowledge.ingest("a.txt", "refund within 7 days")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, url, str(tmp_path), moment, cwd=pytestconfig.rootpath
    )
    assert await child.wait() == -9
    async with open_by_url(url, tmp_path) as knowledge:
        assert knowledge.found("refund days") == ["refund within 14 days"]
        assert knowledge.index.count("shop", DEFAULT_COLLECTION) == 1


async def test_a_lost_index_is_rebuilt_at_start(url, tmp_path):
    async with open_by_url(url, tmp_path) as knowledge:
        await knowledge.ingest("a.txt", "refund within 7 days")
        await knowledge.ingest("b.txt", "refund for phones", principal=STRANGER)
    shutil.rmtree(tmp_path / "index")
    async with open_by_url(url, tmp_path) as knowledge:
        assert knowledge.found("refund") == ["refund within 7 days"]
        assert knowledge.found("refund", STRANGER) == ["refund for phones"]


async def test_an_index_that_holds_less_than_it_should_is_rebuilt_at_start(url, tmp_path):
    async with open_by_url(url, tmp_path) as knowledge:
        result = await knowledge.ingest("a.txt", "refund within 7 days")
        knowledge.index.replace_many("shop", DEFAULT_COLLECTION, [(result.document_id, ())])
    async with open_by_url(url, tmp_path) as knowledge:
        assert knowledge.found("refund") == ["refund within 7 days"]


@pytest.mark.parametrize("same_home", [True, False])
async def test_another_process_is_followed(knowledge, url, tmp_path, same_home):
    await knowledge.ingest("a.txt", "refund within 7 days")
    before = knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION)
    async with open_by_url(url, tmp_path / ("home" if same_home else "elsewhere")) as other:
        await other.ingest("a.txt", "refund within 14 days")
        await eventually(lambda: knowledge.found("refund") == ["refund within 14 days"])
        await eventually(lambda: knowledge.library.revision(PRINCIPAL, DEFAULT_COLLECTION) > before)


async def test_a_rebuild_by_another_process_is_followed(knowledge, url, tmp_path):
    await knowledge.ingest("a.txt", "refund a")
    async with open_by_url(url, tmp_path / "home") as other:
        await other.library.rebuild_index()
        await other.ingest("b.txt", "refund b")
        await eventually(lambda: sorted(knowledge.found("refund")) == ["refund a", "refund b"])
        await knowledge.ingest("c.txt", "refund c")
        await eventually(lambda: sorted(other.found("refund")) == ["refund a", "refund b", "refund c"])


async def test_a_rebuild_hides_nothing_while_it_lasts(knowledge, url, tmp_path):
    for number in range(5):
        await knowledge.ingest(f"{number}.txt", f"refund {number}")
    async with open_by_url(url, tmp_path / "home") as other:
        rebuilding = asyncio.create_task(knowledge.library.rebuild_index())
        seen = set()
        while not rebuilding.done():
            seen |= {len(one.found("refund")) for one in (knowledge, other)}
            await asyncio.sleep(0)
        assert ((await rebuilding).document_count, seen) == (5, {5})
        assert len(other.found("refund")) == 5


class FullDisk(TantivyIndex):
    """An index that fails while it is rebuilt, as long as it is told to."""

    is_full = False

    def clear(self):
        super().clear()
        if self.is_full:
            raise OSError(28, "No space left on device")


async def test_a_rebuild_that_fails_leaves_the_old_index_and_loses_nothing(database, tmp_path):
    index = FullDisk(tmp_path / "index")
    async with open_knowledge(database, tmp_path, index) as knowledge:
        await knowledge.ingest("a.txt", "refund a")
        index.is_full = True
        assert (await knowledge.library.rebuild_index()).error.code == "index_unavailable"
        assert (index.needs_rebuild, knowledge.found("refund")) == (False, ["refund a"])
        await knowledge.ingest("b.txt", "refund b")
        await eventually(lambda: sorted(knowledge.found("refund")) == ["refund a", "refund b"])


async def test_an_index_of_another_analyzer_is_searched_until_it_is_rebuilt(url, tmp_path):
    async with open_by_url(url, tmp_path) as knowledge:
        await knowledge.ingest("a.txt", "refund a")
    [marker] = (tmp_path / "index").glob("*/built.json")
    marker.write_text(marker.read_text().replace('"analyzer":', '"analyzer":10'))
    async with open_database(url) as database:
        index = TantivyIndex(tmp_path / "index")
        words = WordSide(index=index, lexicons=CollectionLexicons())
        async with open_library(database, words, tmp_path, SystemClock(), config=QUICK) as library:
            found = index.search("shop", DEFAULT_COLLECTION, "refund", 5)
            assert (library.healed.is_set(), len(found)) == (False, 1)
            await library.healed.wait()
            found = index.search("shop", DEFAULT_COLLECTION, "refund", 5)
            assert (index.needs_rebuild, len(found)) == (False, 1)


async def test_a_database_that_comes_back_is_used_again(postgres_server, migrated_postgres, tmp_path):
    async with open_by_url(migrated_postgres, tmp_path) as knowledge:
        postgres_server.stop()
        with pytest.raises(StoreUnavailable):
            await knowledge.ingest("down.txt", "refund while down")
        postgres_server.start()
        assert (await knowledge.ingest("back.txt", "refund when back")).is_indexed
        assert "refund when back" in knowledge.found("refund")

"""From the queue to passages: whatever was interrupted, nothing is lost, made twice, or brought back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from tests.knowledge.shelving import PRINCIPAL, PlainParser, chunk_lines, eventually, open_knowledge
from tests.knowledge.uploads.receiving import QUICK, file, receiving

from yingda.errors import IndexUnavailable, NotFound, Unavailable
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.intake import Intake
from yingda.knowledge.uploads.formats import page_from_pair
from yingda.knowledge.uploads.queue import QueueConfig, UploadQueue
from yingda.knowledge.uploads.records import NewUpload, Wanted
from yingda.knowledge.uploads.worker import UploadWorker
from yingda.safety.outbound import Outbound
from yingda.turns.clock import SystemClock
from yingda.turns.types import DEFAULT_COLLECTION


async def test_an_upload_becomes_the_document_it_was_named_for(door):
    entry = await door.taken_in(file("a.txt", "refund within 7 days"))
    assert (entry.state, entry.progress, entry.chunk_count, entry.warnings) == ("ready", 100, 1, ())
    assert door.knowledge.found("refund days") == ["refund within 7 days"]
    text = await door.knowledge.library.shelf.text(PRINCIPAL, entry.document_id)
    assert (text.source, text.version) == ("a.txt", 1)


async def test_a_file_that_cannot_be_read_says_why(door):
    data = b"\xff\xfe\xff"
    entry = await door.taken_in(NewUpload(kind="file", name="a.txt", suffix="txt", data=data))
    assert (entry.state, entry.fail_code, entry.fail_reason) == (
        "failed",
        "corrupt",
        "The file is damaged and cannot be read. Save it again and send the new copy.",
    )


async def test_content_that_is_not_what_the_name_says_is_refused(door):
    entry = await door.taken_in(NewUpload(kind="file", name="a.pdf", suffix="pdf", data=b"refund"))
    assert (entry.state, entry.fail_code) == ("failed", "type_mismatch")


async def test_a_name_taken_while_the_file_waited_is_numbered(door):
    accepted = await door.submit(file("a.txt", "refund one"))
    await door.knowledge.ingest("a.txt", "refund two")
    async with door.working():
        entry = await door.settled(accepted.document_id)
    assert (entry.state, entry.name) == ("ready", "a (1).txt")
    assert sorted(door.knowledge.found("refund")) == ["refund one", "refund two"]


class SlowParser(PlainParser):
    """Waits to be let go, once told to."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        self.count = 0

    async def parse(self, data, filename):
        self.count += 1
        self.entered.set()
        await self.go.wait()
        return await super().parse(data, filename)


def with_parser(door, parser, is_asked=lambda: False):
    """A worker that reads with that parser."""
    intake = Intake(door.knowledge.library, parser, chunk_lines)
    ingestor = Ingestor(door.knowledge.library, intake, SystemClock())
    return UploadWorker(door.queue, ingestor, Outbound(), asyncio.Event(), QUICK, is_asked)


@asynccontextmanager
async def at_work(worker: UploadWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_deleted_while_it_is_read_never_comes_back(door):
    accepted = await door.submit(file("a.txt", "refund"))
    parser = SlowParser()
    async with at_work(with_parser(door, parser)):
        await parser.entered.wait()
        await door.knowledge.library.delete(PRINCIPAL, accepted.document_id)
        parser.go.set()
        follower = await door.submit(file("b.txt", "return"))
        await door.settled(follower.document_id)
    assert (door.knowledge.found("refund"), door.knowledge.found("return")) == ([], ["return"])
    with pytest.raises(NotFound):
        await door.entry(accepted.document_id)


async def test_what_is_renamed_while_it_is_read_has_the_new_name(door):
    accepted = await door.submit(file("a.txt", "refund"))
    parser = SlowParser()
    async with at_work(with_parser(door, parser)):
        await parser.entered.wait()
        await door.knowledge.library.rename(PRINCIPAL, accepted.document_id, "b.txt")
        parser.go.set()
        await door.settled(accepted.document_id)
    assert (await door.knowledge.library.shelf.text(PRINCIPAL, accepted.document_id)).source == "b.txt"


async def test_a_worker_that_is_stopped_gives_back_what_it_had(door):
    accepted = await door.submit(file("a.txt", "refund"))
    parser = SlowParser()
    async with at_work(with_parser(door, parser)):
        await parser.entered.wait()
        assert (await door.entry(accepted.document_id)).state == "parsing"
    assert (await door.entry(accepted.document_id)).state == "queued"
    async with door.working():
        assert (await door.settled(accepted.document_id)).state == "ready"


@pytest.mark.parametrize("state", ["parsing", "indexing"])
async def test_what_a_dead_process_had_is_taken_up_by_the_next(door, database, state):
    accepted = await door.submit(file("a.txt", "refund"))
    dead = UploadQueue(database, SystemClock(), QueueConfig(lease_s=0))
    claimed = await dead.claim()
    await dead.advance(claimed, state, 50)
    async with door.working():
        entry = await door.settled(accepted.document_id)
    assert (entry.state, door.knowledge.found("refund")) == ("ready", ["refund"])


async def test_what_processes_keep_dying_over_is_given_up(door, database):
    accepted = await door.submit(file("a.txt", "refund"))
    dying = UploadQueue(database, SystemClock(), QueueConfig(lease_s=0))
    for _ in range(QUICK.try_count):
        await dying.claim()
    async with door.working():
        entry = await door.settled(accepted.document_id)
    assert (entry.state, entry.fail_code) == ("failed", "corrupt")


class Moody(PlainParser):
    """No process can be started the first times."""

    def __init__(self, failures: int) -> None:
        self.left = failures

    async def parse(self, data, filename):
        self.left -= 1
        if self.left >= 0:
            raise Unavailable("No parser could be started.")
        return await super().parse(data, filename)


@pytest.mark.parametrize(("failures", "state"), [(2, "ready"), (9, "failed")])
async def test_what_failed_for_a_passing_reason_is_tried_again_some_times(door, failures, state):
    accepted = await door.submit(file("a.txt", "refund"))
    async with at_work(with_parser(door, Moody(failures))):
        entry = await door.settled(accepted.document_id)
    assert (entry.state, entry.fail_code) == (state, None if state == "ready" else "unavailable")


class StuckIndex(TantivyIndex):
    """Its disk is full while `is_stuck`."""

    is_stuck = True

    def replace_many(self, tenant, collection, documents):
        if self.is_stuck:
            raise IndexUnavailable("disk full")
        super().replace_many(tenant, collection, documents)


async def test_ready_is_said_once_it_can_be_found(database, tmp_path):
    index = StuckIndex(tmp_path / "index")
    async with open_knowledge(database, tmp_path, index) as knowledge:
        door = receiving(knowledge, database)
        accepted = await door.submit(file("a.txt", "refund"))
        async with door.working():
            async with asyncio.timeout(10):
                while (await door.entry(accepted.document_id)).chunk_count is None:
                    await asyncio.sleep(0.01)
            assert (await door.entry(accepted.document_id)).state != "ready"
            index.is_stuck = False
            assert (await door.settled(accepted.document_id)).state == "ready"
        assert knowledge.found("refund") == ["refund"]


async def test_a_disabled_document_is_found_by_nobody_until_it_is_enabled(door):
    entry = await door.taken_in(file("a.txt", "refund"))
    library = door.knowledge.library
    before = library.revision(PRINCIPAL, DEFAULT_COLLECTION)
    await library.enable(PRINCIPAL, entry.document_id, is_enabled=False)
    assert (door.knowledge.found("refund"), (await door.entry(entry.document_id)).is_enabled) == ([], False)
    assert library.revision(PRINCIPAL, DEFAULT_COLLECTION) > before
    await library.enable(PRINCIPAL, entry.document_id, is_enabled=True)
    assert (door.knowledge.found("refund"), library.is_hidden(entry.document_id)) == (["refund"], False)


async def test_what_is_disabled_before_it_is_read_is_not_found_after(door):
    accepted = await door.submit(file("a.txt", "refund"))
    await door.knowledge.library.enable(PRINCIPAL, accepted.document_id, is_enabled=False)
    async with door.working():
        assert (await door.settled(accepted.document_id)).state == "ready"
    assert door.knowledge.found("refund") == []


async def test_disabling_is_at_once_even_while_the_index_is_stuck(database, tmp_path):
    index = StuckIndex(tmp_path / "index")
    index.is_stuck = False
    async with open_knowledge(database, tmp_path, index) as knowledge:
        result = await knowledge.ingest("a.txt", "refund")
        index.is_stuck = True
        await knowledge.library.enable(PRINCIPAL, result.document_id, is_enabled=False)
        assert knowledge.library.is_hidden(result.document_id)
        index.is_stuck = False
        await eventually(lambda: knowledge.found("refund") == [])


async def test_a_renamed_document_is_cited_by_its_new_name(door):
    entry = await door.taken_in(file("a.txt", "refund"))
    await door.knowledge.ingest("b.txt", "other")
    assert await door.knowledge.library.rename(PRINCIPAL, entry.document_id, "b.txt") == "b (1).txt"
    [candidate] = door.knowledge.index.search("shop", DEFAULT_COLLECTION, "refund", 5)
    assert candidate.chunk.source == "b (1).txt"


async def test_the_list_shows_what_came_by_any_way_and_deletion_works_for_all(door):
    elsewhere = await door.knowledge.ingest("helpdesk.md", "refund one")
    mine = await door.taken_in(file("mine.txt", "refund two"))
    page = await door.catalogue.page(PRINCIPAL, DEFAULT_COLLECTION, Wanted())
    assert {(one.name, one.kind, one.state, one.progress) for one in page.items} == {
        ("helpdesk.md", "file", "ready", 100),
        ("mine.txt", "file", "ready", 100),
    }
    for document_id in (elsewhere.document_id, mine.document_id):
        await door.knowledge.library.delete(PRINCIPAL, document_id)
    assert (await door.catalogue.page(PRINCIPAL, DEFAULT_COLLECTION, Wanted())).total == 0
    assert door.knowledge.found("refund") == []


async def test_the_list_is_paged_and_filtered(door):
    ids = [(await door.submit(file(f"Price_{n}.txt", str(n)))).document_id for n in range(3)]
    await door.knowledge.ingest("other%.md", "refund")

    async def names(wanted, limit=10, offset=0):
        page = await door.catalogue.page(PRINCIPAL, DEFAULT_COLLECTION, wanted, limit=limit, offset=offset)
        return [one.name for one in page.items], page.total

    assert await names(Wanted(), limit=2, offset=1) == (["Price_2.txt", "Price_1.txt"], 4)
    assert await names(Wanted(keyword="PRICE_2")) == (["Price_2.txt"], 1)
    assert await names(Wanted(keyword="%")) == (["other%.md"], 1)
    assert await names(Wanted(state="ready")) == (["other%.md"], 1)
    assert await names(Wanted(kind="url")) == ([], 0)
    assert await names(Wanted(document_ids=(ids[0], "0" * 32))) == (["Price_0.txt"], 1)


@pytest.fixture
async def site():
    """A page that can be read twice and one that cannot be read at all."""
    served: list[str] = []

    async def page(request: web.Request) -> web.Response:
        served.append(request.path)
        return web.Response(text="refund on the web", content_type="text/plain")

    app = web.Application()
    app.router.add_get("/page", page)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", served
    await runner.cleanup()


def link(url: str) -> NewUpload:
    return NewUpload(kind="url", name="page", suffix="html", data=None, url=url)


async def test_a_page_is_fetched_once_and_kept(knowledge, database, site):
    address, served = site
    door = receiving(knowledge, database, Outbound(allowed_hosts=["127.0.0.1"]))
    entry = await door.taken_in(link(f"{address}/page#part"))
    assert (entry.state, entry.final_url, entry.has_original) == ("ready", f"{address}/page", True)
    await door.uploads.requeue(PRINCIPAL, entry.document_id)
    async with door.working():
        await door.settled(entry.document_id)
    assert (knowledge.found("refund"), served) == (["refund on the web"], ["/page"])


async def test_a_page_that_is_not_given_fails_with_its_reason(knowledge, database, site):
    address, _ = site
    door = receiving(knowledge, database, Outbound(allowed_hosts=["127.0.0.1"]))
    lost = await door.taken_in(link(f"{address}/lost"))
    assert (lost.state, lost.fail_code, lost.has_original) == ("failed", "fetch_status", False)
    refused = await receiving(knowledge, database).taken_in(link(f"{address}/page"))
    assert (refused.state, refused.fail_code) == ("failed", "private_address")


def test_a_pair_is_a_page_in_which_nothing_is_markup():
    page = page_from_pair("<b>?", "one\n\n</dd>two & three").decode()
    assert page == (
        "<html><body><dl><dt>&lt;b&gt;?</dt>"
        "<dd><p>one</p><p>&lt;/dd&gt;two &amp; three</p></dd></dl></body></html>"
    )


async def test_while_people_ask_one_upload_is_read_at_a_time(door):
    first, second = await door.submit(file("a.txt", "refund")), await door.submit(file("b.txt", "return"))
    parser, asked = SlowParser(), [True]
    worker = with_parser(door, parser, lambda: asked[0])
    async with at_work(worker):
        await parser.entered.wait()
        await asyncio.sleep(4 * QUICK.poll_s)
        beside = (await door.entry(second.document_id)).state
        asked[0] = False
        await eventually(lambda: parser.count == 2)
        parser.go.set()
        ready = [(await door.settled(one.document_id)).state for one in (first, second)]
    assert (beside, ready) == ("queued", ["ready", "ready"])

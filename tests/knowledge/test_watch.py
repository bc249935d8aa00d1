"""A folder and its collection stay alike, and nothing that came another way is touched."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from tests.knowledge.shelving import PRINCIPAL, eventually

from yingda.knowledge.ingest import IngestResult
from yingda.knowledge.watch import FolderWatch, WatchConfig
from yingda.turns.types import DEFAULT_COLLECTION

QUICK = WatchConfig(quiet_ms=50, longest_ms=200, scan_ms=500)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "shelf"
    path.mkdir()
    return path


@asynccontextmanager
async def watching(knowledge, folder, config=QUICK):
    """The results of a running watch."""
    results = []
    watch = FolderWatch(knowledge.library, knowledge.ingestor, PRINCIPAL, DEFAULT_COLLECTION, folder, config)
    running = asyncio.create_task(watch.run(results.append))
    yield results
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def sources(knowledge):
    page = await knowledge.library.shelf.documents(PRINCIPAL, DEFAULT_COLLECTION, limit=100)
    return {item.source for item in page.items}


async def test_files_come_change_and_go(knowledge, folder):
    (folder / "early.txt").write_text("refund early")
    async with watching(knowledge, folder):
        await eventually(lambda: knowledge.found("refund") == ["refund early"])
        (folder / "子目录").mkdir()
        (folder / "子目录" / "退货.md").write_text("refund 退货")
        await eventually(lambda: knowledge.found("退货") == ["refund 退货"])
        assert await sources(knowledge) == {"early.txt", "子目录/退货.md"}
        (folder / "early.txt").write_text("refund late")
        await eventually(lambda: "refund late" in knowledge.found("refund"))
        assert "refund early" not in knowledge.found("refund")
        (folder / "early.txt").unlink()
        await eventually(lambda: knowledge.found("refund") == ["refund 退货"])


async def test_what_went_while_nobody_watched_is_withdrawn(knowledge, folder):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"refund {name}")
    async with watching(knowledge, folder):
        await eventually(lambda: len(knowledge.found("refund")) == 2)
    (folder / "a.txt").unlink()
    async with watching(knowledge, folder):
        await eventually(lambda: knowledge.found("refund") == ["refund b.txt"])


async def test_an_upload_is_never_withdrawn(knowledge, folder):
    await knowledge.ingest("uploaded.txt", "refund uploaded")
    (folder / "a.txt").write_text("refund a")
    async with watching(knowledge, folder):
        await eventually(lambda: len(knowledge.found("refund")) == 2)
        await knowledge.ingest("a.txt", "refund a by hand")
        (folder / "a.txt").unlink()
        (folder / "b.txt").write_text("refund b")
        await eventually(lambda: "refund b" in knowledge.found("refund"))
    assert await sources(knowledge) == {"uploaded.txt", "a.txt", "b.txt"}


async def test_a_bad_file_is_reported_once_and_stops_nobody(knowledge, folder):
    (folder / "bad.txt").write_bytes(b"\xff\xfe\xff")
    (folder / "big.txt").write_bytes(b"refund " * 10)
    config = WatchConfig(quiet_ms=50, longest_ms=200, scan_ms=100, max_bytes=32)
    async with watching(knowledge, folder, config) as results:
        (folder / "good.txt").write_text("refund good")
        await eventually(lambda: knowledge.found("refund") == ["refund good"])
        (folder / "more.txt").write_text("refund more")
        await eventually(lambda: len(knowledge.found("refund")) == 2)
    codes = [result.code for result in results if isinstance(result, IngestResult)]
    assert sorted(code for code in codes if code) == ["corrupt", "too_large"]


async def test_hidden_foreign_and_outside_files_are_left_alone(knowledge, folder, tmp_path):
    (tmp_path / "secret.txt").write_text("refund secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    for name in (".hidden.txt", "~$draft.docx", "image.png"):
        (folder / name).write_text("refund no")
    (folder / "seen.txt").write_text("refund seen")
    async with watching(knowledge, folder):
        await eventually(lambda: bool(knowledge.found("refund")))
    assert await sources(knowledge) == {"seen.txt"}


async def test_a_folder_that_is_lost_withdraws_nothing(knowledge, folder):
    (folder / "a.txt").write_text("refund a")
    watch = FolderWatch(knowledge.library, knowledge.ingestor, PRINCIPAL, DEFAULT_COLLECTION, folder, QUICK)
    await watch.scan(lambda _: None)
    folder.rename(folder.with_name("elsewhere"))
    await watch.scan(lambda _: None)
    assert await sources(knowledge) == {"a.txt"}


async def test_a_watch_stops_when_told_to(knowledge, folder):
    stop = asyncio.Event()
    watch = FolderWatch(knowledge.library, knowledge.ingestor, PRINCIPAL, DEFAULT_COLLECTION, folder, QUICK)
    running = asyncio.create_task(watch.run(lambda _: None, stop))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(10):
        await running

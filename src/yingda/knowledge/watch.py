"""Keeps a collection equal to a folder of files.

Notices of the operating system are only a bell: what changed is found by comparing the folder with what was
seen before. So nothing is missed that changed before the watch began, that changed too quickly, or that lies
on a disk which sends no notices.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Callable, Iterator, Set
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from watchfiles import awatch

from yingda.errors import AnswerError, InvalidRequest, NotFound
from yingda.knowledge.ingest import Ingestor, IngestResult
from yingda.knowledge.intake import Incoming
from yingda.knowledge.library import Library
from yingda.knowledge.names import source_from_path
from yingda.knowledge.parse.refused import TooBig
from yingda.turns.types import CollectionId, Principal

log = logging.getLogger(__name__)

_NO_DOCUMENTS = ("~$", ".")
"""How the names of hidden files and of office programs' lock files begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """A change is taken up when it has been quiet for `quiet_ms`, or busy for `longest_ms`.

    The folder is read each `scan_ms` in any case. Files with other suffixes than these are not looked at.
    """

    quiet_ms: int = 300
    longest_ms: int = 1600
    scan_ms: int = 30_000
    max_bytes: int = 20 * 1024 * 1024
    suffixes: frozenset[str] = frozenset(
        {".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx", ".pptx", ".csv", ".tsv", ".xlsx"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A document that ended because its file did."""

    source: str


Report = Callable[[IngestResult | Withdrawn], None]
"""Told of every file taken in, refused or withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What tells a file from what it was: a new inode, size or time is a new file."""

    path: Path
    inode: int
    size_bytes: int
    changed_ns: int


class FolderWatch:
    """One folder that feeds one collection.

    Only documents that came from this folder end with their files: an upload of the same name is not touched,
    and becomes the folder's when the file is read again.
    """

    def __init__(
        self,
        library: Library,
        ingestor: Ingestor,
        principal: Principal,
        collection: CollectionId,
        folder: Path,
        config: WatchConfig | None = None,
    ) -> None:
        self._library = library
        self._ingestor = ingestor
        self._principal = principal
        self._collection = collection
        self._folder = folder.resolve()
        self._config = config or WatchConfig()
        self._origin = f"folder:{self._folder}"
        self._seen: dict[str, _Mark] = {}

    async def run(self, on_result: Report, stop: asyncio.Event | None = None) -> None:
        """Follow the folder until `stop` is set or the task is cancelled; raises `FileNotFoundError`.

        A file that cannot be read as a document is reported once and tried again when it changes; one that
        failed for a passing reason is tried again at the next scan.
        """
        rung = asyncio.Event()
        ringing = asyncio.create_task(self._ring(rung, stop))
        try:
            await asyncio.sleep(0)  # the bell hangs before the first look: no change falls between the two
            while not ringing.done():
                rung.clear()
                await self.scan(on_result)
                await rung.wait()
            await ringing
        finally:
            ringing.cancel()
            with suppress(asyncio.CancelledError):
                await ringing

    async def _ring(self, rung: asyncio.Event, stop: asyncio.Event | None) -> None:
        config = self._config
        notices = awatch(
            self._folder,
            watch_filter=None,
            debounce=config.longest_ms,
            step=config.quiet_ms,
            stop_event=stop,
            rust_timeout=config.scan_ms,
            yield_on_timeout=True,
        )
        try:
            async with aclosing(notices):
                async for _ in notices:
                    rung.set()
        finally:
            rung.set()

    async def scan(self, on_result: Report) -> None:
        """Take up what differs from the last scan; of a first scan, everything."""
        try:
            found = await asyncio.to_thread(lambda: dict(self._files()))
            changed = [source for source, mark in found.items() if self._seen.get(source) != mark]
            self._seen = dict(found)
            await self._ingest(changed, on_result)
            await self._withdraw(found.keys(), on_result)
        except (AnswerError, OSError) as error:
            self._seen = {}
            log.warning("the folder could not be followed, the next scan tries again: %s", error)

    async def _ingest(self, sources: list[str], on_result: Report) -> None:
        def note(result: IngestResult) -> None:
            if result.retryable and result.document_id is None:
                self._seen.pop(result.source, None)
            on_result(result)

        files = (
            Incoming(source=source, read=partial(self._read, self._seen[source].path), origin=self._origin)
            for source in sorted(sources)
        )
        await self._ingestor.ingest_many(self._principal, self._collection, files, note)

    async def _withdraw(self, there: Set[str], on_result: Report) -> None:
        known = await self._library.shelf.of_origin(self._principal, self._collection, self._origin)
        for source in sorted(known.keys() - there):
            with suppress(NotFound):
                await self._library.delete(self._principal, known[source])
                on_result(Withdrawn(source=source))

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            data = file.read(self._config.max_bytes + 1)
        if len(data) > self._config.max_bytes:
            raise TooBig
        return data

    def _files(self) -> Iterator[tuple[str, _Mark]]:
        """Every file of a known kind that lies in the folder, and not elsewhere behind a link."""
        for parent, folders, names in os.walk(self._folder, onerror=_raise):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(parent, name)
                if name.startswith(_NO_DOCUMENTS) or path.suffix.lower() not in self._config.suffixes:
                    continue
                mark = self._mark(path)
                source = self._source(path)
                if mark is not None and source is not None:
                    yield source, mark

    def _mark(self, path: Path) -> _Mark | None:
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode) or not path.resolve().is_relative_to(self._folder):
            return None
        return _Mark(path=path, inode=found.st_ino, size_bytes=found.st_size, changed_ns=found.st_mtime_ns)

    def _source(self, path: Path) -> str | None:
        try:
            return source_from_path(path.relative_to(self._folder))
        except InvalidRequest as error:
            log.warning("%r cannot be a document: %s", str(path), error)
            return None


def _raise(error: OSError) -> None:
    # A subfolder that cannot be listed is no reason to think that its files are gone.
    raise error

"""Exact vector search over memory-mapped files: one folder a collection, up to some 300k chunks.

A folder holds `current.json` (format, model, dimension, generation) and three files of that generation, all
only ever appended to: `.rows` float32 rows, `.chunks` the chunks as JSON, end to end, `.log` one checksummed
line a replaced document. Row i belongs to chunk i. A line commits: it names a document and the sizes of its
chunks, takes the next rows, and retires the rows that the document had. So the state is a fold over the log;
a reader keeps an immutable view and folds only what the log has grown by, whoever wrote it.

Rows and chunks are on disk before their line, so a crash leaves at most an unread tail, cut off by the next
write. A line that is whole but wrong means damage: the collection then asks for a rebuild. Compaction writes
a new generation beside the old one and flips the pointer; older views stay valid until they are dropped.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import orjson
from cachetools import LRUCache
from numpy.typing import NDArray

from yingda.errors import IndexUnavailable
from yingda.knowledge.durable import sync_folder, write_all, write_at
from yingda.knowledge.embed import Vectors
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import CollectionId, DocumentId

_FORMAT = 1
_POINTER = "current.json"
_BLOCK_ROWS = 4096
_NEAR = 1e-6
"""Equal rows may differ by this much after a blocked multiplication; within it they tie."""


class VectorsOutdated(IndexUnavailable):
    """The stored vectors are another model's, or damaged: only a rebuild from the store's text helps."""

    code = "vectors_outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorsConfig:
    """Compaction starts when more rows are retired than live, and at least `compact_rows` of them."""

    compact_rows: int = 1024
    open_collections: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    format: int
    model: str
    dimension: int
    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the log says up to `log_bytes`. `chunk_ends[i]` is where the JSON of chunk i ends."""

    header: _Header
    log_bytes: int
    rows: Vectors
    chunks: NDArray[np.uint8]
    chunk_ends: NDArray[np.int64]
    live: NDArray[np.bool_]

    def chunk_json(self, row: int) -> bytes:
        start = int(self.chunk_ends[row - 1]) if row else 0
        return self.chunks[start : int(self.chunk_ends[row])].tobytes()

    @property
    def chunk_bytes(self) -> int:
        return int(self.chunk_ends[-1]) if len(self.chunk_ends) else 0


class VectorStore:
    """Vectors of one embedding model, by tenant and collection.

    Synchronous, called from worker threads. One writer at a time (the caller's lock), any number of readers,
    in any process; a reader sees a document's old rows or its new ones. Raises `OSError` from the disk.
    """

    def __init__(self, folder: Path, model: str, config: VectorsConfig | None = None) -> None:
        self._folder = folder
        self._model = model
        self._config = config or VectorsConfig()
        self._open: LRUCache[str, _Collection] = LRUCache(self._config.open_collections)
        self._lock = threading.Lock()

    def replace(
        self,
        tenant: str,
        collection: CollectionId,
        document_id: DocumentId,
        chunks: Sequence[Chunk],
        vectors: Vectors,
    ) -> None:
        """Make these all that the document consists of, at once; durable on return.

        `vectors` is float32[len(chunks), dimension], unit rows. No chunks: the document is gone, whichever
        model its vectors are of. Raises `VectorsOutdated` where the others in the collection are not alike.
        """
        if len(chunks) != len(vectors):
            raise ValueError(f"{len(vectors)} vectors for {len(chunks)} chunks")
        files = self._collection(tenant, collection)
        view = files.view()
        if view is None:
            if not chunks:
                return
            view = files.create(self._model, vectors.shape[1])
        if chunks:
            self._require_alike(view, vectors.shape[1])
        files.append(view, document_id, chunks, vectors)
        files.compact(self._config.compact_rows)

    def search(
        self,
        tenant: str,
        collection: CollectionId,
        vector: Vectors,
        limit: int,
        scope: frozenset[DocumentId] | None = None,
    ) -> list[Candidate]:
        """The nearest chunks with their cosine, best first; ties by document id, then ordinal.

        `scope` leaves only its documents to be found. Raises `VectorsOutdated` rather than compare vectors of
        different models.
        """
        view = self._collection(tenant, collection).view(scope)
        if view is None or limit < 1:
            return []
        self._require_alike(view, len(vector))
        found = [
            Candidate(chunk=_chunk_from_json(view.chunk_json(row)), score=score)
            for row, score in _nearest(view, vector, limit)
        ]
        found.sort(key=lambda each: (-each.score, each.chunk.document_id, each.chunk.ordinal))
        return found[:limit]

    def count(self, tenant: str, collection: CollectionId) -> int:
        """Chunks searchable now, of whichever model."""
        view = self._collection(tenant, collection).view()
        return 0 if view is None else int(np.count_nonzero(view.live))

    def needs_rebuild(self, tenant: str, collection: CollectionId) -> bool:
        """Whether what is stored is another model's, or damaged; `clear` and embed the documents again."""
        try:
            view = self._collection(tenant, collection).view()
        except VectorsOutdated:
            return True
        return view is not None and view.header.model != self._model

    def clear(self, tenant: str, collection: CollectionId) -> None:
        """Drop the collection's vectors, damaged ones too; durable on return."""
        self._collection(tenant, collection).drop()

    def _collection(self, tenant: str, collection: CollectionId) -> _Collection:
        # The tenant's length keeps ("a", "bc") and ("ab", "c") apart; hashing makes any name a safe path.
        name = hashlib.sha256(f"{len(tenant)}:{tenant}{collection}".encode()).hexdigest()[:32]
        with self._lock:
            if name not in self._open:
                self._open[name] = _Collection(self._folder / name)
            return self._open[name]

    def _require_alike(self, view: _View, dimension: int) -> None:
        header = view.header
        if (header.model, header.dimension) != (self._model, dimension):
            raise VectorsOutdated(
                f"{header.model} ({header.dimension}) is stored, {self._model} ({dimension}) is asked for"
            )


class _Collection:
    """The files of one collection and the latest view of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._forget()

    def view(self, scope: frozenset[DocumentId] | None = None) -> _View | None:
        """The state now, of these documents only; costs two `stat` calls when nothing changed.

        None where nothing was ever stored.
        """
        with self._lock:
            for _ in range(3):  # a compaction elsewhere may take the files away between two steps
                try:
                    return self._scoped(self._refreshed(), scope)
                except FileNotFoundError:
                    self._forget()
                except Exception:
                    self._forget()  # half a fold must not be taken for a state
                    raise
            raise VectorsOutdated("files of the current generation are missing")

    def _scoped(self, view: _View | None, scope: frozenset[DocumentId] | None) -> _View | None:
        if view is None or scope is None:
            return view
        live = np.zeros_like(view.live)
        for document_id in scope:
            first, end = self._documents.get(document_id, (0, 0))
            live[first:end] = view.live[first:end]
        return replace(view, live=live)

    def create(self, model: str, dimension: int) -> _View:
        """Begin an empty generation and make it the current one."""
        header = _Header(format=_FORMAT, model=model, dimension=dimension, generation=secrets.token_hex(8))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind in ("rows", "chunks", "log"):
            write_at(self._path(header, kind), 0, b"")
        self._flip(header)
        return _empty(header)

    def append(self, view: _View, document_id: DocumentId, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Write rows and chunks behind the committed ones, then the line that makes them count."""
        jsons = [orjson.dumps(asdict(chunk)) for chunk in chunks]
        rows_bytes = len(view.live) * view.header.dimension * 4
        write_at(self._path(view.header, "rows"), rows_bytes, np.asarray(vectors, "<f4").tobytes())
        write_at(self._path(view.header, "chunks"), view.chunk_bytes, b"".join(jsons))
        line = _line(document_id, [len(json) for json in jsons])
        write_at(self._path(view.header, "log"), view.log_bytes, line)

    def compact(self, least_rows: int) -> None:
        """Copy the live rows to a new generation and flip to it, where enough rows are retired."""
        view = self.view()
        if view is None:
            return
        live = int(np.count_nonzero(view.live))
        retired = len(view.live) - live
        if retired <= live or retired < least_rows:
            return
        header = replace(view.header, generation=secrets.token_hex(8))
        kept = np.flatnonzero(view.live)
        blocks = (kept[at : at + _BLOCK_ROWS] for at in range(0, live, _BLOCK_ROWS))
        write_all(self._path(header, "rows"), (view.rows[block].tobytes() for block in blocks))
        write_all(self._path(header, "chunks"), (view.chunk_json(int(row)) for row in kept))
        sizes = np.diff(view.chunk_ends, prepend=0)
        lines = (
            _line(document_id, sizes[first:end].tolist())
            for document_id, (first, end) in sorted(self._documents.items(), key=lambda item: item[1])
        )
        write_all(self._path(header, "log"), lines)
        self._flip(header)

    def drop(self) -> None:
        """Remove the pointer, then the files; views taken before stay readable."""
        if self._folder.exists():
            (self._folder / _POINTER).unlink(missing_ok=True)
            sync_folder(self._folder)
            self._sweep("")

    def _forget(self) -> None:
        self._seen: tuple[int, int, int] | None = None
        self._pointer: tuple[int, int] | None = None
        self._view: _View | None = None
        self._documents: dict[str, tuple[int, int]] = {}

    def _refreshed(self) -> _View | None:
        try:
            stat = (self._folder / _POINTER).stat()
        except FileNotFoundError:
            self._forget()
            return None
        pointer = (stat.st_ino, stat.st_mtime_ns)
        if pointer != self._pointer or self._view is None:
            self._forget()
            self._pointer, self._view = pointer, _empty(self._read_pointer())
        log = self._path(self._view.header, "log")
        seen = (*pointer, log.stat().st_size)
        if seen != self._seen:
            self._view, self._seen = self._folded(self._view, log), seen
        return self._view

    def _folded(self, view: _View, log: Path) -> _View:
        """The view after every whole line that the log has grown by."""
        with log.open("rb") as file:
            file.seek(view.log_bytes)
            grown = file.read()
        whole = grown[: grown.rfind(b"\n") + 1]
        if not whole:
            return view
        sizes: list[int] = []
        retired: list[tuple[int, int]] = []
        at = len(view.live)
        for document_id, line_sizes in map(_commit, whole.splitlines()):
            first = at + len(sizes)
            sizes.extend(line_sizes)
            retired.append(self._documents.pop(document_id, (0, 0)))
            if line_sizes:
                self._documents[document_id] = (first, first + len(line_sizes))
        live = np.concatenate([view.live, np.ones(len(sizes), np.bool_)])
        for start, end in retired:
            live[start:end] = False
        ends = np.concatenate([view.chunk_ends, view.chunk_bytes + np.cumsum(sizes, dtype=np.int64)])
        grown_view = replace(view, log_bytes=view.log_bytes + len(whole), live=live, chunk_ends=ends)
        return self._mapped(grown_view)

    def _mapped(self, view: _View) -> _View:
        """The view with its files mapped as far as they are committed."""
        if not len(view.live):
            return view
        shape = (len(view.live), view.header.dimension)
        try:
            rows = np.memmap(self._path(view.header, "rows"), "<f4", "r", shape=shape)
            chunks = np.memmap(self._path(view.header, "chunks"), np.uint8, "r", shape=(view.chunk_bytes,))
        except ValueError as error:
            raise VectorsOutdated("a file is shorter than its log says") from error
        return replace(view, rows=np.asarray(rows), chunks=np.asarray(chunks))

    def _read_pointer(self) -> _Header:
        try:
            header = _Header(**orjson.loads((self._folder / _POINTER).read_bytes()))
        except (ValueError, TypeError) as error:
            raise VectorsOutdated("the pointer is unreadable") from error
        if header.format != _FORMAT:
            raise VectorsOutdated(f"vectors are of format {header.format}")
        return header

    def _flip(self, header: _Header) -> None:
        fresh = self._folder / f"{header.generation}.pointer"
        write_at(fresh, 0, orjson.dumps(header))
        sync_folder(self._folder)
        fresh.replace(self._folder / _POINTER)
        sync_folder(self._folder)
        self._sweep(header.generation)

    def _sweep(self, generation: str) -> None:
        """Remove what other generations left, those included that a crash cut short."""
        for path in self._folder.iterdir():
            if path.name != _POINTER and path.stem != generation:
                path.unlink(missing_ok=True)

    def _path(self, header: _Header, kind: str) -> Path:
        return self._folder / f"{header.generation}.{kind}"


def _empty(header: _Header) -> _View:
    return _View(
        header=header,
        log_bytes=0,
        rows=np.empty((0, header.dimension), np.float32),
        chunks=np.empty(0, np.uint8),
        chunk_ends=np.empty(0, np.int64),
        live=np.empty(0, np.bool_),
    )


def _nearest(view: _View, vector: Vectors, limit: int) -> Iterator[tuple[int, float]]:
    """Rows and cosines, best first: `limit`, and as many again that tie with the last of them."""
    scores = view.rows @ vector.astype(np.float32)
    scores[~view.live] = -np.inf
    cut = np.partition(scores, len(scores) - limit)[len(scores) - limit] if limit < len(scores) else -2.0
    near = np.flatnonzero(scores >= max(float(cut), -2.0) - _NEAR)
    rounded = np.round(scores[near].astype(np.float64), 6)
    for at in np.lexsort((near, -rounded))[: 2 * limit]:
        yield int(near[at]), float(rounded[at])


def _line(document_id: str, sizes: list[int]) -> bytes:
    body = orjson.dumps([document_id, sizes])
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _commit(line: bytes) -> tuple[str, list[int]]:
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        raise VectorsOutdated("a line of the log is damaged")
    document_id, sizes = orjson.loads(body)
    return document_id, sizes


def _chunk_from_json(json: bytes) -> Chunk:
    fields = orjson.loads(json)
    fields["heading"] = tuple(fields["heading"])
    return Chunk(**fields)

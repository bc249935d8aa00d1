"""The index's folder: generations, a pointer to the one that is searched, a mark on what is complete.

    current.json    names the generation that is searched
    <generation>/   a tantivy index, and built.json once it holds all that there is

A rebuild fills a generation beside the current one and then turns the pointer, so searches find what they
found before until the new index is whole. Readers in any process notice the turn at their next search; the
files of the old generation are removed, and stay readable to those who have them open.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
import tantivy

from yingda.errors import IndexUnavailable
from yingda.knowledge.analyzer import ANALYZER_VERSION
from yingda.knowledge.index.snapshot import Snapshot

_LAYOUT_VERSION = 1
_POINTER = "current.json"
_MARKER = "built.json"
_COMMITTED = "meta.json"
"""What tantivy replaces with every commit and merge."""
_VERSIONS = {"analyzer": ANALYZER_VERSION, "layout": _LAYOUT_VERSION}


_Identity = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    """`tantivy` is None where the files are damaged or of another layout."""

    path: Path
    tantivy: tantivy.Index | None
    is_built: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """The last snapshot, and when it holds: for this index while its commit is the same."""

    index: tantivy.Index
    commit: _Identity | None
    snapshot: Snapshot


class IndexFolder:
    """Opens, rebuilds and marks the index of one folder.

    One writer at a time (the caller's lock) uses `written`, `begin`, `finish` and `abandon`; `searched` and
    `is_built` are for any thread. An index of another analyzer is searched as it is until it is rebuilt.
    """

    def __init__(self, path: Path, schema: tantivy.Schema) -> None:
        self._path = path
        self._schema = schema
        self._turning = threading.Lock()
        self._fresh: _Generation | None = None
        self._kept: _Kept | None = None
        self._seen = self._pointer()
        if self._seen is None:
            self._turn(self._created())
        else:
            self._current = self._opened(self._named())

    @property
    def is_built(self) -> bool:
        """Whether what is searched is all that there is, in these versions, and no rebuild is under way."""
        self._follow()
        return self._fresh is None and self._current.is_built

    def searched(self) -> tantivy.Index:
        """The current generation, whoever made it; raises `IndexUnavailable` where it cannot be read."""
        self._follow()
        return _readable(self._current)

    def snapshot(self) -> Snapshot:
        """What `searched` holds since its last commit, whoever made it; the same one until the next."""
        self._follow()
        generation = self._current
        index, commit = _readable(generation), _identity(generation.path / _COMMITTED)
        kept = self._kept
        if kept is None or kept.index is not index or kept.commit != commit:
            with suppress(ValueError):  # files that another process removes stay readable as they were
                index.reload()
            kept = self._kept = _Kept(index, commit, Snapshot(index))
        return kept.snapshot

    def written(self) -> tantivy.Index:
        """The generation of the rebuild under way, else the one that is searched."""
        return self.searched() if self._fresh is None else _readable(self._fresh)

    def begin(self) -> None:
        """Write to an empty generation from now on; what an interrupted rebuild left is removed."""
        self._follow()
        self._sweep()
        self._fresh = self._created()

    def finish(self) -> None:
        """Write down, durably, that what was written is complete, and search it."""
        done = self._fresh or self._current
        _write_durably(done.path / _MARKER, _VERSIONS)
        self._fresh = None
        self._turn(_Generation(path=done.path, tantivy=done.tantivy, is_built=True))
        self._sweep()

    def abandon(self) -> None:
        """Give up the rebuild under way; what is searched stays as it is."""
        self._fresh = None
        self._sweep()

    def _follow(self) -> None:
        """Turn to the generation that another process has turned to; costs one `stat` where none has."""
        if self._pointer() in (None, self._seen):  # a pointer that was lost is no news of another index
            return
        with self._turning:
            while (pointer := self._pointer()) not in (None, self._seen):
                self._current = self._opened(self._named())
                self._seen = pointer

    def _turn(self, generation: _Generation) -> None:
        with self._turning:
            _write_durably(self._path / _POINTER, generation.path.name)
            self._current, self._seen = generation, self._pointer()

    def _pointer(self) -> _Identity | None:
        return _identity(self._path / _POINTER)

    def _named(self) -> Path:
        try:
            return self._path / Path(orjson.loads((self._path / _POINTER).read_bytes())).name
        except (ValueError, TypeError):
            return self._path / "damaged"

    def _created(self) -> _Generation:
        path = self._path / secrets.token_hex(8)
        path.mkdir(parents=True)
        return _Generation(path=path, tantivy=tantivy.Index(self._schema, path=str(path)), is_built=False)

    def _opened(self, path: Path) -> _Generation:
        marked = _marked(path)
        layout = marked.get("layout") if isinstance(marked, dict) else None
        found = self._tried(path) if marked is None or layout == _LAYOUT_VERSION else None
        return _Generation(path=path, tantivy=found, is_built=found is not None and marked == _VERSIONS)

    def _tried(self, path: Path) -> tantivy.Index | None:
        try:
            index = tantivy.Index.open(str(path))
            index.searcher().search(tantivy.Query.term_query(self._schema, "scope", "-", "basic"), 1)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic inside tantivy derives from BaseException
            return None
        return index

    def _sweep(self) -> None:
        """Remove all but the current generation."""
        for path in self._path.iterdir():
            if path.name in (_POINTER, self._current.path.name):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _identity(path: Path) -> _Identity | None:
    """Another one for every file that is put in place under this name; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _readable(generation: _Generation) -> tantivy.Index:
    if generation.tantivy is None:
        raise IndexUnavailable("the index is damaged or of another version and must be rebuilt")
    return generation.tantivy


def _marked(path: Path) -> object:
    """What the mark says; None where there is none, and what is no JSON is no version of ours."""
    try:
        return orjson.loads((path / _MARKER).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return "damaged"


def _write_durably(path: Path, content: object) -> None:
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(orjson.dumps(content))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The index's folder on disk: what makes it readable, and the mark that says it is complete."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson
import tantivy

from yingda.errors import IndexUnavailable
from yingda.knowledge.analyzer import ANALYZER_VERSION

_LAYOUT_VERSION = 1
_MARKER = "built.json"
_VERSIONS = {"analyzer": ANALYZER_VERSION, "layout": _LAYOUT_VERSION}


class IndexFolder:
    """Opens, empties and marks the folder of one tantivy index.

    `tantivy` is None where the folder holds something unreadable or of another version: only `empty` helps.
    """

    def __init__(self, path: Path, schema: tantivy.Schema) -> None:
        self._path = path
        self._schema = schema
        marked = self._marked()
        self.is_built = marked == _VERSIONS
        self.tantivy = self._open() if marked in (None, _VERSIONS) else None
        if self.tantivy is None:
            self.is_built = False

    def opened(self) -> tantivy.Index:
        """The index; raises `IndexUnavailable` where there is none to be had."""
        if self.tantivy is None:
            raise IndexUnavailable("the index is damaged or of another version and must be rebuilt")
        return self.tantivy

    def empty(self) -> None:
        """Start again with nothing, unmarked."""
        self.is_built = False
        self.tantivy = None
        shutil.rmtree(self._path, ignore_errors=True)
        self.tantivy = self._create()

    def mark(self) -> None:
        """Write down, durably, that the index is complete in these versions."""
        draft = self._path / f"{_MARKER}.new"
        with draft.open("wb") as file:
            file.write(orjson.dumps(_VERSIONS))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path / _MARKER)
        _sync_folder(self._path)
        self.is_built = True

    def _marked(self) -> object:
        """What the mark says; None where there is none, and what is no JSON is no version of ours."""
        try:
            return orjson.loads((self._path / _MARKER).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            return "damaged"

    def _open(self) -> tantivy.Index | None:
        if not (self._path / "meta.json").exists():
            return self._create() if self._marked() is None else None
        try:
            index = tantivy.Index.open(str(self._path))
            index.searcher().search(tantivy.Query.term_query(self._schema, "scope", "-", "basic"), 1)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic inside tantivy derives from BaseException
            return None
        return index

    def _create(self) -> tantivy.Index:
        self._path.mkdir(parents=True, exist_ok=True)
        return tantivy.Index(self._schema, path=str(self._path))


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

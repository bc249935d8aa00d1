"""What every row needs: folders, questions, how much to measure, and the count of saved turns."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.perf import corpus
from benchmarks.perf.processes import ingest
from benchmarks.perf.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run; `scale` 1 is a full one, less is a quick look, `rounds` how often both sides take turns."""

    folder: Path
    scale: float = 1.0
    rounds: int = 3
    questions: corpus.Questions = field(default_factory=corpus.Questions)

    def count(self, full: int) -> int:
        """How many requests instead of `full`."""
        return max(20, round(full * self.scale))

    def home(self, name: str, passages: int = corpus.PASSAGES) -> Path:
        """A data folder with so many passages, of this row alone."""
        collection = self.folder / f"collection-{passages}"
        if not collection.exists():
            documents = self.folder / f"documents-{passages}"
            corpus.write_documents(documents, passages)
            collection.mkdir()
            ingest(collection, documents)
        home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        return shutil.copytree(collection, home, dirs_exist_ok=True)


def saved_turns(home: Path) -> int:
    """Completed turns in the store."""
    with closing(sqlite3.connect(home / "yingda.db")) as store:
        row = store.execute("SELECT count(*) FROM turns WHERE ending = 'TurnCompleted'").fetchone()
    return int(row[0])


def saved_line(name: str, home: Path, sent: int) -> Line:
    """Rows in the store against requests sent."""
    rows = saved_turns(home)
    return Line(
        name=f"{name}: turns saved",
        target="= requests sent",
        measured=str(rows),
        baseline=f"{sent} sent",
        holds=rows == sent,
    )

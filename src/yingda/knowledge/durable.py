"""Writes that are on the disk when they return."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def write_at(path: Path, at: int, content: bytes) -> None:
    """Cut off what an unfinished write left behind `at`, append there, and wait for the disk."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_all(path: Path, pieces: Iterator[bytes]) -> None:
    """A whole new file, on the disk on return."""
    with path.open("wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's names are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

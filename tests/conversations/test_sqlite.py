"""The embedded store keeps its promises, also on a full disk, behind a lock, and after kill -9."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from yingda.conversations.sqlite import SqliteConfig, open_sqlite
from yingda.errors import StoreUnavailable
from yingda.storage.group_commit import GroupCommitConfig
from yingda.testing.adopted_names_suite import AdoptedNamesSuite
from yingda.testing.clock import FrozenClock
from yingda.testing.conversations_suite import (
    ANN,
    LEASE,
    ConversationsSuite,
    finished,
    new_turn,
    outcomes,
    stored,
)
from yingda.turns.types import TurnId


@pytest.fixture
def path(migrated_sqlite):
    return Path(migrated_sqlite)


@pytest.fixture
async def store(path):
    async with open_sqlite(path, FrozenClock()) as store:
        yield store


class TestSqlite(ConversationsSuite):
    """The whole suite on a file."""


class TestSqliteAdoptedNames(AdoptedNamesSuite):
    """Names that callers choose, on a file."""


async def test_a_reopened_file_still_has_everything(path):
    async with open_sqlite(path, FrozenClock()) as store:
        await store.begin(new_turn("t1"))
    async with open_sqlite(path, FrozenClock()) as store:
        assert await store.turn(ANN, TurnId("t1")) == stored("t1", "c-t1")


async def test_one_impossible_job_harms_no_other(store):
    turns = [new_turn(f"t{n}", "never seen", text=text) for n, text in enumerate(("a", "\ud800", "b"))]
    results = await outcomes(store.begin(turn) for turn in turns)
    assert results[1] is UnicodeEncodeError
    seen = [await store.turn(ANN, TurnId(f"t{n}")) for n in range(3)]
    assert seen == [stored("t0", "c-t0", text="a"), None, stored("t2", "c-t2", text="b")]


async def test_a_locked_file_is_unavailable_until_the_lock_is_gone(path):
    config = SqliteConfig(commit=GroupCommitConfig(busy_timeout_s=0.05))
    async with open_sqlite(path, FrozenClock(), config) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked = await outcomes(
                [store.begin(new_turn("t1", "c")), store.journal([], LEASE), store.ping()]
            )
            fresh = await outcomes([store.begin(new_turn("t2"))])
        await store.begin(new_turn("t3", "c"))
        assert (locked, fresh) == ([StoreUnavailable] * 3, [StoreUnavailable])
        assert await store.turn(ANN, TurnId("t3")) == stored("t3", "c-t3")


async def test_a_fresh_turn_that_could_not_be_written_is_written_with_its_ending(path):
    config = SqliteConfig(commit=GroupCommitConfig(busy_timeout_s=0.05))
    async with open_sqlite(path, FrozenClock(), config) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await store.begin(new_turn("t1"))
            await outcomes([store.journal([], LEASE)])
            assert await outcomes([store.finish(finished("t1", "c-t1"))]) == [StoreUnavailable]
        await store.finish(finished("t1", "c-t1"))
        kept = await store.turn(ANN, TurnId("t1"))
        assert (kept.text, kept.ending) == (new_turn("t1").text, finished("t1", "c-t1").ending)


async def test_a_silent_file_is_unavailable_in_time(path):
    config = SqliteConfig(commit=GroupCommitConfig(busy_timeout_s=1.0, answer_timeout_s=0.05))
    async with open_sqlite(path, FrozenClock(), config) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await store.begin(new_turn("t1", "c"))


@contextmanager
def no_room_beyond(limit_bytes):
    """Let every write past that size of a file fail, in this process, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_unavailable_until_there_is_room(path, store):
    await store.begin(new_turn("t1"))
    await store.journal([], LEASE)
    with no_room_beyond(path.with_name("yingda.db-wal").stat().st_size):
        full = await outcomes([store.finish(finished("t1", "c-t1")), store.journal([], LEASE)])
        still_open = await store.turn(ANN, TurnId("t1"))
    await store.finish(finished("t1", "c-t1"))
    ended = await store.turn(ANN, TurnId("t1"))
    assert (full, still_open) == ([StoreUnavailable] * 2, stored("t1", "c-t1"))
    assert ended == stored("t1", "c-t1", ending="TurnCompleted", lines=finished("t1", "c-t1").lines)


CHILD = """
import asyncio, sys
from pathlib import Path
from yingda.conversations.sqlite import open_sqlite
from yingda.testing.clock import FrozenClock
from yingda.testing.conversations_suite import Batch, LEASE, finished, new_turn

async def main():
    async with open_sqlite(Path(sys.argv[1]), FrozenClock()) as store:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(new_turn("t2", "c-t1"))
        await store.journal([Batch(turn_id="t2", conversation_id="c-t1", first=0, lines=b"half\\n")], LEASE)
        print("ready", flush=True)
        for n in range(3, 100000):
            await store.begin(new_turn(f"t{n}"))
            await store.finish(finished(f"t{n}", f"c-t{n}"))
            print(n, flush=True)

asyncio.run(main())
"""


async def test_kill_9_forgets_nothing_that_was_promised(path):
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(path), stdout=asyncio.subprocess.PIPE
    )
    lines = [await child.stdout.readline() for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    lines += (await child.stdout.read()).splitlines()
    await child.wait()
    promised = ["t1", *(f"t{int(line)}" for line in lines[1:])]
    async with open_sqlite(path, FrozenClock()) as store:
        turns = [await store.turn(ANN, TurnId(name)) for name in promised]
        half = await store.turn(ANN, TurnId("t2"))
    assert {turn.ending for turn in turns} == {"TurnCompleted"}
    assert half == stored("t2", "c-t1", number=2, lines=b"half\n")

"""Parser processes: their limits, their ends, and what is left after them."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook

from yingda.errors import ShuttingDown, Unavailable
from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.pool import ParserPool, PoolConfig
from yingda.knowledge.parse.refused import Corrupt, DocumentRefused, TooMuchMemory, TooSlow

HERE = Path(__file__).parent
LIMITS = ParseLimits(time_s=20.0, memory_bytes=512 * 1024 * 1024)
MISBEHAVING = PoolConfig(command=(sys.executable, "-P", str(HERE / "misbehave.py")))


async def until(claim) -> None:
    async with asyncio.timeout(20):
        while not claim():
            await asyncio.sleep(0.01)


def are_gone(pids) -> bool:
    return not any(psutil.pid_exists(pid) for pid in pids)


async def test_parses_as_the_function_does_and_starts_late():
    data = "# 退货\n\n七天内可退。".encode()
    async with ParserPool(2, LIMITS) as pool:
        before = pool.pids
        parsed = [await pool.parse(data, "a.md") for _ in range(2)]
        pids = pool.pids
    assert (before, parsed, len(pids)) == (frozenset(), [parse(data, "a.md", LIMITS)] * 2, 1)
    assert are_gone(pids)


async def test_refusals_come_through():
    async with ParserPool(1, LIMITS) as pool:
        with pytest.raises(DocumentRefused) as caught:
            await pool.parse(b"PK\x03\x04 no archive", "a.docx")
    assert (caught.value.code, caught.value.message) == ("corrupt", Corrupt.sentence)
    assert "BadZipFile" in "".join(caught.value.__notes__)


async def test_workbook_of_one_far_cell_is_refused_for_its_memory():
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "近", "远"
    async with ParserPool(1, LIMITS) as pool:
        with pytest.raises(TooMuchMemory):
            await pool.parse(workbook_bytes(book), "a.xlsx")
        assert (await pool.parse("好".encode(), "a.txt")).text == "好"


def workbook_bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "refused"), [(b"hog", TooMuchMemory), (b"abort", TooMuchMemory), (b"crash", Corrupt)]
)
async def test_dead_worker_costs_one_file_only(content: bytes, refused: type[DocumentRefused]):
    async with ParserPool(1, LIMITS, MISBEHAVING) as pool:
        with pytest.raises(refused):
            await pool.parse(content, "a.txt")
        assert (await pool.parse(b"print", "a.txt")).text == "print"


async def test_hanging_worker_is_killed_and_replaced():
    limits = ParseLimits(time_s=1.0, memory_bytes=512 * 1024 * 1024)
    async with ParserPool(1, limits, MISBEHAVING) as pool:
        await pool.parse(b"warm", "a.txt")
        hung = pool.pids
        with pytest.raises(TooSlow):
            await pool.parse(b"hang", "a.txt")
        assert (await pool.parse(b"next", "a.txt")).text == "next"
        await until(lambda: are_gone(hung))


async def test_cancelling_frees_the_worker():
    async with ParserPool(1, LIMITS, MISBEHAVING) as pool:
        await pool.parse(b"warm", "a.txt")
        hung = pool.pids
        task = asyncio.create_task(pool.parse(b"hang", "a.txt"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await pool.parse(b"next", "a.txt")).text == "next"
        await until(lambda: are_gone(hung))


async def test_closing_ends_workers_at_work():
    async with ParserPool(1, LIMITS, MISBEHAVING) as pool:
        await pool.parse(b"warm", "a.txt")
        pids = pool.pids
        task = asyncio.create_task(pool.parse(b"hang", "a.txt"))
        await asyncio.sleep(0)
    with pytest.raises(ShuttingDown):
        await task
    with pytest.raises(ShuttingDown):
        await pool.parse(b"late", "a.txt")
    assert are_gone(pids)


async def test_idle_worker_leaves():
    config = PoolConfig(idle_s=0.01)
    others = psutil.Process().children()
    async with ParserPool(1, LIMITS, config) as pool:
        await pool.parse(b"a", "a.txt")
        workers = [child for child in psutil.Process().children() if child not in others]
        await until(lambda: not pool.pids)
        await until(lambda: not any(worker.is_running() for worker in workers))


async def test_worker_that_cannot_start_is_unavailable():
    async with ParserPool(
        1, LIMITS, PoolConfig(command=(sys.executable, "-c", "raise SystemExit(1)"))
    ) as pool:
        with pytest.raises(Unavailable):
            await pool.parse(b"a", "a.txt")


async def test_interrupt_of_the_terminal_leaves_workers_alone():
    async with ParserPool(1, LIMITS) as pool:
        await pool.parse(b"a", "a.txt")
        (pid,) = before = pool.pids
        os.kill(pid, signal.SIGINT)
        await pool.parse(b"b", "a.txt")
        assert (pool.pids, os.getpgid(pid) == os.getpgid(0)) == (before, False)


def test_killed_parent_leaves_no_orphan():
    program = f"""
import asyncio, sys
from yingda.knowledge.parse import ParseLimits
from yingda.knowledge.parse.pool import ParserPool, PoolConfig
async def main():
    async with ParserPool(1, ParseLimits(), PoolConfig(command={tuple(MISBEHAVING.command)!r})) as pool:
        await pool.parse(b"warm", "a.txt")
        print(*pool.pids, flush=True)
        await pool.parse(b"hang", "a.txt")
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=20)


def test_worker_imports_the_parse_package_only():
    program = "import sys, yingda.knowledge.parse.worker; print(*sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ours = [name for name in ran.stdout.split() if name.startswith("yingda")]
    assert [name for name in ours if "parse" not in name] == [
        "yingda",
        "yingda.errors",
        "yingda.knowledge",
        "yingda.knowledge.types",
        "yingda.turns",
        "yingda.turns.options",
        "yingda.turns.types",
    ]

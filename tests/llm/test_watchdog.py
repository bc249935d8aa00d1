"""The watchdog bites a waiting reader only, and only when its time is over."""

import asyncio

from yingda.llm.watchdog import Watchdog


def soon(seconds):
    return asyncio.get_running_loop().time() + seconds


async def test_bites_a_reader_that_waits_too_long():
    bitten = asyncio.Event()
    dog = Watchdog(soon(0.02), bitten.set)
    dog.is_waiting = True
    await asyncio.wait_for(bitten.wait(), 5)
    assert dog.has_bitten


async def test_leaves_busy_and_stopped_readers_alone():
    busy, stopped = Watchdog(soon(0.01), lambda: None), Watchdog(soon(0.01), lambda: None)
    stopped.is_waiting = True
    stopped.stop()
    await asyncio.sleep(0.1)
    busy.stop()
    assert (busy.has_bitten, stopped.has_bitten) == (False, False)


async def test_a_moved_mark_holds():
    dog = Watchdog(soon(0.01), lambda: None)
    dog.is_waiting = True
    dog.allow(60)
    await asyncio.sleep(0.1)
    dog.stop()
    assert not dog.has_bitten

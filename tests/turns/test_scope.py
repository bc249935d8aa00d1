"""A block that a stop or a deadline ends, and what comes after it."""

from __future__ import annotations

import asyncio

import pytest

from yingda.turns.scope import StopScope


async def deaf(heard: list[str]) -> None:
    """Takes no notice of the first two cancellations."""
    for said in ("once", "twice"):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append(said)
    await asyncio.sleep(60)


async def test_ends_what_takes_no_notice_and_spares_what_follows():
    scope, heard = StopScope(), list[str]()

    async def run() -> None:
        with scope:
            await deaf(heard)
        await asyncio.sleep(0.03)
        heard.append("after")

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    scope.cancel()
    await task
    assert (heard, scope.has_cancelled, task.cancelling()) == (["once", "twice", "after"], True, 0)


async def test_ends_at_its_deadline():
    scope = StopScope()
    scope.deadline_s = asyncio.get_running_loop().time() + 0.01
    with scope:
        await asyncio.sleep(60)
    assert scope.has_cancelled


async def test_ends_at_the_first_wait_where_it_was_cancelled_before():
    scope = StopScope()
    scope.cancel()
    with scope:
        await asyncio.sleep(60)
    assert scope.has_cancelled


async def test_a_block_that_ends_by_itself_was_not_cancelled():
    scope = StopScope()
    with scope:
        scope.cancel()
    await asyncio.sleep(0.02)
    assert not scope.has_cancelled


async def test_lets_the_cancellation_of_somebody_else_pass():
    scope = StopScope()

    async def run() -> None:
        with scope:
            await asyncio.sleep(60)

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    scope.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not scope.has_cancelled

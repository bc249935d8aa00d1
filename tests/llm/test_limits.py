"""The cap holds, waits are short, refusals tell the truth, and no path loses a slot."""

import asyncio
from contextlib import aclosing

import pytest

from yingda.errors import ModelUnavailable, Overloaded
from yingda.llm.limits import Slots, SlotsSnapshot, with_limits
from yingda.llm.types import TextChunk
from yingda.testing import FrozenClock, ScriptedModel

LONG_S = 60.0


def slots(limit=1, max_waiting=5, clock=None):
    return Slots(limit, max_waiting, clock or FrozenClock())


async def settled(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_holds_a_slot_for_as_long_as_the_call_lasts(prompt):
    cap, model = slots(), ScriptedModel(["a", "b"])
    async with aclosing(with_limits(model, cap, LONG_S).stream(prompt)) as chunks:
        await anext(chunks)
        assert cap.snapshot() == SlotsSnapshot(limit=1, active=1, waiting=0, peak=1, rejected=0)
        assert [chunk async for chunk in chunks] == [TextChunk("b")]
    assert cap.snapshot() == SlotsSnapshot(limit=1, active=0, waiting=0, peak=1, rejected=0)


@pytest.mark.parametrize("last", [ModelUnavailable(), asyncio.CancelledError(), ZeroDivisionError()])
async def test_gives_the_slot_back_however_the_call_ends(last, prompt):
    cap, model = slots(), ScriptedModel(["a", last])
    async with aclosing(with_limits(model, cap, LONG_S).stream(prompt)) as chunks:
        await anext(chunks)
        with pytest.raises(type(last)):
            await anext(chunks)
    assert cap.snapshot().active == 0


async def test_gives_the_slot_back_when_the_call_is_closed(prompt):
    cap, model = slots(), ScriptedModel(["a", asyncio.Event()])
    async with aclosing(with_limits(model, cap, LONG_S).stream(prompt)) as chunks:
        await anext(chunks)
    assert (cap.snapshot().active, model.abandoned) == (0, 1)


async def test_serves_those_who_wait_in_order():
    cap, served = slots(), []

    async def hold(name):
        async with cap.held(LONG_S):
            served.append(name)

    async with cap.held(LONG_S):
        waiting = [asyncio.create_task(hold(name)) for name in "abc"]
        await settled(lambda: cap.snapshot().waiting == 3)
    await asyncio.gather(*waiting)
    assert (served, cap.snapshot().active, cap.snapshot().peak) == (["a", "b", "c"], 0, 1)


@pytest.mark.parametrize(("wait_s", "max_waiting"), [(0.0, 5), (0.01, 5), (LONG_S, 0)])
async def test_refuses_where_no_slot_comes_free(wait_s, max_waiting):
    cap = slots(max_waiting=max_waiting)
    async with cap.held(LONG_S):
        with pytest.raises(Overloaded):
            async with cap.held(wait_s):
                pass
        assert cap.snapshot() == SlotsSnapshot(limit=1, active=1, waiting=0, peak=1, rejected=1)


async def test_a_cancelled_wait_leaves_the_queue():
    cap = slots()
    async with cap.held(LONG_S):
        waiting = asyncio.create_task(cap.held(LONG_S).__aenter__())
        await settled(lambda: cap.snapshot().waiting == 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert cap.snapshot().waiting == 0
    async with cap.held(0.0):
        assert cap.snapshot().active == 1


async def test_a_slot_promised_to_a_cancelled_call_goes_to_the_next():
    cap, served = slots(), asyncio.Event()

    async def hold():
        async with cap.held(LONG_S):
            served.set()

    async with cap.held(LONG_S):
        first, second = (asyncio.create_task(hold()) for _ in range(2))
        await settled(lambda: cap.snapshot().waiting == 2)
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert (first.cancelled(), served.is_set(), cap.snapshot().active) == (True, True, 0)


async def test_advice_follows_the_holds_measured():
    clock = FrozenClock()
    cap = slots(limit=2, clock=clock)
    assert cap.retry_after_s() == 0.1
    for hold_s in (4.0, 8.0):
        async with cap.held(LONG_S):
            clock.advance(hold_s)
    assert cap.retry_after_s() == 3.0


async def test_advice_sees_a_hanging_provider_and_the_queue():
    clock = FrozenClock()
    cap = slots(clock=clock)
    async with cap.held(LONG_S):
        clock.advance(10)
        waiting = asyncio.create_task(cap.held(LONG_S).__aenter__())
        await settled(lambda: cap.snapshot().waiting == 1)
        assert cap.retry_after_s() == 20.0
        waiting.cancel()

"""A frozen clock moves by hand only."""

from datetime import timedelta

from yingda.testing import FrozenClock
from yingda.testing.clock import START


async def test_moves_both_scales_together():
    clock = FrozenClock()
    clock.advance(2)
    await clock.sleep(0.5)
    assert (clock.now(), clock.monotonic(), clock.slept) == (START + timedelta(seconds=2.5), 1002.5, [0.5])

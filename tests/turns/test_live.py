"""What a live turn tells its readers by itself."""

from __future__ import annotations

import asyncio

from yingda.testing.builders import PRINCIPAL
from yingda.turns.events import TextAwaited, TextDelta
from yingda.turns.live import LiveTurn
from yingda.turns.types import TurnId


async def test_a_turn_says_that_its_text_is_late():
    live = LiveTurn(TurnId("t1"), PRINCIPAL, None, linger_s=0)
    live.await_text(0.001)
    await live.more()
    assert live.events == [TextAwaited()]


async def test_text_in_time_is_not_announced():
    live = LiveTurn(TurnId("t1"), PRINCIPAL, None, linger_s=0)
    live.await_text(0.001)
    live.add(TextDelta(text="here"))
    await asyncio.sleep(0.005)  # past the patience, so that a word about it would be there
    assert live.events == [TextDelta(text="here")]

"""Builders make what their names say."""

from yingda.testing import collect, turn
from yingda.turns.events import TextDelta


async def test_collects_all_that_an_answerer_says_to_a_turn():
    async def echo(turn):
        yield TextDelta(text=turn.question)
        yield TextDelta(text=f" {turn.number}")

    assert await collect(echo, turn("hi", number=3)) == [TextDelta(text="hi"), TextDelta(text=" 3")]

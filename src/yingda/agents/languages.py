"""The language of an answer, settled once for all that speak in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from yingda.turns.answerer import Answerer
from yingda.turns.events import LanguageChosen, TurnEvent
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn


def with_language(answer: Answerer) -> Answerer:
    """Tells the language and sets it among the options of the turn, so that a cache knows it, too."""

    async def choose_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        language = language_of_turn(turn)
        yield LanguageChosen(language=language)
        async with aclosing(
            answer(replace(turn, options=replace(turn.options, language=language)))
        ) as events:
            async for event in events:
                yield event

    return choose_and_answer

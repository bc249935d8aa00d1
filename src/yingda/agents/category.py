"""The agent that a request names by what it wants: an answer from documents, or a text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from yingda.agents.agent import Agent
from yingda.turns.answerer import Answerer
from yingda.turns.events import AgentChosen, TurnEvent
from yingda.turns.options import Category
from yingda.turns.types import Turn


def by_category(agents: Mapping[Category, Agent]) -> Answerer:
    """Asks nobody and guesses nothing: `options.category` decides, and that is told with full confidence.

    The intent is the agent's only one, or the first by name.
    """

    async def choose_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        agent = agents[turn.options.category]
        yield AgentChosen(agent=agent.name, intent=min(agent.intents), confidence=1.0)
        async with aclosing(agent.answer(turn)) as events:
            async for event in events:
                yield event

    return choose_and_answer

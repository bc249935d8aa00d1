"""A conversation at the counter of the sample shop, turn after turn, without a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from yingda.agents.agent import Agent
from yingda.agents.business import Counter, with_errands
from yingda.agents.router import route
from yingda.business.standing import NOTHING_OPEN, Standing, load
from yingda.testing import collect, turn
from yingda.testing.clock import START, FrozenClock
from yingda.turns.answerer import Answerer
from yingda.turns.events import FlowAdvanced, TextDelta, ToolCalled, TurnEvent
from yingda.turns.types import Message, Turn, TurnId
from yingda.understanding.followup import resolve
from yingda.understanding.intents import read


@dataclass
class Left:
    """The memory of one conversation."""

    standing: Standing = NOTHING_OPEN

    async def recall(self, turn: Turn) -> Standing:
        return self.standing


async def documents(turn: Turn):
    """Answers everything that holds for everybody."""
    yield TextDelta(text="资料")


@dataclass
class Talk:
    """`say` is one turn; what was said and left open is carried on as the server would."""

    left: Left
    answer: Answerer
    at_counter: Answerer
    user_id: str | None = "u_10086"
    minutes: float = 0.0
    history: list[Message] = field(default_factory=list)
    events: list[TurnEvent] = field(default_factory=list)
    count: int = 0

    async def serve(self, text: str) -> str:
        """The reply to a message that was found to be for the counter."""
        return await self._told(self.at_counter, text)

    async def say(self, text: str, **more: Any) -> str:
        """The reply to one message."""
        return await self._told(self.answer, text, **more)

    async def _told(self, answer: Answerer, text: str, **more: Any) -> str:
        self.count += 1
        resolved = resolve(text, tuple(self.history))
        asked = turn(
            text,
            id=TurnId(f"turn-{self.count}"),
            question=resolved.question if resolved else text,
            user_id=self.user_id,
            history=tuple(self.history),
            started_at=START + timedelta(minutes=self.minutes),
            **more,
        )
        self.events = await collect(answer, asked)
        advanced = [event for event in self.events if isinstance(event, FlowAdvanced)]
        self.left.standing = (
            load(advanced[-1].state_json) if advanced else Standing(topic=self.left.standing.done().topic)
        )
        reply = "".join(event.text for event in self.events if isinstance(event, TextDelta))
        self.history += [
            Message(role="user", text=text, at=START),
            Message(role="assistant", text=reply, at=START),
        ]
        return reply

    @property
    def called(self) -> list[str]:
        """The actions of the last turn."""
        return [event.tool for event in self.events if isinstance(event, ToolCalled)]


def talk(shop: Any, **config: Any) -> Talk:
    """A new conversation with the shop."""
    left = Left()
    counter = Counter(shop, left, documents, **config)
    agents = [
        Agent(name="documents", intents=frozenset({"knowledge_qa"}), answer=documents),
        Agent(name="business", intents=frozenset({"business_query"}), answer=counter.answer),
        Agent(name="chitchat", intents=frozenset({"chitchat"}), answer=documents),
    ]
    return Talk(left, with_errands(route(agents, read, None, FrozenClock()), counter), counter.answer)

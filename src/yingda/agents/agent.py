"""An answerer with a name and the intents it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yingda.turns.answerer import Answerer


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`intents` are those of `understanding.intents`; `name` shows in the ledger and on some wires."""

    name: str
    intents: frozenset[str]
    answer: Answerer


def agent_for(agents: Sequence[Agent], intent: str) -> Agent:
    """The first agent of that intent; the first of all where none claims it."""
    return next((agent for agent in agents if intent in agent.intents), agents[0])

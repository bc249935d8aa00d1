"""The one callable that holds the house up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from yingda.turns.events import TurnEvent
from yingda.turns.types import Turn

Answerer = Callable[[Turn], AsyncGenerator[TurnEvent, None]]
"""Agents, flows, the no-model answerer and every wrapper around them.

Yields content events, then returns, or raises an `errors.AnswerError`. Generator law: delegate only under
`contextlib.aclosing`; never yield inside a timeout, cancel scope or task group; never yield in `finally`;
set no context variable before a yield.
"""

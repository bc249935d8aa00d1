"""The memory of dialogues: the last completed turn's own record, and the facts pushed into the call."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from yingda.conversations.archive import Archive
from yingda.flows.facts import Fact, Facts
from yingda.flows.memory import Remembered
from yingda.turns import codec
from yingda.turns.record import Record, record_from_events
from yingda.turns.types import Principal, Turn

CALLER_ID_KEYS = ("callerId", "caller_id")
"""Fact keys for the number that calls."""

_TURNS_AT_ONCE = 4
"""Nearly always the last but one is it: the last one is the turn that asks."""


class Recall:
    """`Memory` over the archive and the facts.

    `idle_s` is how long a call may pause: facts told longer than that before a conversation began belong to
    an earlier call of the same name.
    """

    def __init__(self, archive: Archive, facts: Facts, idle_s: float) -> None:
        self._archive = archive
        self._facts = facts
        self._pause = timedelta(seconds=idle_s)

    async def recall(self, turn: Turn) -> Remembered:
        """State and facts as they are before this turn."""
        if turn.number == 1:
            record, facts = None, await self.facts(turn.principal, turn.dialect, turn.external_id)
        else:
            record, facts = await asyncio.gather(
                self.last_completed(turn.principal, turn.dialect, turn.external_id),
                self.facts(turn.principal, turn.dialect, turn.external_id),
            )
        values = {key: fact.value for key, fact in facts.items()}
        return Remembered(
            state_json=record.flow.state_json if record and record.flow else None,
            facts=values,
            caller_id=next((values[key] for key in CALLER_ID_KEYS if key in values), None),
        )

    async def last_completed(self, principal: Principal, dialect: str, external_id: str) -> Record | None:
        """The newest turn of the call that ended well, None where none has."""
        offset = 0
        while True:
            page = await self._archive.turns(
                principal, dialect, external_id, offset=offset, limit=_TURNS_AT_ONCE
            )
            for stored in reversed(page.items):
                if stored.ending == "TurnCompleted":
                    return record_from_events(codec.load(stored.lines))
            offset += _TURNS_AT_ONCE
            if offset >= page.total:
                return None

    async def facts(self, principal: Principal, dialect: str, external_id: str) -> dict[str, Fact]:
        """The facts of this call, not those of an earlier one that bore its name."""
        facts = await self._facts.of(principal, external_id)
        if not facts:
            return facts
        conversation = await self._archive.conversation(principal, dialect, external_id)
        if conversation is None:
            return facts
        since = conversation.created_at - self._pause
        return {key: fact for key, fact in facts.items() if fact.at >= since}

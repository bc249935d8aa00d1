"""Facts of a call whose turns a FastGPT app answers.

FastGPT has no call that writes a variable: others run a completion for it and delete its two records again,
which runs the workflow once too often and leaves both behind after a crash. Here a fact waits in our own
table and goes along with the call's next turn (`proxy.py`), so that there is nothing to delete.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.standing import standing_from
from yingda.flows.facts import Fact, Facts
from yingda.flows.recall import Recall
from yingda.turns.clock import Clock
from yingda.turns.events import Scalar
from yingda.turns.types import Principal, TurnId


class FastGPTBackend:
    """Implements `flows.backend.Backend`; `dialect` is the one whose turns `recall` reads."""

    def __init__(
        self,
        client: FastGPTClient,
        names: ChatNames,
        facts: Facts,
        recall: Recall,
        clock: Clock,
        dialect: str = "callflow",
    ) -> None:
        self._client = client
        self._names = names
        self._facts = facts
        self._recall = recall
        self._clock = clock
        self._dialect = dialect

    async def set_info(self, principal: Principal, external_id: str, key: str, value: str) -> None:
        await self._facts.put(principal, external_id, key, Fact(value=value, at=self._clock.now()))

    async def get_info(self, principal: Principal, external_id: str) -> Mapping[str, Scalar]:
        """The chat's variables as FastGPT has them, under facts that it has not been told yet."""
        variables = await self._client.variables(self._names.name(principal, external_id))
        facts = await self._recall.facts(principal, self._dialect, external_id)
        last = await self._recall.last_completed(principal, self._dialect, external_id)
        standing = standing_from(last.flow.state_json if last and last.flow else None)
        untold = standing.untold({key: fact.value for key, fact in facts.items()})
        return {key: _scalar(value) for key, value in {**variables, **untold}.items()}

    async def forget(self, principal: Principal, external_id: str) -> None:
        """The facts go first: they are ours, whatever FastGPT says."""
        await self._facts.erase(principal, external_id)
        await self._client.delete_history(self._names.name(principal, external_id))

    async def take_back(self, principal: Principal, external_id: str, turn_id: TurnId) -> None:
        """Delete what FastGPT keeps of a turn, question and answer; nothing happens where that is nothing."""
        chat_id = self._names.name(principal, external_id)
        records = await self._client.records(chat_id)
        place = next((at for at, one in enumerate(records) if one.data_id == turn_id), None)
        if place is None:
            return
        before = records[:place]
        # The answer goes last: it is what both are found by, should this break off in between.
        for record in (*(one for one in before[-1:] if one.role == "Human"), records[place]):
            await self._client.delete_record(chat_id, record.data_id)


def _scalar(value: Any) -> Scalar:
    """Lists and objects as JSON."""
    return value if isinstance(value, Scalar) else json.dumps(value, ensure_ascii=False)

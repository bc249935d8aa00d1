"""The native back end's side door: facts checked by the flow's own slots, told together with its values."""

from __future__ import annotations

from collections.abc import Mapping

from yingda.flows import state as states
from yingda.flows.backend import FactRefused
from yingda.flows.facts import Fact, Facts
from yingda.flows.machine import Machine
from yingda.flows.recall import Recall
from yingda.flows.state import State
from yingda.turns.clock import Clock
from yingda.turns.events import Scalar
from yingda.turns.types import Principal, TurnId

_INCOMPLETE = "incomplete"
"""A piece of a value is kept, as in the contract's own example (沪A8939); the dialogue asks for the whole."""


class NativeBackend:
    """`Backend` of one flow, for the calls of one dialect."""

    def __init__(self, machine: Machine, facts: Facts, recall: Recall, dialect: str, clock: Clock) -> None:
        self._machine = machine
        self._facts = facts
        self._recall = recall
        self._dialect = dialect
        self._clock = clock

    async def set_info(self, principal: Principal, external_id: str, key: str, value: str) -> None:
        at = self._clock.now()
        reason = self._machine.objection(key, value, at)
        if reason is not None and reason != _INCOMPLETE:
            raise FactRefused(reason, field=key)
        await self._facts.put(principal, external_id, key, Fact(value=value, at=at))

    async def get_info(self, principal: Principal, external_id: str) -> Mapping[str, Scalar]:
        facts = await self._recall.facts(principal, self._dialect, external_id)
        told = {key: fact.value for key, fact in facts.items()}
        record = await self._recall.last_completed(principal, self._dialect, external_id)
        if record is None or record.flow is None:
            return told
        try:
            return _known(states.load(record.flow.state_json), told)
        except ValueError:  # written by another release: the dialogue begins anew, too
            return told

    async def forget(self, principal: Principal, external_id: str) -> None:
        await self._facts.erase(principal, external_id)

    async def take_back(self, principal: Principal, external_id: str, turn_id: TurnId) -> None:
        """All there is of a turn is in its record."""


def _known(state: State, told: Mapping[str, str]) -> dict[str, Scalar]:
    """What the dialogue holds, and over it the facts that it has not seen yet."""
    held = {name: value.value for name, value in state.slots.items()}
    news = {key: value for key, value in told.items() if state.facts.get(key) != value}
    return {**state.facts, **told, **held, **news}

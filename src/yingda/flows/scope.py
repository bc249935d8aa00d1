"""What conditions look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yingda.flows.expressions import Scope
from yingda.flows.state import Held
from yingda.turns.events import Scalar

_FLAGS: Mapping[str, Scalar] = {"true": True, "false": False}
"""Facts are text on every wire; these two words are meant as what they say."""


class Standing(Protocol):
    """A state, or the draft of the next one."""

    @property
    def slots(self) -> Mapping[str, Held]: ...
    @property
    def facts(self) -> Mapping[str, str]: ...
    @property
    def turns(self) -> int: ...
    @property
    def not_understood(self) -> int: ...
    @property
    def silences(self) -> int: ...


def scope_of(standing: Standing, intents: frozenset[str] = frozenset()) -> Scope:
    """Its values, by namespace and name; intents are those of one turn only."""
    return {
        "slots": {name: held.value for name, held in standing.slots.items()},
        "facts": {name: _FLAGS.get(text, text) for name, text in standing.facts.items()},
        "intent": dict.fromkeys(intents, True),
        "counters": {
            "turns": standing.turns,
            "not_understood": standing.not_understood,
            "silences": standing.silences,
        },
    }

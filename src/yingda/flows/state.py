"""Where a dialogue stands between two turns; all of it is written down with the turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from yingda.flows.flow import Slot
from yingda.turns.events import Scalar

QuestionKind = Literal["slot", "confirm", "review", "which", "cancel"]
Source = Literal["caller", "model", "fact", "caller_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value learned; `quote` are the caller's words for it. Null is an answer: they do not know."""

    value: Scalar
    quote: str = ""
    source: Source = "caller"
    is_confirmed: bool = False
    needs_read_back: bool = False

    def must_be_confirmed(self, slot: Slot) -> bool:
        """Whether it has to be read back, and has not been."""
        return (slot.confirm == "always" or self.needs_read_back) and not self.is_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What there is of a value that comes in parts, and in how many answers it came."""

    text: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the caller was asked last and has not answered."""

    kind: QuestionKind
    slot: str = ""

    @property
    def key(self) -> str:
        """Under which its failed answers are counted."""
        return f"{self.kind}:{self.slot}" if self.slot else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A dialogue between two turns.

    `path` are the stages passed, `learned` the slots in the order of their first values. `pieces` hold what
    there is of a value that comes in parts. `declined` are proposals refused. `failures` count, by question,
    the answers that were none. `said` is the last thing said, `last_question` what was asked last, answered
    or not. `began_at` is when the dialogue began, `entered_at` when its present stage did.
    """

    stage: str
    version: int
    slots: Mapping[str, Held] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    question: Question | None = None
    path: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    pieces: Mapping[str, Pieces] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)
    turns: int = 0
    not_understood: int = 0
    silences: int = 0
    said: str = ""
    last_question: str = ""
    is_reviewed: bool = False
    is_over: bool = False
    began_at: datetime | None = None
    entered_at: datetime | None = None


_ADAPTER: TypeAdapter[State] = TypeAdapter(State)


def dump(state: State) -> str:
    """As JSON text, to be kept with the turn."""
    return _ADAPTER.dump_json(state).decode()


def load(text: str) -> State:
    """What `dump` wrote; raises ValueError for anything else."""
    return _ADAPTER.validate_json(text)

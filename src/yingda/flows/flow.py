"""A flow as data, for the machine to move over; `load.py` has checked that every name in it resolves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from yingda.flows.expressions import Expression
from yingda.turns.events import Scalar

Action = Literal["repeat_last", "reopen_slot"]
Extractor = Literal["rules", "llm"]
Priority = Literal["highest", "high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something a caller may want, found clause by clause.

    `unless` cancels the hits it covers, and those that go on right behind it ("没有受伤流血"); one beside it
    stays: speech comes without commas.
    """

    name: str
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None

    def is_in(self, clause: str) -> bool:
        """Whether this one clause says it; blanks are a recogniser's, and mean nothing."""
        said = _asserted(clause.replace(" ", ""), self)
        return any(word in said for word in self.words) or bool(self.pattern and self.pattern.search(said))


def _asserted(clause: str, intent: Intent) -> str:
    """The clause with a mark where something is denied."""
    at, kept = 0, ""
    while intent.unless and (denied := intent.unless.search(clause, at)) and denied.end() > denied.start():
        kept += clause[at : denied.start()] + "\0"
        at = denied.end()
        while word := next((word for word in intent.words if clause.startswith(word, at)), None):
            at += len(word)
    return kept + clause[at:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Checked each turn before the stage; the first that holds leads to a stage or does something."""

    when: Expression
    goto: str | None = None
    do: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A value to learn, and how to ask for it.

    `retry` are the questions of the second, third... attempt (the last one repeats). Pieces from up to
    `accumulate` answers are joined before a value counts as wrong. `is_sticky`: once true, only a denial in
    answer to its own question lowers it. A slot whose `when` is false is not asked and is cleared. `cues` are
    words that tell this slot from others of its kind. `options` are its type's own.
    """

    name: str
    kind: str
    ask: str
    retry: tuple[str, ...] = ()
    when: Expression | None = None
    confirm: Literal["never", "always"] = "never"
    accumulate: int = 1
    is_sticky: bool = False
    allows_unknown: bool = False
    uses_caller_id: bool = False
    cues: tuple[str, ...] = ()
    label: str = ""
    retries: int | None = None
    on_fail: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A way out of a stage; without `when` it is always open."""

    goto: str
    when: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All values read back at once; a no opens the slot that the caller means."""

    ask: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """The stage ends when this fact is delivered, or after so long."""

    key: str
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Where the call goes, and what goes with it."""

    queue: str
    priority: Priority = "medium"
    carry: frozenset[str] = frozenset({"slots", "transcript", "reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the dialogue: something said, slots to fill, and where it leads.

    `is_flexible`: values given before their question are kept; the questions follow the list all the same.
    """

    name: str
    code: str
    say: str = ""
    collect: tuple[str, ...] = ()
    is_flexible: bool = True
    review: Review | None = None
    awaits: Await | None = None
    branches: tuple[Branch, ...] = ()
    is_final: bool = False
    handoff: Handoff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """After so many silent turns in a row the dialogue goes there; `after_s` is for the telephone's side."""

    after_s: float = 8.0
    times: int = 2
    goto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What a model may do: propose values, each with the caller's words it rests on."""

    timeout_s: float = 4.0
    needs_quote: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TestTurn:
    """One exchange of a flow's own test: what the caller says, and what must be true after it.

    `facts` are pushed, and `wait_s` pass, before the caller speaks. `asks` is the slot of the open question.
    """

    user: str
    facts: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    code: str | None = None
    stage: str | None = None
    slots: Mapping[str, Scalar] = field(default_factory=dict)
    says: str | None = None
    asks: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTest:
    """A dialogue that must go as written; `ask` opens that slot's question first."""

    name: str
    turns: tuple[TestTurn, ...]
    ask: str | None = None
    caller_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A whole dialogue (callflow F.4).

    `codes` are the stage codes that have a label, `remap` what a code is reported as. `phrases` are the fixed
    sentences of the built-in repairs, by name.
    """

    name: str
    version: int
    start: str
    stages: Mapping[str, Stage]
    slots: Mapping[str, Slot]
    intents: Mapping[str, Intent]
    rules: tuple[Rule, ...]
    codes: Mapping[str, str]
    remap: Mapping[str, str]
    extract: tuple[Extractor, ...] = ("rules", "llm")
    model: ModelUse = field(default_factory=ModelUse)
    retries: int = 2
    on_fail: str | None = None
    silence: Silence = field(default_factory=Silence)
    max_turns: int = 60
    phrases: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[FlowTest, ...] = ()

    def reported(self, code: str) -> str:
        """The code as the wire says it."""
        return self.remap.get(code, code)

    def label(self, code: str) -> str:
        """What a reported code means; empty where nobody has said."""
        return self.codes.get(code, "")

"""The working copy of a dialogue's state while one of its turns runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yingda.flows.expressions import Scope
from yingda.flows.flow import Flow, Slot, Stage
from yingda.flows.hearing import Ear, Found, Heard, intents_in
from yingda.flows.say import phrase
from yingda.flows.scope import scope_of
from yingda.flows.slots.slot import SlotType
from yingda.flows.state import Held, Question, Source, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A flow and the types of its slots, made once."""

    flow: Flow
    types: Mapping[str, SlotType]

    def said_as(self, name: str, held: Held) -> str:
        """A value the way it is read out."""
        if held.value is None:
            return phrase("unknown", self.flow.phrases)
        return self.types[name].say(held.value)


class Draft:
    """What a turn has come to so far; `state` freezes it.

    `learned` are the values of this turn, `spoken` its sentences. `is_answered`: the caller gave something
    that could be used. `is_corrected`: a value was put right already. `is_settled`: the turn ends with what
    was said, without asking the open question again.
    """

    def __init__(self, kit: Kit, state: State, heard: Heard) -> None:
        self.flow, self._kit = kit.flow, kit
        self.before, self.heard = state, heard
        self.ear = Ear(kit.flow, kit.types, heard)
        self.intents = intents_in(kit.flow, heard.text)
        self.stage = kit.flow.stages[state.stage]
        self.slots = dict(state.slots)
        self.facts = {**state.facts, **heard.facts}
        self.question, self.last_question = state.question, state.last_question
        self.pieces, self.failures = dict(state.pieces), dict(state.failures)
        self.turns = state.turns + 1
        self.not_understood, self.silences = state.not_understood, state.silences
        self.is_reviewed, self.is_over = state.is_reviewed, state.is_over
        self.declined = set(state.declined)
        self.learned: dict[str, Held] = {}
        self.spoken: list[str] = []
        self.is_answered = self.is_corrected = self.is_settled = False
        self.path, self._order = list(state.path), list(state.learned)
        self.entered_at = state.entered_at

    # What there is

    def asked(self) -> Slot | None:
        """The slot that the open question is about."""
        return self.flow.slots.get(self.question.slot) if self.question else None

    def active(self) -> Iterator[Slot]:
        """Slots whose condition holds."""
        scope = self.scope()
        for slot in self.flow.slots.values():
            if slot.when is None or slot.when.holds(scope):
                yield slot

    def takes_early(self, slot: Slot) -> bool:
        """Whether a value counts before it is asked for: the slot is needed, and no strict stage has it."""
        stages = [stage for stage in self.flow.stages.values() if slot.name in stage.collect]
        is_needed = slot.when is None or slot.when.holds(self.scope())
        return is_needed and (slot.is_sticky or all(stage.is_flexible for stage in stages))

    def known(self) -> list[Slot]:
        """Slots with a value, the last learned first."""
        return [self.flow.slots[name] for name in reversed(self._order) if name in self.slots]

    def scope(self) -> Scope:
        """What conditions look at, as far as the turn has come."""
        return scope_of(self, self.intents)

    # Values

    def take(self, slot: Slot, found: Found, source: Source | None = None) -> None:
        """Hold what was found; what came from outside needs nobody's yes."""
        reading = found.reading
        held = Held(
            value=reading.value,
            quote=reading.quote,
            source=source or ("model" if found.by_model else "caller"),
            is_confirmed=source == "fact",
            needs_read_back=reading.needs_read_back,
        )
        self.hold(slot, held)

    def hold(self, slot: Slot, held: Held) -> None:
        """Give the slot its value; a changed one leads back to the first stage that it matters to."""
        before = self.slots.get(slot.name)
        if slot.is_sticky and held.value is not True and (self.asked() != slot or held.source != "caller"):
            return  # only the caller's own denial of the direct question counts
        self.slots[slot.name] = self.learned[slot.name] = held
        self.pieces.pop(slot.name, None)
        if held.is_confirmed or not held.must_be_confirmed(slot):
            self.forgive(slot)
        if slot.name not in self._order:
            self._order.append(slot.name)
        if before is not None and before.value != held.value:
            self._rewind(slot)
            if held.must_be_confirmed(slot):
                self.question = Question(kind="confirm", slot=slot.name)

    def forgive(self, slot: Slot) -> None:
        """Its questions have been answered; what went wrong on the way no longer counts."""
        for kind in ("slot", "confirm"):
            self.failures.pop(f"{kind}:{slot.name}", None)

    def forget(self, slot: Slot) -> None:
        """Ask for it again."""
        self._rewind(slot)
        self.slots.pop(slot.name, None)
        self.pieces.pop(slot.name, None)
        self.question = Question(kind="slot", slot=slot.name)

    def clear_needless(self) -> None:
        """Drop the values of slots whose condition became false."""
        needed = {slot.name for slot in self.active()}
        self.slots = {name: held for name, held in self.slots.items() if name in needed}

    def _rewind(self, slot: Slot) -> None:
        self.is_reviewed = False
        for place, name in enumerate(self.path):
            if _matters_to(self.flow.stages[name], slot.name):
                self.stage = self.flow.stages[name]
                del self.path[place + 1 :]
                return

    def said_as(self, name: str) -> str:
        """A slot's value the way it is read out."""
        return self._kit.said_as(name, self.slots.get(name, Held(value=None)))

    def state(self) -> State:
        """The state after the turn."""
        return State(
            stage=self.stage.name,
            version=self.flow.version,
            slots=self.slots,
            facts=self.facts,
            question=self.question,
            path=tuple(self.path),
            learned=tuple(self._order),
            pieces=self.pieces,
            declined=tuple(sorted(self.declined)),
            failures=self.failures,
            turns=self.turns,
            not_understood=self.not_understood,
            silences=self.silences,
            said="".join(self.spoken) or self.before.said,
            last_question=self.last_question,
            is_reviewed=self.is_reviewed,
            is_over=self.is_over,
            began_at=self.before.began_at,
            entered_at=self.entered_at,
        )


def _matters_to(stage: Stage, slot: str) -> bool:
    conditions = [branch.when for branch in stage.branches if branch.when is not None]
    return slot in stage.collect or any(("slots", slot) in condition.names for condition in conditions)

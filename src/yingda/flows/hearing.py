"""What a turn's words hold: intents clause by clause, and values for the slots they fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from yingda.flows.flow import Flow, Slot
from yingda.flows.repairs import Repair, repair_in
from yingda.flows.slots import slot_type
from yingda.flows.slots.slot import Hearing, Reading, SlotType
from yingda.flows.slots.yesno import yes_or_no
from yingda.flows.topics import clauses, has_cue, words_about
from yingda.turns.events import Scalar

FREE = frozenset({"text", "location"})
"""Kinds that would take any words for an answer."""
_TAKEN_BACK = re.compile(r"(?:不对|说错了|错了)[,，。!啊呀 ]*.{0,2}$")
_NO_ANSWERS: frozenset[Repair | None] = frozenset(
    {"hold_on", "repeat", "go_back", "skip", "cancel", "abuse", "process", "hello", "small_talk"}
)
"""Repairs that are no yes and no no, whatever words they are made of."""
UNMISTAKABLE = frozenset({"plate_cn", "mobile_cn", "datetime"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A value that a model found; `quote` is where it says it found it."""

    slot: str
    value: Scalar
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One turn as the machine gets it: the words, the time, and what others know.

    `text` is normalised, `raw` as it came. `facts` were pushed from outside; `caller_id` is the number that
    calls.
    """

    text: str
    raw: str
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    caller_id: str | None = None
    proposals: Sequence[Proposal] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value for a slot."""

    slot: str
    reading: Reading
    by_model: bool = False


def intents_in(flow: Flow, text: str) -> frozenset[str]:
    """The flow's intents that some clause says."""
    parts = clauses(text) or [text]
    return frozenset(name for name, intent in flow.intents.items() if any(map(intent.is_in, parts)))


def types_of(flow: Flow) -> dict[str, SlotType]:
    """Each slot's type, with its options."""
    return {slot.name: slot_type(slot.kind, slot.options) for slot in flow.slots.values()}


def _kept(text: str, is_meant: Callable[[str], bool]) -> str:
    parts = clauses(text)
    kept = [part for part in parts if is_meant(part)]
    return text if len(kept) == len(parts) else "，".join(kept)


class Ear:
    """Reads one turn's words for any slot."""

    def __init__(self, flow: Flow, types: Mapping[str, SlotType], heard: Heard) -> None:
        self._flow = flow
        self._types = types
        self._heard = heard

    def read(
        self, slot: Slot, *, known: Scalar = None, pieces: str = "", is_asked: bool = False
    ) -> Found | None:
        """The value for this slot; the caller's words first, then what a model read out of them.

        A slot that has not been asked for takes no words that could be meant for another of its kind: the
        first of a kind takes what has no cue.
        """
        text = self._words_for(slot)
        if "rules" in self._flow.extract and text and (is_asked or self._may_take(slot, text)):
            for words in self._readable(slot, text, is_asked):
                hearing = self._hearing(words, known=known, pieces=pieces, is_asked=is_asked)
                reading = self._types[slot.name].read(hearing)
                if reading is None or self.is_taken_back(reading.quote):
                    continue
                if not (is_asked and self._is_elsewhere(slot, reading.quote)):
                    return Found(slot=slot.name, reading=reading)
        return self._proposed(slot)

    def elsewhere(self, text: str) -> Ear:
        """The same ear for words that did not come from the caller, heard in the same moment."""
        return Ear(self._flow, self._types, replace(self._heard, text=text, raw=text, proposals=()))

    def objection(self, slot: Slot, found: Found) -> str | None:
        """Why the slot cannot take the value, as a slug."""
        return self._types[slot.name].object_to(found.reading.value, self._hearing(self._heard.text))

    def is_taken_back(self, quote: str) -> bool:
        """Whether the caller broke off behind these words: "三辆，不对"."""
        text = self._heard.text
        taken_back = _TAKEN_BACK.search(text)
        return taken_back is not None and 0 <= text.find(quote) <= taken_back.start() - len(quote)

    def breaks_off(self, slot: Slot) -> bool:
        """Whether all that was said for the slot was taken back at once."""
        taken_back = _TAKEN_BACK.search(self._heard.text)
        before = self._heard.text[: taken_back.start()] if taken_back else ""
        return bool(before) and self.elsewhere(before).read(slot, is_asked=True) is not None

    def agreement(self) -> bool | None:
        """Whether the caller says yes or no; None where neither, as in "没听清"."""
        return yes_or_no(_kept(self._heard.text, lambda part: repair_in(part) not in _NO_ANSWERS))

    def _is_elsewhere(self, slot: Slot, quote: str) -> bool:
        """Whether the words make a whole value of another kind, one that cannot be mistaken."""
        for other in self._flow.slots.values():
            if other.kind in UNMISTAKABLE and other.kind != slot.kind:
                found = self.read(other)
                if found and not found.reading.is_partial and quote in found.reading.quote:
                    return True
        return False

    def _readable(self, slot: Slot, text: str, is_asked: bool) -> Sequence[str]:
        """The words as a whole, then clause by clause where one may answer and another correct something.

        Nobody's injury is guessed from a sentence that says both.
        """
        is_plain = slot.kind in UNMISTAKABLE or slot.kind in FREE or slot.is_sticky
        return (text,) if is_plain or not is_asked else (text, *clauses(text))

    def _words_for(self, slot: Slot) -> str:
        text = words_about(slot, self._rivals(slot), self._heard.text)
        if slot.kind in FREE:
            return _kept(text, lambda part: not intents_in(self._flow, part) and not repair_in(part))
        if slot.kind in UNMISTAKABLE:
            return text
        return _kept(text, lambda part: repair_in(part) not in _NO_ANSWERS)

    def _may_take(self, slot: Slot, text: str) -> bool:
        rivals = self._rivals(slot)
        if not any(rival.cues for rival in (slot, *rivals)):
            return True
        first = next(one for one in self._flow.slots.values() if one.kind == slot.kind)
        return slot == first or has_cue(slot, text)

    def _rivals(self, slot: Slot) -> list[Slot]:
        return [one for one in self._flow.slots.values() if one.kind == slot.kind and one != slot]

    def _hearing(
        self, text: str, *, known: Scalar = None, pieces: str = "", is_asked: bool = False
    ) -> Hearing:
        return Hearing(
            text=text,
            raw=self._heard.raw,
            at=self._heard.at,
            pieces=pieces,
            known=known,
            is_asked=is_asked,
        )

    def _proposed(self, slot: Slot) -> Found | None:
        """What a model proposes, read by the same rules out of its quote where they can."""
        for proposal in self._heard.proposals if "llm" in self._flow.extract else ():
            is_quoted = bool(proposal.quote) and proposal.quote in self._heard.text
            if proposal.slot != slot.name or (self._flow.model.needs_quote and not is_quoted):
                continue
            value = proposal.value
            reading = self._types[slot.name].read(self._hearing(str(value), is_asked=True))
            if isinstance(value, str) and reading is not None and reading.quote == value:
                value = reading.value
            return Found(slot=slot.name, reading=Reading(value=value, quote=proposal.quote), by_model=True)
        return None

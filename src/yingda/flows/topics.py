"""Which of a turn's words speak of which slot: its label, its cues, and what people call its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from yingda.flows.flow import Slot

KIND_NAMES: Mapping[str, tuple[str, ...]] = {
    "plate_cn": ("车牌", "牌照", "牌号", "号牌", "plate"),
    "mobile_cn": ("电话", "手机", "联系方式", "phone"),
    "datetime": ("时间", "几点", "什么时候", "时候"),
    "location": ("地点", "位置", "地址", "地方", "路段"),
}
_CLAUSE = re.compile(r".+?(?:[，,。.！!？?；;、]+|(?=但是?|不过|可是|然而|只是)|$)", re.S)
_SIGNS = " ，,。.！!？?；;、"


def clauses(text: str) -> list[str]:
    """The parts of a sentence that can be true each by itself: a denial in one hides nothing in the next."""
    parts = (part.strip(_SIGNS) for part in _CLAUSE.findall(text))
    return [part for part in parts if part]


def named(slots: Sequence[Slot], text: str) -> Slot | None:
    """The one slot that the words speak of; None where there is none, or where they fit two alike.

    What a slot is called counts before its cues, which only tell it from others of its kind.
    """
    scores = [((_longest(_names(slot), text), _longest(slot.cues, text)), slot) for slot in slots]
    best = max((score for score, _slot in scores), default=(0, 0))
    meant = [slot for score, slot in scores if score == best]
    return meant[0] if best > (0, 0) and len(meant) == 1 else None


def words_about(slot: Slot, rivals: Sequence[Slot], text: str) -> str:
    """The text without what speaks of another slot of the same kind."""
    if not any(one.cues for one in (slot, *rivals)):
        return text
    return "".join(part for part, owner in _owned((slot, *rivals), text) if owner in (slot, None))


def has_cue(slot: Slot, text: str) -> bool:
    """Whether the words say that this slot is meant, and no other of its kind."""
    return _longest((*slot.cues, *([slot.label] if slot.label else ())), text) > 0


def _names(slot: Slot) -> tuple[str, ...]:
    return (*([slot.label] if slot.label else ()), *KIND_NAMES.get(slot.kind, ()))


def _longest(words: Sequence[str], text: str) -> int:
    return max((len(word) for word in words if word in text), default=0)


def _owned(slots: Sequence[Slot], text: str) -> Iterator[tuple[str, Slot | None]]:
    """The text in parts, each with the slot it is about; without a cue the topic stays what it was."""
    topic: Slot | None = None
    for clause in _CLAUSE.findall(text):
        hits = sorted(_hits(slots, clause), key=lambda hit: hit[0])
        begins = [0, *(start for start, owner in hits[1:])]
        for place, (_start, owner) in enumerate(hits):
            topic = owner
            yield clause[begins[place] : begins[place + 1] if place + 1 < len(begins) else None], owner
        if not hits:
            yield clause, topic


def _hits(slots: Sequence[Slot], clause: str) -> Iterator[tuple[int, Slot]]:
    """Where a clause turns to a slot, once for each."""
    for slot in slots:
        places = [clause.find(cue) for cue in slot.cues if cue in clause]
        if places:
            yield min(places), slot

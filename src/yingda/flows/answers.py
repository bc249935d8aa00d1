"""Whether a caller's words answer the open question, and what they tell besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from yingda.flows.corrections import change, put_right
from yingda.flows.draft import Draft
from yingda.flows.flow import Slot
from yingda.flows.hearing import FREE, UNMISTAKABLE, Found
from yingda.flows.repairs import is_unknown, repair_in
from yingda.flows.slots.yesno import yes_or_no
from yingda.flows.speech import say
from yingda.flows.state import Held, Pieces, Question
from yingda.flows.topics import named
from yingda.flows.travel import divert

_WIRE_WORDS: Mapping[str, str] = {"true": "是", "false": "否"}
_LETTERS_OR_DIGITS = re.compile("[A-Za-z0-9]")


def take_facts(draft: Draft) -> None:
    """Values that were pushed from outside since the last turn."""
    for name, text in draft.heard.facts.items():
        slot = draft.flow.slots.get(name)
        if slot is not None and draft.before.facts.get(name) != text:
            found = fact_for(draft, slot, text)
            if found is not None:
                draft.take(slot, found, "fact")


def fact_for(draft: Draft, slot: Slot, text: str) -> Found | None:
    """The value of a fact, if the slot's type reads it whole and does not object."""
    found = _fact(draft, slot, text)
    return None if fact_objection(draft, slot, text) else found


def fact_objection(draft: Draft, slot: Slot, text: str) -> str | None:
    """Why the slot cannot take the fact, as a slug."""
    found = _fact(draft, slot, text)
    if found is None:
        return "not_read"
    return "incomplete" if found.reading.is_partial else draft.ear.objection(slot, found)


def _fact(draft: Draft, slot: Slot, text: str) -> Found | None:
    """What the slot's type reads; None where letters or digits are left over, for that is another value."""
    words = _WIRE_WORDS.get(text, text)
    found = draft.ear.elsewhere(words).read(slot, is_asked=True)
    is_cut = found is not None and _LETTERS_OR_DIGITS.search(words.replace(found.reading.quote, "", 1))
    return None if is_cut else found


def take_answer(draft: Draft) -> bool:
    """Whether the open question has been answered, if only in part."""
    if draft.question is None:
        return False
    slot = draft.asked()
    match draft.question.kind:
        case "slot" if slot is not None:
            return _answer_slot(draft, slot)
        case "confirm" if slot is not None:
            return _answer_confirm(draft, slot)
        case "review":
            return _answer_review(draft)
        case "cancel":
            return _answer_cancel(draft)
        case _:
            return put_right(draft)


def take_others(draft: Draft) -> bool:
    """Values for slots that nobody has asked for yet; each value goes to one slot of its kind."""
    before = len(draft.learned)
    asked = draft.asked()
    for slot in draft.flow.slots.values():
        if slot == asked or slot.name in draft.slots or not draft.takes_early(slot):
            continue
        found = draft.ear.read(slot)
        if found is None or found.reading.is_partial or _is_taken(draft, slot, found):
            continue
        if not draft.ear.objection(slot, found):
            draft.take(slot, found)
    return len(draft.learned) > before


def _is_taken(draft: Draft, slot: Slot, found: Found) -> bool:
    """Whether another slot of the same kind holds it: one plate is not two cars'."""
    return slot.kind in UNMISTAKABLE and any(
        held.value == found.reading.value and draft.flow.slots[name].kind == slot.kind
        for name, held in draft.slots.items()
    )


def _answer_slot(draft: Draft, slot: Slot) -> bool:
    if slot.allows_unknown and is_unknown(draft.heard.text) and not _is_whole(draft, slot):
        draft.hold(slot, Held(value=None, quote=draft.heard.text, is_confirmed=True))
        return True
    found = _read_asked(draft, slot)
    if found is None:
        draft.is_corrected = slot.kind not in FREE and draft.ear.breaks_off(slot)
        return draft.is_corrected
    if not found.reading.is_partial:
        return _take_or_object(draft, slot, found)
    pieces = draft.pieces.get(slot.name, Pieces())
    if pieces.count + 1 >= slot.accumulate:
        draft.pieces.pop(slot.name, None)
        return False
    draft.pieces[slot.name] = Pieces(text=str(found.reading.value), count=pieces.count + 1)
    say(draft, "go_on", settle=True)
    return True


def _is_whole(draft: Draft, slot: Slot) -> bool:
    found = None if slot.kind in FREE else draft.ear.read(slot, is_asked=True)
    return found is not None and not found.reading.is_partial


def _read_asked(draft: Draft, slot: Slot) -> Found | None:
    """What the words give for the open slot; a caller who takes something back begins anew."""
    pieces = draft.pieces.get(slot.name, Pieces()).text
    found = draft.ear.read(slot, pieces=pieces, is_asked=True)
    if pieces and repair_in(draft.heard.text) == "correct" and not (found and found.reading.replaces_tail):
        draft.pieces.pop(slot.name)
        found = draft.ear.read(slot, is_asked=True)
    return found


def _take_or_object(draft: Draft, slot: Slot, found: Found) -> bool:
    """An unacceptable value is an answer, but a failed one; words beside the point are none."""
    reason = draft.ear.objection(slot, found)
    if reason is None:
        draft.take(slot, found)
        return True
    draft.pieces.pop(slot.name, None)
    if draft.intents or repair_in(draft.heard.text):
        return False
    say(draft, reason)
    fail_question(draft)
    return True


def _answer_confirm(draft: Draft, slot: Slot) -> bool:
    """A yes, a no, or the value said anew: the same again is a yes, another one is a correction."""
    held, agreed = draft.slots[slot.name], draft.ear.agreement()
    found = draft.ear.read(slot, known=held.value, is_asked=agreed is not True)
    said = found.reading.value if found and not found.reading.is_partial else None
    if found and said not in (None, held.value):
        draft.is_corrected = True
        return _take_or_object(draft, slot, found)
    if agreed or (said is not None and said == held.value):
        sure = replace(held, is_confirmed=True, needs_read_back=False)
        draft.slots[slot.name] = draft.learned[slot.name] = sure
        draft.forgive(slot)
        return True
    if agreed is None or change(draft):
        return draft.is_corrected
    draft.is_corrected = True
    draft.forget(slot)
    if held.source == "caller_id":
        draft.declined.add(slot.name)
    else:
        count_failure(draft, Question(kind="slot", slot=slot.name))
    return True


def _answer_review(draft: Draft) -> bool:
    """A yes counts only where no other value comes with it."""
    if change(draft):
        return True
    agreed = draft.ear.agreement()
    if agreed:
        draft.is_reviewed = True
        draft.failures.pop("review", None)
        return True
    is_about_a_value = named(draft.known(), draft.heard.text) is not None
    return (agreed is False or is_about_a_value) and put_right(draft)


def _answer_cancel(draft: Draft) -> bool:
    agreed = yes_or_no(draft.heard.text)
    if agreed is None and repair_in(draft.heard.text) != "cancel":
        return False
    goto = draft.flow.silence.goto or draft.flow.on_fail
    draft.question = None
    if agreed is not False and goto:
        divert(draft, goto)
    else:
        say(draft, "go_ahead")
    return True


def fail_question(draft: Draft) -> None:
    """One more failed answer to the open question."""
    if draft.question is not None:
        count_failure(draft, draft.question)


def count_failure(draft: Draft, question: Question) -> None:
    """Too many failures of one question lead where its slot or the flow says."""
    count = draft.failures.get(question.key, 0) + 1
    draft.failures[question.key] = count
    slot = draft.flow.slots.get(question.slot)
    retries = slot.retries if slot and slot.retries is not None else draft.flow.retries
    goto = (slot.on_fail if slot else None) or draft.flow.on_fail
    if count > retries and goto:
        divert(draft, goto)


def propose_caller_id(draft: Draft, slot: Slot) -> bool:
    """Whether the calling number now stands for a yes or no."""
    number = draft.heard.caller_id
    if not (slot.uses_caller_id and number) or slot.name in draft.declined:
        return False
    found = fact_for(draft, slot, number)
    if found is None:
        return False
    draft.slots[slot.name] = Held(value=found.reading.value, source="caller_id", needs_read_back=True)
    return True

"""Going back on what was said: wrong values, and the built-in repairs."""

from __future__ import annotations

from yingda.flows.draft import Draft
from yingda.flows.flow import Slot
from yingda.flows.repairs import Repair
from yingda.flows.speech import ask, question_text, say
from yingda.flows.state import Held, Question
from yingda.flows.topics import named
from yingda.flows.travel import divert


def put_right(draft: Draft) -> bool:
    """Take new values out of the words, or else open the slot that they name, or else ask which one.

    Words that answered the open question already are searched for values only. False where there is nothing
    to put right.
    """
    if draft.is_corrected or change(draft):
        return True
    return not draft.is_answered and reopen(draft)


def change(draft: Draft) -> bool:
    """Whether the words hold other values for slots that have one; they are taken, and it is said."""
    used: list[str] = []
    for slot in draft.known():
        held = draft.slots.get(slot.name)
        if held is None or slot.name in draft.learned:
            continue
        found = draft.ear.read(slot, known=held.value)
        if found is None or found.reading.is_partial or found.reading.value == held.value:
            continue
        if found.reading.quote in used or draft.ear.objection(slot, found):
            continue
        used.append(found.reading.quote)
        draft.take(slot, found)
        if not draft.slots[slot.name].must_be_confirmed(slot):
            say(draft, "changed", draft.said_as(slot.name))
    draft.is_corrected = draft.is_corrected or bool(used)
    return bool(used)


def reopen(draft: Draft) -> bool:
    """Ask anew for the slot that is meant, or ask which one that is."""
    meant = named(draft.known(), draft.heard.text) or _asked_and_known(draft)
    if meant is not None:
        draft.forget(meant)
        draft.is_corrected = True
        return True
    if not draft.slots or (draft.question is not None and draft.question.kind == "which"):
        return False
    ask(draft, Question(kind="which"))
    draft.is_settled = True
    return True


def _asked_and_known(draft: Draft) -> Slot | None:
    slot = draft.asked()
    return slot if slot is not None and slot.name in draft.slots else None


def mend(draft: Draft, repair: Repair) -> None:
    """Answer to what was said beside the point; the open question stays open."""
    match repair:
        case "repeat":
            draft.spoken.append(_again(draft))
            draft.is_settled = True
        case "hold_on":
            say(draft, "hold_on", settle=True)
        case "correct":
            put_right(draft)
        case "skip":
            _skip(draft)
        case "go_back":
            _go_back(draft)
        case "cancel":
            ask(draft, Question(kind="cancel"))
            draft.is_settled = True
        case "abuse" | "process" | "hello" | "thanks" | "small_talk":
            _aside(draft, repair)
        case "human":
            if draft.flow.on_fail:
                divert(draft, draft.flow.on_fail)


def _aside(draft: Draft, repair: Repair) -> None:
    """One sentence; who opens a call with a hello has the flow's greeting for an answer."""
    if repair != "hello" or draft.before.said:
        say(draft, repair)


def _again(draft: Draft) -> str:
    """What was said last; after an aside like "take your time" that is the open question."""
    before = draft.before
    if before.question is None or before.last_question in before.said:
        return before.said or question_text(draft)
    return before.last_question


def _skip(draft: Draft) -> None:
    slot = draft.asked()
    if slot is not None and slot.allows_unknown and slot.name not in draft.slots:
        draft.hold(slot, Held(value=None, quote=draft.heard.text, is_confirmed=True))
    elif not draft.is_answered:
        say(draft, "needed")


def _go_back(draft: Draft) -> None:
    earlier = [slot for slot in draft.known() if slot != draft.asked()]
    if earlier:
        draft.forget(earlier[0])
    else:
        say(draft, "first_question")

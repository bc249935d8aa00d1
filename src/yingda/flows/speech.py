"""How a draft speaks: fixed sentences, and questions in their author's words."""

from __future__ import annotations

from yingda.flows.draft import Draft
from yingda.flows.say import filled, phrase
from yingda.flows.state import Question


def say(draft: Draft, name: str, value: str = "", *, settle: bool = False) -> None:
    """Say a fixed sentence; `settle` ends the turn with it."""
    if sentence := phrase(name, draft.flow.phrases, value):
        draft.spoken.append(sentence)
    draft.is_settled = draft.is_settled or settle


def ask(draft: Draft, question: Question) -> None:
    """Make it the open question and put it, in the words of this attempt."""
    draft.question = question
    draft.last_question = question_text(draft)
    draft.spoken.append(draft.last_question)


def question_text(draft: Draft) -> str:
    """The open question in words; empty where there is none."""
    question, slot = draft.question, draft.asked()
    if question is None:
        return ""
    if question.kind == "slot" and slot is not None:
        asks = (slot.ask, *(slot.retry or (slot.ask,)))
        return filled(asks[min(draft.failures.get(question.key, 0), len(asks) - 1)], draft.said_as)
    if question.kind == "confirm":
        name = "caller_id" if draft.slots[question.slot].source == "caller_id" else "read_back"
        return phrase(name, draft.flow.phrases, draft.said_as(question.slot))
    if question.kind == "review" and draft.stage.review is not None:
        return filled(draft.stage.review.ask, draft.said_as)
    return phrase(question.kind, draft.flow.phrases)

"""Hands a conversation to a human where the policy says so; until one claims it, the bot keeps answering."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.errors import StoreUnavailable
from yingda.handoff.card import card_for
from yingda.handoff.desk import Desk
from yingda.handoff.policy import Escalation, HandoffPolicy, escalation_for
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    HandoffQueued,
    HandoffRequested,
    TextDelta,
    TurnEvent,
)
from yingda.turns.record import Record
from yingda.turns.types import Turn
from yingda.understanding.language import language_of

TRANSFERRED = {
    "zh": "已为您转接人工客服，请稍候。",
    "en": "You are being transferred to a human agent, please wait a moment.",
}
QUEUED = {
    "zh": "您的人工服务请求正在排队，当前第 {position} 位；在此期间我会继续为您解答。",
    "en": "Your request for a human is number {position} in the queue; meanwhile I keep answering.",
}
NO_DESK = {
    "zh": "人工客服暂时无法接入，您的请求没有登记成功，请稍后再试。",
    "en": "No human can be reached right now, your request was not registered; please try again later.",
}


def with_handoff(answer: Answerer, desk: Desk, policy: HandoffPolicy, clock: Clock) -> Answerer:
    """Escalates once the intent is known, or after an answer that missed once too often."""

    async def hand_off_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        said = Record()
        async with aclosing(answer(turn)) as events:
            async for event in events:
                said.add(event)
                yield event
                if isinstance(event, AgentChosen) and _due(policy, turn, event.intent, turn.failed_attempts):
                    break
        intent = said.chosen.intent if said.chosen else "unknown"
        missed = turn.failed_attempts + (said.missed is not None)
        if escalation := _due(policy, turn, intent, missed):
            for event in await _request(desk, turn, escalation, said, clock):
                yield event
        elif turn.handoff == "pending":
            for event in await _remind(desk, turn, "\n\n" if said.text else ""):
                yield event

    return hand_off_or_answer


def _due(policy: HandoffPolicy, turn: Turn, intent: str, failed_attempts: int) -> Escalation | None:
    return escalation_for(policy, intent=intent, failed_attempts=failed_attempts, handoff=turn.handoff)


async def _request(
    desk: Desk, turn: Turn, escalation: Escalation, said: Record, clock: Clock
) -> list[TurnEvent]:
    card = card_for(turn, escalation, said)
    language = language_of(turn.text)
    gap = "\n\n" if said.text else ""
    try:
        handoff_id, position = await desk.request(turn.principal, turn.dialect, card, clock.now())
    except StoreUnavailable as error:
        return [AnswerDegraded(reason=error.code), TextDelta(text=gap + NO_DESK[language])]
    return [
        HandoffRequested(handoff_id=handoff_id, card=card),
        HandoffQueued(position=position),
        TextDelta(text=gap + TRANSFERRED[language]),
    ]


async def _remind(desk: Desk, turn: Turn, gap: str) -> list[TurnEvent]:
    """Said once in a turn, after the answer, with the place as it is now."""
    try:
        position = await desk.position(turn.principal, turn.conversation_id)
    except StoreUnavailable:
        return []
    if position is None:
        return []
    reminder = QUEUED[language_of(turn.text)].format(position=position)
    return [HandoffQueued(position=position), TextDelta(text=gap + reminder)]


async def silent(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """The agent of those who want a human: `with_handoff` has said or says all there is to say."""
    return
    yield

"""Hands a conversation to a human where the policy says so; until one claims it, the bot keeps answering."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from yingda.errors import StoreUnavailable, TakenOver
from yingda.handoff.card import card_for
from yingda.handoff.desk import Desk, Said
from yingda.handoff.policy import Escalation, HandoffPolicy, escalation_for
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerMissed,
    HandoffQueued,
    HandoffRequested,
    MessageForwarded,
    TextDelta,
    TurnEvent,
)
from yingda.turns.record import Record, record_from_events
from yingda.turns.types import Turn
from yingda.understanding.intents import read
from yingda.understanding.language import language_of_turn

TRANSFERRED = {
    "zh": "已为您转接人工客服，请稍候。",
    "en": "You are being transferred to a human agent, please wait a moment.",
    "ja": "担当者におつなぎしています。少々お待ちください。",
    "ko": "상담원에게 연결해 드리고 있습니다. 잠시만 기다려 주세요.",
    "th": "กำลังส่งต่อให้เจ้าหน้าที่ โปรดรอสักครู่",
}
QUEUED = {
    "zh": "您的人工服务请求正在排队，当前第 {position} 位；在此期间我会继续为您解答。",
    "en": "Your request for a human is number {position} in the queue; meanwhile I keep answering.",
    "ja": "担当者への接続は現在 {position} 番目です。お待ちの間も引き続きご質問にお答えします。",
    "ko": "상담원 연결 요청은 현재 {position}번째 순서입니다. 기다리시는 동안 계속 답변해 드리겠습니다.",
    "th": "คำขอติดต่อเจ้าหน้าที่ของคุณอยู่ในคิวลำดับที่ {position} ระหว่างนี้ระบบจะตอบคำถามของคุณต่อไป",
}
NO_DESK = {
    "zh": "人工客服暂时无法接入，您的请求没有登记成功，请稍后再试。",
    "en": "No human can be reached right now, your request was not registered; please try again later.",
    "ja": "ただいま担当者におつなぎできず、ご依頼を受け付けられませんでした。後ほどもう一度お試しください。",
    "ko": "지금은 상담원에게 연결할 수 없어 요청이 접수되지 않았습니다. 잠시 후 다시 시도해 주세요.",
    "th": "ขณะนี้ไม่สามารถติดต่อเจ้าหน้าที่ได้ และคำขอของคุณยังไม่ได้รับการบันทึก โปรดลองใหม่อีกครั้งในภายหลัง",
}


def with_handoff(answer: Answerer, desk: Desk, policy: HandoffPolicy, clock: Clock) -> Answerer:
    """Escalates once the intent is known, or after an answer that missed once too often."""
    return _Handing(answer, desk, policy, clock).hand_off_or_answer


class _Handing:
    def __init__(self, answer: Answerer, desk: Desk, policy: HandoffPolicy, clock: Clock) -> None:
        self._answer = answer
        self._desk = desk
        self._policy = policy
        self._clock = clock

    async def hand_off_or_answer(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        if operator := await _holder(self._desk, turn):
            yield _listened_to(turn)
            yield MessageForwarded(operator=operator)
            return
        turn = turn if turn.handoff == "pending" else replace(turn, handoff=None)
        said: list[TurnEvent] = []
        intent = "unknown"
        async with aclosing(self._answer(turn)) as events:
            async for event in events:
                said.append(event)
                yield event
                if isinstance(event, AgentChosen):
                    intent = event.intent
                    if _due(self._policy, turn, intent, turn.failed_attempts):
                        break
        missed = turn.failed_attempts + (AnswerMissed in map(type, said))
        due = _due(self._policy, turn, intent, missed)
        for event in await self._afterwards(turn, record_from_events(said), due):
            yield event

    async def _afterwards(self, turn: Turn, said: Record, due: Escalation | None) -> list[TurnEvent]:
        if due:
            return await _request(self._desk, turn, due, said, self._clock)
        if turn.handoff != "pending":
            return []
        if await _holder(self._desk, turn):
            raise TakenOver("an operator has taken the conversation")
        return await _remind(self._desk, turn, "\n\n" if said.text else "")


def _due(policy: HandoffPolicy, turn: Turn, intent: str, failed_attempts: int) -> Escalation | None:
    return escalation_for(policy, intent=intent, failed_attempts=failed_attempts, handoff=turn.handoff)


async def _request(
    desk: Desk, turn: Turn, escalation: Escalation, said: Record, clock: Clock
) -> list[TurnEvent]:
    card = card_for(turn, escalation, said)
    language = language_of_turn(turn)
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


async def _holder(desk: Desk, turn: Turn) -> str | None:
    """Who holds the conversation by now, once they have the message; the desk knows, the turn only may.

    Only what waits can be claimed: other turns cost no look.
    """
    if turn.handoff not in ("pending", "assigned"):
        return None
    said = Said(
        conversation_id=turn.conversation_id, text=turn.text, at=turn.started_at, user_id=turn.user_id
    )
    try:
        return await desk.forward(turn.principal, said)
    except StoreUnavailable:
        if turn.handoff == "assigned":
            raise  # better no answer than a bot's beside the operator's
        return None


def _listened_to(turn: Turn) -> AgentChosen:
    """The operator as whoever answers, with how the message reads: the emotion's course goes on."""
    heard = read(turn.text)
    return AgentChosen(
        agent="operator", intent=heard.intent, confidence=heard.confidence, emotion_score=heard.emotion_score
    )


async def _remind(desk: Desk, turn: Turn, gap: str) -> list[TurnEvent]:
    """Said once in a turn, after the answer, with the place as it is now."""
    try:
        position = await desk.position(turn.principal, turn.conversation_id)
    except StoreUnavailable:
        return []
    if position is None:
        return []
    reminder = QUEUED[language_of_turn(turn)].format(position=position)
    return [HandoffQueued(position=position), TextDelta(text=gap + reminder)]


async def silent(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """The agent of those who want a human: `with_handoff` has said or says all there is to say."""
    return
    yield

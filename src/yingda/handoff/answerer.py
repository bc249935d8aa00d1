"""Hands a conversation to a human where the policy says so; until one claims it, the bot keeps answering."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from yingda.errors import StoreUnavailable, TakenOver
from yingda.handoff.card import card_for
from yingda.handoff.customers import NOBODY, Customers
from yingda.handoff.desk import Desk, Said
from yingda.handoff.hours import is_open, opens_at
from yingda.handoff.policy import Facts, HandoffPolicy, escalation_for
from yingda.tickets.filing import categories_in
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerMissed,
    HandoffQueued,
    HandoffRequested,
    MessageForwarded,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.options import Language
from yingda.turns.record import Record, record_from_events
from yingda.turns.types import HandoffCard, Turn
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

PROMISED = {
    "zh": "现在是人工客服的非工作时间，已为您登记工单 {ticket}，客服将在 {by} 前与您联系。",
    "en": "Nobody is at the desk now. Ticket {ticket} is filed; somebody will be in touch by {by}.",
    "ja": "ただいま営業時間外です。受付番号 {ticket} で承りました。{by} までに担当者からご連絡します。",
    "ko": "지금은 상담 시간이 아닙니다. 접수 번호 {ticket}로 등록되었으며, {by}까지 담당자가 연락드립니다.",
    "th": "ขณะนี้อยู่นอกเวลาทำการ บันทึกเรื่องเลขที่ {ticket} แล้ว เจ้าหน้าที่จะติดต่อกลับภายใน {by}",
}
FILED = {
    "zh": "现在是人工客服的非工作时间，已为您登记工单 {ticket}。",
    "en": "Nobody is at the desk now. Ticket {ticket} is filed.",
    "ja": "ただいま営業時間外です。受付番号 {ticket} で承りました。",
    "ko": "지금은 상담 시간이 아닙니다. 접수 번호 {ticket}로 등록되었습니다.",
    "th": "ขณะนี้อยู่นอกเวลาทำการ บันทึกเรื่องเลขที่ {ticket} แล้ว",
}
CLOSED = {
    "zh": "现在是非工作时间，人工客服将从 {opens} 开始接待。",
    "en": " Nobody is at the desk now; it opens at {opens}.",
    "ja": "ただいま営業時間外です。受付は {opens} からです。",
    "ko": " 지금은 상담 시간이 아니며, {opens}부터 상담이 시작됩니다.",
    "th": " ขณะนี้อยู่นอกเวลาทำการ เริ่มให้บริการ {opens}",
}


def with_handoff(
    answer: Answerer, desk: Desk, policy: HandoffPolicy, clock: Clock, customers: Customers | None = None
) -> Answerer:
    """Escalates once the intent is known, or after an answer that missed once too often.

    Without `customers` nobody is a VIP, and there is always somebody at the desk.
    """
    return _Handing(answer, desk, policy, clock, customers).hand_off_or_answer


class _Handing:
    def __init__(
        self, answer: Answerer, desk: Desk, policy: HandoffPolicy, clock: Clock, customers: Customers | None
    ) -> None:
        self._answer = answer
        self._desk = desk
        self._policy = policy
        self._clock = clock
        self._customers = customers

    async def hand_off_or_answer(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        if operator := await _holder(self._desk, turn):
            yield _listened_to(turn)
            yield MessageForwarded(operator=operator)
            return
        turn = turn if turn.handoff == "pending" else replace(turn, handoff=None)
        facts = self._facts(turn)
        said: list[TurnEvent] = []
        async with aclosing(self._answer(turn)) as events:
            async for event in events:
                said.append(event)
                yield event
                if isinstance(event, AgentChosen):
                    facts = replace(facts, intent=event.intent)
                    if escalation_for(self._policy, facts):
                        break
        missed = turn.failed_attempts + (AnswerMissed in map(type, said))
        for event in await self._afterwards(
            turn, record_from_events(said), replace(facts, failed_attempts=missed)
        ):
            yield event

    def _facts(self, turn: Turn) -> Facts:
        return Facts(
            intent="unknown",
            failed_attempts=turn.failed_attempts,
            turn_number=turn.number,
            matter_count=len(categories_in(turn.text)),
            is_open=self._customers is None or is_open(self._policy.hours, self._clock.now()),
            handoff=turn.handoff,
        )

    async def _afterwards(self, turn: Turn, said: Record, facts: Facts) -> list[TurnEvent]:
        customer = NOBODY
        if self._customers is not None and (facts.failed_attempts or escalation_for(self._policy, facts)):
            customer = await self._customers.of(turn)
            facts = replace(facts, member_level=customer.member_level)
        gap = "\n\n" if said.text else ""
        if due := escalation_for(self._policy, facts):
            if due.way == "ticket" and self._customers is not None:
                return await self._promise(self._customers, turn, gap)
            return await self._request(turn, card_for(turn, due, said, customer), gap, facts.is_open)
        if turn.handoff != "pending":
            return []
        if await _holder(self._desk, turn):
            raise TakenOver("an operator has taken the conversation")
        return await _remind(self._desk, turn, gap)

    async def _promise(self, customers: Customers, turn: Turn, gap: str) -> list[TurnEvent]:
        """Nobody is there: a ticket, and by when somebody will have read it."""
        language = language_of_turn(turn)
        opening = opens_at(self._policy.hours, self._clock.now())
        by = opening and opening + timedelta(hours=self._policy.promise_h)
        try:
            ticket = await customers.promise(turn, by)
        except StoreUnavailable as error:
            return [AnswerDegraded(reason=error.code), TextDelta(text=gap + NO_DESK[language])]
        promised = ticket.about.promised_at
        words = PROMISED[language] if promised else FILED[language]
        local = promised.astimezone(ZoneInfo(self._policy.hours.zone)) if promised else None
        told = words.format(ticket=ticket.id, by=f"{local:%Y-%m-%d %H:%M}" if local else "")
        return [
            StepTimed(step="ticket", elapsed_ms=0.0, note=ticket.id),
            TextDelta(text=gap + told),
        ]

    async def _request(self, turn: Turn, card: HandoffCard, gap: str, is_staffed: bool) -> list[TurnEvent]:
        language = language_of_turn(turn)
        try:
            handoff_id, position = await self._desk.request(
                turn.principal, turn.dialect, card, self._clock.now()
            )
        except StoreUnavailable as error:
            return [AnswerDegraded(reason=error.code), TextDelta(text=gap + NO_DESK[language])]
        return [
            HandoffRequested(handoff_id=handoff_id, card=card),
            HandoffQueued(position=position),
            TextDelta(text=gap + TRANSFERRED[language] + ("" if is_staffed else self._opening(language))),
        ]

    def _opening(self, language: Language) -> str:
        opening = opens_at(self._policy.hours, self._clock.now())
        return CLOSED[language].format(opens=f"{opening:%Y-%m-%d %H:%M}") if opening else ""


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

"""Complaints and faults: filed as a ticket, with its number, and what the documents say about it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.agents.introduced import introduced
from yingda.errors import StoreUnavailable
from yingda.tickets.filing import file_for
from yingda.tickets.store import Tickets
from yingda.turns.answerer import Answerer
from yingda.turns.events import AnswerDegraded, AnswerMissed, TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

FILED: dict[Language, str] = {
    "zh": "已为您登记工单 {ticket}，我们会尽快处理。如需人工客服，可以回复“转人工”。",
    "en": 'Ticket {ticket} is filed and will be worked on. For a person, reply "human agent".',
    "ja": "受付番号 {ticket} で承りました。担当者をご希望の場合は「オペレーター」と返信してください。",
    "ko": "접수 번호 {ticket}로 등록되었습니다. 상담원이 필요하시면 “상담원 연결”이라고 답장해 주세요.",
    "th": "บันทึกเรื่องเลขที่ {ticket} แล้ว หากต้องการเจ้าหน้าที่ โปรดพิมพ์ตอบว่า “ติดต่อเจ้าหน้าที่”",
}
NOTHING_FILED: dict[Language, str] = {
    "zh": "工单系统暂时无法使用，没有登记成功。可以稍后再试，或回复“转人工”。",
    "en": 'Tickets cannot be filed at the moment. Please try again later, or reply "human agent".',
    "ja": "ただいま登録できませんでした。後ほどお試しいただくか、「オペレーター」と返信してください。",
    "ko": "지금은 접수할 수 없습니다. 잠시 후 다시 시도하거나 “상담원 연결”이라고 답장해 주세요.",
    "th": "ขณะนี้บันทึกเรื่องไม่ได้ โปรดลองใหม่ภายหลัง หรือพิมพ์ตอบว่า “ติดต่อเจ้าหน้าที่”",
}


def ticket(documents: Answerer, tickets: Tickets) -> Answerer:
    """Answers `ticket`; documents follow where something is found. What is filed does not count as missed."""

    async def file_then_delegate(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        language, is_filed = language_of_turn(turn), False
        try:
            filed = await file_for(tickets, turn)
            is_filed = True
            yield TextDelta(text=FILED[language].format(ticket=filed.id))
        except StoreUnavailable as error:
            yield AnswerDegraded(reason=error.code)
            yield TextDelta(text=NOTHING_FILED[language])
        async with aclosing(documents(turn)) as events, aclosing(introduced(events, turn)) as told:
            async for event in told:
                if not (is_filed and isinstance(event, AnswerMissed)):
                    yield event

    return file_then_delegate

"""Complaints and faults, answered honestly while no ticket system is connected."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.agents.introduced import introduced
from yingda.turns.answerer import Answerer
from yingda.turns.events import TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

NOTHING_FILED: dict[Language, str] = {
    "zh": "这里还没有接入工单系统，无法直接为您登记。可以回复“转人工”，由人工客服受理。",
    "en": "No ticket system is connected here, so I cannot file this for you. "
    'Reply "human agent" and a person will take it up.',
    "ja": "こちらには受付システムがまだ接続されていないため、直接登録することができません。"
    "「オペレーター」と返信していただければ、担当者が承ります。",
    "ko": "아직 접수 시스템이 연결되어 있지 않아 직접 등록해 드릴 수 없습니다. "
    "“상담원 연결”이라고 답장하시면 담당자가 처리해 드립니다.",
    "th": "ที่นี่ยังไม่ได้เชื่อมต่อกับระบบรับเรื่อง จึงไม่สามารถลงทะเบียนเรื่องให้คุณได้โดยตรง "
    "พิมพ์ตอบว่า “ติดต่อเจ้าหน้าที่” เพื่อให้เจ้าหน้าที่รับเรื่องต่อ",
}


def ticket(documents: Answerer) -> Answerer:
    """Answers `ticket`: nothing can be filed, a human is offered at once, documents follow where found."""

    async def say_then_delegate(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield TextDelta(text=NOTHING_FILED[language_of_turn(turn)])
        async with aclosing(documents(turn)) as events, aclosing(introduced(events, turn)) as told:
            async for event in told:
                yield event

    return say_then_delegate

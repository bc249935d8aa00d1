"""Own orders, accounts and complaints, answered honestly while no such system is connected.

Says plainly that the live state cannot be looked up here, then what the documents say. Nothing is invented.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from yingda.turns.answerer import Answerer
from yingda.turns.events import AnswerMissed, PassagesFound, TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.affairs import is_about_account, order_number
from yingda.understanding.language import language_of_turn

ORDER_UNSEEN: dict[Language, str] = {
    "zh": "这里还没有接入订单系统，无法查询您订单的实时状态。",
    "en": "No order system is connected here, so I cannot look up the live status of your order.",
    "ja": "こちらには注文システムがまだ接続されていないため、ご注文の現在の状況をお調べできません。",
    "ko": "아직 주문 시스템이 연결되어 있지 않아 주문의 현재 상태를 조회할 수 없습니다.",
    "th": "ที่นี่ยังไม่ได้เชื่อมต่อกับระบบคำสั่งซื้อ จึงไม่สามารถตรวจสอบสถานะล่าสุดของคำสั่งซื้อของคุณได้",
}
NUMBERED_ORDER_UNSEEN: dict[Language, str] = {
    "zh": "这里还没有接入订单系统，无法查询订单 {number} 的实时状态。",
    "en": "No order system is connected here, so I cannot look up the live status of order {number}.",
    "ja": "こちらには注文システムがまだ接続されていないため、ご注文 {number} の状況をお調べできません。",
    "ko": "아직 주문 시스템이 연결되어 있지 않아 주문 {number}의 현재 상태를 조회할 수 없습니다.",
    "th": "ที่นี่ยังไม่ได้เชื่อมต่อกับระบบคำสั่งซื้อ จึงไม่สามารถตรวจสอบสถานะล่าสุดของคำสั่งซื้อ {number} ได้",
}
ACCOUNT_UNSEEN: dict[Language, str] = {
    "zh": "这里还没有接入账户系统，无法查询您账户的实时信息。",
    "en": "No account system is connected here, so I cannot look up your account.",
    "ja": "こちらにはアカウントシステムがまだ接続されていないため、お客様の登録情報をお調べできません。",
    "ko": "아직 계정 시스템이 연결되어 있지 않아 고객님의 계정 정보를 조회할 수 없습니다.",
    "th": "ที่นี่ยังไม่ได้เชื่อมต่อกับระบบบัญชีผู้ใช้ จึงไม่สามารถตรวจสอบข้อมูลบัญชีของคุณได้",
}
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
FROM_DOCUMENTS: dict[Language, str] = {
    "zh": "\n\n以下是资料中的相关说明：\n",
    "en": "\n\nThis is what the documents say about it:\n",
    "ja": "\n\n資料には次のように書かれています。\n",
    "ko": "\n\n자료에는 다음과 같이 설명되어 있습니다.\n",
    "th": "\n\nข้อมูลที่เกี่ยวข้องในเอกสารมีดังนี้\n",
}
OFFER: dict[Language, str] = {
    "zh": "\n\n如需进一步处理，可以回复“转人工”。",
    "en": '\n\nTo have a person look into it, reply "human agent".',
    "ja": "\n\n担当者による対応をご希望の場合は、「オペレーター」と返信してください。",
    "ko": "\n\n담당자의 확인이 필요하시면 “상담원 연결”이라고 답장해 주세요.",
    "th": "\n\nหากต้องการให้เจ้าหน้าที่ตรวจสอบ โปรดพิมพ์ตอบว่า “ติดต่อเจ้าหน้าที่”",
}


def business(documents: Answerer) -> Answerer:
    """Answers `business_query`: the live state stays unseen, a human is offered where documents miss."""
    return _honest(documents, _unseen, OFFER)


def ticket(documents: Answerer) -> Answerer:
    """Answers `ticket`: nothing can be filed, a human is offered at once, documents follow where found."""
    return _honest(documents, lambda turn: NOTHING_FILED[language_of_turn(turn)], None)


def _unseen(turn: Turn) -> str:
    language = language_of_turn(turn)
    number = order_number(turn.text) or order_number(turn.question)
    if number:
        return NUMBERED_ORDER_UNSEEN[language].format(number=number)
    return (ACCOUNT_UNSEEN if is_about_account(turn.question.lower()) else ORDER_UNSEEN)[language]


def _honest(
    documents: Answerer, notice: Callable[[Turn], str], offer: dict[Language, str] | None
) -> Answerer:
    async def say_then_delegate(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield TextDelta(text=notice(turn))
        async with aclosing(documents(turn)) as events, aclosing(_introduced(events, turn, offer)) as told:
            async for event in told:
                yield event

    return say_then_delegate


async def _introduced(
    events: AsyncGenerator[TurnEvent, None], turn: Turn, offer: dict[Language, str] | None
) -> AsyncGenerator[TurnEvent, None]:
    """Puts a lead-in before the documents' text; their apology for a miss gives way to the offer.

    Text is held back only while no passage has been found: by then it can still be an apology.
    """
    lead_in, held, has_passages = FROM_DOCUMENTS[language_of_turn(turn)], "", bool(turn.passages)
    async for event in events:
        match event:
            case TextDelta():
                held += event.text
            case AnswerMissed() if offer:
                yield TextDelta(text=offer[language_of_turn(turn)])
                held = ""
            case AnswerMissed():
                held = ""
            case PassagesFound():
                has_passages = bool(event.passages)
        if type(event) is not TextDelta:
            yield event
        elif has_passages:
            yield TextDelta(text=lead_in + held)
            lead_in = held = ""
    if held:
        yield TextDelta(text=lead_in + held)

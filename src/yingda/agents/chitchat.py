"""Short friendly replies to greetings, thanks, farewells and the like."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from yingda.turns.events import TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn
from yingda.understanding.smalltalk import Smalltalk, smalltalk_of

REPLIES: dict[Language, dict[Smalltalk, str]] = {
    "zh": {
        "greeting": "您好！请问有什么可以帮您？",
        "thanks": "不客气！还有其他问题随时告诉我。",
        "bye": "再见，祝您生活愉快！",
        "who": "我是智能客服助手，可以根据资料回答您的问题；需要人工时，回复“转人工”即可。",
        "nod": "好的，还有其他问题随时告诉我。",
        "other": "我在的。您可以直接告诉我想了解什么，我来帮您查找。",
    },
    "en": {
        "greeting": "Hello! How can I help you?",
        "thanks": "You're welcome! Just ask if there is anything else.",
        "bye": "Goodbye, have a nice day!",
        "who": "I'm an automated assistant and answer from the documents I was given. "
        'To reach a person, reply "human agent".',
        "nod": "All right. Just ask if there is anything else.",
        "other": "I'm here. Tell me what you would like to know and I will look it up.",
    },
    "ja": {
        "greeting": "こんにちは。どのようなご用件でしょうか。",
        "thanks": "どういたしまして。ほかにもご質問があれば、いつでもどうぞ。",
        "bye": "ご利用ありがとうございました。失礼いたします。",
        "who": "自動応答のアシスタントです。お預かりしている資料をもとにお答えします。"
        "担当者をご希望の場合は、「オペレーター」と返信してください。",
        "nod": "かしこまりました。ほかにもご質問があれば、いつでもどうぞ。",
        "other": "はい、承ります。お知りになりたいことをお聞かせください。お調べします。",
    },
    "ko": {
        "greeting": "안녕하세요! 무엇을 도와드릴까요?",
        "thanks": "천만에요! 더 궁금하신 점이 있으면 언제든지 말씀해 주세요.",
        "bye": "이용해 주셔서 감사합니다. 좋은 하루 보내세요!",
        "who": "저는 자료를 바탕으로 답변해 드리는 자동 상담 도우미입니다. "
        "상담원이 필요하시면 “상담원 연결”이라고 답장해 주세요.",
        "nod": "알겠습니다. 더 궁금하신 점이 있으면 언제든지 말씀해 주세요.",
        "other": "네, 말씀하세요. 알고 싶은 내용을 알려 주시면 찾아보겠습니다.",
    },
    "th": {
        "greeting": "สวัสดีค่ะ มีอะไรให้ช่วยไหมคะ",
        "thanks": "ยินดีค่ะ หากมีคำถามอื่น สอบถามได้เสมอนะคะ",
        "bye": "ขอบคุณที่ใช้บริการ ขอให้เป็นวันที่ดีนะคะ",
        "who": "ดิฉันเป็นผู้ช่วยอัตโนมัติที่ตอบคำถามจากเอกสารที่ได้รับมา หากต้องการคุยกับเจ้าหน้าที่ โปรดพิมพ์ตอบว่า “ติดต่อเจ้าหน้าที่”",
        "nod": "รับทราบค่ะ หากมีคำถามอื่น สอบถามได้เสมอนะคะ",
        "other": "พร้อมช่วยค่ะ บอกสิ่งที่อยากทราบได้เลย แล้วดิฉันจะค้นหาให้",
    },
}


async def chitchat(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """One whole reply, the same every time, in the language of the message."""
    kind = smalltalk_of(turn.text) or "other"
    yield TextDelta(text=REPLIES[language_of_turn(turn)][kind])

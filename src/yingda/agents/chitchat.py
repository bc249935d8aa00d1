"""Short friendly replies to greetings, thanks, farewells and the like."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from yingda.turns.events import TextDelta, TurnEvent
from yingda.turns.types import Turn
from yingda.understanding.language import Language, language_of
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
}


async def chitchat(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """One whole reply, the same every time, in the language of the message."""
    kind = smalltalk_of(turn.text) or "other"
    yield TextDelta(text=REPLIES[language_of(turn.text)][kind])

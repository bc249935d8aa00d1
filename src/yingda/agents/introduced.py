"""What the documents say, told after something else was."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from yingda.turns.events import AnswerMissed, PassagesFound, TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

FROM_DOCUMENTS: dict[Language, str] = {
    "zh": "\n\n以下是资料中的相关说明：\n",
    "en": "\n\nThis is what the documents say about it:\n",
    "ja": "\n\n資料には次のように書かれています。\n",
    "ko": "\n\n자료에는 다음과 같이 설명되어 있습니다.\n",
    "th": "\n\nข้อมูลที่เกี่ยวข้องในเอกสารมีดังนี้\n",
}


async def introduced(events: AsyncGenerator[TurnEvent, None], turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """Puts a lead-in before the documents' text; their apology for a miss is left out.

    Text is held back only while no passage has been found: by then it can still be an apology.
    """
    lead_in, held, has_passages = FROM_DOCUMENTS[language_of_turn(turn)], "", bool(turn.passages)
    async for event in events:
        match event:
            case TextDelta():
                held += event.text
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

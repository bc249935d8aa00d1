"""What is said where nothing was found: the project's sentence, or a model's own knowledge, marked so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from yingda.agents.fallback import Deadline
from yingda.agents.markers import MarkerFilter
from yingda.agents.prompts import load
from yingda.agents.wording import LANGUAGES, as_data, persona_rule
from yingda.errors import AnswerError
from yingda.llm.types import ChatModel, Chunk, Prompt, ReasoningChunk, TextChunk, UsageChunk
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    ReasoningDelta,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

NOT_FOUND: dict[Language, str] = {
    "zh": "抱歉，知识库中未找到相关内容。",
    "en": "Sorry, nothing about this was found in the knowledge base.",
    "ja": "申し訳ございません。ナレッジベースに関連する内容が見つかりませんでした。",
    "ko": "죄송합니다. 지식베이스에서 관련 내용을 찾지 못했습니다.",
    "th": "ขออภัย ไม่พบเนื้อหาที่เกี่ยวข้องในฐานความรู้",
}
"""What is said where the knowledge base has no answer (helpdesk 1.2)."""

NO_SOURCE: dict[Language, str] = {
    "zh": "（知识库中没有相关内容。以下是模型自身的知识，没有资料依据，请自行核实。）\n\n",
    "en": "(The knowledge base has nothing about this. What follows is the model's own knowledge, without a "
    "source; please check it.)\n\n",
    "ja": "（ナレッジベースに関連する内容がありません。以下はモデル自身の知識で、出典はありません。"
    "内容をご確認ください。）\n\n",
    "ko": "(지식베이스에 관련 내용이 없습니다. 다음은 모델 자체의 지식으로, 출처가 없으니 "
    "확인이 필요합니다.)\n\n",
    "th": "(ไม่มีเนื้อหาที่เกี่ยวข้องในฐานความรู้ ข้อความต่อไปนี้มาจากความรู้ของโมเดลเอง ไม่มีแหล่งอ้างอิง โปรดตรวจสอบ)\n\n",
}

Unfound = Callable[[Turn, str], AsyncGenerator[TurnEvent, None]]
"""Answers a turn that has no passage to rest on, and says why in an `AnswerMissed`."""


def fallback_text(turn: Turn) -> str:
    """The project's own sentence in the answer's language, or ours."""
    language = language_of_turn(turn)
    return dict(turn.project.fallback_texts).get(language) or NOT_FOUND[language]


async def say_not_found(turn: Turn, reason: str) -> AsyncGenerator[TurnEvent, None]:
    """The fixed sentence."""
    yield TextDelta(text=fallback_text(turn))
    yield AnswerMissed(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKnowledgeConfig:
    """Bounds of an answer without a source; `temperature` is where a request names none."""

    max_tokens: int = 512
    temperature: float = 0.2


DEFAULTS = OwnKnowledgeConfig()


def own_knowledge(model: ChatModel, clock: Clock, config: OwnKnowledgeConfig = DEFAULTS) -> Unfound:
    """Lets the model answer by itself where the project wants that; else, or if it fails, `say_not_found`.

    The note that there is no source stands before the first word. The question stays unresolved.
    """

    async def answer_without_source(turn: Turn, reason: str) -> AsyncGenerator[TurnEvent, None]:
        has_text = False
        deadline = Deadline(turn.answer_by_s - clock.monotonic())
        try:
            async with aclosing(_told(model.stream(_prompt(turn, config)), turn)) as events:
                while (event := await deadline.next(events)) is not None:
                    has_text = has_text or isinstance(event, TextDelta)
                    yield event
        except AnswerError as error:
            yield AnswerDegraded(reason=error.code)
        finally:
            deadline.forget()
        if not has_text:
            yield TextDelta(text=fallback_text(turn))
        yield AnswerMissed(reason=reason)

    def answer_as_wanted(turn: Turn, reason: str) -> AsyncGenerator[TurnEvent, None]:
        is_fixed = turn.project.fallback_mode == "fixed"
        return (say_not_found if is_fixed else answer_without_source)(turn, reason)

    return answer_as_wanted


async def _told(chunks: AsyncGenerator[Chunk, None], turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """The model's words behind the note; citation marks, for which there is nothing, are left out."""
    note, marks = NO_SOURCE[language_of_turn(turn)], MarkerFilter()
    async with aclosing(chunks):
        async for chunk in chunks:
            match chunk:
                case TextChunk(text=text):
                    for piece in marks.feed(text):
                        if isinstance(piece, str) and (note or piece):
                            yield TextDelta(text=note + piece)
                            note = ""
                case ReasoningChunk(text=text):
                    yield ReasoningDelta(text=text)
                case UsageChunk(usage=usage):
                    yield UsageReported(usage=usage)
    for piece in marks.end():
        if isinstance(piece, str):
            yield TextDelta(text=note + piece)


def _prompt(turn: Turn, config: OwnKnowledgeConfig) -> Prompt:
    asked = turn.options.temperature
    return Prompt(
        messages=load("unfound").messages(
            language=LANGUAGES[language_of_turn(turn)],
            question=as_data(turn.question),
            persona=persona_rule(turn.project.persona),
        ),
        max_tokens=config.max_tokens,
        temperature=config.temperature if asked is None else asked,
        model=turn.project.model,
    )

"""Composes a text with a model: from what the user says, or from documents and text that the caller names."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from yingda.agents.fallback import with_fallback
from yingda.agents.markers import MarkerFilter, Piece
from yingda.agents.prompts import load
from yingda.agents.wording import LANGUAGES, persona_rule
from yingda.llm.types import ChatModel, Prompt, PromptMessage, ReasoningChunk, TextChunk, UsageChunk
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AnswerMissed,
    CitationDropped,
    ReasoningDelta,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.options import Language
from yingda.turns.types import Message, Turn
from yingda.understanding.language import language_of_turn

NO_WRITER: dict[Language, str] = {
    "zh": "抱歉，写作需要语言模型，而目前没有可用的模型，请稍后再试。",
    "en": "Sorry, writing needs a language model, and none is available right now. Please try again later.",
    "ja": "申し訳ございません。文章の作成には言語モデルが必要ですが、現在利用できるモデルがありません。"
    "後ほどもう一度お試しください。",
    "ko": "죄송합니다. 글을 작성하려면 언어 모델이 필요하지만 지금은 사용할 수 있는 모델이 없습니다. "
    "잠시 후 다시 시도해 주세요.",
    "th": "ขออภัย การเขียนต้องใช้โมเดลภาษา แต่ขณะนี้ไม่มีโมเดลที่ใช้งานได้ โปรดลองใหม่อีกครั้งในภายหลัง",
}
"""Said instead of a text, and after one that broke off."""

_GAP: dict[Language, str] = dict.fromkeys(NO_WRITER, "\n\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingConfig:
    """`temperature` is where a request names none; `history_messages` of the conversation are shown."""

    max_tokens: int = 2048
    temperature: float = 0.7
    history_messages: int = 10


DEFAULTS = WritingConfig()


def writing(
    model: ChatModel | None, from_passages: Answerer, clock: Clock, config: WritingConfig = DEFAULTS
) -> Answerer:
    """Answers by `from_passages` where the caller names documents or brings a text along, else from nothing.

    Beside a text that is brought along only named documents are searched. Without a model, or when it fails,
    it says so; `from_passages` knows what to do then.
    """
    freely: Answerer = no_writer
    if model is not None:
        freely = with_fallback(composed(model, clock, config), no_writer, clock, bridge=_GAP)

    async def write(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        options = turn.options
        rests = options.scope is not None or bool(options.context.strip())
        if rests:
            turn = replace(turn, options=replace(options, scope=options.scope or ()))
        async with aclosing((from_passages if rests else freely)(turn)) as events:
            async for event in events:
                yield event

    return write


def composed(model: ChatModel, clock: Clock, config: WritingConfig = DEFAULTS) -> Answerer:
    """What the model writes, but for citations, which could only be invented."""

    async def compose(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        marks = MarkerFilter()
        async with aclosing(model.stream(writing_prompt(turn, config))) as chunks:
            async for chunk in chunks:
                match chunk:
                    case TextChunk(text=text):
                        for piece in marks.feed(text):
                            yield _told(piece)
                    case ReasoningChunk(text=text):
                        yield ReasoningDelta(text=text)
                    case UsageChunk(usage=usage):
                        yield UsageReported(usage=usage)
        for piece in marks.end():
            yield _told(piece)
        yield StepTimed(step="model", elapsed_ms=(clock.monotonic() - started_s) * 1000, note=model.name)

    return compose


async def no_writer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """Says that there is no model to write with."""
    yield TextDelta(text=NO_WRITER[language_of_turn(turn)])
    yield AnswerMissed(reason="no_model")


def writing_prompt(turn: Turn, config: WritingConfig = DEFAULTS) -> Prompt:
    """The rules, the conversation as it was, and what is asked for now."""
    system, asked = load("writing").messages(
        language=LANGUAGES[language_of_turn(turn)],
        persona=persona_rule(turn.project.persona),
        question=turn.question,
    )
    said = (_as_prompted(message) for message in turn.history[-config.history_messages :])
    wanted = turn.options.temperature
    return Prompt(
        messages=(system, *said, asked),
        max_tokens=config.max_tokens,
        temperature=config.temperature if wanted is None else wanted,
        model=turn.project.model,
    )


def _as_prompted(message: Message) -> PromptMessage:
    return PromptMessage(role="user" if message.role == "user" else "assistant", text=message.text)


def _told(piece: Piece) -> TurnEvent:
    return TextDelta(text=piece) if isinstance(piece, str) else CitationDropped(reason="unknown")

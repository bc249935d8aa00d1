"""What is said where no rows are asked for: small talk, and what can be asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from itertools import groupby

from yingda.errors import ModelUnavailable, Overloaded
from yingda.llm.types import ChatModel, Prompt, ReasoningChunk, TextChunk, UsageChunk
from yingda.text_to_sql.figures import Tongue
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.prompting import chat_prompt
from yingda.text_to_sql.similar import suggestions
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AnswerDegraded,
    ReasoningDelta,
    SuggestionsOffered,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn
from yingda.understanding.normalise import any_of, fold
from yingda.understanding.smalltalk import Smalltalk, smalltalk_of

REPLIES: dict[Tongue, dict[Smalltalk, str]] = {
    "zh": {
        "greeting": "您好！想看什么数据，直接问我就行。",
        "thanks": "不客气，还想看什么数据随时问我。",
        "bye": "再见！",
        "who": "我是数据问答助手：把您的问题变成对{data}的查询，并说明结果从哪里来。",
        "nod": "好的，还想看什么数据？",
        "other": "我在的。我能回答的是关于{data}的问题。",
    },
    "en": {
        "greeting": "Hello! Ask me for any figures you need.",
        "thanks": "You're welcome. Just ask for more figures whenever you like.",
        "bye": "Goodbye!",
        "who": "I'm a data assistant: I turn questions into queries over {data}, and say where the answer "
        "comes from.",
        "nod": "All right. Which figures would you like to see next?",
        "other": "I'm here. I answer questions about {data}.",
    },
}
_ABOUT: dict[Tongue, str] = {
    "zh": "我能回答的是关于{data}的问题，这个问题不在其中。",
    "en": "I answer questions about {data}; this is not one of them.",
}
_UNKNOWN: dict[Tongue, str] = {
    "zh": "数据中没有与“{words}”对应的内容，这个问题没有查询。",
    "en": 'The data have nothing that "{words}" would stand for, so nothing was looked up.',
}
_UNREAD: dict[Tongue, str] = {
    "zh": "这个问题超出了数据能回答的范围，没有查询。",
    "en": "This question goes beyond what the data can answer, so nothing was looked up.",
}
_TRY: dict[Tongue, str] = {"zh": "可以这样问：", "en": " You could ask:"}
_DATA: dict[Tongue, str] = {"zh": "数据", "en": "the data"}
_ASKS_WHAT_TO_ASK = any_of(
    r"(?:能|可以|会)(?:问|回答|查|做|帮)(?:你|我|些|点)*(?:什么|哪些|啥)|介绍.{0,3}(?:你|您)自己|(?:怎么|如何)(?:用|使用|提问)",
    r"what (?:can|could|may) (?:i|you|we)\b|how (?:do|can) i (?:use|ask)|^help\b",
)
_WITH_SUGGESTIONS = (None, "greeting", "who", "other")

CurrentModel = Callable[[], SemanticModel]


def tongue_of(turn: Turn) -> Tongue:
    """The language that an answer from rows is said in."""
    return "zh" if language_of_turn(turn) == "zh" else "en"


def outside_said(unknown: tuple[str, ...], tongue: Tongue, *, has_choices: bool) -> str:
    """That the data do not reach, and which words they have no place for."""
    words = ("”、“" if tongue == "zh" else '", "').join(dict.fromkeys(unknown))
    said = _UNKNOWN[tongue].format(words=words) if words else _UNREAD[tongue]
    return said + (_TRY[tongue] if has_choices else "")


def spans(question: str, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """The unknown pieces as they stand in the question: those side by side are one."""
    folded, marked = fold(question), [False] * len(fold(question))
    for piece in map(fold, unknown):
        start = folded.find(piece) if piece else -1
        while start >= 0:
            marked[start : start + len(piece)] = [True] * len(piece)
            start = folded.find(piece, start + len(piece))
    runs = groupby(zip(marked, folded, strict=True), key=lambda pair: pair[0])
    found = ("".join(letter for _, letter in run).strip() for is_unknown, run in runs if is_unknown)
    return tuple(dict.fromkeys(run for run in found if run)) or unknown


def small_talk(model: CurrentModel) -> Answerer:
    """Without a model: a word back, and questions that the data answer."""

    async def reply(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        tongue, known = tongue_of(turn), model()
        talk = smalltalk_of(turn.text) or ("who" if _ASKS_WHAT_TO_ASK.search(fold(turn.text)) else None)
        wording = REPLIES[tongue][talk] if talk else _ABOUT[tongue]
        yield TextDelta(text=wording.format(data=known.label or _DATA[tongue]))
        if talk in _WITH_SUGGESTIONS and (questions := suggestions(known)):
            yield SuggestionsOffered(questions=questions)

    return reply


def model_chat(chat: ChatModel, model: CurrentModel) -> Answerer:
    """The model's own words, told what can be asked and to state no figures; small talk where it fails."""
    plain = small_talk(model)

    async def reply(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        said = False
        try:
            async with aclosing(chat.stream(_prompt(turn, model()))) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, TextChunk):
                        said = True
                        yield TextDelta(text=chunk.text)
                    elif isinstance(chunk, ReasoningChunk):
                        yield ReasoningDelta(text=chunk.text)
                    elif isinstance(chunk, UsageChunk):
                        yield UsageReported(usage=chunk.usage)
            if said:
                return
            reason = "model_garbled"
        except (ModelUnavailable, Overloaded) as error:
            reason = error.code
        yield AnswerDegraded(reason=reason)
        if said:
            yield TextDelta(text="\n\n")
        async with aclosing(plain(turn)) as events:
            async for event in events:
                yield event

    return reply


def _prompt(turn: Turn, model: SemanticModel) -> Prompt:
    return chat_prompt(turn, model, suggestions(model))

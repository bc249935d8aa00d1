"""Keep `<think>` text out of answers, however the stream is cut."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.llm.model import StreamedModel
from yingda.llm.types import ChatModel, Chunk, Prompt, ReasoningChunk, TextChunk

_OPEN, _CLOSE = "<think>", "</think>"


def with_think_tags(model: ChatModel, *, opens_in_thought: bool = False) -> ChatModel:
    """The model with its tagged thinking moved into `ReasoningChunk`s; see `ThinkSplitter` for the rules."""

    async def stream(prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        splitter = ThinkSplitter(opens_in_thought=opens_in_thought)
        async with aclosing(model.stream(prompt)) as chunks:
            del prompt
            async for chunk in chunks:
                if not isinstance(chunk, TextChunk) or splitter.passes(chunk.text):
                    yield chunk
                    continue
                for piece in splitter.feed(chunk.text):
                    yield piece
        for piece in splitter.end():
            yield piece

    return StreamedModel(model.name, stream)


class ThinkSplitter:
    """Text in, text and reasoning out.

    A thought runs from `<think>` to `</think>`, anywhere in the reply, or to the reply's end. White space
    before the answer's first word is dropped. Some models never send the opening tag, because their
    prompt template holds it: `opens_in_thought` makes the reply start inside a thought. Without it a lone
    `</think>` turns what stands before it in the same piece into reasoning, if nothing of the answer has left
    yet, and is dropped in any case: text that is gone cannot be called back.
    """

    __slots__ = ("_has_answered", "_held", "_is_thinking")

    def __init__(self, *, opens_in_thought: bool = False) -> None:
        self._is_thinking = opens_in_thought
        self._held = ""
        self._has_answered = False

    def passes(self, text: str) -> bool:
        """Whether the text is plain answer that `feed` would give back as it is: the common, cheap case."""
        return self._has_answered and not self._is_thinking and not self._held and "<" not in text

    def feed(self, text: str) -> list[Chunk]:
        """The pieces that are certain by now; what may become a tag is held back."""
        text = self._held + text
        self._held = ""
        pieces: list[Chunk] = []
        while text:
            at, tag = _first_tag(text, (_CLOSE,) if self._is_thinking else (_OPEN, _CLOSE))
            if not tag:
                text, self._held = _before_half_tag(text)
                self._put(text, pieces)
                break
            self._pass_tag(tag, text[:at], pieces)
            text = text[at + len(tag) :]
        return pieces

    def end(self) -> list[Chunk]:
        """What was held back: it never became a tag."""
        pieces: list[Chunk] = []
        held, self._held = self._held, ""
        self._put(held, pieces)
        return pieces

    def _pass_tag(self, tag: str, before: str, pieces: list[Chunk]) -> None:
        if tag == _CLOSE and not self._has_answered:
            self._is_thinking = True
        self._put(before, pieces)
        self._is_thinking = tag == _OPEN

    def _put(self, text: str, pieces: list[Chunk]) -> None:
        if self._is_thinking:
            if text:
                pieces.append(ReasoningChunk(text))
            return
        if not self._has_answered:
            text = text.lstrip()
        if text:
            self._has_answered = True
            pieces.append(TextChunk(text))


def _first_tag(text: str, tags: tuple[str, ...]) -> tuple[int, str]:
    found = [(at, tag) for tag in tags if (at := text.find(tag)) >= 0]
    return min(found, default=(-1, ""))


def _before_half_tag(text: str) -> tuple[str, str]:
    """The text cut before an ending that may be the beginning of a tag."""
    at = text.rfind("<", -len(_CLOSE) + 1)
    if at >= 0 and (_OPEN.startswith(text[at:]) or _CLOSE.startswith(text[at:])):
        return text[:at], text[at:]
    return text, ""

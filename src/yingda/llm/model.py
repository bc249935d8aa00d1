"""The shape that every wrapper of a chat model returns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from yingda.llm.types import Chunk, Prompt


@dataclass(frozen=True, slots=True)
class StreamedModel:
    """A `ChatModel` made of a name and one closure."""

    name: str
    stream: Callable[[Prompt], AsyncGenerator[Chunk, None]]

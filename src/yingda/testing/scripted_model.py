"""A chat model that says what its script says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from yingda.llm.types import Chunk, Prompt, TextChunk

Step = str | Chunk | BaseException | asyncio.Event | float
"""A string is a `TextChunk`; an exception is raised; an event is awaited; a number is slept, in seconds."""


class ScriptedModel:
    """Implements `ChatModel`: the n-th call follows the n-th script, later calls repeat the last one.

    `prompts` holds every prompt, in order, and `asked` is set from the first on; `abandoned` counts calls
    closed or cancelled half-way.
    """

    def __init__(self, *scripts: Sequence[Step], name: str = "scripted") -> None:
        self.name = name
        self.prompts: list[Prompt] = []
        self.asked = asyncio.Event()
        self.abandoned = 0
        self._scripts = scripts or ((),)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        script = self._scripts[min(len(self.prompts), len(self._scripts) - 1)]
        self.prompts.append(prompt)
        self.asked.set()
        try:
            for step in script:
                if (chunk := await _played(step)) is not None:
                    yield chunk
        except (GeneratorExit, asyncio.CancelledError):
            self.abandoned += 1
            raise


async def _played(step: Step) -> Chunk | None:
    match step:
        case str():
            return TextChunk(step)
        case BaseException():
            raise step
        case asyncio.Event():
            await step.wait()
            return None
        case int() | float():
            await asyncio.sleep(step)
            return None
    return step

"""A second model for when the first one cannot."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from yingda.errors import ModelUnavailable
from yingda.llm.model import StreamedModel
from yingda.llm.types import ChatModel, Chunk, Prompt

log = logging.getLogger(__name__)


def with_fallback_model(first: ChatModel, second: ChatModel) -> ChatModel:
    """The first model; the second takes over where the first fails before its first chunk, and only there.

    Where both fail, the second's failure is raised from the first's. `Overloaded` is no failure of a model
    and comes through.
    """

    async def stream(prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        has_spoken = False
        try:
            async with aclosing(first.stream(prompt)) as chunks:
                async for chunk in chunks:
                    has_spoken = True
                    yield chunk
            return
        except ModelUnavailable as failure:
            if has_spoken:
                raise
            reason = failure
        log.warning("model %s failed (%s), asking %s", first.name, reason.code, second.name)
        try:
            async with aclosing(second.stream(replace(prompt, model=""))) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ModelUnavailable as failure:
            raise failure from reason

    return StreamedModel(first.name, stream)

"""One short reply of a small model within a time limit, or the reason why there is none."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass

from yingda.errors import AnswerError
from yingda.llm.types import ChatModel, Prompt, TextChunk, ToolCallChunk, UsageChunk
from yingda.turns.types import Usage

log = logging.getLogger(__name__)

_LONGEST_REPLY = 2000
"""Characters after which a reply is no short one, whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickReply:
    """`text` is None where the model did not finish in time or failed; `note` says which, for the ledger.

    `calls` are the tools it asked for, of those in the prompt or not.
    """

    text: str | None
    note: str
    usages: tuple[Usage, ...] = ()
    calls: tuple[ToolCallChunk, ...] = ()


async def ask(model: ChatModel, prompt: Prompt, within_s: float) -> QuickReply:
    """Never raises but for cancellation: a small model is help, not a condition.

    The time limit is on the event loop's clock and closes the model's socket. A partial reply is none.
    """
    if within_s <= 0:
        return QuickReply(text=None, note="no time")
    try:
        return await asyncio.wait_for(_reply(model, prompt), within_s)
    except TimeoutError:
        return QuickReply(text=None, note="timeout")
    except AnswerError as error:
        return QuickReply(text=None, note=error.code)
    except Exception:
        log.exception("small model %s failed", model.name)
        return QuickReply(text=None, note="internal_error")


async def _reply(model: ChatModel, prompt: Prompt) -> QuickReply:
    text, usages, calls = "", [], []
    async with aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, TextChunk):
                text += chunk.text
            elif isinstance(chunk, UsageChunk):
                usages.append(chunk.usage)
            elif isinstance(chunk, ToolCallChunk):
                calls.append(chunk)
            if len(text) > _LONGEST_REPLY:
                break
    return QuickReply(text=text.strip(), note=model.name, usages=tuple(usages), calls=tuple(calls))

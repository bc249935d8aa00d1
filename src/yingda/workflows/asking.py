"""Calls of the models that nodes name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from yingda.llm import quick_reply
from yingda.llm.failures import ModelTimedOut
from yingda.llm.types import ChatModel, Prompt, PromptMessage, ReasoningChunk, TextChunk, UsageChunk
from yingda.turns.events import UsageReported
from yingda.turns.types import Usage
from yingda.workflows.run import Line, NodeRun
from yingda.workflows.values import Value, string_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """All that a model said, and what it cost."""

    text: str
    reasoning: str
    usages: tuple[Usage, ...]

    def told(self, model: ChatModel) -> dict[str, Value]:
        """As a node response shows it."""
        return {
            "model": model.name,
            "inputTokens": sum(one.prompt_tokens for one in self.usages),
            "outputTokens": sum(one.completion_tokens for one in self.usages),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearers:
    """Who hears what a model says while it says it."""

    text: Callable[[str], None]
    reasoning: Callable[[str], None]


def model_of(run: NodeRun) -> ChatModel | None:
    """The model that stands for the one the export names."""
    return run.services.models(string_of(run.inputs.get("model")))


def messages_of(system: str, history: list[Line], question: str) -> tuple[PromptMessage, ...]:
    """One system message where there is something to say, the history, the question."""
    first = [PromptMessage(role="system", text=system)] if system.strip() else []
    said = [PromptMessage(role=line.role, text=line.text) for line in history]
    return (*first, *said, PromptMessage(role="user", text=question))


async def ask(run: NodeRun, model: ChatModel, prompt: Prompt, hearers: Hearers) -> Reply:
    """The whole reply, its pieces passed on as they come; raises `errors.ModelUnavailable`.

    A reply that is not complete when the turn's time is up is given up, so that an error can still be caught.
    """
    try:
        async with asyncio.timeout(_left_s(run)):
            return await _heard(run, model, prompt, hearers)
    except TimeoutError:
        raise ModelTimedOut(f"{model.name} was not done in time") from None


async def _heard(run: NodeRun, model: ChatModel, prompt: Prompt, hearers: Hearers) -> Reply:
    text, reasoning, usages = [], [], []
    async with aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            match chunk:
                case TextChunk(piece):
                    text.append(piece)
                    hearers.text(piece)
                case ReasoningChunk(piece):
                    reasoning.append(piece)
                    hearers.reasoning(piece)
                case UsageChunk(usage):
                    usages.append(usage)
                    run.app.session.emit(UsageReported(usage=usage))
    return Reply(text="".join(text), reasoning="".join(reasoning), usages=tuple(usages))


async def ask_or_none(run: NodeRun, model: ChatModel, prompt: Prompt) -> Reply | None:
    """The reply, or None where the model fails or is late: what follows can do without it."""
    within_s = min(run.services.config.helper_model_s, _left_s(run))
    reply = await quick_reply.ask(model, prompt, within_s)
    for usage in reply.usages:
        run.app.session.emit(UsageReported(usage=usage))
    return None if reply.text is None else Reply(text=reply.text, reasoning="", usages=reply.usages)


def _left_s(run: NodeRun) -> float:
    return max(0.0, run.app.session.turn.answer_by_s - run.services.clock.monotonic())

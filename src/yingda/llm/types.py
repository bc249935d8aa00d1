"""What goes to a chat model and what comes back, whoever provides it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from yingda.turns.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMessage:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may ask for; `parameters_json` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One call. `max_tokens` bounds the reply; `temperature` 0 asks for the likeliest.

    `model` is another of the provider's models than the configured one; a second provider does not know it.
    `tools` may be asked for in place of text, or after it.
    """

    messages: tuple[PromptMessage, ...]
    max_tokens: int = 1024
    temperature: float = 0.2
    model: str = ""
    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Answer text; all that had arrived in one read is one chunk."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningChunk:
    """Thinking, from a `reasoning_content` field or between think tags; never answer text."""

    text: str


@dataclass(frozen=True, slots=True)
class UsageChunk:
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallChunk:
    """A function that the model asks for; comes whole, once the reply is finished."""

    call_id: str
    name: str
    arguments_json: str


Chunk = TextChunk | ReasoningChunk | UsageChunk | ToolCallChunk


class ChatModel(Protocol):
    """One method; limits, retry, breaker and fallback are wrappers of the same shape.

    Closing the generator closes the provider's socket. A wrapper lets go of the prompt once the model has it:
    a stream is open for long, and a prompt is the largest part of it. Raises `errors.ModelUnavailable` (or a
    subclass) and, where no slot came free in time, `errors.Overloaded`.
    """

    @property
    def name(self) -> str: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]: ...

"""The body of `POST /v1/chat/completions`; what a client sends beyond these fields is passed over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from yingda.errors import InvalidRequest
from yingda.turns.options import AnswerOptions
from yingda.turns.types import Message, TurnRequest
from yingda.understanding.followup import resolve

MAX_QUESTION_CHARS = 4000
DEADLINE_S = 55.0
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Part(BaseModel):
    """A piece of a message; only text can be read."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """One message of the dialogue, the oldest first."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words; images and the like have none."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """`include_usage`: a last chunk tells the tokens."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """The dialogue; its last message is the question, and is the user's."""

    model_config = ConfigDict(extra="ignore")

    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    model: Annotated[str, Field(max_length=128)] = "yingda"
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    user: Annotated[str, Field(max_length=128)] | None = None


def request_from(body: CompletionRequest, user_id: str | None) -> TurnRequest:
    """A conversation of one turn: what came before is the client's to keep.

    The question is made to stand alone from the messages before it, by rules. Raises InvalidRequest where it
    is blank, too long, or not the last message.
    """
    *before, last = body.messages
    if last.role != "user" or not (text := _storable(last.text)).strip():
        raise InvalidRequest("the last message must be the user's and must say something", field="messages")
    if len(text) > MAX_QUESTION_CHARS:
        raise InvalidRequest(f"a question has at most {MAX_QUESTION_CHARS} characters", field="messages")
    resolution = resolve(text, tuple(_history(before)))
    includes_usage = bool(body.stream_options and body.stream_options.include_usage)
    return TurnRequest(
        dialect="openai",
        text=resolution.question if resolution else text,
        user_id=user_id,
        deadline_s=DEADLINE_S,
        linger_s=0.0,
        wire=json.dumps({"model": body.model, "usage": includes_usage}),
        options=AnswerOptions(temperature=None if body.temperature is None else min(1.0, body.temperature)),
    )


def wishes_from(wire: str) -> dict[str, Any]:
    """What the turn's first event says of how the caller wants it shown."""
    wishes: dict[str, Any] = json.loads(wire)
    return wishes


def _history(messages: list[ChatMessage]) -> list[Message]:
    return [
        Message(role="assistant" if one.role == "assistant" else "user", text=one.text, at=_NO_TIME)
        for one in messages
        if one.role in ("user", "assistant") and one.text
    ]


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidRequest("a question holds no U+0000 and no lone surrogates", field="messages")
    return text

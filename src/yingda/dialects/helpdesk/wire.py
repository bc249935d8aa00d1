"""The bodies of the helpdesk contract (helpdesk 1.2); foreign words stop here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from yingda.turns.types import TurnRequest

MAX_MESSAGE_CHARS = 2000
SYNC_DEADLINE_S = 25.0
STREAM_DEADLINE_S = 55.0
"""The contract's clients give up at 30 and 60 seconds."""
LINGER_S = 30.0

Channel = Literal["web", "app", "wechat", "dingtalk", "api"]


def _storable(text: str) -> str:
    """Text that every store can hold: no U+0000, no lone surrogates."""
    if "\x00" in text:
        raise ValueError("must not contain U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(max_length=128)]


class ChatRequest(BaseModel):
    """The body of both chat endpoints. A field that is null counts as absent."""

    model_config = ConfigDict(extra="ignore")

    message: Annotated[Text, AfterValidator(_said)] = Field(
        max_length=MAX_MESSAGE_CHARS, description="What the user says; at most 2000 characters, not blank."
    )
    session_id: Name | None = Field(None, description="The conversation; absent for a new one.")
    channel: Channel = Field("api", description="Where the user writes from.")
    user_id: Name | None = Field(None, description="The user, as the caller names them.")
    trace: bool = Field(False, description="Give the step ledger of the turn along with the answer.")

    @model_validator(mode="before")
    @classmethod
    def null_is_absent(cls, body: Any) -> Any:
        if isinstance(body, dict) and None in body.values():
            return {name: value for name, value in body.items() if value is not None}
        return body


class DictionaryRequest(BaseModel):
    """The words of a collection, all of them; what a word may be is checked where they are stored."""

    model_config = ConfigDict(extra="ignore")

    words: list[str] = Field(description="At most 5000 of 1 to 32 characters; they replace those before.")


class ChatData(BaseModel):
    """All about an answer but its words; from `turn_id` on our additions to the contract."""

    intent: str
    sources: list[str]
    escalate_to_human: bool
    escalation_card: dict[str, Any] | None
    turn_count: int
    failed_attempts: int
    emotion_score: float | None
    sub_tasks: list[dict[str, Any]]
    turn_id: str
    citations: list[dict[str, Any]]
    queue_position: int | None
    agent_status: Literal["pending", "assigned", "resolved"] | None = None
    session_restarted: bool
    from_cache: bool
    extractive: bool
    degraded: list[str]
    trace: list[dict[str, Any]] | None = None


class ChatResponse(BaseModel):
    """The body of a synchronous answer."""

    session_id: str
    reply: str
    status: Literal["ok"]
    data: ChatData


def request_from_chat(chat: ChatRequest, *, stream: bool, key: str | None) -> TurnRequest:
    """The turn that a body asks for; `key` is the Idempotency-Key header."""
    return TurnRequest(
        dialect="helpdesk",
        text=chat.message,
        external_id=chat.session_id,
        channel=chat.channel,
        user_id=chat.user_id,
        idempotency_key=key,
        deadline_s=STREAM_DEADLINE_S if stream else SYNC_DEADLINE_S,
        linger_s=LINGER_S,
    )

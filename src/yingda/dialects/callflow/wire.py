"""Bodies of the callflow contract (callflow A.2): strings in, one envelope out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from yingda.turns.events import Scalar
from yingda.turns.types import TurnRequest

DIALECT = "callflow"
SYNC_DEADLINE_S = 25.0
STREAM_DEADLINE_S = 55.0
OK = "200"

MAX_NAME_CHARS = 128
MAX_TEXT_CHARS = 4000
MAX_VALUE_CHARS = 2000


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("U+0000 is not allowed")
    return text


Text = Annotated[str, AfterValidator(_storable)]
SessionId = Annotated[
    Text,
    Field(alias="sessionId", min_length=1, max_length=MAX_NAME_CHARS, description="The call's own name."),
]
TimeStamp = Annotated[
    Text,
    Field(alias="timeStamp", max_length=MAX_NAME_CHARS, description="Any string; it comes back unchanged."),
]
Key = Annotated[Text, Field(min_length=1, max_length=MAX_NAME_CHARS)]


class CallRequest(BaseModel):
    """What every body names; unknown fields, `stream` among them, are ignored."""

    model_config = ConfigDict(extra="ignore")

    session_id: SessionId
    time_stamp: TimeStamp


class ChatRequest(CallRequest):
    """The body of `/chat`; empty words are a silence."""

    text: Annotated[Text, Field(max_length=MAX_TEXT_CHARS, description="The caller's words.")]


class SetInfoRequest(CallRequest):
    """The body of `/set_info`."""

    key: Key
    value: Annotated[Text, Field(max_length=MAX_VALUE_CHARS)]


class GetInfoRequest(CallRequest):
    """The body or query of `/get_info`; without a key everything is told."""

    key: Key | None = None


class ChatAnswer(BaseModel):
    """What a synchronous `/chat` answers, in this order."""

    session_id: str = Field(alias="sessionId")
    time_stamp: str = Field(alias="timeStamp")
    output_text: str = Field(alias="outputText")
    next_stage: str = Field(alias="nextStage", description="The stage's label, empty where it has none.")
    next_stage_code: str = Field(alias="nextStageCode")
    code: Literal["200"]
    msg: str


class Envelope(BaseModel):
    """What the other paths answer, in this order."""

    session_id: str = Field(alias="sessionId")
    time_stamp: str = Field(alias="timeStamp")
    code: str
    msg: str


def envelope(session_id: str, time_stamp: str, inner: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A success, with `inner` between the names and the code."""
    return {"sessionId": session_id, "timeStamp": time_stamp, **(inner or {}), "code": OK, "msg": ""}


def told(known: Mapping[str, Scalar], key: str | None) -> dict[str, Any]:
    """What `/get_info` says inside its envelope.

    Nobody outside has seen the original's: 97 bytes were recorded, which is what this makes of the recorded
    session for a key of five letters without a value.
    """
    return {"values": dict(known)} if key is None else {"key": key, "value": known.get(key)}


def note(session_id: str, time_stamp: str) -> str:
    """What rides with a turn, so that its answer can name the request."""
    return json.dumps([session_id, time_stamp])


def names_in(wire: str) -> tuple[str, str]:
    """What `note` wrote; empty names for a turn that came in by another wire."""
    if not wire.startswith("["):
        return "", ""
    session_id, time_stamp = json.loads(wire)
    return session_id, time_stamp


def request_from_chat(chat: ChatRequest, *, stream: bool) -> TurnRequest:
    """The turn that a body asks for: it ends with its caller, and the first one names the conversation."""
    return TurnRequest(
        dialect=DIALECT,
        text=chat.text,
        external_id=chat.session_id,
        channel="voice",
        deadline_s=STREAM_DEADLINE_S if stream else SYNC_DEADLINE_S,
        linger_s=0.0,
        adopts_name=True,
        wire=note(chat.session_id, chat.time_stamp),
    )

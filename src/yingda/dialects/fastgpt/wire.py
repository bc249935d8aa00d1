"""Bodies of the FastGPT contract (callflow C.2, C.5); fields that are not named here are passed over."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from yingda.errors import InvalidRequest
from yingda.turns.types import Principal, TurnRequest
from yingda.web.auth import require_own

DIALECT = "fastgpt"
DEADLINE_S = 55.0
MAX_TEXT_CHARS = 4000
MAX_ID_CHARS = 250

Id = Annotated[str, Field(max_length=MAX_ID_CHARS)]


class Lenient(BaseModel):
    """A body that may hold more than is read."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Part(Lenient):
    """A piece of a message; of files only the words beside them are read."""

    type: str = "text"
    text: str = ""


class ChatMessage(Lenient):
    """One message; the last one of a body is the question."""

    role: str = "user"
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class CompletionBody(Lenient):
    """What is asked of a chat, and how the answer is wanted."""

    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    chat_id: Annotated[Id | None, Field(alias="chatId")] = None
    app_id: Annotated[Id, Field(alias="appId")] = ""
    stream: bool = False
    detail: bool = False
    variables: dict[str, Any] = Field(default_factory=dict)
    response_id: Annotated[Id | None, Field(alias="responseChatItemId")] = None
    custom_uid: Annotated[Id | None, Field(alias="customUid")] = None

    @field_validator("stream", "detail", "variables", mode="before")
    @classmethod
    def null_is_absent(cls, value: Any) -> Any:
        return {} if value is None else value


class ChatNamed(Lenient):
    """Which chat is meant; a call may say so in its query, its body, or both."""

    chat_id: Annotated[Id, Field(alias="chatId")] = ""
    app_id: Annotated[Id, Field(alias="appId")] = ""


class RecordNamed(ChatNamed):
    """Which records of a chat; `dataId` is what everybody else calls `contentId`."""

    content_id: Annotated[Id, Field(alias="contentId")] = ""
    content_ids: Annotated[list[Id], Field(alias="contentIds", max_length=100)] = []
    data_id: Annotated[Id, Field(alias="dataId")] = ""

    @property
    def ids(self) -> list[str]:
        """All that are named, each once."""
        return [one for one in dict.fromkeys((self.content_id, *self.content_ids, self.data_id)) if one]


class PageWanted(ChatNamed):
    """A part of a list, the newest first."""

    offset: int = Field(default=0, ge=0)
    page_size: Annotated[int, Field(alias="pageSize", ge=1, le=100)] = 20
    source: str = "api"


class Renamed(ChatNamed):
    """What a chat shall be called."""

    custom_title: Annotated[str | None, Field(alias="customTitle", max_length=200)] = None
    title: Annotated[str | None, Field(max_length=200)] = None
    top: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """How a caller wants the events shown; it comes back with the turn's first event.

    `response_id` is what the caller named the record of the answer, empty where nobody did.
    """

    chat_id: str
    response_id: str = ""
    has_detail: bool = False
    is_v2: bool = False

    def dump(self) -> str:
        """One line; equal notes give equal ones."""
        return json.dumps(asdict(self), separators=(",", ":"))


def note_from(wire: str) -> Note:
    """What `dump` wrote."""
    return Note(**json.loads(wire))


def request_from(body: CompletionBody, caller: Principal, *, is_v2: bool) -> TurnRequest:
    """The turn of a chat; one without an id begins a chat that is named here.

    A `responseChatItemId` makes a repeat safe: it finds the answer that it names.
    """
    text = body.messages[-1].text
    if not text.strip() and not body.variables:
        raise InvalidRequest("the last message says nothing", field="messages")
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidRequest(f"a question has at most {MAX_TEXT_CHARS} characters", field="messages")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidRequest("a question holds no U+0000 and no lone surrogates", field="messages")
    chat_id = (body.chat_id or "").strip() or secrets.token_hex(12)
    response_id = body.response_id or ""
    note = Note(chat_id=chat_id, response_id=response_id, has_detail=body.detail, is_v2=is_v2)
    return TurnRequest(
        dialect=DIALECT,
        text=text,
        external_id=chat_id,
        adopts_name=True,
        user_id=require_own(caller, body.custom_uid),
        idempotency_key=f"{caller.key_id}:{chat_id}:{response_id}" if response_id else None,
        deadline_s=DEADLINE_S,
        linger_s=0.0,
        wire=note.dump(),
    )


def facts_from(variables: Mapping[str, Any]) -> dict[str, str]:
    """Variables as facts are kept: text as it is, all else as JSON; null says nothing."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in variables.items()
        if value is not None
    }


def envelope(data: Any = None) -> dict[str, Any]:
    """The success of all calls but completions."""
    return {"code": 200, "statusText": "", "message": "", "data": data}

"""The envelope, times and bodies of the dataqa contract (dataqa 0, 1, 2.10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from yingda.dialects.dataqa.errors import MalformedBody, MissingParameter
from yingda.errors import AnswerError, InvalidRequest
from yingda.turns.options import Routing

DIALECT = "dataqa"
DEADLINE_S = 55.0
LINGER_S = 30.0
MAX_QUESTION_CHARS = 2000
MAX_NAME_CHARS = 128
MAX_ID_CHARS = 128
MAX_TITLE_CHARS = 200
MAX_COUNT = 100_000
"""The most that any `limit` may ask for."""

OK = "操作成功"


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("不能包含 U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("包含无法编码的字符") from None
    return text


def _said(value: Any) -> Any:
    """A name that a client sends as a number is the same name; blanks around it are none of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[
    Annotated[str, AfterValidator(_storable), Field(max_length=MAX_NAME_CHARS)] | None, BeforeValidator(_said)
]
Needed = Annotated[Text, BeforeValidator(_said), Field(min_length=1)]
Limit = Annotated[int, Field(ge=1, le=MAX_COUNT)]


class Body(BaseModel):
    """A JSON object; null is absent and unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class AskRequest(Body):
    """The body of `ask_agent`, or the query of its stream."""

    question: Annotated[Needed, Field(max_length=MAX_QUESTION_CHARS, description="The question.")]
    session_id: Name = Field(None, description="The browser's session; keeps guests apart.")
    user_id: Name = Field(None, description="Who asks; without one, a guest does.")
    conversation_id: Annotated[
        Annotated[str, AfterValidator(_storable), Field(max_length=MAX_ID_CHARS)] | None,
        BeforeValidator(_said),
    ] = Field(
        None,
        description="The conversation to go on with.",
        validation_alias=AliasChoices("conversation_id", "thread_id"),
    )
    continue_conversation: bool = Field(False, description="Go on with the conversation active last.")
    routing_mode: Routing | None = Field(None, description="Who decides whether the database is asked.")


class RenameRequest(Body):
    """A conversation's new title."""

    title: Annotated[Needed, Field(max_length=MAX_TITLE_CHARS)]


class CleanupRequest(Body):
    """What to delete; nothing given removes what has expired."""

    user_id: Name = None
    conversation_id: Name = None
    thread_id: Name = None
    clear_all_agent_data: bool = False
    cleanup_invalid_refs: bool = False


class EnforcementRequest(Body):
    """How many conversations to keep a user, the newest first."""

    user_id: Name = None
    user_max_conversations: Limit | None = None
    conversation_max_length: Limit | None = None
    dry_run: bool = False


B = TypeVar("B", bound=BaseModel)


class JsonBody:
    """A route's dependency: the body checked by a pydantic model; an absent body is an empty object.

    Parsed by force, whatever its content type says: the contract's clients do not all set one.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    async def __call__(self, request: Request) -> Any:
        return checked(self._model, _object(await request.body()))


def checked(model: type[B], fields: Mapping[str, Any]) -> B:
    """The model of those fields; raises what the contract calls a missing or an invalid parameter."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        _refuse(error)


def described(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its body by `JsonBody`."""
    schema = model.model_json_schema()
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def envelope(data: Mapping[str, Any], message: str = OK) -> dict[str, Any]:
    """A success; `response` is the message again where the data has no text of its own."""
    return {"success": True, "code": 200, "message": message, "data": {"response": message, **data}}


def failure(status: int, message: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An error's envelope; `code` is the status."""
    return {"success": False, "code": status, "message": message, "data": dict(data)}


def local(at: datetime, zone: ZoneInfo) -> str:
    """The contract's time: local, without a zone."""
    return at.astimezone(zone).replace(tzinfo=None).isoformat()


def utc(at: datetime) -> str:
    """The same moment for those who live elsewhere; our addition."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def stamped(at: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The moment of a reply, both ways."""
    return {"timestamp": local(at, zone), "timestamp_utc": utc(at)}


def _object(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise MalformedBody("请求体不是合法的 JSON") from None
    if not isinstance(body, dict):
        raise MalformedBody("请求体必须是 JSON 对象")
    return body


def _refuse(error: ValidationError) -> NoReturn:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "body"
    raise _refusal(first["type"], field, first["msg"], first.get("input"))


def _refusal(kind: str, field: str, words: str, given: Any) -> AnswerError:
    is_blank = given is None or (isinstance(given, str) and not given.strip())
    if kind == "missing" or (is_blank and kind in ("string_type", "string_too_short")):
        return MissingParameter(field=field)
    return InvalidRequest(words.removeprefix("Value error, "), field=field)


Status = Literal["new", "continued", "invalid_id_new"]
STATUS_MESSAGES: dict[Status, str] = {
    "new": "创建新对话",
    "continued": "继续现有对话",
    "invalid_id_new": "您请求的对话不存在或无权访问，已为您创建新对话",
}

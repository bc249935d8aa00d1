"""Bodies of the docqa contract (docqa 1.1, 1.2): lenient in what they take, strings in what they give."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic import model_validator as validates

from yingda.dialects.docqa.errors import FieldTooLong, MalformedBody, MissingField
from yingda.errors import AnswerError, InvalidRequest
from yingda.turns.options import AnswerOptions, Language
from yingda.turns.types import TurnRequest

SYNC_DEADLINE_S = 25.0
STREAM_DEADLINE_S = 55.0
"""Clients give up at 30 and 60 seconds."""
LINGER_S = 30.0
PATIENCE_S = 0.15
WRITING_TEMPERATURE = 0.7

MAX_QUERY_CHARS = 4000
MAX_CONTEXT_CHARS = 100_000
MAX_SCOPE_IDS = 200
SESSION_PATTERN = "^[A-Za-z0-9._-]{1,64}$"
ON: dict[str, Any] = {"default": "1"}
OFF: dict[str, Any] = {"default": "0"}
"""How a flag's default is described: it is a string on the wire."""


def envelope(data: Mapping[str, Any], at: datetime | None = None) -> dict[str, Any]:
    """A success around `data`; `at` becomes `stime`, in Unix seconds."""
    stime = {} if at is None else {"stime": str(int(at.timestamp()))}
    return {"ret": "0", "msg": "", **stime, "data": data}


class Lenient(BaseModel):
    """A body whose fields may come as numbers or booleans where strings are documented.

    Null and `""` count as absent, unknown fields are ignored, blanks around a field's name go.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    @validates(mode="before")
    @classmethod
    def scalars_are_strings(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        fields = {str(name).strip(): _as_string(value) for name, value in body.items()}
        return {name: value for name, value in fields.items() if value not in (None, "")}


def _as_string(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("不能包含 U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("包含不成对的代理字符") from None
    return text


def _flag(value: Any) -> Any:
    told = {"0": False, "1": True, "false": False, "true": True}
    if isinstance(value, str) and (known := told.get(value.strip().lower())) is not None:
        return known
    if isinstance(value, bool):
        return value
    raise ValueError('只能是 "0" 或 "1"')


def _temperature(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 10:
        raise ValueError("必须是 0 到 10 之间的数字")
    return number


def _ids(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("必须是用英文逗号分隔的字符串")
    return tuple(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))


def _session(value: str) -> str:
    if not re.fullmatch(SESSION_PATTERN, value):
        raise ValueError("不能超过 64 字节，且只能包含数字、英文字母和 - _ .")
    return value


def _said(text: str) -> str:
    if not text.strip():
        raise MissingField("不能为空白", field="query_text")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""Text that every store can hold: no U+0000, no lone surrogates."""
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "string", "enum": ["0", "1"]})]
"""`"0"` or `"1"`; a JSON boolean or number will do."""
Temperature = Annotated[float, BeforeValidator(_temperature), WithJsonSchema({"type": "string"})]
"""0 is the most conservative, 10 the freest; never clamped."""
Ids = Annotated[
    tuple[Annotated[Text, Field(max_length=128)], ...],
    BeforeValidator(_ids),
    WithJsonSchema({"type": "string"}),
]
"""Ids joined by ASCII commas: trimmed, each once."""
SessionId = Annotated[
    str, AfterValidator(_session), WithJsonSchema({"type": "string", "pattern": SESSION_PATTERN})
]


class ChatRequest(Lenient):
    """The body of `query_text_chat`."""

    query_text: Annotated[Text, AfterValidator(_said)] = Field(
        max_length=MAX_QUERY_CHARS, description="The question; not blank."
    )
    session_id: SessionId = Field(description="The same id is the same conversation; `[A-Za-z0-9._-]{1,64}`.")
    ctdoc_id: Ids | None = Field(
        None, max_length=MAX_SCOPE_IDS, description="Answer from these documents only, joined by commas."
    )
    enable_citation: Flag = Field(True, json_schema_extra=ON, description="Name the sources.")
    enable_followup: Flag = Field(True, json_schema_extra=ON, description="Suggest further questions.")
    enable_elaborate: Flag = Field(
        True, json_schema_extra=ON, description="Write fuller prose; the evidence rule stays."
    )
    smart_temp: Temperature | None = Field(None, description="Creativity, 0 to 10.")
    lang: Text | None = Field(None, max_length=64, description="A hint; an unknown tag is not an error.")
    context: Text = Field(
        "", max_length=MAX_CONTEXT_CHARS, description="Counts as one retrieved passage, named `ctx`."
    )
    stream: Flag = Field(False, json_schema_extra=OFF, description="Answer as server-sent events.")
    category: Literal["doc_chat", "tpl_chat"] = Field("doc_chat", description="Answer, or write.")
    ctprofile_id: Text | None = Field(
        None, max_length=64, description="`tpl_chat` only: `writer` (default) or `creator` (no history)."
    )
    user_id: Text | None = Field(None, max_length=128, description="The user, as the caller names them.")
    ref_mode: Literal["packet+stop", "stop"] = Field(
        "packet+stop", description="Where `ref_doc_list` stands: in the packets and the stop, or the latter."
    )
    line_order: Literal["id,data", "data,id"] = Field(
        "id,data", description="Of a packet's lines; the latter where a line in between breaks often."
    )
    enable_progress: Flag = Field(
        False, json_schema_extra=OFF, description="Tell phases in packets without text."
    )
    enable_eventsource: Flag = Field(
        False, json_schema_extra=OFF, description="Hand out a token for `GET chat_stream`."
    )

    @validates(mode="after")
    def profile_is_known(self) -> ChatRequest:
        if self.category == "tpl_chat" and self.ctprofile_id not in (None, "writer", "creator"):
            raise InvalidRequest("只能是 writer 或 creator", field="ctprofile_id")
        return self


class StopRequest(Lenient):
    """The body of `stop_chat`; one of the two names the answer."""

    msg_id: Annotated[Text | None, Field(max_length=128)] = None
    session_id: SessionId | None = None

    @validates(mode="after")
    def one_is_named(self) -> StopRequest:
        if self.msg_id is None and self.session_id is None:
            raise MissingField("msg_id 与 session_id 至少提供一个", field="msg_id")
        return self


class HistoryRequest(Lenient):
    """The body of `query_chat_history`; the newest turn comes last."""

    session_id: SessionId
    category: Literal["doc_chat", "tpl_chat"] = "doc_chat"
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 20


Body = TypeVar("Body", bound=BaseModel)


def dialect_of(category: str) -> str:
    """What is written in the writing centre stays out of the conversations about documents."""
    return "docqa-writing" if category == "tpl_chat" else "docqa"


def request_from_chat(chat: ChatRequest, *, wire: str, user_id: str | None, key: str | None) -> TurnRequest:
    """The turn that a body asks for; `creator` neither reads nor writes a history."""
    is_writing = chat.category == "tpl_chat"
    return TurnRequest(
        dialect=dialect_of(chat.category),
        text=chat.query_text,
        external_id=None if is_writing and chat.ctprofile_id == "creator" else chat.session_id,
        user_id=user_id,
        idempotency_key=key,
        deadline_s=STREAM_DEADLINE_S if chat.stream else SYNC_DEADLINE_S,
        linger_s=LINGER_S,
        adopts_name=True,
        patience_s=PATIENCE_S if chat.stream else 0.0,
        wire=wire,
        options=AnswerOptions(
            category="writing" if is_writing else "documents",
            scope=chat.ctdoc_id,
            context=chat.context,
            language=_language(chat.lang),
            temperature=_temperature_of(chat.smart_temp, is_writing),
            is_elaborate=chat.enable_elaborate,
            cites=chat.enable_citation,
            suggests=chat.enable_followup and not is_writing,
        ),
    )


def _temperature_of(level: float | None, is_writing: bool) -> float:
    if level is None:
        return WRITING_TEMPERATURE if is_writing else 0.0
    return level / 10


_LANGUAGES: dict[str, Language] = {"zh": "zh", "en": "en", "ja": "ja", "ko": "ko", "th": "th"}


def _language(tag: str | None) -> Language | None:
    """By the primary subtag, in any case, behind `_` or `-`; None, to be detected, where it is another."""
    primary = re.split(r"[-_]", (tag or "").strip(), maxsplit=1)[0]
    return _LANGUAGES.get(primary.lower())


def decode(model: type[Body], raw: bytes) -> Body:
    """The body as that model.

    Raises MalformedBody with line and column, MissingField, FieldTooLong or InvalidRequest with the field.
    """
    body = _json(raw)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise refusal(error) from None


def refusal(error: ValidationError) -> AnswerError:
    """The first thing that is wrong, missing fields before values."""
    found = error.errors(include_url=False)
    first = next((one for one in found if one["type"] == "missing"), found[0])
    field = ".".join(str(part) for part in first["loc"]) or None
    kind, context = first["type"], first.get("ctx", {})
    if kind == "missing":
        return MissingField(field=field)
    if kind in ("string_too_long", "too_long"):
        given = first["input"]
        is_text = isinstance(given, str) and len(given) == context.get("actual_length", len(given))
        unit = "个字符" if is_text else "项"
        return FieldTooLong(f"最多 {context['max_length']} {unit}", field=field)
    if kind == "value_error":
        return InvalidRequest(str(context["error"]), field=field)
    return InvalidRequest(_WORDS.get(kind, first["msg"]).format(**context), field=field)


_WORDS = {
    "string_type": "必须是字符串",
    "string_unicode": "包含不成对的代理字符",
    "literal_error": "只能是 {expected}",
    "int_parsing": "必须是整数",
    "int_type": "必须是整数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "必须是数组",
    "too_short": "至少需要 {min_length} 项",
    "model_type": "必须是 JSON 对象",
}


def _json(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(f"第 {error.start} 字节处不是 UTF-8") from None
    try:
        body = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise MalformedBody(_where(error)) from None
    except (RecursionError, ValueError):
        raise MalformedBody("嵌套过深，或数字过长") from None
    if not isinstance(body, dict):
        raise MalformedBody("最外层必须是对象 {…}")
    return body


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise MalformedBody("同一个对象中重复出现", field=name[:64])
        fields[name] = value
    return fields


def _no_constant(name: str) -> NoReturn:
    raise MalformedBody(f"JSON 中没有 {name}")


def _where(error: json.JSONDecodeError) -> str:
    """Line and column, from 1; for a trailing comma those of the comma."""
    before = error.doc[: error.pos].rstrip()
    if before.endswith(",") and error.doc[error.pos : error.pos + 1] in ("}", "]"):
        at, what = len(before) - 1, "多余的逗号"
    elif error.doc.startswith(("//", "/*"), error.pos):
        at, what = error.pos, "JSON 不允许注释"
    else:
        at, what = error.pos, error.msg
    line = error.doc.count("\n", 0, at) + 1
    return f"第 {line} 行第 {at - error.doc.rfind(chr(10), 0, at)} 列，{what}"

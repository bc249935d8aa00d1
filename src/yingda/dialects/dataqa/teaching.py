"""Bodies of the training data and feedback paths (dataqa 2.17, 2.18)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StrictBool

from yingda.data_training.duplicates import Keep
from yingda.data_training.items import KINDS, Item, Kind, NewItem
from yingda.dialects.dataqa.errors import MissingParameter
from yingda.dialects.dataqa.wire import Body, Name, Needed, Text, local
from yingda.errors import InvalidRequest

MAX_TEXT_CHARS = 20_000
MAX_BATCH = 50
MAX_PAGE = 100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Sentence = Annotated[Needed, Field(max_length=MAX_TEXT_CHARS)]
Page = Annotated[int, Field(ge=1, le=1_000_000)]
PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE)]
SortOrder = Literal["asc", "desc"]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _day(value: Any) -> Any:
    """A bare date stays one; pydantic would make it midnight."""
    return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value


DayOrMoment = Annotated[datetime | date | None, BeforeValidator(_day)]


class CreateRequest(Body):
    """One item or many; each is checked by itself."""

    data: Annotated[
        list[dict[str, Any]], BeforeValidator(_as_list), Field(min_length=1, max_length=MAX_BATCH)
    ]


class ItemQueryRequest(Body):
    """Which items to show."""

    page: Page = 1
    page_size: PageSize = 20
    training_data_type: Kind | None = None
    search_keyword: Annotated[Text, Field(max_length=100)] = ""
    approved: bool | None = None
    sort_by: Literal["id", "training_data_type", "updated_at"] = "updated_at"
    sort_order: SortOrder = "desc"


class IdsRequest(Body):
    """Which items to delete; `confirm` must be true."""

    ids: Annotated[list[Needed], Field(min_length=1, max_length=MAX_BATCH)]
    confirm: StrictBool = False


class ApproveRequest(Body):
    """Which items answers may use, or no longer; our addition."""

    ids: Annotated[list[Needed], Field(min_length=1, max_length=MAX_BATCH)]
    approved: StrictBool = True


class CombineRequest(Body):
    """Which kinds to look for duplicates in."""

    collection_names: list[Kind] = Field(list(KINDS), min_length=1)
    dry_run: StrictBool = True
    keep_strategy: Keep = "first"


class PairRequest(Body):
    """A question and its SQL."""

    question: Sentence
    sql: Sentence


class FeedbackRequest(Body):
    """What somebody thinks of an answer."""

    question: Sentence
    sql: Sentence
    is_thumb_up: StrictBool
    user_id: Name = None
    session_id: Name = None
    conversation_id: Name = None
    comment: Annotated[Text, Field(max_length=2000)] = ""


class FeedbackChange(Body):
    """What to change of it."""

    question: Sentence | None = None
    sql: Sentence | None = None
    is_thumb_up: StrictBool | None = None
    is_in_training_data: StrictBool | None = None
    comment: Annotated[Text, Field(max_length=2000)] | None = None


class FeedbackQueryRequest(Body):
    """Which opinions to show; a bare end date takes in its whole day."""

    page: Page = 1
    page_size: PageSize = 20
    is_thumb_up: StrictBool | None = None
    is_in_training_data: StrictBool | None = None
    create_time_start: DayOrMoment = None
    create_time_end: DayOrMoment = None
    sort_by: Literal["id", "create_time", "update_time", "user_id"] = "create_time"
    sort_order: SortOrder = "desc"


class FeedbackIds(Body):
    """Which opinions to take into the training data."""

    feedback_ids: Annotated[list[int], Field(min_length=1, max_length=MAX_BATCH)]


def new_item(fields: dict[str, Any]) -> NewItem:
    """An item as it is sent; raises for what its kind needs and does not have."""
    kind = fields.get("training_data_type")
    if kind is None:
        raise MissingParameter(field="training_data_type")
    if kind not in KINDS:
        raise InvalidRequest("必须是 sql、error_sql、documentation、ddl 之一", field="training_data_type")
    if kind in ("sql", "error_sql"):
        pair = {"question": _text(fields, "question"), "content": _text(fields, "sql")}
        return NewItem(kind=kind, **pair)
    return NewItem(kind=kind, content=_text(fields, "content" if kind == "documentation" else "ddl"))


def shown_item(item: Item, zone: ZoneInfo) -> dict[str, Any]:
    """An item as the lists show it."""
    return {
        "id": item.id,
        "question": item.question or None,
        "content": item.content,
        "training_data_type": item.kind,
        "approved": item.is_approved,
        "approved_by": item.approved_by or None,
        "approved_at": local(item.approved_at, zone) if item.approved_at else None,
        "created_at": local(item.created_at, zone),
        "updated_at": local(item.updated_at, zone),
        "source": item.source,
    }


def pagination(page: int, page_size: int, total: int) -> dict[str, Any]:
    """Where in a list one is."""
    pages = -(-total // page_size)
    return {
        "page": page,
        "page_size": page_size,
        "total": total,
        "total_pages": pages,
        "has_next": page < pages,
        "has_prev": page > 1,
    }


def percent(part: int, whole: int) -> float:
    """With two decimals; none of nothing is 0."""
    return round(part / whole * 100, 2) if whole else 0.0


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise MissingParameter(field=name)
    if not isinstance(value, str) or "\x00" in value or len(value) > MAX_TEXT_CHARS:
        raise InvalidRequest(f"必须是不超过 {MAX_TEXT_CHARS} 字的文本", field=name)
    return value.strip()

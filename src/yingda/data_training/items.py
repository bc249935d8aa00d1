"""What people teach the data questions: one item of it, and how it is looked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["sql", "error_sql", "documentation", "ddl"]
KINDS: tuple[Kind, ...] = ("sql", "error_sql", "documentation", "ddl")
_SUFFIXES: dict[Kind, str] = {"sql": "sql", "error_sql": "error_sql", "documentation": "doc", "ddl": "ddl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What is to be kept: a pair of question and SQL, an SQL that was wrong, a text, or a definition."""

    kind: Kind
    content: str
    question: str = ""
    source: str = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A kept item; a pair is used for answers once it is approved."""

    id: str
    kind: Kind
    question: str
    content: str
    source: str
    author: str
    created_at: datetime
    updated_at: datetime
    approved_by: str
    approved_at: datetime | None

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """A page of items, the one changed last first; `keyword` is looked for in question and content."""

    kind: Kind | None = None
    keyword: str = ""
    is_approved: bool | None = None
    sort_by: Literal["id", "training_data_type", "updated_at"] = "updated_at"
    is_descending: bool = True
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the trail: what was done to which item, by which key."""

    subject: str
    action: str
    key_id: str
    at: datetime


def new_id(kind: Kind) -> str:
    """Random, with the kind for those who read it."""
    return f"{uuid.uuid4()}-{_SUFFIXES[kind]}"

"""What parsing and running a data question come to, and who runs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from yingda.text_to_sql.model import DataType, SemanticModel, VerifiedQuery
from yingda.text_to_sql.query import Query
from yingda.turns.events import Scalar
from yingda.turns.types import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """SQL in the database's dialect, before the guard; `query` is None where SQL was written as SQL.

    `assumed` tells a reader what was taken for granted, such as the time column that was meant.
    """

    sql: str
    source: Literal["verified", "parsed", "model"]
    query: Query | None = None
    verified: VerifiedQuery | None = None
    confidence: float = 1.0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """More than one reading: ask `question`; each choice is a question that can be asked as it stands."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The model does not reach: `unknown` are the words it has no place for."""

    reason: str
    unknown: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


Reading = Understood | Ambiguous | Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and where it stands: `previous` is what the question before was understood as."""

    question: str
    today: date
    previous: Query | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """`row_count` is the total where `is_counted`, else what is known to be there at least.

    `restricted` names the policies that left rows or columns out for this principal.
    """

    columns: tuple[str, ...]
    data_types: tuple[DataType, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    row_count: int
    is_counted: bool
    is_limited: bool
    sql: str
    duration_s: float
    restricted: tuple[str, ...] = ()


class DataSource(Protocol):
    """A database with its semantic model; every statement passes the guard inside `run`.

    `run` raises `SqlRefused` for what the guard does not let through, `SqlFailed` with a kind for what the
    database refuses, `StoreUnavailable` where it cannot be reached. Cancelling it cancels the statement.
    """

    @property
    def model(self) -> SemanticModel: ...

    async def run(self, principal: Principal, sql: str) -> Rows: ...

    async def check(self, principal: Principal, sql: str) -> None: ...

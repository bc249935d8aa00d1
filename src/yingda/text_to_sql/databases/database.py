"""What every engine's connection does: run one statement that reads, within a time, and stop when told to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from yingda.text_to_sql.model import DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseConfig:
    """How many connections, how long to wait for one, and how long for a statement."""

    pool_size: int = 4
    connect_timeout_s: float = 5.0
    statement_timeout_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Rows as the driver gave them; `data_types` holds None where the engine does not tell."""

    columns: tuple[str, ...]
    data_types: tuple[DataType | None, ...]
    rows: list[tuple[Any, ...]]


class Database(Protocol):
    """A database that cannot be written through this; safe for many callers at once.

    `fetch` raises `SqlFailed` with a kind and `StoreUnavailable`; cancelled, it ends the statement in the
    database before it returns. `cost` is what the engine's planner expects, None where it does not say.
    """

    @property
    def dialect(self) -> str: ...

    async def fetch(self, sql: str, timeout_s: float | None = None) -> Fetched: ...

    async def cost(self, sql: str) -> float | None: ...

    async def close(self) -> None: ...

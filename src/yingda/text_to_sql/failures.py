"""What keeps a statement from its rows: the guard, or the database."""

from __future__ import annotations

from typing import Literal

from yingda.errors import AnswerError

Kind = Literal["syntax", "table_not_found", "column_not_found", "timeout", "permission", "unknown"]


class SqlRefused(AnswerError):
    """The guard does not let a statement through; `rule` is the slug of the rule it broke."""

    code, status = "sql_refused", 422

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class SqlFailed(AnswerError):
    """The database took a statement and did not answer it; a time-out alone may go better again."""

    code, status = "sql_execution_failed", 500

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.retryable = kind == "timeout"


class DriverMissing(AnswerError):
    """The extra with an engine's driver is not installed; the message says how to."""

    code, status = "driver_missing", 500

"""A data turn's events folded into what its answer tells: rows, words, the way it went (dataqa 2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from yingda.dialects.dataqa.wire import local
from yingda.errors import AnswerError, InvalidRequest
from yingda.turns.endings import failure_or_stop
from yingda.turns.events import RowsFetched, TurnEvent, TurnFailed, TurnStopped
from yingda.turns.record import Record

QuestionType = Literal["DATABASE", "CHAT"]
CHAT_AGENT = "chat"
NO_ROWS = "查询已执行，没有符合条件的数据。"


class NotUnderstood(InvalidRequest):
    """No SQL was written: the words leave more than one reading, or reach beyond the data."""

    code, status, retryable = "sql_generation_failed", 422, True


@dataclass(slots=True)
class Answer:
    """What the events say, up to the last one added."""

    record: Record = field(default_factory=Record)
    rows: RowsFetched | None = None

    @property
    def question_type(self) -> QuestionType:
        chosen = self.record.chosen
        return "CHAT" if chosen is not None and chosen.agent == CHAT_AGENT else "DATABASE"

    @property
    def summary(self) -> str | None:
        """The text, where it is about rows."""
        return self.record.text or None if self.rows is not None else None

    @property
    def error(self) -> AnswerError | None:
        """What kept the turn from its answer; None while it is open and where it has one."""
        ending = self.record.ending
        if isinstance(ending, TurnFailed | TurnStopped):
            return failure_or_stop(ending)
        if ending is not None and self.record.missed is not None and self.question_type == "DATABASE":
            return NotUnderstood(self.record.text)
        return None

    def add(self, event: TurnEvent) -> None:
        """Take one more event in."""
        self.record.add(event)
        if isinstance(event, RowsFetched):
            self.rows = event


def answer_from(events: Iterable[TurnEvent]) -> Answer:
    """The fold of a whole list."""
    answer = Answer()
    for event in events:
        answer.add(event)
    return answer


def step_note(answer: Answer, name: str) -> str:
    """What the ledger says of a step, the last time it was taken; empty where it was not."""
    return next((step.note for step in reversed(answer.record.steps) if step.step == name), "")


def rows_object(rows: RowsFetched) -> dict[str, Any]:
    """`query_result`: an empty one keeps its columns, and a word of explanation besides."""
    columns = distinct(rows.columns)
    result: dict[str, Any] = {
        "rows": [dict(zip(columns, row, strict=True)) for row in rows.rows],
        "columns": columns,
        "row_count": len(rows.rows),
        "total_row_count": rows.row_count,
        "is_limited": rows.is_limited or rows.row_count > len(rows.rows),
        "is_counted": rows.is_counted,
    }
    return result if rows.rows else {**result, "message": NO_ROWS}


def explanation(rows: RowsFetched, zone: ZoneInfo) -> dict[str, Any] | None:
    """Where the rows come from: who wrote the SQL, what was meant, left out and taken for granted."""
    said = rows.explanation
    if said is None:
        return None
    return {
        "source": said.source,
        "confidence": said.confidence,
        "definitions": list(said.definitions),
        "filters": list(said.filters),
        "assumed": list(said.assumed),
        "restricted": list(said.restricted),
        "model": said.model or None,
        "as_of": local(said.as_of, zone) if said.as_of else None,
    }


def distinct(columns: Sequence[str]) -> list[str]:
    """The names, a repeated one with its number, so that no column hides another."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def execution_path(answer: Answer) -> list[str]:
    """The contract's four names, of the steps that were taken; others stand in the ledger only."""
    record = answer.record
    if answer.question_type == "CHAT":
        return ["classify_question", "chat"] if record.text else ["classify_question"]
    path = ["classify_question"]
    if answer.rows is not None or record.missed is not None or isinstance(record.ending, TurnFailed):
        path.append("generate_sql")
    ran = isinstance(record.ending, TurnFailed) and record.ending.code == "sql_execution_failed"
    if answer.rows is not None or ran:
        path.append("execute_sql")
    if answer.summary:
        path.append("generate_summary")
    return path

"""Events → frames and events → body for the dataqa dialect (dataqa 2.10, 2.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from yingda import __version__
from yingda.dialects.dataqa.answer import (
    Answer,
    answer_from,
    execution_path,
    explanation,
    rows_object,
    step_note,
)
from yingda.dialects.dataqa.errors import error_data, told
from yingda.dialects.dataqa.note import Note, note_from
from yingda.dialects.dataqa.wire import OK, STATUS_MESSAGES, envelope, failure, stamped
from yingda.errors import AnswerError
from yingda.turns.events import (
    CONTENT,
    AgentChosen,
    RowsFetched,
    TextDelta,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)

KEEP_ALIVE = b":\n"
"""A comment without a blank line: one widely used client would dispatch an empty message."""
AGENT_VERSION = f"yingda-{__version__}"
DONE = "查询执行完成"

_STRANGER = Note(conversation="", user_id="", session_id=None, is_guest=False, status="continued")
"""For a turn that this dialect did not begin."""


class DataqaEncoder:
    """`progress` for each step, then `completed` with the whole answer, or `error`.

    Frames are numbered from 0 as `id: <turn_id>-<n>`: the number of frames a client has.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._answer = Answer()
        self._frames = 0
        self._is_writing = False

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        self._answer.add(event)
        return ENCODERS[type(event)](self, event)

    def started(self, event: TurnStarted) -> Sequence[bytes]:
        return (self._progress("start", "开始处理", "已收到问题", "running"),)

    def chosen(self, event: AgentChosen) -> Sequence[bytes]:
        return (self._progress("classify_question", "分析问题类型", self._answer.question_type, "completed"),)

    def fetched(self, event: RowsFetched) -> Sequence[bytes]:
        count = f"共 {event.row_count} 行"
        return (
            self._progress("agent_sql_generation", "SQL生成成功", event.sql, "completed"),
            self._progress("agent_sql_execution", "执行数据查询", count, "completed"),
        )

    def text(self, event: TextDelta) -> Sequence[bytes]:
        if self._is_writing:
            return ()
        self._is_writing = True
        if self._answer.question_type == "CHAT":
            return (self._progress("agent_chat", "思考回答", "正在组织回答", "running"),)
        return (self._progress("format_response", "整理结果", "正在生成说明", "running"),)

    def ended(self, event: TurnCompleted | TurnFailed | TurnStopped) -> Sequence[bytes]:
        status, body = reply(self._answer, self._zone)
        data = body["data"]
        kind = "completed" if status == 200 else "error"
        answered = {**data, "type": kind, "response_type": data["type"]}
        return (self._frame({**body, "data": answered}),)

    def silent(self, event: TurnEvent) -> Sequence[bytes]:
        return ()

    def _progress(self, node: str, name: str, details: str, status: str) -> bytes:
        started = self._answer.record.started
        data = {
            "type": "progress",
            "node": node,
            "display_name": name,
            "details": details,
            "sub_status": status,
            "conversation_id": _note(self._answer).conversation,
        }
        if started is not None:
            data |= stamped(started.at, self._zone)
        return self._frame({"success": True, "code": 200, "message": name, "data": data})

    def _frame(self, body: dict[str, Any]) -> bytes:
        started = self._answer.record.started
        self._frames += 1
        turn_id = started.turn_id if started else ""
        return b"id: %b-%d\ndata: %b\n\n" % (turn_id.encode(), self._frames, orjson.dumps(body))


def reply_from(events: Iterable[TurnEvent], zone: ZoneInfo) -> tuple[int, dict[str, Any]]:
    """Status and body of a turn that has ended."""
    return reply(answer_from(events), zone)


def reply(answer: Answer, zone: ZoneInfo) -> tuple[int, dict[str, Any]]:
    """The answer's envelope, or that of what kept the turn from it."""
    if (error := answer.error) is not None:
        row = told(error)
        return row.status, failure(row.status, row.message, _failed(answer, error, zone))
    message = DONE if answer.question_type == "DATABASE" else OK
    return 200, envelope({**_said(answer, zone), **_way(answer), **_stamp(answer, zone)}, message)


def _said(answer: Answer, zone: ZoneInfo) -> dict[str, Any]:
    """What was found: text, SQL and rows; a summary leaves `response` empty, as the seed has it."""
    record, said = answer.record, {"type": answer.question_type}
    data: dict[str, Any] = {**said, "response": "" if answer.summary else record.text}
    if answer.rows is not None:
        found = rows_object(answer.rows)
        data |= {"sql": answer.rows.sql, "query_result": found, "records": found}
        data["explanation"] = explanation(answer.rows, zone)
        if answer.rows.chart_json:
            data["chart"] = orjson.loads(answer.rows.chart_json)
    if answer.summary:
        data["summary"] = answer.summary
    if record.suggestions:
        data["suggestions"] = list(record.suggestions)
    return data


def _failed(answer: Answer, error: AnswerError, zone: ZoneInfo) -> dict[str, Any]:
    record = answer.record
    data = {"type": answer.question_type, **error_data(error)}
    if record.missed is not None:
        data |= {"validation_error_type": record.missed, "options": list(record.suggestions)}
    if error.code == "sql_execution_failed":
        data["sql_error_category"] = step_note(answer, "execute_sql") or "unknown"
    if answer.rows is not None:
        data["sql"] = answer.rows.sql
    return {**data, **_way(answer), **_stamp(answer, zone)}


def _way(answer: Answer) -> dict[str, Any]:
    """Whose question it was, how it was classified, what was done."""
    record, note = answer.record, _note(answer)
    number = record.started.number if record.started else 1
    way = {
        "session_id": note.session_id,
        "execution_path": execution_path(answer),
        "classification_info": _classification(answer),
        "conversation_id": note.conversation,
        "user_id": note.user_id,
        "is_guest_user": note.is_guest,
        "context_used": number > 1,
        "from_cache": record.cache is not None,
        "conversation_status": note.status,
        "conversation_message": STATUS_MESSAGES[note.status],
        "requested_conversation_id": note.requested,
        "routing_mode_used": note.routing,
        "routing_mode_source": note.routing_source,
        "agent_version": AGENT_VERSION,
        "steps": [
            {"step": step.step, "elapsed_ms": round(step.elapsed_ms, 1), "note": step.note}
            for step in record.steps
        ],
    }
    return {**way, "degraded": True} if note.is_degraded else way


def _classification(answer: Answer) -> dict[str, Any]:
    chosen = answer.record.chosen
    if chosen is None:
        return {}
    return {
        "question_type": answer.question_type,
        "confidence": chosen.confidence,
        "method": chosen.intent,
        "reason": step_note(answer, "classify_question").removeprefix(f"{chosen.intent}: "),
    }


def _stamp(answer: Answer, zone: ZoneInfo) -> dict[str, Any]:
    started, ending = answer.record.started, answer.record.ending
    at = ending.at if ending is not None else started.at if started is not None else None
    turn_id = started.turn_id if started is not None else None
    return {"turn_id": turn_id, **(stamped(at, zone) if at is not None else {})}


def _note(answer: Answer) -> Note:
    started = answer.record.started
    return (note_from(started.wire) if started is not None else None) or _STRANGER


ENCODERS: dict[type, Callable[[DataqaEncoder, Any], Sequence[bytes]]] = {
    **dict.fromkeys(CONTENT, DataqaEncoder.silent),
    TurnStarted: DataqaEncoder.started,
    AgentChosen: DataqaEncoder.chosen,
    RowsFetched: DataqaEncoder.fetched,
    TextDelta: DataqaEncoder.text,
    TurnCompleted: DataqaEncoder.ended,
    TurnFailed: DataqaEncoder.ended,
    TurnStopped: DataqaEncoder.ended,
}

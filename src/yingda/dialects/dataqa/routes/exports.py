"""`/api/v0/conversation/{id}/messages/{n}/export`: the rows of an answer as a file; our addition."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from yingda.conversations.archive import Archive
from yingda.dialects.dataqa.answer import answer_from
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.routes.conversations import ConversationName, Shelf
from yingda.dialects.dataqa.wire import DIALECT
from yingda.errors import NotFound
from yingda.text_to_sql.export import csv_chunks, write_xlsx
from yingda.turns import codec
from yingda.turns.events import RowsFetched, Scalar
from yingda.turns.types import Principal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TurnNumber = Annotated[int, Path(ge=1, le=1_000_000)]


def export_routes(shelf: Shelf) -> APIRouter:
    """The route, over an archive."""
    router = APIRouter(tags=["dataqa"])

    @router.get("/api/v0/conversation/{conversation_id}/messages/{number}/export")
    async def export_rows(
        caller: DataCaller,
        conversation_id: ConversationName,
        number: TurnNumber,
        format: Literal["csv", "xlsx"] = "csv",
    ) -> Response:
        """The rows of the conversation's question of that number, as CSV or XLSX."""
        conversation = await shelf.one(caller, conversation_id)
        rows = await _rows(shelf.archive, caller, conversation_id, conversation.turn_count - number)
        headers = {"Content-Disposition": f'attachment; filename="answer-{number}.{format}"'}
        if format == "csv":
            pieces = csv_chunks(rows.columns, rows.rows)
            return StreamingResponse(pieces, headers=headers, media_type="text/csv; charset=utf-8")
        content = await asyncio.to_thread(_workbook, rows.columns, rows.rows)
        return Response(content, headers=headers, media_type=XLSX)

    return router


async def _rows(archive: Archive, caller: Principal, name: str, newer: int) -> RowsFetched:
    if newer >= 0:
        page = await archive.turns(caller, DIALECT, name, offset=newer, limit=1)
        for turn in page.items:
            if (rows := answer_from(codec.load(turn.lines)).rows) is not None:
                return rows
    raise NotFound("这条消息没有查询结果")


def _workbook(columns: Sequence[str], rows: Iterable[Sequence[Scalar]]) -> bytes:
    with TemporaryDirectory() as folder:
        path = FilePath(folder) / "rows.xlsx"
        write_xlsx(path, columns, rows)
        return path.read_bytes()

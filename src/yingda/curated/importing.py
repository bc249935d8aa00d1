"""A table of curated answers, CSV or XLSX, read into wordings: one a row, each with its own errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from yingda.curated.answer import STATUSES, Status, Wording
from yingda.errors import AnswerError, InvalidRequest, TooLarge, UnsupportedMedia
from yingda.knowledge.parse import delimited, spreadsheet
from yingda.knowledge.parse.decode import decode
from yingda.knowledge.parse.kind import kind_of
from yingda.knowledge.parse.limits import MIB, ParseLimits
from yingda.knowledge.parse.refused import Corrupt, DocumentRefused, EmptyFile
from yingda.turns.types import DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """What one file may hold; larger ones are to be split."""

    row_count: int = 1000
    file: ParseLimits = field(default_factory=lambda: ParseLimits(max_bytes=5 * MIB, max_cells=200_000))


LIMITS = ImportLimits()

COLUMNS: dict[str, tuple[str, ...]] = {
    "question": ("question", "standard question", "standard_question", "问题", "标准问题", "标准问", "问"),
    "answer": ("answer", "答案", "回答", "标准答案", "答"),
    "similar": ("similar", "similar questions", "similar_questions", "相似问题", "相似问", "相似问法"),
    "negative": ("negative", "negative questions", "negative_questions", "反例", "排除问题", "否定问题"),
    "documents": ("documents", "document", "ctdoc_id", "关联文档", "文档", "引用文档"),
    "valid_from": ("valid_from", "valid from", "生效时间", "生效日期", "开始时间"),
    "valid_until": ("valid_until", "valid until", "失效时间", "失效日期", "结束时间", "有效期至"),
    "scope": ("scope", "适用范围", "适用文档", "范围"),
    "status": ("status", "状态"),
}
"""Names that a column may have, in any case."""
_STATUS_NAMES: dict[str, Status] = {name: name for name in STATUSES} | {
    "草稿": "draft",
    "待审核": "draft",
    "已通过": "approved",
    "启用": "approved",
    "已停用": "retired",
    "停用": "retired",
}
_MANY = re.compile(r"[|｜\n]+")
_IDS = re.compile(r"[|｜,，;；\s]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_STAMP = re.compile(r"\d{9,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table, counted from 1 with the header; `wording` or the `error` that keeps it out."""

    number: int
    wording: Wording | None = None
    error: AnswerError | None = None


def rows_from_file(
    data: bytes, zone: tzinfo, status: Status = "approved", limits: ImportLimits = LIMITS
) -> list[Row]:
    """One for each line that is not blank; `status` is theirs where the table has no such column.

    Blocking: for a thread. Raises a `DocumentRefused` for a file that is no table, `InvalidRequest` where a
    column is missing or there are too many rows.
    """
    table = _table(data, limits)
    if not table:
        raise EmptyFile
    columns = _columns(table[0])
    lines = [(number, line) for number, line in enumerate(table[1:], 2) if any(cell.strip() for cell in line)]
    if len(lines) > limits.row_count:
        raise InvalidRequest(f"表格不能超过 {limits.row_count} 行", field="content")
    return [_row(number, line, columns, zone, status) for number, line in lines]


def moment(text: str, name: str, zone: tzinfo) -> datetime | None:
    """A date, a time, or Unix seconds; "" is none. What has no zone is in `zone`.

    A date ends a validity with its last moment, so `valid_until` is the midnight after it.
    """
    text = text.strip()
    try:
        if not text:
            return None
        if _STAMP.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        if date := _DATE.fullmatch(text):
            day = datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=zone)
            return (day + timedelta(days=1) if name == "valid_until" else day).astimezone(UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest("不是日期、时间或 Unix 秒数", field=name) from None


def _table(data: bytes, limits: ImportLimits) -> list[list[str]]:
    if len(data) > limits.file.max_bytes:
        raise TooLarge(f"文件不能超过 {limits.file.max_bytes // MIB} MiB", field="content")
    kind = kind_of(data, limits.file) if data else "text"
    try:
        if kind == "xlsx":
            return spreadsheet.first_sheet(data, limits.file)
        if kind == "text":
            return delimited.rows(decode(data)[0]) if data else []
    except (DocumentRefused, MemoryError):
        raise
    except Exception as error:
        raise Corrupt from error
    raise UnsupportedMedia("只能导入 CSV 或 XLSX", field="content")


def _columns(header: Sequence[str]) -> dict[str, int]:
    places = {cell.strip().strip("\ufeff").lower(): at for at, cell in reversed(list(enumerate(header)))}
    found = {
        column: places[name]
        for column, names in COLUMNS.items()
        for name in reversed(names)
        if name in places
    }
    if missing := [column for column in ("question", "answer") if column not in found]:
        raise InvalidRequest(f"缺少列：{COLUMNS[missing[0]][3]}（{missing[0]}）", field="content")
    return found


def _row(number: int, line: Sequence[str], columns: dict[str, int], zone: tzinfo, status: Status) -> Row:
    def cell(column: str) -> str:
        at = columns.get(column, -1)
        return line[at].strip() if 0 <= at < len(line) else ""

    try:
        wording = Wording(
            question=cell("question"),
            answer=cell("answer"),
            similar=_many(cell("similar")),
            negative=_many(cell("negative")),
            documents=_ids(cell("documents")),
            scope=_ids(cell("scope")),
            valid_from=moment(cell("valid_from"), "valid_from", zone),
            valid_until=moment(cell("valid_until"), "valid_until", zone),
            status=_status(cell("status"), status),
        )
    except InvalidRequest as error:
        return Row(number=number, error=error)
    return Row(number=number, wording=wording)


def _many(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in _MANY.split(text) if one.strip())


def _ids(text: str) -> tuple[DocumentId, ...]:
    return tuple(DocumentId(one) for one in _IDS.split(text) if one)


def _status(text: str, otherwise: Status) -> Status:
    if not text:
        return otherwise
    if (known := _STATUS_NAMES.get(text.lower())) is None:
        raise InvalidRequest("只能是 draft、approved 或 retired", field="status")
    return known

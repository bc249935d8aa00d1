"""XLSX: the visible sheets of a workbook, merged cells filled."""

from __future__ import annotations

import datetime as dt
import io
import re

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import TooBig
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

_DEFAULT_NAME = re.compile(r"(?:sheet|工作表|工作簿|表)\s*\d*", re.IGNORECASE)


def write(data: bytes, draft: Draft, limits: ParseLimits) -> ParsedDocument:
    """A sheet becomes a section where its name says something."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                _write_sheet(workbook.get_sheet_by_name(sheet.name), draft, limits)
    return draft.finish(MEDIA_TYPE)


def first_sheet(data: bytes, limits: ParseLimits) -> list[list[str]]:
    """The rows of the first visible sheet that says anything, blank ones too."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                rows = _rows(workbook.get_sheet_by_name(sheet.name), limits)
                if any(map(any, rows)):
                    return rows
    return []


def _rows(sheet: CalamineSheet, limits: ParseLimits) -> list[list[str]]:
    if sheet.height * sheet.width > limits.max_cells:
        raise TooBig("The workbook has too many cells. Split it and send the parts.")
    rows = [[shown(cell) for cell in row] for row in sheet.to_python()]
    _fill_merged(rows, sheet)
    return rows


def _write_sheet(sheet: CalamineSheet, draft: Draft, limits: ParseLimits) -> None:
    rows = [row for row in _rows(sheet, limits) if any(row)]
    if not rows:
        return
    if not _DEFAULT_NAME.fullmatch(sheet.name.strip()):
        draft.heading(sheet.name, 1)
    while len(rows) > 1 and len(set(filter(None, rows[0]))) == 1 and len(set(filter(None, rows[1]))) > 1:
        draft.prose(next(filter(None, rows.pop(0))))  # a title over the table
    table.write(rows, draft)


def _fill_merged(rows: list[list[str]], sheet: CalamineSheet) -> None:
    """A merged cell has its value in the first of its cells only; every row must say it again."""
    top, left = sheet.start or (0, 0)
    for (first, from_column), (last, to_column) in sheet.merged_cell_ranges or ():
        if first < top or from_column < left or first - top >= len(rows):
            continue
        value = rows[first - top][from_column - left] if from_column - left < len(rows[0]) else ""
        for row in rows[first - top : last - top + 1]:
            for column in range(from_column - left, min(to_column - left + 1, len(row))):
                row[column] = value


def shown(cell: Cell) -> str:
    """The value as a person would write it: whole numbers without a fraction, dates without midnight."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(cell)

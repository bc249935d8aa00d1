"""Rows as files: CSV that spreadsheets open as it is, and XLSX; neither runs a formula out of data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from yingda.turns.events import Scalar

_BOM = "\ufeff"
"""Without it one widely used spreadsheet reads UTF-8 as something else."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE = 500
_LARGEST_EXACT = 2**53
"""Spreadsheets hold whole numbers beyond that as something near them."""


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Scalar]]) -> Iterator[bytes]:
    """The file in pieces, so that a large one is never whole in memory."""
    buffer = StringIO()
    buffer.write(_BOM)
    writer = csv.writer(buffer)
    writer.writerow([_harmless(column) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_harmless(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Scalar]]) -> None:
    """One sheet, written row by row; text stays text, whatever it begins with."""
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column, bold)
        for number, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                _write(sheet, number, at, value)


def _write(sheet: Any, row: int, column: int, value: Scalar) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        sheet.write_string(row, column, str(value))
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)


def _harmless(value: Scalar) -> Scalar:
    """Text that a spreadsheet would run gets a mark in front that makes it text."""
    if isinstance(value, str) and value.startswith(_STARTS_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _taken(buffer: StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece

"""Rows as files that no spreadsheet runs anything out of."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from yingda.text_to_sql.export import csv_chunks, write_xlsx

COLUMNS = ("名称", "金额", "是否")
ROWS = (("=HYPERLINK(1)", -5, True), ("@x", 1.5, None), ("a,b\n", 2**60, False))


def test_csv_opens_as_utf8_and_runs_nothing():
    made = b"".join(csv_chunks(COLUMNS, ROWS)).decode()
    assert made == (
        "\ufeff名称,金额,是否\r\n'=HYPERLINK(1),-5,True\r\n'@x,1.5,\r\n\"a,b\n\",1152921504606846976,False\r\n"
    )


def test_xlsx_keeps_text_text_and_large_numbers_whole(tmp_path: Path):
    write_xlsx(tmp_path / "rows.xlsx", COLUMNS, ROWS)
    sheet = load_workbook(tmp_path / "rows.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        list(COLUMNS),
        ["=HYPERLINK(1)", -5, True],
        ["@x", 1.5, None],
        ["a,b\n", "1152921504606846976", False],
    ]
    assert sheet["A2"].data_type == "s"

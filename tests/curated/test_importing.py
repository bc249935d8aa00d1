"""Tables as people make them: encodings, separators, names of columns, dates, and rows that are wrong."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from yingda.curated.answer import Wording
from yingda.curated.importing import ImportLimits, moment, rows_from_file
from yingda.errors import AnswerError, InvalidRequest
from yingda.turns.types import DocumentId

SHANGHAI = ZoneInfo("Asia/Shanghai")
RETURN = Wording(question="怎么退货", answer="七天内申请。", similar=("如何退货", "退货流程"))


def rows(data: bytes, **limits: int):
    return rows_from_file(data, SHANGHAI, limits=ImportLimits(**limits))


def workbook(*lines: tuple[object, ...]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_text_table_in_any_encoding_and_separator(encoding, separator):
    lines = [("问题", "答案", "相似问法"), ("怎么退货", "七天内申请。", "如何退货|退货流程")]
    table = "\n".join(separator.join(line) for line in lines)
    (row,) = rows(table.encode(encoding))
    assert (row.number, row.wording) == (2, RETURN)


def test_quoted_cells_hold_lines_and_all_columns_are_read():
    table = (
        "Question,ANSWER,similar,negative,documents,valid_from,valid_until,scope,status,owner\n"
        '怎么退货,"七天内申请。\n需要订单号。","如何退货\n退货流程",怎么退款,"d1,d2",2026-01-01,2026-12-31,d3,draft,x\n'
        "\n"
    )
    (row,) = rows(table.encode())
    assert row.wording == Wording(
        question="怎么退货",
        answer="七天内申请。\n需要订单号。",
        similar=("如何退货", "退货流程"),
        negative=("怎么退款",),
        documents=(DocumentId("d1"), DocumentId("d2")),
        valid_from=datetime(2025, 12, 31, 16, tzinfo=UTC),
        valid_until=datetime(2026, 12, 31, 16, tzinfo=UTC),
        scope=(DocumentId("d3"),),
        status="draft",
    )


def test_a_workbook_with_a_gap_keeps_its_line_numbers():
    data = workbook(
        ("标准问题", "标准答案", "相似问题", "生效日期"),
        ("怎么退货", "七天内申请。", "如何退货\n退货流程", date(2026, 1, 1)),
        (None,),
        ("运费多少", 8, None, None),
    )
    first, second = rows(data)
    assert first.wording.valid_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert (second.number, second.wording) == (4, Wording(question="运费多少", answer="8"))


def test_a_wrong_cell_costs_its_row_only():
    bad, good = rows("question,answer,valid_from\na,b,soon\n怎么退货,好,\n".encode())
    assert (bad.wording, bad.error.field) == (None, "valid_from")
    assert good.wording == Wording(question="怎么退货", answer="好")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        "question\n怎么退货\n".encode(),
        b"question,answer\n1,2\n3,4\n",
        b"PK\x03\x04 not a workbook",
        b"%PDF-1.7 not a table",
        b"\x89PNG\r\n\x1a\n",
        b"x" * 6_000_000,
    ],
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(AnswerError) as refused:
        rows(data, row_count=1)
    assert 400 <= refused.value.status < 500


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("1767225600", "2026-01-01T00:00:00+00:00"),
        ("2026/1/2", "2026-01-01T16:00:00+00:00"),
        ("2026年1月2日", "2026-01-01T16:00:00+00:00"),
        ("2026-01-02 08:30", "2026-01-02T00:30:00+00:00"),
        ("2026-01-02T08:30:00Z", "2026-01-02T08:30:00+00:00"),
    ],
)
def test_moments_as_people_write_them(written, utc):
    assert moment(written, "valid_from", SHANGHAI) == datetime.fromisoformat(utc)


@pytest.mark.parametrize("written", ["tomorrow", "2026-13-01", "99999999999999", "2026-02-30"])
def test_what_is_no_moment_is_refused(written):
    with pytest.raises(InvalidRequest):
        moment(written, "valid_until", SHANGHAI)

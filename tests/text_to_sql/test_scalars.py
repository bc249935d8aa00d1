from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from yingda.text_to_sql.scalars import data_types_of, scalar_from, told_apart


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("19.90"), 19.9),
        (Decimal("300.00"), 300),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (Decimal("NaN"), "NaN"),
        (2**60, str(2**60)),
        (float("inf"), "inf"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"),
        (timedelta(hours=25), "1 day, 1:00:00"),
        (b"\x00\xff", "0x00ff"),
        ([Decimal("1.5"), None], "[1.5, null]"),
        (True, True),
        (None, None),
    ],
)
def test_says_it_as_json_can(value: object, plain: object):
    assert scalar_from(value) == plain


def test_tells_equal_and_empty_names_apart():
    assert told_apart(["a", "a", "?column?", "a", ""]) == ("a", "a_2", "column_3", "a_3", "column_5")


def test_takes_types_from_values_where_the_engine_is_silent():
    rows = [(None, "x", Decimal(1), None), (3, "y", Decimal(2), None)]
    assert data_types_of((None, None, None, "date"), rows) == ("integer", "string", "number", "date")

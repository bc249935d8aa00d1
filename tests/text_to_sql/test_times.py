"""Ranges of days in both languages, as meant on one day."""

from __future__ import annotations

from datetime import date

import pytest

from yingda.text_to_sql.times import periods

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("上个月", date(2026, 5, 1), date(2026, 6, 1)),
        ("last month", date(2026, 5, 1), date(2026, 6, 1)),
        ("上季度", date(2026, 1, 1), date(2026, 4, 1)),
        ("last quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("2025年", date(2025, 1, 1), date(2026, 1, 1)),
        ("in 2025", date(2025, 1, 1), date(2026, 1, 1)),
        ("2025年第三季度", date(2025, 7, 1), date(2025, 10, 1)),
        ("q3 2025", date(2025, 7, 1), date(2025, 10, 1)),
        ("2025年上半年", date(2025, 1, 1), date(2025, 7, 1)),
        ("last 7 days", date(2026, 6, 9), date(2026, 6, 16)),
        ("最近7天", date(2026, 6, 9), date(2026, 6, 16)),
        ("since march", date(2026, 3, 1), None),
        ("2025年3月以来", date(2025, 3, 1), None),
        ("after 2025", date(2026, 1, 1), None),
        ("before march 2025", None, date(2025, 3, 1)),
        ("2025年以前", None, date(2025, 1, 1)),
        ("from january to march 2025", date(2025, 1, 1), date(2025, 4, 1)),
        ("2025年1月到3月", date(2025, 1, 1), date(2025, 4, 1)),
        ("on 2025-03-05", date(2025, 3, 5), date(2025, 3, 6)),
        ("july 4, 2025", date(2025, 7, 4), date(2025, 7, 5)),
        ("last july", date(2025, 7, 1), date(2025, 8, 1)),
    ],
)
def test_reads_the_days(text: str, start: date | None, end: date | None) -> None:
    assert [(one.start, one.end) for one in periods(text, TODAY)] == [(start, end)]


def test_leaves_numbers_alone() -> None:
    assert periods("more than 300 rides between 5 and 9 km", TODAY) == ()

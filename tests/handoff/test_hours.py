"""Working hours: night shifts, weekends, holidays, days worked instead, and a zone of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yingda.handoff.hours import ALWAYS, WorkingHours, dates_from, is_open, opens_at

OFFICE = WorkingHours(
    start_hour=9,
    end_hour=18,
    days=frozenset(range(1, 6)),
    holidays=dates_from(["2026-10-01..2026-10-07"]),
    extra_days=dates_from(["2026-10-10"]),
)
NIGHT = WorkingHours(start_hour=22, end_hour=6)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        (ALWAYS, "2026-10-03T03:00", "2026-10-03T03:00"),
        (OFFICE, "2026-09-28T09:00", "2026-09-28T09:00"),
        (OFFICE, "2026-09-28T08:59", "2026-09-28T09:00"),
        (OFFICE, "2026-09-28T18:00", "2026-09-29T09:00"),
        (OFFICE, "2026-09-26T12:00", "2026-09-28T09:00"),
        (OFFICE, "2026-09-30T19:00", "2026-10-08T09:00"),
        (OFFICE, "2026-10-10T12:00", "2026-10-10T12:00"),
        (NIGHT, "2026-09-28T05:59", "2026-09-28T05:59"),
        (NIGHT, "2026-09-28T06:00", "2026-09-28T22:00"),
    ],
)
def test_the_next_opening(hours, moment, opens):
    assert opens_at(hours, at(moment)) == at(opens)
    assert is_open(hours, at(moment)) == (moment == opens)


def test_the_zone_is_the_desks():
    assert is_open(OFFICE, datetime(2026, 9, 28, 1, 0, tzinfo=UTC))
    assert not is_open(OFFICE, datetime(2026, 9, 28, 10, 0, tzinfo=UTC))


def test_a_desk_that_never_opens_promises_nothing():
    assert opens_at(WorkingHours(days=frozenset()), at("2026-09-28T09:00")) is None


@pytest.mark.parametrize("text", ["tomorrow", "2026-10-07..2026-10-01", "2026-01-01..2036-01-01"])
def test_days_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=text[:4]):
        dates_from([text])

"""Times as they are meant on Friday 20 November 2026, 16:12 in Shanghai."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.understanding.values.durations import Duration, durations
from yingda.understanding.values.times import times

_ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 16, 12, tzinfo=_ZONE)


def _starts(text):
    return [tuple(f"{span.start:%m-%d %H:%M}" for span in one.value.spans) for one in times(text, NOW)]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("刚才", "11-20 16:12"),
        ("半小时前", "11-20 15:42"),
        ("一刻钟以前", "11-20 15:57"),
        ("三四分钟前", "11-20 16:08"),
        ("今天早上八点一刻", "11-20 08:15"),
        ("今天凌晨一点", "11-20 01:00"),
        ("昨晚八点半", "11-19 20:30"),
        ("昨天，大概是晚上十点", "11-19 22:00"),
        ("大前天上午九点", "11-17 09:00"),
        ("上周三", "11-11 00:00"),
        ("下个月5号", "12-05 00:00"),
        ("2024年3月5号", "03-05 00:00"),
        ("二零二四年三月五号下午三点", "03-05 15:00"),
        ("2024-03-05 15:04", "03-05 15:04"),
        ("今天下午差五分四点", "11-20 15:55"),
        ("yesterday 5pm", "11-19 17:00"),
        ("5:30 pm on March 5, 2024", "03-05 17:30"),
        ("last Friday", "11-13 00:00"),
        ("in 3 days", "11-23 16:12"),
    ],
)
def test_finds_a_time(text, start):
    assert _starts(text)[0][0] == start


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("八点一刻", ("11-20 08:15", "11-21 08:15")),
        ("10月12号", ("10-12 00:00", "10-12 00:00")),
        ("周三", ("11-18 00:00", "11-25 00:00")),
        ("5号", ("11-05 00:00", "12-05 00:00")),
    ],
)
def test_leaves_open_whether_past_or_to_come(text, spans):
    assert _starts(text) == [spans]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("从昨天下午两点到今天四点", "11-19 14:00", "11-20 04:00"),
        ("周五下午三点到五点", "11-20 15:00", "11-20 17:00"),
        ("2026年1月10日到12日", "01-10 00:00", "01-13 00:00"),
        ("最近三天", "11-17 16:12", "11-20 16:12"),
        ("上个月", "10-01 00:00", "11-01 00:00"),
        ("去年三季度", "07-01 00:00", "10-01 00:00"),
        ("本周", "11-16 00:00", "11-23 00:00"),
        ("昨晚", "11-19 18:00", "11-20 00:00"),
        ("last month", "10-01 00:00", "11-01 00:00"),
    ],
)
def test_finds_a_stretch(text, start, end):
    (found,) = times(text, NOW)
    span = found.value.spans[0]
    assert (f"{span.start:%m-%d %H:%M}", f"{span.end:%m-%d %H:%M}") == (start, end)


@pytest.mark.parametrize("text", ["3号线", "日本车", "2023年2月29日", "八点五折", "一点都不", "面前", ""])
def test_finds_no_time(text):
    assert times(text, NOW) == []


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("两个半小时", Duration(seconds=9000)),
        ("1小时20分钟", Duration(seconds=4800)),
        ("半年", Duration(months=6)),
        ("一个半月", Duration(months=1, seconds=15 * 86400)),
        ("两天半", Duration(seconds=216_000)),
        ("half an hour", Duration(seconds=1800)),
        ("three weeks", Duration(seconds=3 * 7 * 86400)),
    ],
)
def test_finds_a_length(text, length):
    assert [one.value for one in durations(text)] == [length]


def test_months_end_where_they_end():
    assert Duration(months=1).before(datetime(2024, 3, 31, tzinfo=_ZONE)).day == 29


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2026, 11, 20)))
def test_reads_back_what_it_says(moment):
    said = f"{moment.year}年{moment.month}月{moment.day}号{moment.hour}点{moment.minute:02}分"
    (found,) = times(said, NOW)
    at = found.value.spans[0].start
    assert at == moment.replace(second=0, microsecond=0, tzinfo=_ZONE)
    assert found.end - found.start == len(said)


@given(st.integers(min_value=2, max_value=59))
def test_minutes_ago(minutes):
    (found,) = times(f"{minutes}分钟前", NOW)
    assert found.value.last.start == NOW - timedelta(minutes=minutes)

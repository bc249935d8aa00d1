"""Questions read without a model: what each kind of words asks for, and what is not guessed."""

from __future__ import annotations

from datetime import date

import pytest
from tests.text_to_sql.rental import asked, rows

from yingda.text_to_sql.types import Ambiguous, Outside, Understood

ANSWERED = {
    "How many riders are there?": [(4,)],
    "骑手有多少个": [(4,)],
    "How many different causes are there?": [(2,)],
    "投诉原因有哪些": [("late",), ("rude",)],
    "Income by district": [("Harbour", 27.0), ("Hill", 10.0)],
    "各城区的收入": [("Harbour", 27.0), ("Hill", 10.0)],
    "Income and number of rides by district": [("Harbour", 27.0, 4), ("Hill", 10.0, 2)],
    "Income by rider": [("Bo", 15.0), ("Ann", 12.0), ("Ann", 10.0)],
    "Top 2 riders by income": [("Bo", 15.0), ("Ann", 12.0)],
    "收入最高的站点": [("Pier", 17.0)],
    "Which station has the most docks?": [("Peak", 30), ("Ridge", 30)],
    "The 3 oldest riders": [("Ann", 70), ("Bo", 40), ("Ann", 30)],
    "最年轻的骑手是谁": [("Cy", 20)],
    "骑行次数最多的骑手": [("Ann", 2), ("Ann", 2), ("Bo", 2)],
    "List stations with more than 15 docks": [("Pier",), ("Peak",), ("Ridge",)],
    "桩位数不少于20的站点": [("Pier",), ("Peak",), ("Ridge",)],
    "骑手年龄在20到40之间的有几个": [(3,)],
    "Riders older than average": [("Ann",)],
    "Riders older than 25": [("Ann",), ("Bo",), ("Ann",)],
    "Plans with more than 2 rides": [("gold", 4)],
    "骑行次数超过1的骑手": [("Ann", 2), ("Ann", 2), ("Bo", 2)],
    "Which riders have never taken a ride?": [("Cy",)],
    "没有骑行的骑手": [("Cy",)],
    "2025年没有骑行的骑手有几个": [(3,)],
    "Riders named 'Ann' with rides": [("Ann",), ("Ann",)],
    "Rides per month since May 2026": [("2026-05", 3), ("2026-06", 1)],
    "骑手按套餐统计人数": [("basic", 2), ("gold", 2)],
    "骑行数超过1的站点": [("Pier", 3), ("Peak", 2)],
    "The 2 largest stations by docks": [("Peak", 30), ("Ridge", 30)],
    "What percentage of riders are gold?": [(2, 0.5)],
    "Riders without rides in May 2026": [("Ann",), ("Cy",)],
    "Riders except gold": [("Bo",), ("Cy",)],
    "Number of rides with complaints": [(2,)],
    "How many gold riders are there?": [(2,)],
    "金卡骑手的收入": [(22.0,)],
    "Income of gold or basic riders": [(37.0,)],
    "Income of long rides": [(15.0,)],
    "Rides at Pier with distance above 2": [("2026-04-02", 3.0)],
    "Average age by plan": [("gold", 50.0), ("basic", 30.0)],
    "Share of income by plan": [("gold", 22.0, 22 / 37), ("basic", 15.0, 15 / 37)],
    "金卡骑手的收入占比": [(22.0, 22 / 37)],
    "Number of rides by cause": [("late", 2), ("rude", 1)],
    "投诉最多的骑手是谁": [("Bo", 3)],
    "不是金卡套餐的骑手有多少": [(2,)],
    "Income in 2025 and 2026": [("2025", 4.0), ("2026", 33.0)],
    "Income per ride by station": [("Mole", 10.0), ("Pier", 17 / 3), ("Peak", 5.0)],
    "Name and age of riders ordered by age": [("Cy", 20), ("Ann", 30), ("Bo", 40), ("Ann", 70)],
    "按年龄从高到低列出骑手姓名": [("Ann",), ("Bo",), ("Ann",), ("Cy",)],
    "Name and age of the rider with the most complaints": [("Bo", 40)],
    "2026年按月统计骑行次数": [("2026-04", 1), ("2026-05", 3), ("2026-06", 1)],
    "哪个月的收入最高": [("2026-05", 20.0)],
    "Income since May 2026": [(27.0,)],
    "上个月的收入环比": [(20.0, 6.0, 14 / 6)],
    "Income last month compared with last year": [(20.0, 4.0, 4.0)],
    "Monthly income since May 2026 year over year": [
        ("2026-05", 20.0, 4.0, 4.0),
        ("2026-06", 7.0, None, None),
    ],
}


@pytest.mark.parametrize(("question", "expected"), ANSWERED.items())
def test_answers_with_these_rows(question: str, expected: list[tuple[object, ...]]) -> None:
    reading = asked(question)
    assert isinstance(reading, Understood)
    assert [tuple(map(_rounded, row)) for row in rows(reading.sql)] == [
        tuple(map(_rounded, row)) for row in expected
    ]


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Profit by district", ("Profit",)),
        ("各站点的毛利", ("毛", "利")),
        ("Income on the moon", ("moon",)),
        ("Income of gold riders or Pier", ("or",)),
        ("Rides per", ("per",)),
        ("Income by cause", ("投诉原因",)),
        ("Riders on both gold and basic", ("both",)),
        ("Which stations stood idle in May 2025?", ("stood", "idle")),
    ],
)
def test_names_the_words_without_a_place(question: str, unknown: tuple[str, ...]) -> None:
    reading = asked(question)
    assert isinstance(reading, Outside)
    assert reading.unknown == unknown
    assert all(isinstance(asked(one), Understood) for one in reading.suggestions)


def test_asks_which_is_meant_with_questions_that_can_be_asked() -> None:
    reading = asked("Income by name")
    assert reading == Ambiguous(
        question="Which do you mean by “name”?",
        choices=("Income by district name", "Income by station name", "Income by rider name"),
    )
    assert all(isinstance(asked(one), Understood) for one in reading.choices)


def test_tells_which_time_was_taken_and_what_was_mended() -> None:
    reading = asked("Number of rides in Harbuor in May 2026")
    assert isinstance(reading, Understood)
    assert reading.query is not None
    assert reading.query.time is not None
    assert (reading.assumed, reading.query.time.start, reading.query.time.end) == (
        ("Harbuor → Harbour", "开始日期"),
        date(2026, 5, 1),
        date(2026, 6, 1),
    )


def _rounded(cell: object) -> object:
    return round(cell, 6) if isinstance(cell, float) else cell

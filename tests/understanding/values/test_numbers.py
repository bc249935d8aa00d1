"""Numbers, shares, amounts of money, and their written forms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.understanding.values.itn import written
from yingda.understanding.values.money import Amount, amounts
from yingda.understanding.values.numbers import numbers, shares

_DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("三百二十五", ["325"]),
        ("一万二", ["12000"]),
        ("一万零二", ["10002"]),
        ("两千零五十", ["2050"]),
        ("3万4", ["34000"]),
        ("一亿三千万", ["130000000"]),
        ("廿五", ["25"]),
        ("负十二点五", ["-12.5"]),
        ("1,234.5和６７", ["1234.5", "67"]),
        ("五分之三", ["0.6"]),
        ("2又二分之一", ["2.5"]),
        ("3/4", ["0.75"]),
        ("25k", ["25000"]),
        ("叁仟伍佰", ["3500"]),
        ("五百多万", ["5000000"]),
        ("一起去四川", []),
        ("万一", []),
        ("涨了5%", []),
    ],
)
def test_finds_numbers(text, values):
    assert [one.value for one in numbers(text)] == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("百分之三点五", "3.5"),
        ("千分之五", "0.5"),
        ("六成", "60"),
        ("打八五折", "85"),
        ("8.8折", "88"),
        ("-3%", "-3"),
    ],
)
def test_finds_shares(text, percent):
    assert [one.value for one in shares(text)] == [Decimal(percent)]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("三块五", "3.5", "CNY"),
        ("十二元八角五分", "12.85", "CNY"),
        ("五毛钱", "0.5", "CNY"),
        ("¥1,299", "1299", "CNY"),
        ("三百美元", "300", "USD"),
        ("20 dollars", "20", "USD"),
        ("两万块钱", "20000", "CNY"),
        ("RMB 88.8", "88.8", "CNY"),
        ("五亿日元", "500000000", "JPY"),
    ],
)
def test_finds_money(text, value, currency):
    assert [one.value for one in amounts(text)] == [Amount(Decimal(value), currency)]


@pytest.mark.parametrize(
    ("spoken", "read"),
    [
        ("二零二四年三月五号", "2024/03/05"),
        ("下午四点零三分", "4:03p.m."),
        ("拨打幺幺零", "拨打110"),
        ("二三百人", "200~300人"),
        ("三点二五", "3.25"),
        ("百分之十五", "15%"),
        ("幺九二点幺六八点零点幺", "192.168.0.1"),
        ("这是一件好事", "这是一件好事"),
    ],
)
def test_writes_figures(spoken, read):
    assert written(spoken) == read


@given(st.integers(min_value=1, max_value=99_999_999))
def test_reads_back_what_it_says(number):
    assert [one.value for one in numbers(_said(number))] == [number]


def _said(number: int) -> str:
    """As a careful speaker says it, every place with its scale."""
    if number >= 10_000:
        head, rest = divmod(number, 10_000)
        gap = "零" if 0 < rest < 1000 else ""
        return f"{_said(head)}万{gap}{_said(rest) if rest else ''}"
    spoken, is_open = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            spoken += ("零" if is_open and spoken else "") + _DIGITS[digit] + name
        is_open = not digit
    return spoken

"""Telephone numbers in every form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.phones import Phone, mobiles, phones

_SPOKEN = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("手机幺三八零零幺三八零零零", Mention("13800138000", 2, 13)),
        ("138，0013，8000", Mention("13800138000", 0, 13)),
        ("+86 138-0013-8000", Mention("13800138000", 1, 17)),
        ("一三八零零一三八三个零，对", Mention("13800138000", 0, 11)),
        ("要三八零零幺三吧零零零", Mention("13800138000", 0, 11, is_guess=True)),
        ("一八五四四一三九一二一吧", Mention("18544139121", 0, 11)),
        ("幺三八幺三八零零幺三八零零零", Mention("13800138000", 0, 14, is_guess=True)),
        ("8点15，13800138000", Mention("13800138000", 5, 16)),
    ],
)
def test_finds_a_mobile(said, read):
    assert mobiles(said) == [read]


@pytest.mark.parametrize("said", ["幺三八零零幺三八零零", "12800138000", "二十三辆车", ""])
def test_finds_no_mobile(said):
    assert mobiles(said) == []


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("打010-6552 8866转204", Phone("landline", "01065528866204")),
        ("(0571) 8888 6666", Phone("landline", "057188886666")),
        ("客服400-820-8820", Phone("service", "4008208820")),
        ("请拨打12306", Phone("service", "12306")),
        ("+44 7911 123456", Phone("foreign", "+447911123456")),
        ("(021)65528866", Phone("landline", "02165528866")),
        ("座机是65528866", Phone("landline", "65528866")),
        ("联系13912345678", Phone("mobile", "13912345678")),
    ],
)
def test_finds_written_numbers(text, phone):
    assert [one.value for one in phones(text)] == [phone]


@pytest.mark.parametrize(
    "text", ["编号a66666666", "2009/2010", "3000-1=2999", "订单20240305001", "价格65528866元"]
)
def test_leaves_other_numbers(text):
    assert phones(text) == []


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_reads_back_what_it_says(mobile):
    spoken = "".join(_SPOKEN[digit] for digit in mobile)
    assert [one.value for one in mobiles(f"我的手机是{spoken}")] == [mobile]

"""What each type of slot hears, objects to and says, on Friday 20 November 2026, 16:12 in Shanghai."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yingda.flows.slots import slot_type
from yingda.flows.slots.slot import Hearing
from yingda.understanding.values import heard

NOW = datetime(2026, 11, 20, 16, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
PLATE = slot_type("plate_cn", {})
MOBILE = slot_type("mobile_cn", {})
VEHICLES = slot_type("integer", {"min": 1, "max": 9, "words": {"单车": 1, "两车": 2, "追尾": 2}})
MOMENT = slot_type("datetime", {"timezone": "Asia/Shanghai", "past_only": True, "max_age_h": 48})
PLACE = slot_type("location", {"min_chars": 4, "need_any": ["road", "crossing", "landmark", "km_post"]})
CAUSE = slot_type("enum", {"choices": ["追尾", "剐蹭"], "words": {"撞后面": "追尾", "蹭": "剐蹭"}})


def _hearing(said: str, **given: Any) -> Hearing:
    return Hearing(text=heard(said), raw=said, at=NOW, **given)


def _read(kind, said, **given):
    """Value and marks: ~ partial, ? to be read back, < a part was replaced."""
    reading = kind.read(_hearing(said, **given))
    if reading is None:
        return None
    assert reading.quote in heard(said)
    marks = "~" * reading.is_partial + "?" * reading.needs_read_back + "<" * reading.replaces_tail
    return (reading.value, marks) if marks else reading.value


def _asked(kind, said, **given):
    return _read(kind, said, is_asked=True, **given)


# Plates


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("我的车牌号是沪A八九三九五", "沪A89395"),
        ("户诶八九三九五", ("沪A89395", "?")),
        ("车主是浙A12345", "浙A12345"),
        ("A八九三九五", None),
        ("沪A八九三", None),
        ("三", None),
    ],
)
def test_a_plate_is_heard_without_being_asked_for(said, value):
    assert _read(PLATE, said) == value


def test_a_plate_comes_in_pieces():
    assert _asked(PLATE, "沪A，呃") == ("沪A", "~")
    assert _asked(PLATE, "八九三", pieces="沪A") == ("沪A893", "~")
    assert _asked(PLATE, "九五", pieces="沪A893") == "沪A89395"
    assert _asked(PLATE, "我去看一下", pieces="沪A893") is None


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("不对，是沪A八九三九六", "沪A89396"),
        ("改成沪B一二三四五", "沪B12345"),
        ("车牌最后一位是六", ("沪A89396", "<")),
        ("车牌最后四位是K三九六", ("沪A8K396", "<")),
        ("车牌不是沪A是沪B", ("沪B89395", "<")),
        ("车牌第三位是七", ("沪A79395", "<")),
        ("最后四位是九三九六", None),
    ],
)
def test_a_plate_is_put_right(said, value):
    assert _read(PLATE, said, known="沪A89395") == value


def test_a_plate_is_read_back_in_groups():
    assert (PLATE.say("沪A89395"), PLATE.say("沪AD12345")) == ("沪A 893 95", "沪A D12 345")


def test_no_vehicle_carries_such_a_plate():
    assert PLATE.object_to("沪A8939", _hearing("")) == "bad_plate"
    assert PLATE.object_to("沪A89395", _hearing("")) is None


# Mobiles


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("我手机幺三八零零幺三八零零零", "13800138000"),
        ("要三八零零要三吧零零零", ("13800138000", "?")),
        ("+86 138-0013-8000", "13800138000"),
        ("幺三八", None),
        ("三辆车", None),
    ],
)
def test_a_mobile_is_heard_without_being_asked_for(said, value):
    assert _read(MOBILE, said) == value


def test_a_mobile_comes_in_pieces():
    assert _asked(MOBILE, "幺三八") == ("138", "~")
    assert _asked(MOBILE, "零零幺三", pieces="138") == ("1380013", "~")
    assert _asked(MOBILE, "八零零零", pieces="1380013") == "13800138000"
    assert _asked(MOBILE, "吧零零零", pieces="1380013") == ("13800138000", "?")
    assert _asked(MOBILE, "最后四位是八零零零", pieces="1380013") == ("13800138000", "<")
    assert _asked(MOBILE, "幺三九零零幺三八零零零", pieces="138001") == "13900138000"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("最后四位是八零零一", ("13800138001", "<")),
        ("改成幺三九零零幺三八零零零", "13900138000"),
        ("不是138是139", ("13900138000", "<")),
        ("尾号是9999", ("13800139999", "<")),
        ("倒数第二位是七", ("13800138070", "<")),
    ],
)
def test_a_mobile_is_put_right(said, value):
    assert _read(MOBILE, said, known="13800138000") == value


def test_a_mobile_is_read_back_in_groups():
    assert MOBILE.say("13800138000") == "138 0013 8000"


def test_a_landline_is_no_mobile():
    assert MOBILE.object_to(str(_asked(MOBILE, "零二幺六五五二八八六六")), _hearing("")) == "bad_mobile"


# Numbers, choices, words


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三辆车", 3),
        ("两车追尾", 2),
        ("跟一辆面包车追尾了", 2),
        ("单车事故", 1),
        ("一辆面包车和一辆轿车", 2),
        ("三", None),
        ("八点", None),
        ("两三辆吧", None),
        ("不是三辆", None),
        ("一辆车，时间说错了，是今天早上九点", 1),
    ],
)
def test_a_count_is_heard_without_being_asked_for(said, value):
    assert _read(VEHICLES, said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三", 3),
        ("一共三个", 3),
        ("伞辆", (3, "?")),
        ("一亮", 1),
        ("俩", 2),
        ("我和另外一辆", (2, "?")),
        ("不知道", None),
    ],
)
def test_a_count_answers_its_question(said, value):
    assert _asked(VEHICLES, said) == value


def test_a_count_is_put_right():
    assert [_read(VEHICLES, said, known=3) for said in ("不是三辆是四辆", "改成四", "改成明天")] == [
        4,
        4,
        None,
    ]


def test_a_count_has_bounds():
    objections = [VEHICLES.object_to(value, _hearing("")) for value in (0, 1, 9, 10, True, "x")]
    assert objections == ["too_small", None, None, "too_large", "no_integer", "no_integer"]


def test_a_choice_has_other_words():
    assert [_read(CAUSE, said) for said in ("追尾", "蹭了一下", "追尾还有剐蹭", "停着")] == [
        "追尾",
        "剐蹭",
        None,
        None,
    ]
    assert CAUSE.object_to("翻车", _hearing("")) == "no_choice"


def test_words_and_digits_only_answer_their_question():
    text, digits = slot_type("text", {"min_chars": 3}), slot_type("digits", {"min_chars": 6, "max_chars": 6})
    assert (_read(text, "右前门凹了"), _asked(text, "右前门凹了")) == (None, "右前门凹了")
    assert text.object_to("凹", _hearing("")) == "too_short"
    assert (_read(digits, "一二三四五六"), _asked(digits, "一二三四五六")) == (None, "123456")
    assert (_asked(digits, "一二三"), _asked(digits, "四五六", pieces="123")) == (("123", "~"), "123456")


def test_yes_only_answers_its_question():
    yesno = slot_type("yesno", {"no": ["皮外伤"]})
    assert (_read(yesno, "有"), _asked(yesno, "有"), _asked(yesno, "皮外伤")) == (None, True, False)


# Times


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("今天早上八点一刻", "2026-11-20T08:15:00+08:00"),
        ("昨天，大概是晚上十点半左右", "2026-11-19T22:30:00+08:00"),
        ("半小时前", "2026-11-20T15:42:00+08:00"),
        ("三点二十", ("2026-11-20T15:20:00+08:00", "?")),
        ("我刚才说错了", None),
        ("昨天", None),
        ("三", None),
    ],
)
def test_a_time_is_heard_without_being_asked_for(said, value):
    assert _read(MOMENT, said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("刚刚", "2026-11-20T16:12:00+08:00"),
        ("八点一刻", ("2026-11-20T08:15:00+08:00", "?")),
        ("昨天三点", ("2026-11-19T15:00:00+08:00", "?")),
        ("有半个小时了", ("2026-11-20T15:42:00+08:00", "?")),
        ("不是八点是九点", ("2026-11-20T09:00:00+08:00", "?")),
        ("昨天", ("昨天", "~")),
        ("不知道", None),
    ],
)
def test_a_time_answers_its_question(said, value):
    assert _asked(MOMENT, said) == value


def test_a_time_comes_in_pieces():
    assert _asked(MOMENT, "晚上八点", pieces="昨天") == "2026-11-19T20:00:00+08:00"


def test_a_time_to_come_is_not_taken():
    values = ["2026-11-20T21:00:00+08:00", "2026-11-17T09:00:00+08:00", "2026-11-20T09:00:00+08:00", "early"]
    assert [MOMENT.object_to(value, _hearing("")) for value in values] == [
        "future",
        "too_old",
        None,
        "no_time",
    ]


def test_a_time_to_come_is_meant_where_it_may_be():
    assert _read(slot_type("datetime", {}), "明天下午三点") == "2026-11-21T15:00:00+08:00"


def test_a_time_is_read_back_as_people_say_it():
    assert MOMENT.say("2026-11-20T08:15:00+08:00") == "11月20日8点15分"


# Places


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("我在中山路和人民路路口追尾了", "中山路和人民路路口"),
        ("G2高速往上海方向一百二十公里处", "G2高速往上海方向一百二十公里处"),
        ("在上海", None),
        ("三辆车", None),
    ],
)
def test_a_place_is_heard_without_being_asked_for(said, value):
    assert _read(PLACE, said) == value


def test_a_place_answers_its_question():
    said = ("在上海", "就在万达广场对面吧", "不是中山路是中山北路", "有人受伤了")
    assert [_asked(PLACE, one) for one in said] == ["上海", "万达广场对面", "中山北路", None]


def test_a_place_must_lead_there():
    objections = [PLACE.object_to(value, _hearing("")) for value in ("上海", "中山路", "中山路人民路口")]
    assert objections == ["no_place", "too_short", None]


# Options


@pytest.mark.parametrize(
    ("kind", "options", "problem"),
    [
        ("plat_cn", {}, "no type 'plat_cn'; did you mean 'plate_cn'?"),
        ("integer", {"mim": 1}, "integer has no option 'mim'; did you mean 'min'?"),
        ("integer", {"min": "many"}, "min: "),
        ("datetime", {"timezone": "Mars"}, "timezone: no zone 'Mars'"),
        ("location", {"need_any": ["rode"]}, "need_any.0: "),
        ("enum", {}, "choices: "),
        ("enum", {"choices": ["a"], "words": {"x": "b"}}, "words.x: 'b' is not among the choices"),
    ],
)
def test_a_wrong_option_is_named(kind, options, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        slot_type(kind, options)

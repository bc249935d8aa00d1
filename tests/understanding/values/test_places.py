"""Where something is."""

from __future__ import annotations

import pytest

from yingda.understanding.values.places import places


@pytest.mark.parametrize(
    ("said", "text", "parts"),
    [
        ("我在中山路和人民路路口", "中山路和人民路路口", {"road", "crossing"}),
        (
            "G2高速往上海方向一百二十公里处",
            "G2高速往上海方向一百二十公里处",
            {"road", "direction", "km_post"},
        ),
        ("浦东新区世纪大道100号门口", "浦东新区世纪大道100号门口", {"district", "road", "landmark"}),
        ("就在万达广场对面等着", "万达广场对面", {"landmark"}),
        ("沪宁高速K120加500", "沪宁高速K120加500", {"road", "km_post"}),
    ],
)
def test_finds_a_place(said, text, parts):
    (found,) = places(said)
    assert (found.value.text, set(found.value.parts)) == (text, parts)


@pytest.mark.parametrize("said", ["不知道", "有人受伤了", "在路上", "三辆车", ""])
def test_finds_no_place(said):
    assert places(said) == []

"""What a recogniser of speech wrote, made fit for rules."""

from __future__ import annotations

import pytest

from yingda.understanding.values import heard


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("嗯，那个，我的车牌是沪Ａ８９３９５", "我的车牌是沪A89395"),
        ("我我我的手机手机是幺三八", "我的手机是幺三八"),
        ("就是说，呃，今天早上八点", "今天早上八点"),
        ("没没有人受伤", "没有人受伤"),
        ("在那个红绿灯路口", "在那个红绿灯路口"),
        ("那个那个苏E三三四四五", "苏E三三四四五"),
        ("八零八零", "八零八零"),
        ("没 有 人 受 伤", "没有人受伤"),
        ("没有人受伤 车坏了", "没有人受伤 车坏了"),
        ("京嗯幺二三四五", "京嗯幺二三四五"),
        ("嗯", "嗯"),
        ("呃，呃", "呃,呃"),
        ("１３８００１３８０００", "13800138000"),
        ("", ""),
    ],
)
def test_hears(said, read):
    assert heard(said) == read

"""Personal data is made unreadable, also next to Chinese characters; other numbers stay."""

from __future__ import annotations

import pytest

from yingda.safety.mask import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678，急", "电话138****5678，急"),
        ("身份证110101199003078515号", "身份证110101********8515号"),
        ("身份证11010119900307851X", "身份证110101********851X"),
        ("手机+8613812345678或0086 138-1234-5678", "手机138****5678或138****5678"),
        ("座机010-65528866转3，65528866", "座机010-6****866转3，65528866"),
        ("座机是65528866", "座机是6****866"),
        ("身份证110101900307851", "身份证110101******851"),
        ("银行卡号6234567890", "银行卡号6234****7890"),
        ("邮箱zhang.san@example.com吗", "邮箱z***@example.com吗"),
        ("卡号6222 0212 3456 7890 123", "卡号6222****123"),
        ("卡号6222021234567890", "卡号6222****7890"),
        ("key sk-abcdefgh12345678", "key sk-***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("postgresql://user:secret@127.0.0.1/db", "postgresql://user:***@127.0.0.1/db"),
        ("订单 ORD-2024-001 共 99.5 元", "订单 ORD-2024-001 共 99.5 元"),
        ("价格12,345,678.90元，编号20240305001", "价格12,345,678.90元，编号20240305001"),
        ("2026-01-05T09:00:00 took 12 ms", "2026-01-05T09:00:00 took 12 ms"),
    ],
)
def test_masks(text, shown):
    assert masked(text) == shown

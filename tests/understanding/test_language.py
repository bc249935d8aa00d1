"""Which language a fixed sentence is said in."""

from __future__ import annotations

import pytest

from yingda.understanding.language import language_of


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "X200 支持 NFC 吗",
        "iPhone 15 Pro Max 多少钱",
        "帮我 check 一下 order status",
        "ORD-2024-001",
        "12345678",
        "？？",
        "",
        "謝謝",
    ],
)
def test_chinese(text):
    assert language_of(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "Does the 小米 phone support NFC?",
        "Where is ORD-2024-001?",
        "これはペンです",
        "안녕하세요",
        "¿Dónde está mi pedido?",
        "Wie lange dauert die Lieferung?",
    ],
)
def test_any_other(text):
    assert language_of(text) == "en"

"""Which language an answer is said in."""

from __future__ import annotations

import pytest

from yingda.testing import turn
from yingda.testing.clock import START
from yingda.turns.options import AnswerOptions
from yingda.turns.types import Message
from yingda.understanding.language import language_from_tag, language_of, language_of_turn


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
        "退貨期限是幾天",
        "约翰・史密斯是谁",
    ],
)
def test_chinese(text):
    assert language_of(text) == "zh"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello", "en"),
        ("Does the 小米 phone support NFC?", "en"),
        ("Where is ORD-2024-001?", "en"),
        ("¿Dónde está mi pedido?", "en"),
        ("これはペンです", "ja"),
        ("返品期限は何日ですか", "ja"),
        ("配送料金", "zh"),
        ("営業時間", "ja"),
        ("返金処理期間", "ja"),
        ("ｷｬﾝｾﾙ料", "ja"),
        ("안녕하세요", "ko"),
        ("iPhone 15 Pro Max 가격", "ko"),
        ("ขอคืนสินค้าได้ภายในกี่วัน", "th"),
        ("X200 รับประกันกี่ปี", "th"),
    ],
)
def test_letters_tell(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh_CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("EN", "en"),
        (" en_us ", "en"),
        ("ja", "ja"),
        ("ko-KR", "ko"),
        ("TH_th", "th"),
        ("yue", "zh"),
        ("fr", None),
        ("zhx", None),
        ("", None),
        ("-", None),
    ],
)
def test_tags(tag, language):
    assert language_from_tag(tag) == language


@pytest.mark.parametrize(
    ("before", "text", "language"),
    [
        ("返品はできますか", "12345", "ja"),
        ("返品はできますか", "配送料", "ja"),
        ("返品はできますか", "我想问一下退货政策", "zh"),
        ("반품할 수 있나요?", "X200?", "ko"),
        ("반품할 수 있나요?", "OK", "ko"),
        ("반품할 수 있나요?", "退货", "zh"),
        ("Can I return it?", "？", "en"),
        ("Can I return it?", "退货", "zh"),
        ("可以退货吗，运费谁出", "APP", "zh"),
        ("可以退货吗，运费谁出", "refund please", "en"),
        ("คืนสินค้าได้ไหม", "7", "th"),
    ],
)
def test_a_short_message_keeps_the_language_of_the_conversation(before, text, language):
    history = (
        Message(role="user", text=before, at=START),
        Message(role="assistant", text="Any answer.", at=START),
        Message(role="user", text="1", at=START),
    )
    assert language_of_turn(turn(text, history=history)) == language


def test_the_language_asked_for_comes_first():
    assert language_of_turn(turn("能退货吗", options=AnswerOptions(language="th"))) == "th"

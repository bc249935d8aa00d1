"""What is taken apart, and what must stay whole."""

from __future__ import annotations

import pytest

from yingda.understanding.intents import read
from yingda.understanding.parts import parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("查一下订单 2024001, 顺便说说退货政策", ("查一下订单 2024001", "说说退货政策")),
        ("查一下订单20240011，顺便说说退货政策", ("查一下订单20240011", "说说退货政策")),
        ("我的快递到哪了？另外，怎么开发票", ("我的快递到哪了", "怎么开发票")),
        ("我要投诉快递员，另外查一下我的退款进度", ("我要投诉快递员", "查一下我的退款进度")),
        ("我的订单到哪了？退货政策是什么？", ("我的订单到哪了？", "退货政策是什么？")),
        ("会员有什么权益，还有运费怎么算", ("会员有什么权益", "运费怎么算")),
        (
            "where is my order? by the way, what is your return policy?",
            ("where is my order", "what is your return policy?"),
        ),
        (
            "Check my order 20240011, and how do I get an invoice",
            ("Check my order 20240011", "how do I get an invoice"),
        ),
        (
            "查一下我的积分，顺便问一下怎么开发票，另外我要报修洗衣机",
            ("查一下我的积分", "怎么开发票", "我要报修洗衣机"),
        ),
    ],
)
def test_several_things(text, parts):
    assert parts_of(text, read) == parts


@pytest.mark.parametrize(
    "text",
    [
        "你好，我的订单在哪",
        "谢谢，顺便问一下怎么退货",
        "我的耳机坏了，怎么退货？",
        "我的订单丢了。怎么办？",
        "怎么退货？运费谁出？",
        "我想退货，另外它的运费谁出",
        "X200 支持无线充电吗，另外 X200 防水吗",
        "我的订单到哪了，还有多少积分",
        "先登录，然后点退款，怎么没反应",
        "如果不喜欢，能退吗",
        "查订单然后转人工",
        "气死我了！另外把钱退给我",
        "不要投诉了，顺便查订单",
        "this and that",
        "Hi, where is my order?",
        "I want to return my shoes and get a refund",
        "Is it waterproof, and how long does it last?",
        "顺便",
        "，，，另外",
    ],
)
def test_one_thing(text):
    assert parts_of(text, read) == (text,)


def test_long_messages_stay_whole():
    text = "查一下订单 2024001, 顺便说说退货政策。" * 30
    assert parts_of(text, read) == (text,)

"""How upset a message is: grades, boundaries, denials, reports about others."""

from __future__ import annotations

import pytest

from yingda.understanding.intents import read


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "操作步骤是什么",
        "滚筒洗衣机",
        "一键滚屏怎么开",
        "草莓",
        "体操服",
        "干货",
        "我操作失败了",
        "垃圾分类标准",
        "傻瓜相机",
        "遇到骗子怎么办",
        "我不生气",
        "没有不满意",
        "他妈妈的生日",
        "可气质好的衣服",
        "assistant",
        "class",
        "Scunthorpe",
        "Dickens",
        "hello, shell script",
        "I am not angry",
        "how to avoid a scam",
        "cocktail recipe",
    ],
)
def test_calm(text):
    assert read(text).emotion_score == 1.0


@pytest.mark.parametrize(
    "text", ["有点失望", "太慢了吧", "我等了三天了", "不满意", "I'm disappointed", "差评"]
)
def test_mildly_dissatisfied(text):
    assert 0.6 <= read(text).emotion_score <= 0.8


@pytest.mark.parametrize(
    "text", ["质量太差劲了", "态度太差", "This is ridiculous", "terrible, I want to complain"]
)
def test_angry_but_civil(text):
    assert 0.2 < read(text).emotion_score < 0.6


@pytest.mark.parametrize(
    "text", ["滚!", "你们是骗子吗，气死我了", "垃圾客服", "fuck", "F**K YOU", "傻逼东西"]
)
def test_furious(text):
    assert read(text).emotion_score <= 0.2


def test_more_words_and_louder_is_angrier():
    scores = [read(text).emotion_score for text in ("太差劲了", "太差劲了，骗人", "太差劲了，骗人！！！")]
    assert scores == [0.4, 0.3, 0.24]

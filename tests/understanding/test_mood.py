"""Calm or not, where words alone mislead; and how a conversation's mood moves."""

from __future__ import annotations

import pytest

from yingda.understanding.intents import read
from yingda.understanding.mood import mood


@pytest.mark.parametrize(
    "text",
    [
        '有人在评论里骂我"傻逼"，请问怎么举报',
        "愤怒的小鸟玩偶还有货吗",
        "本人购买的冰箱制冷异常，要求更换，请协调处理",
        "我不生气，只想知道原因",
        "呵呵，真棒，又丢件了",
        "a user wrote 'fuck you' to me, how do I report him",
    ],
)
def test_calm_people_do_not_look_furious(text):
    assert read(text).emotion_score > 0.5


@pytest.mark.parametrize(
    "text",
    ["你们良心不会痛吗！把我当猴耍！", "三番五次糊弄我，真当我好欺负！！", "how dare you lie to me again!!"],
)
def test_anger_without_a_swear_word_is_heard(text):
    assert read(text).emotion_score < 0.5


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        ([], None),
        ([1.0], 1.0),
        ([1.0, 0.2], 0.2),
        ([0.2, 1.0], 0.76),
        ([0.2, 1.0, 1.0], 0.93),
        ([0.8, 0.9, 0.1, 0.8], 0.59),
    ],
)
def test_a_mood_falls_at_once_and_rises_step_by_step(scores, level):
    assert mood(scores) == level

"""Questions of a suspended run: said aloud, and answered in a caller's words."""

from __future__ import annotations

import json

import pytest

from yingda.fastgpt.questions import Question, Reply, question_from, question_from_dump, reply_to

SELECT = {
    "type": "userSelect",
    "params": {
        "description": "现场有人受伤吗？",
        "userSelectOptions": [{"key": "k1", "value": "有人受伤"}, {"key": "k2", "value": "没有人受伤"}],
    },
}
FORM = {
    "type": "userInput",
    "params": {
        "description": "请填写：",
        "inputForm": [
            {"type": "input", "key": "hphm1", "label": "车牌号", "value": "", "valueType": "string"},
            {
                "type": "numberInput",
                "key": "count",
                "label": "几辆车",
                "value": "",
                "valueType": "number",
                "max": 9,
            },
        ],
    },
}


def test_a_choice_is_read_with_its_options():
    assert question_from(SELECT).spoken == "现场有人受伤吗？\n有人受伤、没有人受伤"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("k2", "没有人受伤"),
        ("有人受伤", "有人受伤"),
        ("第二个。", "没有人受伤"),
        ("２", "没有人受伤"),
        ("嗯，没有人受伤的", "没有人受伤"),
        ("我不知道", "我不知道"),
    ],
)
def test_words_become_the_option_they_name(said: str, sent: str):
    assert reply_to(question_from(SELECT), said) == Reply(text=sent)


def test_a_form_is_asked_field_by_field_and_sent_whole():
    first = question_from(FORM)
    assert first.spoken == "请填写：\n车牌号"
    second = reply_to(first, "沪A8939")
    assert (second.text, second.spoken) == ("", "几辆车")
    assert second.ask is not None
    wrong = reply_to(second.ask, "十二辆")
    assert (wrong.ask, wrong.spoken) == (second.ask, "几辆车超出了允许的范围。\n几辆车")
    last = reply_to(second.ask, "两辆")
    assert json.loads(last.text) == {"hphm1": "沪A8939", "count": 2}


def test_the_innermost_question_is_the_one_that_is_asked():
    loop = {"type": "loopInteractive", "params": {"currentIndex": 2, "childrenResponse": SELECT}}
    wrapped = {"type": "childrenInteractive", "params": {"childrenResponse": loop}}
    assert question_from(wrapped) == question_from(SELECT)


@pytest.mark.parametrize(
    "interactive", [{}, {"params": None}, {"type": "agentAsk", "params": {"content": "谁？"}}]
)
def test_what_has_neither_options_nor_fields_takes_any_words(interactive: dict[str, object]):
    assert reply_to(question_from(interactive), "张三") == Reply(text="张三")


@pytest.mark.parametrize("interactive", [SELECT, FORM, {}])
def test_a_question_survives_being_written_down(interactive: dict[str, object]):
    question = question_from(interactive)
    assert question_from_dump(json.loads(json.dumps(question.dump()))) == question
    assert isinstance(question, Question)

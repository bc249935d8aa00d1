"""Runs that wait for the caller, and go on with everything they had (callflow D.5)."""

from __future__ import annotations

import json

import pytest
from tests.workflows.running import Call, with_engine


async def test_keeps_zero_false_and_empty_over_a_pause(sandbox):
    call = Call("falsy_over_pause", with_engine(sandbox))
    asked = await call.say("hello")
    said = await call.say("yes")
    assert (asked, json.loads(said)) == ("Which one?\nyes、no", [0, False, "", None, "absent"])


async def test_keeps_them_inside_a_loop(sandbox):
    call = Call("pause_in_loop", with_engine(sandbox))
    said = [await call.say(text) for text in ("hello", "yes", "no", "yes", "no")]
    assert said[:4] == [
        "Round 1: 0?\nyes、no",
        "Round 2: false?\nyes、no",
        "Round 3: ?\nyes、no",
        "Round 4: x?\nyes、no",
    ]
    assert json.loads(said[4]) == [[0, 1, "yes"], [False, 2, "no"], ["", 3, "yes"], ["x", 4, "no"]]


async def test_asks_again_where_nothing_fits():
    call = Call("many_options")
    said = [await call.say(text) for text in ("hello", "something else", "不是red，是blue")]
    assert said == [
        "Which one?\nred、green、blue",
        "抱歉，没有听清您的选择。\nWhich one?\nred、green、blue",
        "b\nend",
    ]


async def test_two_questions_are_asked_one_after_the_other():
    call = Call("two_questions")
    said = [await call.say(text) for text in ("hello", "green", "what?", "small")]
    assert said == [
        "Colour?\nred、green",
        "Size?\nbig、small",
        "抱歉，没有听清您的选择。\nSize?\nbig、small",
        "green small",
    ]


async def test_a_form_in_one_json_object_is_checked():
    call = Call("form")
    said = [
        await call.say("hello"),
        await call.say('{"plate": "x", "cars": 12, "kind": "s"}'),
        await call.say('{"plate": "沪A89395", "cars": 0, "kind": "l", "note": ""}'),
    ]
    assert said == ["Please fill in.\nPlate", "Plate的长度不符合要求。\nPlate", "沪A89395 0 l []"]


async def test_a_form_in_plain_words_is_asked_field_by_field():
    call = Call("form")
    words = ("hello", "沪A89395", "很多", "两辆", "第二个", "no remarks")
    said = [await call.say(text) for text in words]
    assert said == [
        "Please fill in.\nPlate",
        "Cars",
        "Cars需要是一个数字。\nCars",
        "Kind\nsmall、large",
        "Note",
        "沪A89395 2 l [no remarks]",
    ]


async def test_shows_clients_what_is_asked():
    call = Call("many_options")
    await call.say("hello")
    options = [{"key": f"o{n}", "value": v} for n, v in enumerate(("red", "green", "blue"), 1)]
    assert call.outcomes[-1].interactive == {
        "type": "userSelect",
        "params": {"description": "Which one?", "userSelectOptions": options},
    }


@pytest.mark.parametrize("state", ["{", '{"waiting": {"pauses": {"gone1": {"kind": "userSelect"}}}}', "[]"])
async def test_begins_anew_where_the_state_is_of_another_workflow(state):
    call = Call("many_options")
    call.memory.state_json = state
    assert await call.say("red") == "Which one?\nred、green、blue"

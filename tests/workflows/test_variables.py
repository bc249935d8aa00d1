"""Variables: where they come from, how they change, what is kept (callflow D.3, D.7)."""

from __future__ import annotations

import json

import pytest
from tests.workflows.drawing import chain, given, gives, node, says
from tests.workflows.running import Call

VARIABLES = [
    {"key": "n", "label": "Number", "type": "numberInput", "valueType": "number", "defaultValue": "3"},
    {"key": "flag", "label": "", "type": "switch", "valueType": "boolean", "defaultValue": True},
    {"key": "list", "label": "", "type": "custom", "valueType": "arrayString", "defaultValue": ["a"]},
    {"key": "secret", "label": "", "type": "password", "valueType": "string", "defaultValue": "pw"},
]

UPDATES = [
    ("n", {"numberOperator": "+", "value": ["", 2]}, 5),
    ("n", {"numberOperator": "-", "value": ["", "0.5"]}, 2.5),
    ("n", {"numberOperator": "/", "value": ["", 2]}, 1.5),
    ("n", {"numberOperator": "/", "value": ["", 0]}, 3),
    ("n", {"value": ["", "{{n}}1"]}, 31),
    ("flag", {"booleanMode": "negate"}, False),
    ("flag", {"booleanMode": "true"}, True),
    ("list", {"arrayMode": "append", "value": ["", "b"]}, ["a", "b"]),
    ("list", {"arrayMode": "clear"}, []),
    ("list", {"arrayMode": "equal", "value": ["", '["x"]']}, ["x"]),
    ("n", {"renderType": "reference", "numberOperator": "+", "value": ["VARIABLE_NODE_ID", "n"]}, 3),
]


@pytest.mark.parametrize(("key", "change", "after"), UPDATES)
async def test_updates(key, change, after):
    value_type = next(one["valueType"] for one in VARIABLES if one["key"] == key)
    entry = {"variable": ["VARIABLE_NODE_ID", key], "valueType": value_type, "renderType": "input"} | change
    call = Call(chain(node("u1", "variableUpdate", given("updateList", [entry])), variables=VARIABLES))
    await call.say("hello")
    assert call.outcomes[-1].variables[key] == after


async def test_later_updates_see_earlier_ones_and_reach_outputs():
    entries = [
        {"variable": ["VARIABLE_NODE_ID", "n"], "value": ["", 9], "valueType": "number"},
        {"variable": ["t1", "system_text"], "value": ["VARIABLE_NODE_ID", "n"], "valueType": "string"},
        {"variable": ["gone1", "x"], "value": ["", 1]},
    ]
    text = node("t1", "textEditor", given("system_textareaInput", "old"), outputs=gives("system_text"))
    program = chain(
        text, node("u1", "variableUpdate", given("updateList", entries)), says("s1", "{{$t1.system_text$}}")
    )
    assert await Call(program).say("hello") == "9"


async def test_are_kept_between_turns_but_for_secrets_and_the_systems_own():
    entry = {"variable": ["VARIABLE_NODE_ID", "n"], "value": ["", "{{n}}0"], "valueType": "number"}
    update = node("u1", "variableUpdate", given("updateList", [entry]))
    call = Call(chain(update, says("s1", "{{n}} {{secret}} {{chatId}} {{cTime}}"), variables=VARIABLES))
    said = [await call.say("one"), await call.say("two")]
    assert said == [f"{n} pw c1 2026-01-05 09:00:00 Monday" for n in (30, 300)]
    assert json.loads(call.state)["variables"] == {"n": 300, "flag": True, "list": ["a"]}


async def test_facts_come_by_label_or_key_and_only_once():
    call = Call(chain(says("s1", "{{n}} {{free}}"), variables=VARIABLES))
    call.memory.facts = {"Number": "8", "free": "x"}
    first = await call.say("one")
    state = json.loads(call.memory.state_json)
    call.memory.state_json = json.dumps(state | {"variables": state["variables"] | {"n": 9}})
    second = await call.say("two")
    call.memory.facts = {"Number": "10", "free": "x"}
    assert [first, second, await call.say("three")] == ["8 x", "9 x", "10 x"]

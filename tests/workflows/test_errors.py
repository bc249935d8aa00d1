"""Where a run goes after an error: `catchError` is yes, no, or not said (callflow D.6)."""

from __future__ import annotations

import pytest
from tests.workflows.drawing import ASKED, chain, drawn, edge, given, gives, node, says
from tests.workflows.running import Call, with_engine, without_engine

from yingda.turns.events import AnswerDegraded
from yingda.workflows.answerer import WorkflowFailed

CODE_FAILS = {
    "absent": ["bad1", "ask1", "went1"],
    "true": ["bad1", "ask1", "caught1", "caught2"],
}


@pytest.mark.parametrize("name", ["absent", "true"])
async def test_three_valued_catch(sandbox, name):
    call = Call(f"catch_{name}", with_engine(sandbox))
    await call.say("hello")
    assert sorted(call.ran) == sorted(CODE_FAILS[name])


async def test_without_a_catch_nothing_follows_and_the_turn_fails(sandbox):
    call = Call("catch_false", with_engine(sandbox))
    with pytest.raises(WorkflowFailed):
        await call.say("hello")
    assert call.memory.state_json is None


async def test_the_caught_error_can_be_said(sandbox):
    call = Call("catch_true", with_engine(sandbox))
    said = await call.say("hello")
    assert sorted(said.split("\n")) == ['caught {"message":"Error: broken"}', "no model"]


async def test_what_was_said_before_an_error_stands():
    call = Call(
        chain(says("a1", "first"), node("b1", "chatNode", given("userChatInput", ASKED)), says("c1", "last"))
    )
    assert (await call.say("hello"), AnswerDegraded(reason="workflow_failed") in call.events) == (
        "first",
        True,
    )


async def test_a_node_that_throws_is_caught_too():
    program = drawn(
        [
            node("a1", "loop", given("loopInputArray", 5), outputs=gives("loopArray"), catchError=True),
            node("b1", "loopStart", parentNodeId="a1"),
            says("c1", "normal"),
            says("d1", "caught"),
        ],
        [edge("start0", "a1"), edge("a1", "c1"), edge("a1", "d1", "source_catch-right")],
    )
    assert await Call(program, without_engine()).say("hello") == "caught"


async def test_an_output_that_is_required_gets_its_default(sandbox):
    outputs = gives("system_rawResponse") + gives("lost", required=True, valueType="number", defaultValue="7")
    code = node("a1", "code", given("code", "function main() { return {} }"), outputs=outputs)
    call = Call(chain(code, says("b1", "{{$a1.lost$}}")), with_engine(sandbox))
    assert await call.say("hello") == "7"

"""Bodies that run once per item, one by one or side by side (callflow D.7)."""

from __future__ import annotations

import json

import pytest
from tests.workflows.drawing import drawn, edge, given, gives, node, says
from tests.workflows.running import Call, RunConfig, exported, with_engine, without_engine

from yingda.workflows.answerer import WorkflowFailed

INSIDE = {"parentNodeId": "l1"}


def body(
    end: object, start_kind: str = "loopStart", *, starts: tuple[str, ...] = ("loopStartInput",)
) -> list:
    return [
        node("b1", start_kind, outputs=gives("loopStartIndex", *starts), **INSIDE),
        node("e1", "loopEnd", given("loopEndInput", end), **INSIDE),
    ]


def with_edges(program_nodes: list, *edges: tuple[str, str]):
    return drawn(program_nodes, [edge("start0", "l1"), edge("l1", "s1"), *(edge(a, b) for a, b in edges)])


async def test_a_loop_keeps_falsy_items_and_counts_from_one():
    loop = node(
        "l1", "loop", given("loopInputArray", [0, "", None, "x"], "arrayAny"), outputs=gives("loopArray")
    )
    end = "{{$b1.loopStartIndex$}}:{{$b1.loopStartInput$}}"
    call = Call(with_edges([loop, *body(end), says("s1", "{{$l1.loopArray$}}")], ("b1", "e1")))
    assert json.loads(await call.say("")) == ["1:0", "2:", "3:null", "4:x"]


async def test_a_loop_over_too_many_items_fails():
    loop = node("l1", "loop", given("loopInputArray", list(range(9))), catchError=False)
    call = Call(
        with_edges([loop, *body("x"), says("s1", "never")], ("b1", "e1")),
        without_engine(config=RunConfig(loop_count=8)),
    )
    with pytest.raises(WorkflowFailed):
        await call.say("")


async def test_a_conditional_loop_ends_at_its_break(sandbox):
    code = "function main({ at }) { return { n: at * 10 } }"
    more = [
        {
            "condition": "AND",
            "list": [{"variable": ["b1", "currentIteration"], "condition": "equalTo", "value": "3"}],
        }
    ]
    nodes = [
        node(
            "l1",
            "loopRun",
            given("loopRunMode", "conditional"),
            given("last", ["c1", "n"], canEdit=True),
            outputs=gives("last"),
        ),
        node("b1", "loopRunStart", outputs=gives("currentIndex", "currentIteration"), **INSIDE),
        node(
            "c1",
            "code",
            given("system_addInputParam"),
            given("code", code),
            given("at", ["b1", "currentIteration"], canEdit=True),
            outputs=gives("n"),
            **INSIDE,
        ),
        node("i1", "ifElseNode", given("ifElseList", more), **INSIDE),
        node("k1", "loopRunBreak", **INSIDE),
        says("s1", "{{$l1.last$}}"),
    ]
    edges = [
        edge("start0", "l1"),
        edge("l1", "s1"),
        edge("b1", "c1"),
        edge("c1", "i1"),
        edge("i1", "k1", "IF"),
    ]
    assert await Call(drawn(nodes, edges), with_engine(sandbox)).say("") == "30"


async def test_a_loop_over_a_list_stops_at_its_first_failed_round(sandbox):
    code = "function main({ item }) { if (item > 1) throw new Error('too much'); return { n: item } }"
    nodes = [
        node(
            "l1",
            "loopRun",
            given("loopRunInputArray", [1, 2, 3]),
            given("n", ["c1", "n"], canEdit=True),
            outputs=gives("n", "system_error_text"),
            catchError=True,
        ),
        node("b1", "loopRunStart", outputs=gives("currentItem"), **INSIDE),
        node(
            "c1",
            "code",
            given("system_addInputParam"),
            given("code", code),
            given("item", ["b1", "currentItem"], canEdit=True),
            outputs=gives("n"),
            catchError=False,
            **INSIDE,
        ),
        says("s1", "all"),
        says("f1", "{{$l1.n$}} {{$l1.system_error_text$}}"),
    ]
    edges = [edge("start0", "l1"), edge("l1", "s1"), edge("l1", "f1", "source_catch-right"), edge("b1", "c1")]
    call = Call(drawn(nodes, edges), with_engine(sandbox))
    assert await call.say("") == '1 {"message":"Error: too much"}'


async def test_items_side_by_side_do_not_see_each_other(sandbox):
    code = (
        "async function main({ item }) { if (item === 2) throw new Error('two'); return { n: item * item } }"
    )
    nodes = [
        node(
            "l1",
            "parallelRun",
            given("loopInputArray", [1, 2, 3]),
            given("parallelRunMaxRetryTimes", 1),
            outputs=gives("parallelSuccessResults", "parallelStatus", "parallelFullResults"),
        ),
        node("b1", "loopStart", outputs=gives("loopStartInput"), **INSIDE),
        node(
            "c1",
            "code",
            given("system_addInputParam"),
            given("code", code),
            given("item", ["b1", "loopStartInput"], canEdit=True),
            outputs=gives("n"),
            catchError=False,
            **INSIDE,
        ),
        node("e1", "loopEnd", given("loopEndInput", ["c1", "n"]), **INSIDE),
        says("s1", "{{$l1.parallelStatus$}} {{$l1.parallelSuccessResults$}}"),
    ]
    call = Call(with_edges(nodes, ("b1", "c1"), ("c1", "e1")), with_engine(sandbox))
    said = await call.say("")
    assert (said, call.ran.count("c1")) == ("partial_success [1,9]", 4)


async def test_a_question_of_a_child_app_in_a_loop_goes_on_where_it_was():
    nodes = [
        node("l1", "loop", given("loopInputArray", ["x", "y"]), outputs=gives("loopArray")),
        node("b1", "loopStart", outputs=gives("loopStartInput"), **INSIDE),
        node(
            "a1",
            "appModule",
            given("userChatInput", "{{$b1.loopStartInput$}}"),
            pluginId="child",
            outputs=gives("answerText"),
            **INSIDE,
        ),
        node("e1", "loopEnd", given("loopEndInput", "{{$b1.loopStartInput$}}{{$a1.answerText$}}"), **INSIDE),
        says("s1", "{{$l1.loopArray$}}"),
    ]
    program = with_edges(nodes, ("b1", "a1"), ("a1", "e1"))
    call = Call(program, without_engine(apps={"child": exported("many_options")}))
    said = [await call.say(text) for text in ("hi", "red", "blue")]
    assert said[1] == "r\nend\nWhich one?\nred、green、blue"
    assert json.loads(said[2].removeprefix("b\nend\n")) == ["x\nr\nend", "y\nb\nend"]


async def test_nodes_may_name_their_parent_or_the_parent_its_nodes():
    loop = node(
        "l1",
        "loop",
        given("loopInputArray", [1, 2]),
        given("childrenNodeIdList", ["b1", "e1"]),
        outputs=gives("loopArray"),
    )
    inside = [one | {"parentNodeId": None} for one in body("x")]
    assert (
        await Call(with_edges([loop, *inside, says("s1", "{{$l1.loopArray$}}")], ("b1", "e1"))).say("")
        == '["x","x"]'
    )

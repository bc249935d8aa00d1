"""The shapes that a scheduler must get through, each an export that is run to its end (callflow D.10)."""

from __future__ import annotations

import asyncio

import pytest
from tests.workflows.drawing import drawn, edge, node, says
from tests.workflows.running import Call, RunConfig, without_engine

from yingda.workflows.schedule import Budget, Entry, Schedule, Step

SHAPES = [
    ("branch_merge", "a", ["check1", "yes1", "end1"], "yes\nend"),
    ("branch_merge", "b", ["check1", "no1", "end1"], "no\nend"),
    ("simple_loop", "", ["add1", "more1", "add1", "more1", "add1", "more1", "end1"], "3"),
    ("branch_and_loop", "a", ["check1", *["add1", "more1"] * 3, "end1"], "end"),
    ("branch_and_loop", "b", ["check1", "no1", "end1"], "no\nend"),
    ("parallel_join", "", ["one1", "two1", "three1", "end1"], "1\n2\n3\nend"),
    ("all_skipped", "", ["check1", "check2"], ""),
    ("all_skipped", "b", ["check1", "check2", "two1", "end1"], "2\nend"),
    (
        "nested_loops",
        "",
        [*["outer1", "reset1", "inner1", "more1", "inner1", "more1", "again1"] * 3, "end1"],
        "3 2",
    ),
    ("several_back_edges", "", ["add1", "few1", *["add1", "few1", "more1"] * 3, "end1"], "4"),
    ("mixed_states", "a", ["check1", "yes1", "end1"], "yes\nend"),
    ("isolated_node", "", ["end1"], "end"),
    ("entered_twice", "a", ["check1", *["add1", "add2", "more1"] * 3, "end1"], "3 3"),
    ("entered_twice", "b", ["check1", "add2", "more1", *["add1", "add2", "more1"] * 2, "end1"], "2 3"),
    ("tool_edges", "", ["one1", "end1"], "1\nend"),
    ("uneven_merge", "a", ["check1", "first1", *["add1", "more1"] * 3, "last1", "end1"], "1\n9\nend"),
    ("uneven_merge", "b", ["check1", "end1"], "end"),
]


@pytest.mark.parametrize(("name", "text", "ran", "said"), SHAPES)
async def test_runs_the_shape_to_its_end(name, text, ran, said):
    call = Call(name)
    assert (await call.say(text), call.ran) == (said, ran)


async def test_loops_side_by_side_join_once():
    call = Call("loops_joining")
    said = await call.say("")
    assert (said, sorted(call.ran)) == (
        "3 2",
        ["add1"] * 3 + ["add2"] * 2 + ["end1"] + ["more1"] * 3 + ["more2"] * 2,
    )


@pytest.mark.parametrize(("choice", "said"), [("red", "r\nend"), ("2", "g\nend"), ("第三个", "b\nend")])
async def test_each_option_has_its_way(choice, said):
    call = Call("many_options")
    asked = await call.say("hello")
    assert (asked, await call.say(choice)) == ("Which one?\nred、green、blue", said)


async def test_a_node_may_lead_to_itself():
    call = Call("self_loop")
    asked = [await call.say("hello"), await call.say("again"), await call.say("go on")]
    assert asked == ["Which one?\nagain、go on", "Which one?\nagain、go on", "end"]


async def test_an_endless_run_ends_at_its_budget():
    call = Call("endless", without_engine(config=RunConfig(run_budget=50)))
    said = await call.say("")
    assert (said, call.ran) == ("", ["add1"] * 48)


async def test_no_more_nodes_run_at_once_than_allowed():
    nodes = [says(f"s{number}", "x") for number in range(25)]
    graph = drawn(nodes, [edge("start0", one["nodeId"]) for one in nodes]).graphs[""]
    running, most = 0, 0

    async def dispatch(node_id, pause):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return Step()

    assert await Schedule(graph, dispatch, Budget(), concurrency=4).run(Entry(nodes=["start0"])) is None
    assert (running, most) == (0, 4)


async def test_what_a_node_raises_ends_the_run_and_the_other_nodes():
    cancelled = asyncio.Event()
    graph = drawn([node("a1", "comment"), node("b1", "comment")], []).graphs[""]

    async def dispatch(node_id, pause):
        if node_id == "a1":
            await asyncio.sleep(0)
            raise RuntimeError("broken")
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    with pytest.raises(RuntimeError):
        await Schedule(graph, dispatch, Budget()).run(Entry(nodes=["a1", "b1"]))
    assert cancelled.is_set()

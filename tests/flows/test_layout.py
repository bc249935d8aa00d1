from __future__ import annotations

from pathlib import Path

from tests.flows.flow_texts import SMALL, accident, machine_of

from yingda.flows.drawing import drawing_of
from yingda.flows.layout import laid_out

ROOT = Path(__file__).resolve().parents[2]


def test_stages_stand_below_all_that_lead_to_them():
    layout = laid_out(accident().flow)
    rows = [[name for name in row if not name.startswith("\0")] for row in layout.rows]
    assert [sorted(row) for row in rows] == [
        ["greet"],
        ["later", "safety"],
        ["facts"],
        ["review"],
        ["photo_single"],
        ["ended"],
    ]
    assert layout.aside == ("human", "unclear", "injured")


def test_a_way_over_several_rows_has_a_place_in_each():
    layout = laid_out(accident().flow)
    [way] = [edge for edge in layout.edges if (edge.start, edge.end) == ("review", "ended")]
    assert (way.label, len(way.via), way.is_back) == ("else", 1, False)
    assert way.via[0] in layout.rows[4]


def test_a_way_back_is_one():
    text = SMALL.replace("next: [{goto: over}]", "next: [{when: facts.again, goto: talk}, {goto: over}]")
    ways = {(edge.start, edge.end): edge.is_back for edge in laid_out(machine_of(text).flow).edges}
    assert ways == {("talk", "talk"): True, ("talk", "over"): False}


def test_the_picture_in_the_docs_is_that_of_the_sample():
    assert (ROOT / "docs/flow.svg").read_text("utf-8") == drawing_of(accident().flow)


def test_the_same_flow_always_gives_the_same_picture():
    assert drawing_of(accident().flow) == drawing_of(accident().flow)

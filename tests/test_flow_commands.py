"""`yingda flow check | test | run | graph`, through the command line's own parser."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from tests.flows.flow_texts import CONTRACT, SMALL
from typer.testing import CliRunner

from yingda.cli import app
from yingda.flows.load import shipped

ACCIDENT = shipped("accident.yaml")


def yingda(*arguments: object, typed: str = "") -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["flow", *map(str, arguments)], input=typed)
    return ran.exit_code, ran.output


@pytest.mark.parametrize("file", [ACCIDENT, CONTRACT])
def test_checking_a_flow_that_can_run(file: Path):
    code, output = yingda("check", file)
    assert (code, output.endswith("nothing wrong\n")) == (0, True)


def test_checking_tells_all_problems_with_their_places(tmp_path: Path):
    file = tmp_path / "broken.yaml"
    file.write_text(SMALL.replace("goto: over", "goto: ovr").replace("start: talk", "start: tlk"))
    code, output = yingda("check", file)
    assert code == 1
    assert "stages.talk.next.0: no stage 'ovr'; did you mean 'over'?\n" in output
    assert "start: no stage 'tlk'; did you mean 'talk'?\n" in output


def test_checking_what_is_not_there(tmp_path: Path):
    assert yingda("check", tmp_path / "none.yaml")[0] == 1


def test_testing_names_each_test(tmp_path: Path):
    tests = """
tests:
  - {name: good, turns: [{user: 沪A89395, code: "0000"}]}
  - {name: bad, turns: [{user: 蓝色的, code: "0000"}]}
"""
    file = tmp_path / "flow.yaml"
    file.write_text(SMALL + tests)
    code, output = yingda("test", file)
    assert code == 1
    assert output.splitlines() == [
        "passed  good",
        "failed  bad",
        "        turn 1 ('蓝色的'): code 1002 instead of 0000, at stage 'talk', saying 'Plate.'",
        "1 of 2 passed",
    ]


def test_testing_the_shipped_flow():
    code, output = yingda("test", ACCIDENT)
    assert (code, "failed" in output) == (0, False)


def test_talking_to_a_flow():
    code, output = yingda("run", ACCIDENT, typed="方便\n/set hphm1=沪A89395\n没有\n一辆车\n")
    assert code == 0
    assert "请问现场有没有人受伤？\n  safety 1002 通话中  ready=True\n" in output
    assert "事故是什么时候发生的？\n" in output
    assert "hphm1=沪A89395" in output


def test_talking_ends_with_the_call():
    code, output = yingda("run", ACCIDENT, typed="帮我转人工\n没人听了\n")
    assert (code, output.count("0001 转接人工")) == (0, 1)


def test_drawing_a_flow(tmp_path: Path):
    picture = tmp_path / "flow.svg"
    code, _output = yingda("graph", ACCIDENT, "-o", picture)
    texts = [text.text for text in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert code == 0
    assert {"greet", "1002 通话中", "slots.vehicles == 1", "injured", "0003 有人伤转接人工"} <= set(texts)
    assert any(text and "intent.human  →  human" in text for text in texts)


def test_a_picture_goes_to_the_output_where_no_file_is_named():
    code, output = yingda("graph", CONTRACT)
    assert (code, output.startswith("<svg "), output.endswith("</svg>\n")) == (0, True, True)

"""What a report tells about an export before anything runs (callflow D.9)."""

from __future__ import annotations

import json

import pytest
from rich.console import Console
from tests.workflows.drawing import node
from tests.workflows.running import EXPORTS

from yingda.workflow_commands import import_workflow
from yingda.workflows.export import ExportRefused, import_export, read_export
from yingda.workflows.report import StateFound, report_on, text_of_report


def broken():
    return read_export((EXPORTS / "broken.json").read_text("utf-8"))


def test_tells_all_that_is_wrong():
    report = report_on(broken())
    assert list(report.unsupported) == [
        "node tool1 (tool1) has the type tools, a model that chooses among tools, which is not supported",
        "node odd1 (odd1) has the unknown type quantumNode",
        "node py1 (py1) holds py code; only JavaScript runs here",
        "node loop1 (loop1) has the type loop and an empty body",
    ]
    assert (report.secrets, report.datasets, report.children) == (
        ["call1 (call1) needs the header secret Bearer"],
        ["search1 (search1) names no dataset"],
        ["child1 (child1) runs the app 65f0aa"],
    )
    assert (report.models, report.cycles, report.unreachable, report.edges) == (
        {"gpt-4o": ["chat1"]},
        [["chat1", "back1"]],
        ["lone1 (lone1)"],
        ["an edge leads from loop1 to nowhere9"],
    )
    assert list(report.references) == [
        "search1 (search1), userChatInput: the node gone12345 is not there",
        "child1 (child1), userChatInput: Start (start0) has no output nothing",
        "chat1 (chat1), systemPrompt: search1 (search1) has no output quotes",
    ]


def test_finds_every_stage_code_and_its_place():
    assert report_on(broken()).states == [
        StateFound(code="2004", place="chat1 (chat1), systemPrompt"),
        StateFound(code="2016", place="chat1 (chat1), systemPrompt"),
        StateFound(code="2004", place="back1 (back1), text"),
        StateFound(code="1001", place="welcome text"),
    ]


def test_reads_the_template_around_it_and_the_old_guide():
    workflow = broken()
    output = workflow.nodes["tool1"].outputs[0]
    assert (workflow.name, workflow.welcome_text, output.kind) == (
        "Broken",
        "<state>1001</state>Welcome",
        "static",
    )
    assert [(one.key, one.value_type) for one in workflow.variables] == [("who", "string")]


def test_a_clean_export_has_nothing_to_tell():
    text = text_of_report(
        report_on(read_export((EXPORTS / "branch_merge.json").read_text("utf-8"), "branches"))
    )
    assert text == (
        "branches: 6 nodes, can run here\n\nnode types:\n  answerNode x3\n  userGuide x1\n"
        "  workflowStart x1\n  ifElseNode x1"
    )


@pytest.mark.parametrize(("name", "can_run"), [("accident", True), ("broken", False)])
def test_the_command_prints_the_report(name, can_run, capsys):
    assert import_workflow(EXPORTS / f"{name}.json", Console(width=200)) is can_run
    assert "stage codes:" in capsys.readouterr().out


def test_an_import_names_what_cannot_run():
    with pytest.raises(ExportRefused, match=r"odd1 \(odd1\) has the unknown type quantumNode; node py1"):
        import_export((EXPORTS / "broken.json").read_text("utf-8"))


REFUSED = [
    ("{", "is not JSON"),
    ("[]", "is no workflow export"),
    ('{"nodes": []}', "nodes: List should have at least 1 item"),
    ('{"nodes": [{"nodeId": "a"}]}', "nodes.0.flowNodeType: Field required"),
    (json.dumps({"nodes": [node("a", "comment")] * 2}), "two nodes with the id a"),
    (json.dumps({"nodes": [node("a", "comment", catchError="often")]}), "catchError"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_refuses_what_is_no_export(text, words):
    with pytest.raises(ExportRefused, match=words):
        read_export(text)

"""Templates and references (callflow D.2)."""

from __future__ import annotations

import pytest

from yingda.workflows.references import Scope, fill, inputs_of, resolve
from yingda.workflows.values import UNDEFINED
from yingda.workflows.workflow import Input, Node, Output, Workflow

ONE = Node(
    id="n1",
    kind="code",
    name="one",
    inputs=(Input(key="in1", value=["VARIABLE_NODE_ID", "name"]),),
    outputs=tuple(Output(id=f"{key}9x", key=key) for key in ("text", "list", "null", "zero", "none")),
)
SCOPE = Scope(
    workflow=Workflow(name="w", nodes={"n1": ONE}, edges=()),
    cells={"n1": {"text9x": "hello", "list9x": [1, 2], "null9x": None, "zero9x": 0}},
    variables={
        "name": "Ann",
        "loop": "x{{loop}}",
        "deep": "{{name}}!",
        "price": "$1 \\1",
        "nothing": None,
        "object": {"a": 1},
        "n1": "{{$n1.text9x$}}",
    },
)

TEMPLATES = [
    ("Hi {{name}}", "Hi Ann"),
    ("{{unknown}} {{ name }}", "{{unknown}} {{ name }}"),
    ("{{deep}}", "Ann!"),
    ("{{loop}}", "{{loop}}"),
    ("{{price}}", "$1 \\1"),
    ("[{{nothing}}]", "[null]"),
    ("{{object}}", '{"a":1}'),
    ("{{$n1.text9x$}} {{$n1.list9x$}}", "hello [1,2]"),
    ("[{{$n1.null9x$}}] [{{$n1.none9x$}}] [{{$gone.x$}}]", "[null] [] []"),
    ("{{$n1.zero9x$}}", "0"),
    ("{{$n1.in1$}}", "Ann"),
    ("{{$VARIABLE_NODE_ID.name$}} {{$VARIABLE_NODE_ID.who$}}", "Ann "),
    ("{{n1}}", "hello"),
]


@pytest.mark.parametrize(("template", "text"), TEMPLATES)
def test_fills_templates(template, text):
    assert fill(template, SCOPE) == text


def test_refuses_a_template_that_grows_without_end():
    variables = {"a": "{{b}}" * 1000, "b": "{{c}}" * 1000, "c": "x" * 1000}
    with pytest.raises(ValueError, match="grows beyond"):
        fill("{{a}}", Scope(workflow=SCOPE.workflow, cells={}, variables=variables))


def test_what_a_caller_says_is_not_filled_in():
    said = "{{secret}} and {{$VARIABLE_NODE_ID.secret$}}"
    variables = {"heard": said, "secret": "pw", "nested": "{{known}}", "known": "yes"}
    scope = Scope(workflow=SCOPE.workflow, cells={}, variables=variables, spoken=said)
    assert fill("{{heard}} {{nested}}", scope) == f"{said} yes"


REFERENCES = [
    (["n1", "text9x"], "hello"),
    (["n1", "null9x"], None),
    (["n1", "none9x"], UNDEFINED),
    (["VARIABLE_NODE_ID", "name"], "Ann"),
    (["VARIABLE_NODE_ID", "who"], UNDEFINED),
    (["Ann", "Bob"], ["Ann", "Bob"]),
    ([["n1", "list9x"], ["n1", "none9x"], ["n1", "null9x"]], [1, 2, None]),
    ([["n1", "list9x"], "x"], [["n1", "list9x"], "x"]),
    ([], []),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("value", "found"), REFERENCES)
def test_resolves_references(value, found):
    assert resolve(value, SCOPE) == found


def test_an_input_goes_through_template_reference_and_cast():
    node = Node(
        id="n2",
        kind="code",
        name="two",
        inputs=(
            Input(key="system_addInputParam"),
            Input(key="a", value="{{$n1.zero9x$}}", value_type="number", is_dynamic=True),
            Input(key="b", value=["n1", "none9x"], value_type="string", is_dynamic=True),
            Input(key="c", value=["n1", "text9x"], rendered_as="multipleSelect"),
            Input(key="system_httpJsonBody", value="{{name}}"),
        ),
    )
    assert inputs_of(node, SCOPE) == {
        "a": 0,
        "b": UNDEFINED,
        "c": ["n1", "text9x"],
        "system_httpJsonBody": "{{name}}",
        "system_addInputParam": {"a": 0, "b": UNDEFINED},
    }

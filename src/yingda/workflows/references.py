"""What an input holds becomes a value: templates first, then references, then the cast (callflow D.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yingda.workflows.casts import cast_to
from yingda.workflows.values import UNDEFINED, Value, template_text
from yingda.workflows.workflow import Input, Node, Workflow

VARIABLES = "VARIABLE_NODE_ID"
ADDED_INPUTS = "system_addInputParam"
RAW_INPUTS = frozenset({"childrenNodeIdList", "system_httpJsonBody"})
_DEPTH = 10
_MAX_CHARS = 1_000_000
_NODE_REFERENCE = re.compile(r"\{\{\$([^.{}$]+)\.([^{}$]+)\$\}\}")
_NAME = re.compile(r"\{\{([^{}]+)\}\}")
_LITERAL_FIELDS = frozenset(
    {"input", "textarea", "numberInput", "switch", "select", "multipleSelect", "JSONEditor"}
)

Cells = dict[str, dict[str, Value]]
"""What nodes have given so far, by the ids of node and output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """All that a reference can reach; cells and variables change while the run goes on.

    `spoken` is all that callers have said, in this turn and before.
    """

    workflow: Workflow
    cells: Cells
    variables: dict[str, Value]
    spoken: str = ""


def inputs_of(node: Node, scope: Scope) -> dict[str, Value]:
    """The node's inputs as it is about to run; those that its author added are in their own object too."""
    given: dict[str, Value] = {}
    added: dict[str, Value] = {}
    for one in node.inputs:
        if one.key == ADDED_INPUTS:
            continue
        given[one.key] = one.value if one.key in RAW_INPUTS else _value_of(one, scope)
        if one.is_dynamic:
            added[one.key] = given[one.key]
    if any(one.key == ADDED_INPUTS for one in node.inputs):
        given[ADDED_INPUTS] = added
    return given


def _value_of(one: Input, scope: Scope) -> Value:
    value = fill(one.value, scope)
    if one.rendered_as not in _LITERAL_FIELDS:
        value = resolve(value, scope)
    return cast_to(value, one.value_type)


def fill(value: Value, scope: Scope) -> Value:
    """A text with its placeholders filled in; any other value as it is."""
    return fill_text(value, scope.variables, scope) if isinstance(value, str) else value


def fill_text(text: str, names: Mapping[str, Value], scope: Scope) -> str:
    """`{{key}}` by the names, then `{{$node.output$}}` by what the node gave or by its input of that name.

    What is filled in is filled in turn, but for placeholders that callers wrote: those are their words. A
    name that nobody knows stays literal, a node without the value leaves no text. Raises `ValueError` for a
    text that grows without end.
    """
    if "{{" not in text:
        return text

    def is_meant(placeholder: str) -> bool:
        return placeholder in text or placeholder not in scope.spoken

    def from_node(hit: re.Match[str]) -> str:
        return _shown(hit, reach(hit[1], hit[2], scope)) if is_meant(hit[0]) else hit[0]

    def named(hit: re.Match[str]) -> str:
        return _shown(hit, names[hit[1]]) if hit[1] in names and is_meant(hit[0]) else hit[0]

    return _settled(_settled(text, _NAME, named), _NODE_REFERENCE, from_node)


def fill_names(text: str, names: Mapping[str, Value]) -> str:
    """`{{key}}` alone, by names that hold nothing a caller may not see."""
    return _settled(text, _NAME, lambda hit: _shown(hit, names[hit[1]]) if hit[1] in names else hit[0])


def _shown(hit: re.Match[str], value: Value) -> str:
    """A value that holds its own placeholder is left."""
    return hit[0] if isinstance(value, str) and hit[0] in value else template_text(value)


def reach(node_id: str, name: str, scope: Scope) -> Value:
    """A variable, an output of a node, or else an input of it."""
    value = _looked_up(node_id, name, scope)
    node = scope.workflow.nodes.get(node_id)
    if node is None or any(one.id == name for one in node.outputs):
        return value
    return resolve(node.given(name), scope)


def _settled(text: str, pattern: re.Pattern[str], said: Callable[[re.Match[str]], str]) -> str:
    for _ in range(_DEPTH):
        before, text = text, _substituted(text, pattern, said)
        if text == before:
            break
    return text


def _substituted(text: str, pattern: re.Pattern[str], said: Callable[[re.Match[str]], str]) -> str:
    """One pass, broken off where values that hold placeholders of their own let the text grow without end."""
    pieces: list[str] = []
    at, size = 0, len(text)
    for hit in pattern.finditer(text):
        word = said(hit)
        size += len(word)
        if size > _MAX_CHARS:
            raise ValueError(f"a template grows beyond {_MAX_CHARS} characters")
        pieces += (text[at : hit.start()], word)
        at = hit.end()
    return "".join([*pieces, text[at:]])


def resolve(value: Value, scope: Scope) -> Value:
    """What a reference or a list of references stands for; every other value stands for itself."""
    if (pair := reference_in(value, scope.workflow)) is not None:
        return _looked_up(*pair, scope)
    if isinstance(value, list) and value and all(reference_in(one, scope.workflow) for one in value):
        found = [resolve(one, scope) for one in value]
        flat = [each for one in found for each in (one if isinstance(one, list) else [one])]
        return [one for one in flat if one is not UNDEFINED]
    return value


def reference_in(value: Value, workflow: Workflow) -> tuple[str, str] | None:
    """Node and output of a value that is one reference; two strings that name no node are no reference."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    node_id, name = value
    if not isinstance(node_id, str) or not isinstance(name, str):
        return None
    return (node_id, name) if node_id == VARIABLES or node_id in workflow.nodes else None


def _looked_up(node_id: str, name: str, scope: Scope) -> Value:
    if node_id == VARIABLES:
        return scope.variables.get(name, UNDEFINED)
    return scope.cells.get(node_id, {}).get(name, UNDEFINED)

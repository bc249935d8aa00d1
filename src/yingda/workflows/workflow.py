"""A workflow as data: nodes with their inputs and outputs, the edges between them, the chat's variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from yingda.workflows.values import UNDEFINED, Value

CATCH = "source_catch"
_CATCH_SUFFIX = f"-{CATCH}-right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a node takes; `rendered_as` is the form field that was chosen for it, "" where that is unknown.

    `is_dynamic`: added by the author, and part of the node's object of added inputs too.
    """

    key: str
    value: Value = UNDEFINED
    value_type: str = ""
    label: str = ""
    rendered_as: str = ""
    is_dynamic: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a node gives: references name the `id`, what a node returns names the `key`."""

    id: str
    key: str
    kind: str = "static"
    value_type: str = ""
    value: Value = UNDEFINED
    default: Value = UNDEFINED
    label: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step. `catches` None is an old export that said nothing about errors, which is a third thing."""

    id: str
    kind: str
    name: str
    parent_id: str = ""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    catches: bool | None = None
    child_app: str = ""

    def given(self, key: str) -> Value:
        """The value of an input as the export has it: templates and references are not filled in."""
        return next((one.value for one in self.inputs if one.key == key), UNDEFINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From a handle of one node to another node."""

    source: str
    target: str
    handle: str
    target_handle: str = ""

    @property
    def key(self) -> str:
        """What an edge is known by, in a run that outlives the process too."""
        return f"{self.source} {self.handle} {self.target}"

    @property
    def is_catch(self) -> bool:
        """Whether only an error goes this way."""
        return self.handle == f"{self.source}{_CATCH_SUFFIX}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatVariable:
    """A variable of the chat; `kind` is the form field that it is asked for with."""

    key: str
    label: str = ""
    kind: str = "input"
    value_type: str = "any"
    default: Value = UNDEFINED
    is_required: bool = False


AppKind = Literal["workflow", "plugin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Nodes by id in file order; `lost_edges` led from or to nodes that are not there."""

    name: str
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    variables: tuple[ChatVariable, ...] = ()
    welcome_text: str = ""
    lost_edges: tuple[Edge, ...] = field(default=())

    def body_of(self, parent_id: str) -> list[Node]:
        """The nodes inside a loop, or with "" those outside of all."""
        return [node for node in self.nodes.values() if node.parent_id == parent_id]

"""Reads the two shapes of a FastGPT export: the bare one, and the one wrapped as a template (callflow D.1).

Fields that nobody here reads may hold anything; what a run rests on must have its shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yingda.errors import InvalidRequest
from yingda.workflows.catalogue import BODIES, REFUSED, SUPPORTED
from yingda.workflows.values import UNDEFINED, Value, string_of, strings_of
from yingda.workflows.workflow import ChatVariable, Edge, Input, Node, Output, Workflow

TOOL_HANDLE = "selectedTools"
_TYPE_OF_KIND = {
    "input": "string",
    "textarea": "string",
    "password": "string",
    "select": "string",
    "numberInput": "number",
    "switch": "boolean",
    "multipleSelect": "arrayString",
}


class ExportRefused(InvalidRequest):
    """The file is no export, or one that cannot run here; the message says where and why."""

    code = "export_refused"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class _Input(_Part):
    key: str
    label: Any = ""
    value: Any = UNDEFINED
    value_type: Any = Field(None, alias="valueType")
    render_types: Any = Field(None, alias="renderTypeList")
    selected: Any = Field(None, alias="selectedTypeIndex")
    selected_name: Any = Field(None, alias="selectedType")
    can_edit: Any = Field(None, alias="canEdit")
    required: Any = None

    def read(self) -> Input:
        return Input(
            key=self.key,
            value=self.value,
            value_type=string_of(self.value_type),
            label=string_of(self.label),
            rendered_as=self._rendered_as(),
            is_dynamic=self.can_edit is True,
            is_required=self.required is True,
        )

    def _rendered_as(self) -> str:
        if isinstance(self.selected_name, str):
            return self.selected_name
        types = self.render_types if isinstance(self.render_types, list) else []
        if isinstance(self.selected, int) and 0 <= self.selected < len(types):
            return string_of(types[self.selected])
        return ""


class _Output(_Part):
    id: Any = None
    key: str
    kind: Any = Field("static", alias="type")
    value_type: Any = Field(None, alias="valueType")
    value: Any = UNDEFINED
    default: Any = Field(UNDEFINED, alias="defaultValue")
    label: Any = ""
    required: Any = None

    def read(self) -> Output:
        return Output(
            id=string_of(self.id, self.key),
            key=self.key,
            kind=string_of(self.kind, "static").rpartition(".")[2],
            value_type=string_of(self.value_type),
            value=self.value,
            default=self.default,
            label=string_of(self.label),
            is_required=self.required is True,
        )


class _Node(_Part):
    id: str = Field(alias="nodeId", min_length=1)
    kind: str = Field(alias="flowNodeType", min_length=1)
    name: Any = ""
    parent_id: Any = Field(None, alias="parentNodeId")
    inputs: list[_Input] | None = None
    outputs: list[_Output] | None = None
    catches: bool | None = Field(None, alias="catchError")
    child_app: Any = Field(None, alias="pluginId")

    def read(self) -> Node:
        return Node(
            id=self.id,
            kind=self.kind,
            name=string_of(self.name) or self.id,
            parent_id=string_of(self.parent_id),
            inputs=tuple(one.read() for one in self.inputs or ()),
            outputs=tuple(one.read() for one in self.outputs or ()),
            catches=self.catches,
            child_app=string_of(self.child_app),
        )


class _Edge(_Part):
    source: str
    target: str
    handle: str | None = Field("", alias="sourceHandle")
    target_handle: str | None = Field("", alias="targetHandle")

    def read(self) -> Edge:
        return Edge(
            source=self.source,
            target=self.target,
            handle=self.handle or "",
            target_handle=self.target_handle or "",
        )


class _Variable(_Part):
    key: str
    label: Any = ""
    kind: Any = Field("input", alias="type")
    value_type: Any = Field(None, alias="valueType")
    default: Any = Field(UNDEFINED, alias="defaultValue")
    required: Any = None

    def read(self) -> ChatVariable:
        kind = string_of(self.kind, "input")
        return ChatVariable(
            key=self.key,
            label=string_of(self.label),
            kind=kind,
            value_type=string_of(self.value_type) or _TYPE_OF_KIND.get(kind, "any"),
            default=self.default,
            is_required=self.required is True,
        )


class _ChatConfig(_Part):
    welcome_text: Any = Field(None, alias="welcomeText")
    variables: list[_Variable] | None = None


class _Export(_Part):
    nodes: list[_Node] = Field(min_length=1)
    edges: list[_Edge] = []
    chat_config: _ChatConfig | None = Field(None, alias="chatConfig")


def read_export(text: str | bytes, name: str = "workflow") -> Workflow:
    """The workflow of a file, whatever its nodes are; raises `ExportRefused` where it is no export."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ExportRefused(f"{name} is not JSON: {error}") from None
    if isinstance(body, dict) and isinstance(body.get("workflow"), dict):
        name = string_of(body.get("name")) or name
        body = body["workflow"]
    try:
        export = _Export.model_validate(body)
    except ValidationError as error:
        raise ExportRefused(f"{name} is no workflow export: {_first(error)}") from None
    return _workflow(export, name)


def import_export(text: str | bytes, name: str = "workflow") -> Workflow:
    """A workflow that can run here; raises `ExportRefused`, naming nodes that cannot, and their types."""
    workflow = read_export(text, name)
    if refusals := list(refused(workflow)):
        raise ExportRefused(f"{workflow.name} cannot run here: " + "; ".join(refusals))
    return workflow


def refused(workflow: Workflow) -> Iterator[str]:
    """One sentence for each node that does not run here."""
    for node in workflow.nodes.values():
        named = f"node {node.name} ({node.id})"
        if node.kind in REFUSED:
            yield f"{named} has the type {node.kind}, {REFUSED[node.kind]}, which is not supported"
        elif node.kind not in SUPPORTED:
            yield f"{named} has the unknown type {node.kind}"
        elif node.kind == "code" and node.given("codeType") not in ("js", UNDEFINED, None, ""):
            yield f"{named} holds {node.given('codeType')} code; only JavaScript runs here"
        elif node.kind in BODIES and not workflow.body_of(node.id):
            yield f"{named} has the type {node.kind} and an empty body"


def _workflow(export: _Export, name: str) -> Workflow:
    nodes: dict[str, Node] = {}
    for part in export.nodes:
        if part.id in nodes:
            raise ExportRefused(f"{name} has two nodes with the id {part.id}")
        nodes[part.id] = part.read()
    for holder in [node for node in nodes.values() if node.kind in BODIES]:
        for child in strings_of(holder.given("childrenNodeIdList")):
            if child in nodes and not nodes[child].parent_id:
                nodes[child] = replace(nodes[child], parent_id=holder.id)
    edges = [edge.read() for edge in export.edges]
    linked = [edge for edge in edges if TOOL_HANDLE not in (edge.handle, edge.target_handle)]
    whole = [edge for edge in linked if edge.source in nodes and edge.target in nodes]
    welcome, variables = _chat(export.chat_config, nodes, name)
    return Workflow(
        name=name,
        nodes=nodes,
        edges=tuple(whole),
        variables=variables,
        welcome_text=welcome,
        lost_edges=tuple(edge for edge in linked if edge not in whole),
    )


def _chat(
    config: _ChatConfig | None, nodes: dict[str, Node], name: str
) -> tuple[str, tuple[ChatVariable, ...]]:
    """From the chat's configuration; older exports keep it in the inputs of their guide node."""
    guide = next((node for node in nodes.values() if node.kind == "userGuide"), None)
    welcome: Value = config.welcome_text if config else None
    variables = config.variables if config else None
    if guide is not None:
        welcome = welcome or guide.given("welcomeText")
        variables = variables or _guided(guide, name)
    return string_of(welcome), tuple(one.read() for one in variables or ())


def _guided(guide: Node, name: str) -> list[_Variable]:
    given = guide.given("variables")
    if not isinstance(given, list):
        return []
    try:
        return [_Variable.model_validate(one) for one in given]
    except ValidationError as error:
        raise ExportRefused(f"{name} has a variable without a key: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"

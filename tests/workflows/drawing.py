"""Short ways to draw a workflow in a test."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from yingda.workflows.export import import_export
from yingda.workflows.program import Program, program_of


def given(key: str, value: Any = None, kind: str = "any", **more: Any) -> dict[str, Any]:
    """An input; `canEdit=True` makes it one that the author added."""
    return {
        "key": key,
        "label": key,
        "value": value,
        "valueType": kind,
        "renderTypeList": ["reference"],
        **more,
    }


def gives(*keys: str, **more: Any) -> list[dict[str, Any]]:
    """Outputs whose id is their key."""
    return [{"id": key, "key": key, "type": "static", "valueType": "any", **more} for key in keys]


def node(node_id: str, kind: str, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "nodeId": node_id,
        "flowNodeType": kind,
        "name": node_id,
        "inputs": list(inputs),
        "outputs": [],
        **more,
    }


def says(node_id: str, text: Any) -> dict[str, Any]:
    return node(node_id, "answerNode", given("text", text))


def edge(source: str, target: str, handle: str = "right") -> dict[str, str]:
    name = f"{source}-{handle}" if handle.startswith("source_catch") else f"{source}-source-{handle}"
    return {"source": source, "target": target, "sourceHandle": name, "targetHandle": f"{target}-target-left"}


def chain(*nodes: dict[str, Any], variables: list[dict[str, Any]] | None = None) -> Program:
    """The start and then these nodes, one after the other; those inside of others are left out."""
    outer = [one for one in nodes if not one.get("parentNodeId")]
    ids = ["start0", *(one["nodeId"] for one in outer)]
    edges = [edge(source, target) for source, target in pairwise(ids)]
    return drawn(list(nodes), edges, variables)


def drawn(
    nodes: list[dict[str, Any]], edges: list[dict[str, str]], variables: list[dict[str, Any]] | None = None
) -> Program:
    start = node("start0", "workflowStart", outputs=gives("userChatInput", "userFiles"))
    export = {"nodes": [start, *nodes], "edges": edges, "chatConfig": {"variables": variables or []}}
    return program_of(import_export(json.dumps(export)))


ASKED = ["start0", "userChatInput"]
"""Reference to what the caller said."""

"""A workflow made ready to run: its graph is drawn once, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yingda.workflows.catalogue import BODIES, ENTRIES, STARTS
from yingda.workflows.graph import Graph, graph_of
from yingda.workflows.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`graphs` by the id of the node that holds the level, the outermost under ""."""

    workflow: Workflow
    graphs: Mapping[str, Graph]

    @property
    def entries(self) -> list[str]:
        """Where a run of the whole begins."""
        return [node.id for node in self.workflow.body_of("") if node.kind in ENTRIES]

    def start_of(self, parent_id: str) -> str | None:
        """The node that the body of a loop begins with."""
        kind = STARTS[self.workflow.nodes[parent_id].kind]
        return next((node.id for node in self.workflow.body_of(parent_id) if node.kind == kind), None)


def program_of(workflow: Workflow) -> Program:
    """Ready to be run any number of times at once."""
    parents = ["", *(node.id for node in workflow.nodes.values() if node.kind in BODIES)]
    graphs = {parent: graph_of(workflow.body_of(parent), workflow.edges) for parent in parents}
    return Program(workflow=workflow, graphs=graphs)

"""What an export holds, and what it lacks to run here: read before anything is run (callflow D.9)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yingda.workflows.catalogue import ENTRIES, MODELS
from yingda.workflows.export import refused
from yingda.workflows.program import Program, program_of
from yingda.workflows.references import VARIABLES
from yingda.workflows.values import UNDEFINED, Value, is_empty, string_of
from yingda.workflows.workflow import Node, Workflow

_STATE = re.compile(r"<state>\s*(\d{4})\s*</state>", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{\$([^.{}$]+)\.([^{}$]+)\$\}\}")
_IMPLIED_OUTPUTS = frozenset({"system_error_text", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFound:
    """A stage marker in the file, and where it stands."""

    code: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Findings as sentences, empty where there are none; only `unsupported` keeps a workflow from running."""

    name: str
    types: Mapping[str, int]
    unsupported: Sequence[str]
    secrets: Sequence[str]
    datasets: Sequence[str]
    children: Sequence[str]
    models: Mapping[str, Sequence[str]]
    cycles: Sequence[Sequence[str]]
    unreachable: Sequence[str]
    references: Sequence[str]
    edges: Sequence[str]
    states: Sequence[StateFound]

    @property
    def can_run(self) -> bool:
        return not self.unsupported


def report_on(workflow: Workflow, apps: Sequence[str] = ()) -> ImportReport:
    """All findings; `apps` are the ids of the child apps that are at hand."""
    program = program_of(workflow)
    nodes = list(workflow.nodes.values())
    return ImportReport(
        name=workflow.name,
        types=dict(Counter(node.kind for node in nodes).most_common()),
        unsupported=list(refused(workflow)),
        secrets=[finding for node in nodes for finding in _secrets(node)],
        datasets=[f"{_named(node)} names no dataset" for node in nodes if _lacks_datasets(node)],
        children=[
            f"{_named(node)} runs the app {node.child_app or '(none)'}"
            for node in nodes
            if node.kind == "appModule" and node.child_app not in apps
        ],
        models=_models(nodes),
        cycles=[[workflow.nodes[one].name for one in cycle] for cycle in _all_cycles(program)],
        unreachable=[_named(workflow.nodes[one]) for one in _unreachable(program)],
        references=[finding for node in nodes for finding in _lost_references(node, workflow)],
        edges=[f"an edge leads from {edge.source} to {edge.target}" for edge in workflow.lost_edges],
        states=[finding for node in nodes for finding in _states(node)] + _welcome_states(workflow),
    )


def _named(node: Node) -> str:
    return f"{node.name} ({node.id})"


def _secrets(node: Node) -> Iterator[str]:
    for one in node.inputs:
        if one.key == "system_input_config" or (one.rendered_as == "password" and is_empty(one.value)):
            yield f"{_named(node)} needs {one.label or one.key}"
    held = node.given("system_header_secret")
    for name, secret in held.items() if isinstance(held, dict) else ():
        if not isinstance(secret, dict) or is_empty(secret.get("value", UNDEFINED)):
            yield f"{_named(node)} needs the header secret {name}"


def _lacks_datasets(node: Node) -> bool:
    return node.kind == "datasetSearchNode" and is_empty(node.given("datasets"))


def _models(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """The nodes that ask each model, by its name in the file."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node.kind in MODELS:
            found.setdefault(string_of(node.given("model")) or "(none)", []).append(node.name)
    return found


def _all_cycles(program: Program) -> Iterator[Sequence[str]]:
    for graph in program.graphs.values():
        yield from graph.cycles


def _unreachable(program: Program) -> Iterator[str]:
    """Nodes that no run comes to, but for those that only configure."""
    workflow = program.workflow
    for parent_id, graph in program.graphs.items():
        entries = [program.start_of(parent_id)] if parent_id else program.entries
        reached = {node_id for node_id in entries if node_id}
        open_ids = list(reached)
        while open_ids:
            for edge in graph.leaving.get(open_ids.pop(), ()):
                if edge.target not in reached:
                    reached.add(edge.target)
                    open_ids.append(edge.target)
        for node_id in graph.nodes:
            if node_id not in reached and workflow.nodes[node_id].kind not in _APART:
                yield node_id


_APART = ENTRIES | {"pluginConfig", "globalVariable", "comment", "emptyNode", "toolSet"}


def _lost_references(node: Node, workflow: Workflow) -> Iterator[str]:
    for place, value in _parts(node):
        for target, name in _referred(value):
            if (wrong := _missing(target, name, workflow)) is not None:
                yield f"{_named(node)}, {place}: {wrong}"


def _referred(value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield from ((hit[1], hit[2]) for hit in _PLACEHOLDER.finditer(value))
    elif isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) and one for one in value):
        yield string_of(value[0]), string_of(value[1])


def _missing(target: str, name: str, workflow: Workflow) -> str | None:
    if target == VARIABLES:
        return None
    node = workflow.nodes.get(target)
    if node is None:
        looks_like_id = re.fullmatch(r"[A-Za-z0-9_-]{6,}", target) and re.search(r"\d", target)
        return f"the node {target} is not there" if looks_like_id else None
    known = {one.id for one in node.outputs} | {one.key for one in node.inputs} | _IMPLIED_OUTPUTS
    return None if name in known else f"{_named(node)} has no output {name}"


def _states(node: Node) -> Iterator[StateFound]:
    for place, value in _parts(node):
        if isinstance(value, str):
            for hit in _STATE.finditer(value):
                yield StateFound(code=hit[1], place=f"{_named(node)}, {place}")


def _welcome_states(workflow: Workflow) -> list[StateFound]:
    return [StateFound(code=hit[1], place="welcome text") for hit in _STATE.finditer(workflow.welcome_text)]


def _parts(node: Node) -> Iterator[tuple[str, Value]]:
    """Every value in a node's inputs, with its way from the input down."""
    for one in node.inputs:
        if one.key not in ("childrenNodeIdList", "welcomeText") and one.value is not UNDEFINED:
            yield from _inside(one.key, one.value)


def _inside(place: str, value: Value) -> Iterator[tuple[str, Value]]:
    yield place, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _inside(f"{place}.{key}", one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _inside(f"{place}[{number}]", one)


def text_of_report(report: ImportReport) -> str:
    """For a terminal: what is in the file, what is wrong with it, and the codes that it knows."""
    verdict = "can run here" if report.can_run else "cannot run here"
    sections = [
        ("node types", [f"{kind} x{count}" for kind, count in report.types.items()]),
        ("unsupported", report.unsupported),
        ("missing secrets", report.secrets),
        ("missing datasets", report.datasets),
        ("missing child apps", report.children),
        ("models to map", [f"{name}: {', '.join(nodes)}" for name, nodes in report.models.items()]),
        ("cycles", [" → ".join(cycle) for cycle in report.cycles]),
        ("unreachable nodes", report.unreachable),
        ("references to what is not there", report.references),
        ("edges without an end", report.edges),
        ("stage codes", [f"{one.code}  {one.place}" for one in report.states]),
    ]
    lines = [f"{report.name}: {sum(report.types.values())} nodes, {verdict}"]
    for title, found in sections:
        if found:
            lines += ["", f"{title}:", *(f"  {one}" for one in found)]
    return "\n".join(lines)

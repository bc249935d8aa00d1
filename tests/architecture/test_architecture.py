"""The house keeps its shape: sizes, floors, no circles, and pages that say what the code does."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FILE_LINES, FUNCTION_LINES, PUBLIC_METHODS = 400, 50, 12


def trees():
    return [(path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))) for path in SOURCES]


def test_no_file_is_too_long():
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: size for path, size in sizes.items() if size > FILE_LINES} == {}


def test_no_function_is_too_long():
    found = [
        (str(path), node.name, node.end_lineno - node.lineno + 1)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _builds_routes(node)
    ]
    assert [one for one in found if one[2] > FUNCTION_LINES] == []


def _builds_routes(node: ast.AST) -> bool:
    """A function that only holds other functions is as long as they are; they are measured themselves."""
    body = [part for part in node.body if not isinstance(part, ast.Expr)]
    inner = [part for part in body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
    own_lines = sum(part.end_lineno - part.lineno + 1 for part in body if part not in inner)
    return bool(inner) and own_lines <= FUNCTION_LINES


def test_no_class_has_too_many_public_methods():
    found = [
        (str(path), node.name)
        for path, tree in trees()
        if "testing" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and sum(
            isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not part.name.startswith("_")
            for part in node.body
        )
        > PUBLIC_METHODS
    ]
    assert found == []


def test_every_module_opens_with_one_line():
    without = [str(path) for path, tree in trees() if tree.body and not ast.get_docstring(tree)]
    assert without == []


def test_nothing_has_no_name():
    nameless = {"utils", "util", "common", "helpers", "helper", "manager", "misc", "v2"}
    assert [str(path) for path in SOURCES if path.stem in nameless or path.stem.startswith("base_")] == []


def test_there_are_no_import_circles():
    graph = grimp.build_graph("yingda", exclude_type_checking_imports=True)
    modules = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    list(TopologicalSorter(modules).static_order())  # raises CycleError, naming the circle


@pytest.mark.parametrize("command", [["lint-imports"], ["python", "scripts/generate_docs.py", "--check"]])
def test_floors_and_generated_pages(command):
    ran = subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_lock_and_configuration_name_no_host():
    texts = [ROOT / "constraints.txt", ROOT / "pyproject.toml", ROOT / "Makefile"]
    assert [path.name for path in texts if "://" in path.read_text("utf-8")] == []

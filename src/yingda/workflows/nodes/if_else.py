"""Which way to go: conditions with the exact arithmetic of the original (callflow D.7)."""

from __future__ import annotations

import operator
from collections.abc import Callable

from yingda.workflows.references import resolve
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import (
    UNDEFINED,
    Value,
    dicts_of,
    is_empty,
    number_of,
    string_of,
    text_of,
    trimmed,
    utf16_length,
)

Compare = Callable[[int | float, int | float], bool]

_NUMBERS: dict[str, Compare] = {
    "greaterThan": operator.gt,
    "greaterThanOrEqualTo": operator.ge,
    "lessThan": operator.lt,
    "lessThanOrEqualTo": operator.le,
}
_LENGTHS: dict[str, Compare] = {
    "lengthEqualTo": operator.eq,
    "lengthNotEqualTo": operator.ne,
    "lengthGreaterThan": operator.gt,
    "lengthGreaterThanOrEqualTo": operator.ge,
    "lengthLessThan": operator.lt,
    "lengthLessThanOrEqualTo": operator.le,
}
_EDGES: dict[str, Callable[[str, str], bool]] = {"startWith": str.startswith, "endWith": str.endswith}


async def choose(run: NodeRun) -> Result:
    """The first item that is true, or the last way out."""
    for number, item in enumerate(dicts_of(run.inputs.get("ifElseList"))):
        if await _is_true(item, run):
            name = "IF" if number == 0 else f"ELSE IF {number}"
            return _taken(run, name, string_of(item.get("branchId")))
    return _taken(run, "ELSE", "")


def _taken(run: NodeRun, name: str, branch_id: str) -> Result:
    handles = [f"{run.node.id}-source-{one}" for one in (branch_id, name) if one]
    connected = {edge.handle for edge in run.app.program.workflow.edges if edge.source == run.node.id}
    handle = next((one for one in handles if one in connected), handles[-1])
    return Result(data={"ifElseResult": name}, taken=handle, response={"ifElseResult": name})


async def _is_true(item: dict[str, Value], run: NodeRun) -> bool:
    """All of a list that is empty are true."""
    entries = dicts_of(item.get("list"))
    if item.get("condition") == "OR":
        for entry in entries:
            if await _holds(entry, run):
                return True
        return False
    for entry in entries:
        if not await _holds(entry, run):
            return False
    return True


async def _holds(entry: dict[str, Value], run: NodeRun) -> bool:
    condition = string_of(entry.get("condition"))
    if not condition:
        return False
    left = resolve(entry.get("variable", UNDEFINED), run.app.scope)
    right = entry.get("value", UNDEFINED)
    if entry.get("valueType") == "reference":
        right = resolve(right, run.app.scope)
    if condition == "reg":
        return isinstance(left, str) and await run.services.sandbox.matches(_pattern(right), left)
    return holds(condition, left, right)


def _pattern(right: Value) -> str:
    """One slash at each end goes, so that flags stay part of the pattern, as in the original."""
    return text_of(right).removeprefix("/").removesuffix("/")


def holds(condition: str, left: Value, right: Value) -> bool:
    """Whether one condition is true of two values; an unknown condition is not."""
    if condition in _NUMBERS:
        return _NUMBERS[condition](number_of(left), number_of(right))
    if condition in _LENGTHS:
        return _LENGTHS[condition](_length(left), number_of(right))
    if condition in _EDGES:
        if not isinstance(left, str):
            raise NodeFailed(f"{condition} needs a text")
        return _EDGES[condition](trimmed(left), text_of(right))
    return condition in _SIMPLE and _SIMPLE[condition](left, right)


def _equals(left: Value, right: Value) -> bool:
    return trimmed(text_of(left)) == trimmed(text_of(right))


def _includes(left: Value, right: Value) -> bool | None:
    """None where the left side can hold nothing."""
    wanted = text_of(right)
    if isinstance(left, list):
        return any(text_of(one) == wanted for one in left)
    return wanted in left if isinstance(left, str) else None


def _length(value: Value) -> int | float:
    """NaN, with which nothing compares, where there is no length."""
    if isinstance(value, str):
        return utf16_length(value)
    return len(value) if isinstance(value, list) else float("nan")


_SIMPLE: dict[str, Callable[[Value, Value], bool]] = {
    "isEmpty": lambda left, right: is_empty(left),
    "isNotEmpty": lambda left, right: not is_empty(left),
    "equalTo": _equals,
    "notEqual": lambda left, right: not _equals(left, right),
    "include": lambda left, right: _includes(left, right) is True,
    "notInclude": lambda left, right: _includes(left, right) is not True,
}

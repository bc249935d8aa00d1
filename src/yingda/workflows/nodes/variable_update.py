"""Writes variables of the chat and outputs of nodes, in the order of the list (callflow D.7)."""

from __future__ import annotations

from collections.abc import Callable

from yingda.workflows.casts import cast_to
from yingda.workflows.references import VARIABLES, Scope, fill, reach, reference_in, resolve
from yingda.workflows.run import NodeRun, Result
from yingda.workflows.values import UNDEFINED, Value, dicts_of, is_truthy, number_of, string_of


async def update(run: NodeRun) -> Result:
    """Later entries see what earlier ones wrote; an entry whose target is not there is passed over."""
    scope = run.app.scope
    written: list[Value] = []
    for entry in dicts_of(run.node.given("updateList")):
        target = reference_in(entry.get("variable"), scope.workflow)
        if target is None:
            continue
        value = _changed(entry, reach(*target, scope), _given(entry, scope))
        written.append(None if value is UNDEFINED else value)
        _write(target, value, scope)
    return Result(response={"updateVarResult": written})


def _given(entry: dict[str, Value], scope: Scope) -> Value:
    """A literal behind an empty node id, or a reference."""
    value = entry.get("value", UNDEFINED)
    value_type = string_of(entry.get("valueType"))
    if isinstance(value, list) and len(value) == 2 and value[0] == "":
        return cast_to(fill(value[1], scope), value_type)
    return cast_to(resolve(value, scope), value_type)


def _changed(entry: dict[str, Value], old: Value, given: Value) -> Value:
    if entry.get("renderType") != "input":
        return given
    if (operator := string_of(entry.get("numberOperator"))) in _ARITHMETIC:
        before = 0 if old is UNDEFINED else number_of(old)
        return _ARITHMETIC[operator](before, number_of(given))
    if (mode := string_of(entry.get("booleanMode"))) in _BOOLEAN:
        return _BOOLEAN[mode](old)
    return _list(string_of(entry.get("arrayMode")), old, given)


def _list(mode: str, old: Value, given: Value) -> Value:
    if mode == "clear":
        return []
    if mode == "append":
        before = old if isinstance(old, list) else []
        return [*before, *(given if isinstance(given, list) else [given])]
    return given


_ARITHMETIC: dict[str, Callable[[int | float, int | float], Value]] = {
    "+": lambda old, by: old + by,
    "-": lambda old, by: old - by,
    "*": lambda old, by: old * by,
    "/": lambda old, by: old / by if by else old,
}
_BOOLEAN: dict[str, Callable[[Value], Value]] = {
    "true": lambda old: True,
    "false": lambda old: False,
    "negate": lambda old: not is_truthy(old),
}


def _write(target: tuple[str, str], value: Value, scope: Scope) -> None:
    node_id, name = target
    if node_id == VARIABLES:
        scope.variables[name] = value
    else:
        scope.cells.setdefault(node_id, {})[name] = value

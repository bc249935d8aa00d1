"""The variables of a chat: the system's own, those that were given, and defaults (callflow D.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from yingda.turns.types import Turn
from yingda.workflows.casts import cast_to
from yingda.workflows.values import UNDEFINED, Value
from yingda.workflows.workflow import Workflow

SYSTEM = ("userId", "appId", "chatId", "responseChatItemId", "histories", "cTime")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def system_variables_of(turn: Turn, app_name: str, zone: tzinfo) -> dict[str, Value]:
    """Known in every run and never stored."""
    now = turn.started_at.astimezone(zone)
    return {
        "userId": turn.user_id or "",
        "appId": app_name,
        "chatId": turn.conversation_id,
        "responseChatItemId": turn.id,
        "cTime": f"{now:%Y-%m-%d %H:%M:%S} {_DAYS[now.weekday()]}",
    }


def system_variables(variables: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the system, for an app inside."""
    return {key: value for key, value in variables.items() if key in SYSTEM}


def by_key(workflow: Workflow, given: Mapping[str, Value]) -> dict[str, Value]:
    """What was given by label or by key, under its key; the label counts more."""
    keys = {one.label: one.key for one in workflow.variables if one.label}
    plain = {name: value for name, value in given.items() if name not in keys}
    return plain | {keys[name]: value for name, value in given.items() if name in keys}


def with_defaults(workflow: Workflow, given: Mapping[str, Value]) -> dict[str, Value]:
    """What was given, cast to its type, and defaults for the rest."""
    variables: dict[str, Value] = dict(given)
    for one in workflow.variables:
        variables[one.key] = cast_to(given.get(one.key, one.default), one.value_type)
    return {key: value for key, value in variables.items() if value is not UNDEFINED}


def stored(workflow: Workflow, variables: Mapping[str, Value]) -> dict[str, Value]:
    """What the next turn begins with: nothing of the system's, and no password."""
    hidden = {*SYSTEM, *(one.key for one in workflow.variables if one.kind == "password")}
    return {key: value for key, value in variables.items() if key not in hidden and value is not UNDEFINED}

"""What was said before, in the measure that a node asks for (callflow D.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yingda.turns.types import Message
from yingda.workflows.run import Line, Role
from yingda.workflows.values import Value, dicts_of, string_of, whole_number_of

_ROLES: dict[str, Role] = {
    "Human": "user",
    "AI": "assistant",
    "System": "system",
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}


def lines_of_messages(messages: Iterable[Message]) -> list[Line]:
    """A conversation's history; what an operator said counts as an answer."""
    return [Line("user" if one.role == "user" else "assistant", one.text) for one in messages]


def window(asked: Value, history: Sequence[Line]) -> list[Line]:
    """A number asks for so many rounds besides all system lines, a list is the history itself."""
    if isinstance(asked, list):
        return lines_of_value(asked)
    rounds = whole_number_of(asked, 0)
    spoken = [line for line in history if line.role != "system"]
    system = [line for line in history if line.role == "system"]
    return [*system, *spoken[-2 * rounds :]] if rounds > 0 else []


def lines_of_value(value: Value) -> list[Line]:
    """A history that went through references as a value."""
    found: list[Line] = []
    for one in dicts_of(value):
        role = _ROLES.get(string_of(one.get("obj")) or string_of(one.get("role")))
        if role is not None:
            found.append(Line(role, _text(one.get("value", one.get("content")))))
    return found


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    pieces = [one.get("text") for one in dicts_of(value)]
    return "".join(string_of(piece.get("content")) for piece in pieces if isinstance(piece, dict))


def value_of_lines(lines: Iterable[Line]) -> list[Value]:
    """A history as other nodes may refer to it."""
    names = {"user": "Human", "assistant": "AI", "system": "System"}
    return [
        {"obj": names[line.role], "value": [{"type": "text", "text": {"content": line.text}}]}
        for line in lines
    ]

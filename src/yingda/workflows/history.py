"""What was said before, in the measure that a node asks for (callflow D.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

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


_MARKER = re.compile(r"<state>\s*(\d{4})\s*</state>", re.IGNORECASE)
_MOST_MARKED = 40


def lines_of_messages(messages: Iterable[Message], marked: Mapping[str, str]) -> list[Line]:
    """A conversation's history; what an operator said counts as an answer.

    Answers get back the stage markers that `marked` knows of: a model that is to begin with one must not see
    itself doing without.
    """
    lines: list[Line] = []
    for one in messages:
        code = marked.get(_digest(one.text))
        text = f"<state>{code}</state>{one.text}" if code and one.role != "user" else one.text
        lines.append(Line("user" if one.role == "user" else "assistant", text))
    return lines


def marked_after(before: Mapping[str, str], spoken: str, raw: str) -> dict[str, str]:
    """What is known of markers once this was spoken, and was `raw` before its marker was taken out."""
    marker = _MARKER.search(raw)
    after = {**before, **({_digest(spoken): marker[1]} if marker else {})}
    return dict(list(after.items())[-_MOST_MARKED:])


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:12]


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

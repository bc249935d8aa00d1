"""Functions that a model asks for, put together from the pieces they come in: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yingda.llm.types import ToolCallChunk

_MOST_CALLS = 16


class ToolCalls:
    """What was asked for so far; a provider numbers its calls and sends names first, arguments bit by bit."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}

    def take(self, deltas: Sequence[dict[str, Any]]) -> None:
        """Raises TypeError, LookupError or ValueError where it is no tool call."""
        for position, delta in enumerate(deltas):
            number = int(delta.get("index", position))
            if number not in self._calls and len(self._calls) >= _MOST_CALLS:
                raise ValueError("too many tool calls")
            call = self._calls.setdefault(number, {"id": "", "name": "", "arguments": ""})
            asked = delta.get("function") or {}
            call["id"] = delta.get("id") or call["id"]
            call["name"] += asked.get("name") or ""
            call["arguments"] += asked.get("arguments") or ""

    def whole(self) -> list[ToolCallChunk]:
        """All of them in their order, once."""
        calls, self._calls = self._calls, {}
        return [
            ToolCallChunk(
                call_id=call["id"] or f"call_{number}",
                name=call["name"],
                arguments_json=call["arguments"] or "{}",
            )
            for number, call in sorted(calls.items())
        ]

"""Values made to fit the type that an input, an output or a variable declares (callflow D.2, step 4)."""

from __future__ import annotations

import json
import logging

import json5

from yingda.workflows.values import (
    UNDEFINED,
    Value,
    compact_json,
    is_truthy,
    number_of,
    text_of,
    trimmed,
)

log = logging.getLogger(__name__)

_SPECIAL = frozenset({"datasetQuote", "selectDataset", "selectApp", "chatHistory"})
_MAX_LENIENT_CHARS = 16_384
"""Longer texts must be strict JSON: the lenient reader needs 8 microseconds a character."""


def cast_to(value: Value, value_type: str | None) -> Value:
    """The value as that type; null, undefined and `any` stay what they are, as does what fits already."""
    if value is None or value is UNDEFINED or not value_type or value_type == "any":
        return value
    if value_type in _SCALARS:
        return _SCALARS[value_type](value)
    if value_type.startswith("array"):
        return value if isinstance(value, list) else _read(value, [value])
    if value_type == "object":
        return value if isinstance(value, list | dict) else _read(value, {})
    if value_type == "chatHistory" and isinstance(value, int | float):
        return value  # so many rounds of the chat's own history
    if value_type in _SPECIAL:
        return value if isinstance(value, list | dict) else _read(value, [])
    return value


def _string(value: Value) -> Value:
    return compact_json(value) if isinstance(value, list | dict) else text_of(value)


def _number(value: Value) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return None if value == "" else number_of(value)


def _boolean(value: Value) -> Value:
    return value.lower() == "true" if isinstance(value, str) else is_truthy(value)


_SCALARS = {"string": _string, "number": _number, "boolean": _boolean}


def _read(value: Value, otherwise: Value) -> Value:
    if not isinstance(value, str) or not looks_like_json(value):
        return otherwise
    try:
        return read_json(value)
    except ValueError:
        return otherwise


def looks_like_json(text: str) -> bool:
    """Whether it begins and ends as an object or a list does."""
    inner = trimmed(text)
    return (inner.startswith("{") and inner.endswith("}")) or (inner.startswith("[") and inner.endswith("]"))


def read_json(text: str) -> Value:
    """JSON, or JSON5 where it is not too long for that; raises `ValueError`."""
    try:
        return _whole(text, json.loads(text))
    except (ValueError, RecursionError):
        if len(text) > _MAX_LENIENT_CHARS:
            raise ValueError("this is no JSON") from None
        try:
            return _whole(text, json5.loads(text))
        except RecursionError:
            raise ValueError("this is nested too deeply") from None


def _whole(text: str, value: Value) -> Value:
    """JSON can spell halves of characters, which nothing can store; they become question marks."""
    if "\\ud" not in text.lower():
        return value
    shown = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    whole: Value = json.loads(shown)
    return whole

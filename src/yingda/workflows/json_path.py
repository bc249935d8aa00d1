"""Reads a value out of a JSON answer by its path (callflow D.7)."""

from __future__ import annotations

import re
from typing import Any, cast

import jsonpath

from yingda.workflows.values import UNDEFINED, Value

_MANY = re.compile(r"\*|\.\.|\[[^\]\"']*[:,?][^\]]*\]|\['[^]]*',")
_MAX_PATH_CHARS = 500


def at_path(body: Value, path: str) -> Value:
    """All that a path with wildcards, slices, filters or unions finds, else the one value, else undefined."""
    whole = path if path.startswith("$") else f"$.{path}"
    if isinstance(body, dict) and path in body:
        return body[path]
    if not isinstance(body, list | dict) or len(path) > _MAX_PATH_CHARS:
        return UNDEFINED
    try:
        found = cast("list[Any]", jsonpath.findall(whole, body))
    except jsonpath.JSONPathError:
        return UNDEFINED
    if not found:
        return UNDEFINED
    value: Value = found if _MANY.search(whole) else found[0]
    return value

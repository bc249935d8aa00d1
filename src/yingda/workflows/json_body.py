"""Fills the placeholders of a JSON body so that it stays JSON, whatever the values hold (callflow D.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from yingda.workflows.casts import read_json
from yingda.workflows.run import NodeFailed
from yingda.workflows.values import UNDEFINED, Value, compact_json, template_text

_TOKEN = re.compile(r"\{\{([^{}]+)\}\}|\\.|[\"']", re.DOTALL)


class Unknown:
    """Says that a placeholder names nothing, so that it stays literal."""


UNKNOWN = Unknown()


def filled_json(text: str, known: Callable[[str], Value | Unknown]) -> Value:
    """The body; raises `NodeFailed` where it is no JSON5.

    Within quotes a value is escaped, outside it is JSON of its own; an undefined one is null. What is filled
    in is never looked at again.
    """
    if not text.strip():
        return {}
    filled = _filled(text, known)
    try:
        return read_json(filled)
    except ValueError:
        raise NodeFailed("the body is no JSON once its placeholders are filled in") from None


def _filled(text: str, known: Callable[[str], Value | Unknown]) -> str:
    pieces: list[str] = []
    at, quote = 0, ""
    for token in _TOKEN.finditer(text):
        pieces.append(text[at : token.start()])
        at = token.end()
        if token[1] is not None:
            value = known(token[1])
            pieces.append(token[0] if isinstance(value, Unknown) else _shown(value, quote))
            continue
        pieces.append(token[0])
        if token[0] in ('"', "'"):
            quote = token[0] if not quote else "" if quote == token[0] else quote
    return "".join([*pieces, text[at:]])


def _shown(value: Value, quote: str) -> str:
    if value is UNDEFINED:
        return "null"
    if quote:
        escaped = json.dumps(template_text(value), ensure_ascii=False)[1:-1]
        return escaped.replace("'", "\\u0027") if quote == "'" else escaped
    if isinstance(value, str) and _is_json(value):
        return value
    return compact_json(value)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

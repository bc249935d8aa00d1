"""The names that documents are known by."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from yingda.errors import InvalidRequest

_LONGEST = 255
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing, so that a name shows as another one than it is."""


def source_from_filename(filename: str) -> str:
    """The file's own name as shown to people, whatever path a client put before it.

    Composed (NFC), so that the same name typed on two systems is one document. Raises `InvalidRequest`.
    """
    return _checked(re.split(r"[/\\]", filename)[-1])


def source_from_path(relative: PurePath) -> str:
    """The name of a file in a watched folder: its path below that folder, with `/` on every system."""
    for part in relative.parts:
        _checked(part)
    return _checked("/".join(relative.parts))


def source_from_title(title: str, longest: int) -> str:
    """A name made of any text, such as a question; raises `InvalidRequest` where nothing of it is left."""
    plain = "".join(" " if _is_forbidden(char) else char for char in title)
    return _checked(" ".join(plain.split())[:longest])


def _is_forbidden(char: str) -> bool:
    return unicodedata.category(char) in _FORBIDDEN_CATEGORIES or char in _TURNING


def _checked(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if name in ("", ".", ".."):
        raise InvalidRequest("the file needs a name", field="file")
    if len(name) > _LONGEST:
        raise InvalidRequest(f"the file's name is longer than {_LONGEST} characters", field="file")
    if any(map(_is_forbidden, name)):
        raise InvalidRequest("the file's name holds control characters", field="file")
    return name

"""Files of training data, taken apart: definitions, texts, pairs, statements (dataqa 2.17)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Literal

from yingda.data_training.items import NewItem
from yingda.errors import InvalidRequest, UnsupportedMedia

FileType = Literal["ddl", "markdown", "sql_pair_json", "sql_pair", "sql"]
MAX_FILE_BYTES = 500 * 1024
SOURCE = "upload"

_ENDINGS: dict[FileType, frozenset[str]] = {
    "ddl": frozenset(("ddl", "sql", "txt", "")),
    "markdown": frozenset(("md", "markdown")),
    "sql_pair_json": frozenset(("json", "txt", "")),
    "sql_pair": frozenset(("sql", "txt", "")),
    "sql": frozenset(("sql", "txt", "")),
}
_HEADING = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
_PAIR = re.compile(r"Question:\s*(.*?)\s*SQL:\s*(.*?)(?=\s*Question:|\Z)", re.DOTALL | re.IGNORECASE)
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|;|[^'\";/-]+|.", re.DOTALL)


def items_from_file(file_type: FileType, name: str, content: bytes) -> list[NewItem]:
    """What the file teaches; raises `InvalidRequest` where it is not of that type."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    if ending not in _ENDINGS[file_type]:
        raise UnsupportedMedia(f"{file_type} 不接受 .{ending} 文件")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest("文件不是 UTF-8 文本", field="file") from None
    if "\x00" in text:
        raise InvalidRequest("不能包含 U+0000", field="file")
    found = _READERS[file_type](text)
    if not found:
        raise InvalidRequest("文件中没有可用的内容", field="file")
    return found


def statements(text: str) -> list[str]:
    """The statements of a script; a semicolon inside quotes or a comment ends none."""
    found, current = [], ""
    for piece in _PIECE.findall(text):
        if piece == ";":
            found.append(current.strip())
            current = ""
        else:
            current += piece
    return [one for one in (*found, current.strip()) if one]


def _definitions(text: str) -> list[NewItem]:
    if "create" not in text.lower():
        raise InvalidRequest("DDL 文件必须包含 CREATE 语句", field="file")
    return [NewItem(kind="ddl", content=one, source=SOURCE) for one in statements(text)]


def _texts(text: str) -> list[NewItem]:
    if "##" not in text:
        raise InvalidRequest("Markdown 文件必须包含 ## 标题", field="file")
    parts = (part.strip() for part in _HEADING.split(text))
    return [NewItem(kind="documentation", content=part, source=SOURCE) for part in parts if part]


def _pairs_in_json(text: str) -> list[NewItem]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest("文件不是合法的 JSON", field="file") from None
    if not isinstance(rows, list) or not rows:
        raise InvalidRequest("JSON 必须是非空数组", field="file")
    return [_pair(row) for row in rows]


def _pair(row: Any) -> NewItem:
    fields = {str(key).lower(): value for key, value in row.items()} if isinstance(row, dict) else {}
    question, sql = fields.get("question"), fields.get("sql")
    if not isinstance(question, str) or not isinstance(sql, str) or not question.strip() or not sql.strip():
        raise InvalidRequest("每一项都必须有 question 和 sql", field="file")
    return NewItem(kind="sql", question=question.strip(), content=sql.strip(), source=SOURCE)


def _pairs(text: str) -> list[NewItem]:
    found = [(question, sql.strip().rstrip(";").strip()) for question, sql in _PAIR.findall(text)]
    if not found:
        raise InvalidRequest("文件必须包含 Question: 和 SQL:", field="file")
    return [
        NewItem(kind="sql", question=question, content=sql, source=SOURCE)
        for question, sql in found
        if question and sql
    ]


def _statements(text: str) -> list[NewItem]:
    if ";" not in text:
        raise InvalidRequest("SQL 文件中的语句必须以 ; 结尾", field="file")
    return [NewItem(kind="documentation", content=one, source=SOURCE) for one in statements(text)]


_READERS: dict[FileType, Callable[[str], list[NewItem]]] = {
    "ddl": _definitions,
    "markdown": _texts,
    "sql_pair_json": _pairs_in_json,
    "sql_pair": _pairs,
    "sql": _statements,
}

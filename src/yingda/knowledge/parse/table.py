"""Tables as rows that can be read alone, or as questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yingda.knowledge.parse import faq
from yingda.knowledge.parse.draft import HEADING_LEVELS, Draft
from yingda.knowledge.parse.text import squeeze

_NUMBER = re.compile(r"[-+¥$€]?\d[\d,.:/% -]*")
_NAME_CHARS = 40


def write(rows: Sequence[Sequence[str]], draft: Draft, *, has_header: bool | None = None) -> None:
    """`has_header` None asks the first row: it is one where every cell is a short name and none a number."""
    filled = [cells for row in rows if any(cells := [squeeze(cell) for cell in row])]
    if not filled:
        return
    named = looks_like_header(filled[0]) if has_header is None else has_header
    header = filled[0] if named and len(filled) > 1 else []
    body = filled[1:] if header else filled
    if columns := faq.question_columns(header):
        _write_answers(header, body, columns, draft)
    else:
        for row in body:
            draft.table_row(_sentence(header, row))


def looks_like_header(row: Sequence[str]) -> bool:
    """Names: all there, all different, short, and no numbers."""
    if len(set(row)) < len(row):
        return False
    return all(cell and len(cell) <= _NAME_CHARS and not _NUMBER.fullmatch(cell) for cell in row)


def row_has(row: Sequence[str], columns: tuple[int, int]) -> bool:
    """Whether both cells are there and filled."""
    return all(at < len(row) and row[at] for at in columns)


def _write_answers(header: list[str], rows: list[list[str]], columns: tuple[int, int], draft: Draft) -> None:
    """Other columns stand over their question as headings, so that nothing follows its answer."""
    depth = draft.depth
    open_topics: list[str] = []
    for row in rows:
        if not row_has(row, columns):
            draft.leave(depth)
            open_topics = []
            draft.table_row(_sentence(header, row))
            continue
        topics = _topics(header, row, columns)
        if topics != open_topics:
            draft.leave(depth)
            for below, topic in enumerate(topics, 1):
                draft.heading(topic, min(depth + below, HEADING_LEVELS))
            open_topics = topics
        draft.question(row[columns[0]])
        draft.prose(row[columns[1]])
    draft.leave(depth)


def _topics(header: list[str], row: list[str], columns: tuple[int, int]) -> list[str]:
    """What the question is about, then all else that is said of it."""
    rest = [cell if at not in columns else "" for at, cell in enumerate(row)]
    named = [at < len(header) and faq.is_topic(header[at]) for at in range(len(rest))]
    topic = "; ".join(cell for cell, is_topic in zip(rest, named, strict=True) if cell and is_topic)
    others = ["" if is_topic else cell for cell, is_topic in zip(rest, named, strict=True)]
    return [text for text in (topic, _sentence(header, others)) if text]


def _sentence(header: list[str], row: list[str]) -> str:
    named = (
        f"{header[at]}: {cell}" if at < len(header) and header[at] else cell
        for at, cell in enumerate(row)
        if cell
    )
    return "; ".join(named)

"""Tables as rows that can be read alone, or as questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yingda.knowledge.parse import faq
from yingda.knowledge.parse.draft import Draft
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
    columns = faq.question_columns(header)
    for row in filled[1:] if header else filled:
        if columns and row_has(row, columns):
            _write_answer(header, row, columns, draft)
        else:
            draft.table_row(_sentence(header, row))


def looks_like_header(row: Sequence[str]) -> bool:
    """Names: all there, all different, short, and no numbers."""
    if len(set(row)) < len(row):
        return False
    return all(cell and len(cell) <= _NAME_CHARS and not _NUMBER.fullmatch(cell) for cell in row)


def row_has(row: Sequence[str], columns: tuple[int, int]) -> bool:
    """Whether both cells are there and filled."""
    return all(at < len(row) and row[at] for at in columns)


def _write_answer(header: list[str], row: list[str], columns: tuple[int, int], draft: Draft) -> None:
    question, answer = columns
    draft.question(row[question])
    draft.prose(row[answer])
    rest = [cell if at not in columns else "" for at, cell in enumerate(row)]
    if any(rest):
        draft.table_row(_sentence(header, rest))


def _sentence(header: list[str], row: list[str]) -> str:
    named = (
        f"{header[at]}: {cell}" if at < len(header) and header[at] else cell
        for at, cell in enumerate(row)
        if cell
    )
    return "; ".join(named)

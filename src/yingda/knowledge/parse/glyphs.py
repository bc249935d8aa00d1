"""The characters of a PDF page → lines and their cells, by place."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from yingda.knowledge.parse.page import Cell, Line, Rule

_NEWLINES = frozenset("\r\n")
_SOFT_HYPHENS = {"\x02": "-", "\ufffe": "-"}  # how the library reports a hyphen at a line's end
_CELL_GAP_EMS = 0.7
_EM_SHARE = 0.8  # of a character's full height; the size the file names may be scaled later
_FONT_NAME_BYTES = 128
_MAX_SHAPES = 20_000  # a drawing, not a table
_STROKE_POINTS = 3.0
_SHORTEST_RULE_POINTS = 8.0

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""


@dataclass(slots=True)
class _Row:
    """A line under way: its text, and per visible character the index in it, on the page, and two boxes."""

    text: str = ""
    size: float = 0.0
    visible: list[tuple[int, int, Box, Box]] = field(default_factory=list)


def lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """Line ends are the library's own; the box of a line is that of its visible characters."""
    row = _Row()
    for at in range(page.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(page, at))
        char = _SOFT_HYPHENS.get(char, char)
        if char in _NEWLINES:
            yield from _line(page, row)
            row = _Row()
            continue
        if not char.isspace():
            row.visible.append((len(row.text), at, page.get_charbox(at), page.get_charbox(at, loose=True)))
            row.size = max(row.size, raw.FPDFText_GetFontSize(page, at))
        row.text += char
    yield from _line(page, row)


def rules(page: pypdfium2.PdfPage) -> list[Rule]:
    """Level strokes, and the upper and lower edges of boxes; none where the page is full of shapes."""
    if raw.FPDFPage_CountObjects(page) > _MAX_SHAPES:
        return []
    found: list[Rule] = []
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=2):
        left, bottom, right, top = shape.get_bounds()
        if right - left < _SHORTEST_RULE_POINTS:
            continue
        ys = ((bottom + top) / 2,) if top - bottom <= _STROKE_POINTS else (bottom, top)
        found += (Rule(y=y, left=left, right=right) for y in ys)
    return found


def has_image(page: pypdfium2.PdfPage) -> bool:
    """Whether anything on the page is a picture."""
    return next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2), None) is not None


def _line(page: pypdfium2.PdfTextPage, row: _Row) -> Iterator[Line]:
    if not row.visible:
        return
    lefts, bottoms, rights, tops = zip(*(box for _, _, box, _ in row.visible), strict=True)
    yield Line(
        text=row.text.strip(),
        left=min(lefts),
        right=max(rights),
        top=max(tops),
        bottom=min(bottoms),
        size=row.size,
        cells=tuple(_cells(page, row)),
    )


def _cells(page: pypdfium2.PdfTextPage, row: _Row) -> Iterator[Cell]:
    """Gaps are measured between advance boxes: the glyph of a Chinese comma fills a quarter of its own."""
    em = max(_EM_SHARE * max(top - bottom for *_, (_, bottom, _, top) in row.visible), 1.0)
    starts = [0]
    for at, (before, after) in enumerate(pairwise(row.visible), 1):
        gap = after[3][0] - before[3][2]
        if gap > _CELL_GAP_EMS * em or gap < -2 * em:
            starts.append(at)
    for start, end in pairwise([*starts, len(row.visible)]):
        part = row.visible[start:end]
        yield Cell(
            text=row.text[part[0][0] : part[-1][0] + 1],
            left=min(loose[0] for *_, loose in part),
            right=max(loose[2] for *_, loose in part),
            base=_base(page, part[0][1]),
            em=em,
            font=_font(page, part[0][1]),
        )


def _base(page: pypdfium2.PdfTextPage, at: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, at, x, y)
    return y.value


def _font(page: pypdfium2.PdfTextPage, at: int) -> str:
    """Name and weight, only ever compared."""
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    raw.FPDFText_GetFontInfo(page, at, name, _FONT_NAME_BYTES, ctypes.c_int())
    return f"{name.value!r} {raw.FPDFText_GetFontWeight(page, at)}"

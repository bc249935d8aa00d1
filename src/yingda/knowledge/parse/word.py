"""DOCX: headings by style, lists, tables, in the order of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.oxml.ns import qn
from docx.styles.style import BaseStyle, ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import HEADING_LEVELS, Draft
from yingda.knowledge.parse.text import HARD_BREAK
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_HEADING_STYLE = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list (?:bullet|number)\s*(\d?)", re.IGNORECASE)
_BREAKS = {qn("w:br"): HARD_BREAK, qn("w:cr"): HARD_BREAK, qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}


def write(data: bytes, draft: Draft) -> ParsedDocument:
    """Inserted text of tracked changes is in, deleted text, headers and footers are out."""
    document = Document(io.BytesIO(data))
    draft.title = document.core_properties.title or None
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            table.write([[_cell_text(cell) for cell in row.cells] for row in part.rows], draft)
        else:
            _write_paragraph(part, draft)
    return draft.finish(MEDIA_TYPE)


def _write_paragraph(paragraph: Paragraph, draft: Draft) -> None:
    text = _text(paragraph)
    if level := _heading_level(paragraph):
        draft.heading(text, level)
    elif depth := _list_depth(paragraph):
        draft.list_item(text, depth)
    else:
        draft.prose(text)


def _text(paragraph: Paragraph) -> str:
    """All runs, those in links and insertions too, which the library's own property leaves out."""
    pieces = []
    for element in paragraph._p.iter(qn("w:t"), *_BREAKS):
        if any(parent.tag.endswith("}Fallback") for parent in element.iterancestors()):
            continue  # the same text box again, for programs that cannot show the first form
        pieces.append(_BREAKS.get(element.tag) or element.text or "")
    return "".join(pieces)


def _cell_text(cell: object) -> str:
    paragraphs: list[Paragraph] = getattr(cell, "paragraphs", [])
    return " ".join(_text(paragraph) for paragraph in paragraphs)


def _heading_level(paragraph: Paragraph) -> int:
    """From the outline level of the paragraph or its styles, or the style's name; 0 for body text."""
    for properties in (paragraph._p.pPr, *(style.element.pPr for style in _styles(paragraph))):
        outline = None if properties is None else properties.find(qn("w:outlineLvl"))
        if outline is not None:
            level = int(outline.get(qn("w:val"), "9")) + 1
            return level if level <= HEADING_LEVELS else 0
    names = [style.name or "" for style in _styles(paragraph)]
    if names and names[0] in ("Title", "标题"):
        return 1
    levels = (match for name in names if (match := _HEADING_STYLE.match(name)))
    return min(int(next(levels)[1]), HEADING_LEVELS) if any(map(_HEADING_STYLE.match, names)) else 0


def _list_depth(paragraph: Paragraph) -> int:
    """From the numbering of the paragraph or its styles, else from the style's name; 0 outside lists."""
    for properties in (paragraph._p.pPr, *(style.element.pPr for style in _styles(paragraph))):
        numbering = None if properties is None else properties.find(qn("w:numPr"))
        if numbering is not None:
            level = numbering.find(qn("w:ilvl"))
            named = _named_depth(paragraph)
            return int(level.get(qn("w:val"), "0")) + 1 if level is not None else named or 1
    return _named_depth(paragraph)


def _named_depth(paragraph: Paragraph) -> int:
    matches = (_LIST_STYLE.match(style.name or "") for style in _styles(paragraph))
    return next((int(match[1] or 1) for match in matches if match), 0)


def _styles(paragraph: Paragraph) -> Iterator[ParagraphStyle]:
    """The paragraph's style and those it is built on, nearest first; a crafted circle ends."""
    seen: list[BaseStyle] = []
    style: BaseStyle | None = paragraph.style
    while isinstance(style, ParagraphStyle) and style not in seen:
        seen.append(style)
        yield style
        style = style.base_style

"""PPTX: each slide a page and, by its title, a section; tables, groups and speaker's notes are in."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table
from pptx.text.text import TextFrame

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import TooManyPages
from yingda.knowledge.parse.text import HARD_BREAK
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

_MOST_NESTED = 32
_SOFT_BREAK = "\v"
"""How the library tells a line break within a paragraph."""


def write(data: bytes, draft: Draft, limits: ParseLimits) -> ParsedDocument:
    """Pages count slides from 1, hidden ones too, whose text is left out."""
    presentation = Presentation(io.BytesIO(data))
    if len(presentation.slides) > limits.max_pages:
        raise TooManyPages
    draft.title = presentation.core_properties.title or None
    for number, slide in enumerate(presentation.slides, 1):
        draft.page = number
        if slide._element.get("show") not in ("0", "false"):
            _write_slide(slide, draft)
    return draft.finish(MEDIA_TYPE, page_count=len(presentation.slides))


def _write_slide(slide: Slide, draft: Draft) -> None:
    title = slide.shapes.title
    draft.leave(0)
    if title is not None:
        draft.heading(title.text_frame.text.replace(_SOFT_BREAK, " "), 1)
    for shape in _flat(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _write_shape(shape, draft)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        draft.prose(_text(notes))


def _write_shape(shape: BaseShape, draft: Draft) -> None:
    if isinstance(shape, GraphicFrame) and shape.has_table:
        table.write(_rows(shape.table), draft)
    elif shape.has_text_frame:
        frame: TextFrame = shape.text_frame  # type: ignore[attr-defined]
        paragraphs = [paragraph for paragraph in frame.paragraphs if paragraph.text.strip()]
        if len(paragraphs) > 1 and shape.is_placeholder:
            for paragraph in paragraphs:
                draft.list_item(paragraph.text.replace(_SOFT_BREAK, HARD_BREAK), paragraph.level + 1)
        else:
            draft.prose(_text(frame))


def _flat(shapes: Iterable[BaseShape], depth: int = 0) -> Iterator[BaseShape]:
    """In the order of the file, which is mostly that of reading; a crafted nesting ends."""
    for shape in shapes:
        if isinstance(shape, GroupShape):
            if depth < _MOST_NESTED:
                yield from _flat(shape.shapes, depth + 1)
        else:
            yield shape


def _rows(cells: Table) -> list[list[str]]:
    return [[cell.text.replace(_SOFT_BREAK, " ") for cell in row.cells] for row in cells.rows]


def _text(frame: TextFrame) -> str:
    lines = (paragraph.text.replace(_SOFT_BREAK, HARD_BREAK) for paragraph in frame.paragraphs)
    return HARD_BREAK.join(lines)

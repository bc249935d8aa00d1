"""DOCX: headings by style, numbered lists, tables and notes, in the order of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.styles.style import BaseStyle, ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import HEADING_LEVELS, Draft
from yingda.knowledge.parse.numbering import Numbering
from yingda.knowledge.parse.text import HARD_BREAK
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_HEADING_STYLE = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list (?:bullet|number)\s*(\d?)", re.IGNORECASE)
_BREAKS = {qn("w:br"): HARD_BREAK, qn("w:cr"): HARD_BREAK, qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}
_NOTES = (
    (qn("w:footnoteReference"), "/footnotes", qn("w:footnote")),
    (qn("w:endnoteReference"), "/endnotes", qn("w:endnote")),
)
_NOTE_REFERENCES = tuple(tag for tag, _, _ in _NOTES)


def write(data: bytes, draft: Draft) -> ParsedDocument:
    """Inserted text of tracked changes is in, deleted text, headers and footers are out."""
    document = Document(io.BytesIO(data))
    draft.title = document.core_properties.title or None
    walk = _Walk(document, draft)
    for part in document.iter_inner_content():
        walk.write(part)
    walk.write_notes()
    return draft.finish(MEDIA_TYPE)


class _Walk:
    """Through the body, counting list numbers and holding notes back to the end of their section."""

    def __init__(self, document: WordDocument, draft: Draft) -> None:
        self._draft = draft
        self._numbering = Numbering(next(_related(document, "/numbering"), None))
        self._notes = _notes(document)
        self._due: list[str] = []
        titles = (part for part in document.paragraphs if _is_title(part) and _text(part).strip())
        self._shift = 1 if any(titles) else 0

    def write(self, part: Paragraph | Table) -> None:
        """A table, heading, list entry or paragraph, and at a heading first the notes of what it ends."""
        if isinstance(part, Table):
            table.write([[_cell_text(cell) for cell in row.cells] for row in part.rows], self._draft)
            self._collect(part._tbl)
            return
        self._write_paragraph(part)
        self._collect(part._p)

    def write_notes(self) -> None:
        """The notes referred to since the last call."""
        for note in self._due:
            self._draft.prose(note)
        self._due.clear()

    def _write_paragraph(self, paragraph: Paragraph) -> None:
        text = _text(paragraph)
        if not text.strip():
            return
        number_id, number_level = _number(paragraph)
        marker = self._numbering.marker(number_id, number_level) if number_id else ""
        if level := _heading_level(paragraph):
            self.write_notes()
            named = f"{marker} {text}" if marker not in ("", "-") else text
            self._draft.heading(named, level if _is_title(paragraph) else level + self._shift)
        elif depth := _list_depth(paragraph):
            self._draft.list_item(text, depth, f"{marker or '-'} ")
        else:
            self._draft.prose(text)

    def _collect(self, element: BaseOxmlElement) -> None:
        for reference in element.iter(*_NOTE_REFERENCES):
            note = self._notes.pop((reference.tag, reference.get(qn("w:id"), "")), "")
            self._due += [note] if note else []


def _related(document: WordDocument, kind: str) -> Iterator[BaseOxmlElement]:
    """Roots of the parts that hold numbering, footnotes or endnotes."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            yield parse_xml(relation.target_part.blob)


def _notes(document: WordDocument) -> dict[tuple[str, str], str]:
    """Tag of the reference and id → text; the lines that part notes from the body are no notes."""
    found = {}
    for tag, kind, note_tag in _NOTES:
        for root in _related(document, kind):
            for note in root.findall(note_tag):
                if note.get(qn("w:type")) in (None, "normal"):
                    found[tag, note.get(qn("w:id"), "")] = _element_text(note).strip()
    return found


def _text(paragraph: Paragraph) -> str:
    """All runs, those in links and insertions too, which the library's own property leaves out."""
    return _element_text(paragraph._p)


def _element_text(root: BaseOxmlElement) -> str:
    pieces = []
    for element in root.iter(qn("w:t"), *_BREAKS):
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
    if _is_title(paragraph):
        return 1
    names = [style.name or "" for style in _styles(paragraph)]
    levels = (match for name in names if (match := _HEADING_STYLE.match(name)))
    return min(int(next(levels)[1]), HEADING_LEVELS) if any(map(_HEADING_STYLE.match, names)) else 0


def _is_title(paragraph: Paragraph) -> bool:
    style = next(_styles(paragraph), None)
    return style is not None and style.name in ("Title", "标题")


def _number(paragraph: Paragraph) -> tuple[str, int]:
    """List id and level from 0, of the paragraph or its styles; an empty id outside lists."""
    number_id, level = "", ""
    for numbering in _numberings(paragraph):
        number_id = number_id or _attribute(numbering, "w:numId")
        level = level or _attribute(numbering, "w:ilvl")
    return ("" if number_id == "0" else number_id), (int(level) if level else 0)


def _list_depth(paragraph: Paragraph) -> int:
    """From the numbering of the paragraph or its styles, else from the style's name; 0 outside lists."""
    levels = [
        _attribute(numbering, "w:ilvl")
        for numbering in _numberings(paragraph)
        if _attribute(numbering, "w:numId") != "0"
    ]
    if not levels:
        return 0 if any(_numberings(paragraph)) else _named_depth(paragraph)
    return int(levels[0]) + 1 if levels[0] else _named_depth(paragraph) or 1


def _numberings(paragraph: Paragraph) -> list[BaseOxmlElement]:
    """Nearest first; the id 0 takes the numbering of the style away."""
    owners = (paragraph._p.pPr, *(style.element.pPr for style in _styles(paragraph)))
    found = (owner.find(qn("w:numPr")) for owner in owners if owner is not None)
    numberings = [numbering for numbering in found if numbering is not None]
    ids = [_attribute(numbering, "w:numId") for numbering in numberings]
    return numberings[: ids.index("0") + 1] if "0" in ids else numberings


def _attribute(numbering: BaseOxmlElement, tag: str) -> str:
    child = numbering.find(qn(tag))
    return "" if child is None else str(child.get(qn("w:val"), ""))


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

"""Builds the PDF, DOCX and XLSX samples from the plain texts in `originals/`.

Run `python samples/build_documents.py` after a change of an original; needs the dev extras and, for the PDFs,
the system package fonts-noto-cjk. Dates are fixed, so that only a changed text changes what a reader sees.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

import docx
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill

HERE = Path(__file__).parent
ORIGINALS = HERE / "originals"
DOCUMENTS = HERE / "documents"
ISSUED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AUTHOR = "Zhenyu Store"

FONT_FOLDER = Path("/usr/share/fonts/opentype/noto")
SIMPLIFIED_CHINESE = 2  # the face of that index in the Noto Sans CJK collections
ACCENT = (38, 92, 84)
GREY = (110, 110, 110)
PALE = (232, 240, 238)

Kind = Literal["heading", "paragraph", "bullet", "step", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of an original; `level` counts headings from 1, `rows` fill a table, header first."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def read_parts(markdown: str) -> Iterator[Part]:
    """The few Markdown forms that the originals use; every paragraph and list entry is one line."""
    lines = [line.strip() for line in markdown.splitlines() if line.strip()]
    for is_table, group in groupby(lines, key=lambda line: line.startswith("|")):
        if is_table:
            rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in group]
            yield Part(kind="table", rows=(rows[0], *rows[2:]))
        else:
            yield from map(_part, group)


def _part(line: str) -> Part:
    if match := re.match(r"(#+) (.+)", line):
        return Part(kind="heading", text=match[2], level=len(match[1]))
    if match := re.match(r"- (.+)", line):
        return Part(kind="bullet", text=match[1])
    if match := re.match(r"\d+\. (.+)", line):
        return Part(kind="step", text=match[1])
    return Part(kind="paragraph", text=line)


def build_all(folder: Path) -> list[Path]:
    """Writes every generated sample into `folder`, under the names that it has in `documents/`."""
    booklet = Brochure("A5", "榛屿 X200 用户手册", "第 {page} 页 / 共 {{nb}} 页")
    leaflet = Brochure("A4", "", "Page {page} of {{nb}}")
    return [
        build_pdf("X200用户手册", booklet, folder),
        build_pdf("returns_and_refunds_en", leaflet, folder),
        build_docx("保修条款", folder),
        build_xlsx("常见问题", folder),
    ]


_LINE_PIECES = re.compile(r"[“（《]*(?:[!-~]+|.)[，。；：、？！”）》]*\s*")


def wrapped(text: str, width: float, width_of: Callable[[str], float]) -> Iterator[str]:
    """Lines of at most `width`: broken between Chinese characters or Latin words, never before a comma."""
    line = ""
    for piece in _LINE_PIECES.findall(text):
        if line and width_of((line + piece).rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


_PAPERS = {"A4": (210.0, 297.0), "A5": (148.0, 210.0)}
"""Millimetres."""


class Brochure(FPDF):
    """Pages with a running title, where there is one, and a page number."""

    def __init__(self, paper: Literal["A4", "A5"], running_title: str, page_label: str) -> None:
        super().__init__(format=_PAPERS[paper])
        self._running_title = running_title
        self._page_label = page_label
        margin = 24.0 if paper == "A4" else 17.0
        self.set_margins(margin, 24, margin)
        self.set_auto_page_break(True, margin=22)
        self._body_size = 10.5 if paper == "A4" else 9.5
        self._line_height = 0.58 * self._body_size
        for style, name in (("", "Regular"), ("B", "Bold")):
            path = FONT_FOLDER / f"NotoSansCJK-{name}.ttc"
            if not path.exists():
                raise SystemExit(f"{path} is missing: install the system package fonts-noto-cjk")
            self.add_font("Noto", style, path, collection_font_number=SIMPLIFIED_CHINESE)

    def header(self) -> None:
        """The running title over a thin line."""
        if not self._running_title:
            return
        self.set_font("Noto", size=8.5)
        self.set_text_color(GREY)
        self.set_y(12)
        self.cell(0, 5, self._running_title, align="R", new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(GREY)
        self.line(self.l_margin, 18, self.w - self.r_margin, 18)
        self.set_y(self.t_margin)

    def footer(self) -> None:
        """Which page of how many."""
        self.set_y(-15)
        self.set_font("Noto", size=8.5)
        self.set_text_color(GREY)
        self.cell(0, 5, self._page_label.format(page=self.page_no()), align="C")

    def write_part(self, part: Part, number: int) -> None:
        """Sets one part in type; `number` is that of a step within its list."""
        if part.kind == "heading":
            self._write_heading(part)
        elif part.kind == "table":
            self._write_table(part)
        elif part.kind == "paragraph":
            self._write_text(part.text, "", 0.0)
            self.ln(2)
        else:
            self._write_text(part.text, "•" if part.kind == "bullet" else f"{number}.", 7.0)
            self.ln(1)

    def _write_heading(self, part: Part) -> None:
        size, before, after = {1: (20.0, 0.0, 4.0), 2: (14.0, 4.0, 2.0)}.get(part.level, (12.5, 2.0, 1.0))
        if self.will_page_break(before + size + 16):
            self.add_page()
        self.ln(before)
        self.set_font("Noto", "B", size)
        self.set_text_color(ACCENT)
        self.multi_cell(0, size * 0.55, part.text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(after)

    def _write_text(self, text: str, marker: str, indent: float) -> None:
        self.set_font("Noto", size=self._body_size)
        self.set_text_color(30)
        self.cell(indent, self._line_height, marker)
        for line in wrapped(text, self.epw - indent - 2 * self.c_margin, self.get_string_width):
            self.set_x(self.l_margin + indent)
            self.cell(0, self._line_height, line, new_x="LMARGIN", new_y="NEXT")

    def _write_table(self, part: Part) -> None:
        self.set_font("Noto", size=self._body_size - 0.5)
        self.set_text_color(30)
        self.set_draw_color(200)
        self.ln(1)
        width = 0.36 if len(part.rows[0]) == 2 else 0.28
        rest = (1 - width) / (len(part.rows[0]) - 1)
        with self.table(
            rows=part.rows,
            col_widths=(width, *(rest for _ in part.rows[0][1:])),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=PALE),
            line_height=6,
            padding=(0.8, 1.5),
            text_align="LEFT",
        ):
            pass
        self.ln(5)


def build_pdf(name: str, brochure: Brochure, folder: Path) -> Path:
    """Fills the empty `brochure` from `originals/<name>.md`; holds only the used part of the CJK font."""
    parts = list(read_parts((ORIGINALS / f"{name}.md").read_text("utf-8")))
    brochure.set_title(parts[0].text)
    brochure.set_author(AUTHOR)
    brochure.set_creation_date(ISSUED)
    brochure.add_page()
    number = 0
    for part in parts:
        number = number + 1 if part.kind == "step" else 0
        brochure.write_part(part, number)
    path = folder / f"{name}.pdf"
    brochure.output(str(path))
    return path


_WORD_STYLES = {"paragraph": "Normal", "bullet": "List Bullet", "step": "List Number"}


def build_docx(name: str, folder: Path) -> Path:
    """A Word document of `originals/<name>.md` with real heading styles, lists and tables."""
    document = docx.Document()
    _prepare_styles(document)
    document.sections[0].footer.paragraphs[0].text = AUTHOR
    parts = list(read_parts((ORIGINALS / f"{name}.md").read_text("utf-8")))
    document.core_properties.title = parts[0].text
    before: Kind | None = None
    number_id = 0
    for part in parts:
        if part.kind == "heading":
            document.add_heading(part.text, level=part.level)
        elif part.kind == "table":
            _write_word_table(document, part)
        else:
            paragraph = document.add_paragraph(part.text, style=_WORD_STYLES[part.kind])
            if part.kind == "step":
                number_id = number_id if before == "step" else _new_numbering(document)
                _number(paragraph, number_id)
        before = part.kind
    path = folder / f"{name}.docx"
    document.save(str(path))
    return path


def _prepare_styles(document: WordDocument) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = AUTHOR
    properties.created = properties.modified = ISSUED.replace(tzinfo=None)
    properties.comments = ""
    document.styles["Normal"].font.size = Pt(10.5)
    for name in ("Normal", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = "Noto Sans CJK SC"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
        if name != "Normal":
            style.font.color.rgb = RGBColor(*ACCENT)


def _write_word_table(document: WordDocument, part: Part) -> None:
    table = document.add_table(rows=0, cols=len(part.rows[0]), style="Light Grid Accent 1")
    for row in part.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph()


def _new_numbering(document: WordDocument) -> int:
    """A numbering of its own, so that each list of steps begins with 1."""
    numbering = document.part.numbering_part.element
    properties = document.styles["List Number"].element.pPr
    abstract = numbering.num_having_numId(properties.numPr.numId.val).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def _number(paragraph: Paragraph, number_id: int) -> None:
    numbering = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    for tag, value in (("w:ilvl", 0), ("w:numId", number_id)):
        element = OxmlElement(tag)
        element.set(qn("w:val"), str(value))
        numbering.append(element)


_WIDTHS = {"A": 12, "B": 38, "C": 90}


def build_xlsx(name: str, folder: Path) -> Path:
    """A workbook of `originals/<name>.csv`: its first column names the sheet a row belongs to."""
    with (ORIGINALS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, group in groupby(rows, key=lambda row: row[0]):
        sheet = book.create_sheet(title)
        for row in (header, *group):
            sheet.append(row[1:])
        sheet.freeze_panes = "A2"
        for cell in sheet[1]:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8F0EE")
        for column, width in _WIDTHS.items():
            sheet.column_dimensions[column].width = width
            for cell in sheet[column]:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.properties.creator = AUTHOR
    book.properties.title = name
    book.properties.created = ISSUED.replace(tzinfo=None)
    path = folder / f"{name}.xlsx"
    book.save(path)
    return path


def main() -> None:
    """Writes into `documents/`, or into the folder named on the command line."""
    parser = argparse.ArgumentParser(description="Build the PDF, DOCX and XLSX samples.")
    parser.add_argument("folder", nargs="?", type=Path, default=DOCUMENTS)
    for path in build_all(parser.parse_args().folder):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""PDF: the lines of each page, then `layout` makes paragraphs of them."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdfium2 import raw

from yingda.knowledge.parse import layout
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.layout import Line
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import Corrupt, Encrypted, NoText, TooManyPages
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/pdf"

_PDFIUM = threading.Lock()  # the library keeps global state: one thread at a time
_END_WITHIN_BYTES = 4096
_NEWLINES = frozenset("\r\n")
_SOFT_HYPHENS = {"\x02": "-", "\ufffe": "-"}  # how the library reports a hyphen at a line's end


def write(data: bytes, draft: Draft, limits: ParseLimits) -> ParsedDocument:
    """Pages count from 1; a second library reads what the first one cannot open."""
    tail = data[-_END_WITHIN_BYTES:]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise Corrupt("The PDF is cut off. Send it again.")
    try:
        with _PDFIUM:
            pages = _pages(data, draft, limits)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Encrypted from error
        pages = _pages_slowly(data, limits)
    if not pages:
        raise Corrupt
    if not any(pages):
        raise NoText("The PDF holds no text, perhaps only scanned pages.")
    layout.write(pages, draft)
    return draft.finish(MEDIA_TYPE, page_count=len(pages))


def _pages(data: bytes, draft: Draft, limits: ParseLimits) -> list[list[Line]]:
    with pypdfium2.PdfDocument(data) as document:
        if len(document) > limits.max_pages:
            raise TooManyPages
        draft.title = document.get_metadata_value("Title") or None
        pages = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            pages.append(list(_lines(text)))
            text.close()
            page.close()
    return pages


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """Line ends are the library's own; the box of a line is that of its visible characters."""
    text, boxes, size = "", list[tuple[float, float, float, float]](), 0.0
    for at in range(page.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(page, at))
        char = _SOFT_HYPHENS.get(char, char)
        if char in _NEWLINES:
            yield from _line(text, boxes, size)
            text, boxes, size = "", [], 0.0
            continue
        text += char
        if not char.isspace():
            boxes.append(page.get_charbox(at))
            size = max(size, raw.FPDFText_GetFontSize(page, at))
    yield from _line(text, boxes, size)


def _line(text: str, boxes: list[tuple[float, float, float, float]], size: float) -> Iterator[Line]:
    if boxes:
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        yield Line(
            text=text.strip(),
            left=min(lefts),
            right=max(rights),
            top=max(tops),
            bottom=min(bottoms),
            size=size,
        )


def _pages_slowly(data: bytes, limits: ParseLimits) -> list[list[Line]]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise Encrypted
    if len(reader.pages) > limits.max_pages:
        raise TooManyPages
    texts = (page.extract_text() for page in reader.pages)
    return [[Line(text=line.strip()) for line in text.splitlines() if line.strip()] for text in texts]

"""PDF: the lines of each page, then `layout` makes paragraphs of them."""

from __future__ import annotations

import io
import threading

import pypdfium2  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdfium2 import raw

from yingda.knowledge.parse import glyphs, grid, layout
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.page import Line, Page
from yingda.knowledge.parse.refused import Corrupt, Encrypted, NoText, TooManyPages
from yingda.knowledge.types import ParsedDocument

MEDIA_TYPE = "application/pdf"

_PDFIUM = threading.Lock()  # the library keeps global state: one thread at a time
_END_WITHIN_BYTES = 4096
_SCANNED = (
    "The PDF seems to be scanned: it holds pictures of pages and no text. "
    "Run text recognition (OCR) on it and send the result."
)


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
    if not any(page.lines for page in pages):
        raise NoText(_SCANNED if any(page.is_picture for page in pages) else "The PDF holds no text.")
    if pictures := [str(number) for number, page in enumerate(pages, 1) if page.is_picture]:
        draft.warnings.append(f"Pages without a text layer were left out: {', '.join(pictures)}.")
    layout.write(pages, draft)
    return draft.finish(MEDIA_TYPE, page_count=len(pages))


def _pages(data: bytes, draft: Draft, limits: ParseLimits) -> list[Page]:
    with pypdfium2.PdfDocument(data) as document:
        if len(document) > limits.max_pages:
            raise TooManyPages
        draft.title = document.get_metadata_value("Title") or None
        pages = []
        for number in range(len(document)):
            page = document[number]
            pages.append(_page(page))
            page.close()
    return pages


def _page(page: pypdfium2.PdfPage) -> Page:
    text = page.get_textpage()
    lines = list(glyphs.lines(text))
    text.close()
    rules = glyphs.rules(page) if grid.may_hold_table(lines) else ()
    return Page(lines=lines, rules=rules, is_picture=not lines and glyphs.has_image(page))


def _pages_slowly(data: bytes, limits: ParseLimits) -> list[Page]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise Encrypted
    if len(reader.pages) > limits.max_pages:
        raise TooManyPages
    texts = (page.extract_text() for page in reader.pages)
    return [
        Page(lines=[Line(text=line.strip()) for line in text.splitlines() if line.strip()]) for text in texts
    ]

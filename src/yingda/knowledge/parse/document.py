"""One door for all formats: look at the bytes, then call the parser of that family."""

from __future__ import annotations

from yingda.knowledge.parse.decode import decode
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.kind import Kind, kind_of, text_kind
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import Corrupt, DocumentRefused, EmptyFile, TooBig
from yingda.knowledge.types import ParsedDocument


def parse(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    """Readable text with its structure; raises a `DocumentRefused` and nothing else but `MemoryError`.

    Only the suffix of `filename` is looked at. Runs in this process: for files from outside use
    `pool.ParserPool`, which adds the limits on time and memory.
    """
    if not data:
        raise EmptyFile
    if len(data) > limits.max_bytes:
        raise TooBig
    try:
        return _parsed(data, filename, limits)
    except (DocumentRefused, MemoryError):
        raise
    except Exception as error:
        # Parsers fail on damaged input in more ways than can be listed; the cause travels for the log.
        raise Corrupt from error


def _parsed(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    kind = kind_of(data, limits)
    return _text(data, filename, limits) if kind == "text" else _binary(kind, data, limits)


# The libraries behind the formats take long to import: a process pays for those it meets.


def _binary(kind: Kind, data: bytes, limits: ParseLimits) -> ParsedDocument:
    draft = Draft(limits)
    if kind == "pdf":
        from yingda.knowledge.parse import pdf

        return pdf.write(data, draft, limits)
    if kind == "docx":
        from yingda.knowledge.parse import word

        return word.write(data, draft)
    if kind == "pptx":
        from yingda.knowledge.parse import slides

        return slides.write(data, draft, limits)
    from yingda.knowledge.parse import spreadsheet

    return spreadsheet.write(data, draft, limits)


def _text(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    text, encoding = decode(data)
    kind = text_kind(text, filename)
    draft = Draft(limits)
    if kind == "markdown":
        from yingda.knowledge.parse import markdown

        markdown.write(text, draft)
        return draft.finish("text/markdown", encoding=encoding)
    if kind == "html":
        from yingda.knowledge.parse import webpage

        webpage.write(text, draft)
        return draft.finish("text/html", encoding=encoding)
    from yingda.knowledge.parse import delimited, plain

    if kind == "csv":
        delimited.write(text, draft)
        return draft.finish("text/csv", encoding=encoding)
    plain.write(text, draft)
    return draft.finish("text/plain", encoding=encoding)

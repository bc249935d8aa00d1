"""Why a file was not taken, in words for the person who sent it.

DocumentRefused
├── EmptyFile        422  empty_file
├── UnsupportedType  415  unsupported_type
│   └── Mislabelled       type_mismatch
├── Encrypted        422  encrypted
├── Corrupt          422  corrupt
├── NoText           422  no_text
├── TooBig           413  too_large
├── TooManyPages     413  too_many_pages
├── ZipBomb          413  zip_bomb
├── TooSlow          422  too_slow
└── TooMuchMemory    422  too_much_memory
"""

from __future__ import annotations

from typing import ClassVar

from yingda.errors import AnswerError


class DocumentRefused(AnswerError):
    """A file that cannot become a document; `sentence` is said where there is nothing more precise."""

    code, status = "document_refused", 422
    sentence: ClassVar[str] = "The file cannot be used."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.sentence)


class EmptyFile(DocumentRefused):
    """Not one byte."""

    code = "empty_file"
    sentence = "The file is empty."


class UnsupportedType(DocumentRefused):
    """The content, whatever the name says, is of a kind that no parser here reads."""

    code, status = "unsupported_type", 415
    sentence = "Files of this type cannot be read. Send Markdown, HTML, PDF, DOCX, PPTX, TXT, CSV or XLSX."


class Mislabelled(UnsupportedType):
    """The content is of a kind that the parsers read, and of another one than the name says."""

    code = "type_mismatch"
    sentence = (
        "The content of the file is not what its extension says. Correct the extension and send it again."
    )


class Encrypted(DocumentRefused):
    """A password stands before the text."""

    code = "encrypted"
    sentence = "The file is protected by a password. Remove the password and send it again."


class Corrupt(DocumentRefused):
    """The file breaks the rules of its own format, or broke its parser."""

    code = "corrupt"
    sentence = "The file is damaged and cannot be read. Save it again and send the new copy."


class NoText(DocumentRefused):
    """The file is sound but holds no readable text."""

    code = "no_text"
    sentence = "The file holds no text."


class TooBig(DocumentRefused):
    """More bytes, text, rows or cells than the limits allow."""

    code, status = "too_large", 413
    sentence = "The file is too large. Split it and send the parts."


class TooManyPages(DocumentRefused):
    """More pages than the limits allow."""

    code, status = "too_many_pages", 413
    sentence = "The document has too many pages. Split it and send the parts."


class ZipBomb(DocumentRefused):
    """The archive inside the file would unpack to far more than it should."""

    code, status = "zip_bomb", 413
    sentence = "The file would unpack to far more data than is allowed."


class TooSlow(DocumentRefused):
    """The parser was stopped at its time limit."""

    code = "too_slow"
    sentence = "Reading the file took too long. Split or simplify it and send it again."


class TooMuchMemory(DocumentRefused):
    """The parser was stopped at its memory limit."""

    code = "too_much_memory"
    sentence = "Reading the file needs too much memory. Split or simplify it and send it again."


REFUSALS: dict[str, type[DocumentRefused]] = {
    refusal.code: refusal
    for refusal in (
        DocumentRefused,
        EmptyFile,
        UnsupportedType,
        Mislabelled,
        Encrypted,
        Corrupt,
        NoText,
        TooBig,
        TooManyPages,
        ZipBomb,
        TooSlow,
        TooMuchMemory,
    )
}

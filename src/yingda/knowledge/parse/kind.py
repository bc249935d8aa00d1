"""What a file is, told from its bytes; the name only tells text formats apart."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import Corrupt, Encrypted, UnsupportedType, ZipBomb

Kind = Literal["pdf", "docx", "pptx", "xlsx", "text"]
TextKind = Literal["markdown", "html", "csv", "txt"]

_PDF_WITHIN_BYTES = 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OOXML = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = (
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x7fELF",
    b"MZ\x90",
)
_MEMBERS: tuple[tuple[str, Kind], ...] = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("xl/workbook.xml", "xlsx"),
)
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_BY_SUFFIX: dict[str, TextKind] = {
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "csv": "csv",
    "tsv": "csv",
}


def kind_of(data: bytes, limits: ParseLimits) -> Kind:
    """The family of the format; zip contents are measured before anything unpacks them."""
    if b"%PDF-" in data[:_PDF_WITHIN_BYTES]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data, limits)
    if data.startswith(_OLE):
        if _ENCRYPTED_OOXML in data:
            raise Encrypted
        raise UnsupportedType(
            "Old Office files cannot be read. Save the file as DOCX, PPTX or XLSX and send that."
        )
    if data.startswith(_FOREIGN):
        raise UnsupportedType
    return "text"


def text_kind(text: str, filename: str) -> TextKind:
    """A page that says it is HTML is HTML; otherwise the suffix decides, and plain text is the rest."""
    if _HTML.match(text):
        return "html"
    if text.lstrip().startswith("<?xml"):
        raise UnsupportedType
    return _BY_SUFFIX.get(filename.rpartition(".")[2].lower(), "txt")


def _zip_kind(data: bytes, limits: ParseLimits) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Corrupt from error
    _refuse_bomb(members, len(data), limits)
    names = {member.filename for member in members}
    for name, kind in _MEMBERS:
        if name in names:
            return kind
    raise UnsupportedType


def _refuse_bomb(members: list[zipfile.ZipInfo], packed_bytes: int, limits: ParseLimits) -> None:
    unpacked = sum(member.file_size for member in members)
    is_dense = unpacked > limits.zip_ratio_from_bytes and unpacked > limits.zip_ratio * packed_bytes
    if is_dense or unpacked > limits.max_unzipped_bytes or len(members) > limits.max_zip_members:
        raise ZipBomb

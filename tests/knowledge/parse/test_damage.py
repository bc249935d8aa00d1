"""Damaged and locked files: a document that keeps its promises or a refusal, never anything else."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from functools import cache
from itertools import pairwise

import pytest
from docx import Document
from fpdf import FPDF
from openpyxl import Workbook
from pptx import Presentation

from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.refused import DocumentRefused
from yingda.knowledge.types import ParsedDocument

MUTATIONS = 60
LIMITS = ParseLimits(max_bytes=1_000_000, max_chars=200_000, max_unzipped_bytes=4_000_000)
SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
MARKDOWN = """# 退货

1. 打开订单
2. 点击退货

| 品类 | 期限 |
|---|---|
| 手机 | 7 天 |

问：谁付运费？
答：买家。
"""
HTML = """<html><body><h1>配送</h1><ul><li>顺丰</ul>
<table><tr><th>地区<th>天数<tr><td>上海<td>1</table></body></html>"""


@cache
def samples() -> dict[str, bytes]:
    """One small file of every kind, by name."""
    return {
        "a.md": MARKDOWN.encode(),
        "a.html": HTML.encode(),
        "a.txt": "第一章 总则\n\n本规则适用于会员。\n".encode("gb18030"),
        "a.csv": "问题,答案,分类\n如何退货,联系客服,售后\n".encode(),
        "a.docx": docx(),
        "a.pptx": pptx(),
        "a.xlsx": xlsx(),
        "a.pdf": pdf(),
    }


def docx() -> bytes:
    document = Document()
    document.add_heading("Returns", level=0)
    document.add_paragraph("Open the order", style="List Number")
    document.add_table(rows=2, cols=2).rows[0].cells[0].text = "Item"
    return saved(document)


def pptx() -> bytes:
    slides = Presentation()
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "Returns"
    return saved(slides)


def xlsx() -> bytes:
    book = Workbook()
    book.active.append(["品类", "期限"])
    book.active.append(["手机", 7])
    return saved(book)


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf() -> bytes:
    document = FPDF()
    document.set_compression(False)
    document.add_page()
    document.set_font("helvetica", size=12)
    with document.table(rows=[["Item", "Days", "Fee"], ["Phone", "7", "0"], ["Lamp", "15", "12"]]):
        pass
    return bytes(document.output())


def compound(streams: list[str]) -> bytes:
    """An empty OLE container with streams of these names: header, one FAT sector, one directory sector."""
    header = struct.pack(
        "<8s16xHHHHH6x9I109I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, END, 0, END, 0),
        *(0, *[FREE] * 108),
    )
    fat = struct.pack("<128I", FAT, END, *[FREE] * 126)
    entries = [entry("Root Entry", 5, 1), *(entry(name, 2, FREE) for name in streams)]
    return header + fat + b"".join(entries).ljust(SECTOR, b"\0")


def entry(name: str, kind: int, child: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIQ", encoded, len(encoded) + 2, kind, 1, FREE, FREE, child, 0, END, 0
    )


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, doubled or overwritten in up to eight places."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + chance.randint(1, 16)] = chance.randbytes(chance.randint(1, 16))
            case 2:
                changed[at:at] = changed[at : at + chance.randint(1, 64)]
            case _:
                del changed[max(1, at) : at + chance.choice([1, 16, len(changed)])]
    return bytes(changed)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """In an archive, as often one member of it as the whole."""
    if not data.startswith(b"PK") or chance.random() < 0.5:
        return mutated(data, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        hit = chance.choice([name for name in old.namelist() if name.endswith("l")])
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), chance) if name == hit else old.read(name))
    return out.getvalue()


def breaches(document: ParsedDocument) -> list[str]:
    """What is wrong with the blocks: order, bounds, overlap, blankness, levels."""
    found = []
    for before, block in pairwise([None, *document.blocks]):
        if block is None:
            continue
        text = document.text[block.start : block.end]
        if block.start < (before.end if before else 0) or block.end > len(document.text) or not text.strip():
            found.append(f"span {block}")
        if (block.kind in ("heading", "list_item")) != (block.level > 0):
            found.append(f"level {block}")
        if block.kind in ("heading", "question") and block.heading[-1:] != (text,):
            found.append(f"path {block}")
    return found


@pytest.mark.parametrize("name", samples())
def test_every_kind_keeps_the_promises_of_a_document(name: str):
    document = parse(samples()[name], name, LIMITS)
    assert (breaches(document), document.blocks != ()) == ([], True)


@pytest.mark.parametrize("name", samples())
def test_damage_makes_a_document_or_a_refusal(name: str):
    chance = random.Random(name)
    documents = []
    for _ in range(MUTATIONS):
        try:
            documents.append(parse(damaged(samples()[name], chance), name, LIMITS))
        except DocumentRefused:
            continue
    assert [breach for document in documents for breach in breaches(document)] == []


@pytest.mark.parametrize(
    ("streams", "code"),
    [(["EncryptionInfo", "EncryptedPackage"], "encrypted"), (["WordDocument"], "unsupported_type")],
)
@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_office_containers(streams: list[str], code: str, name: str):
    with pytest.raises(DocumentRefused) as caught:
        parse(compound(streams), name, LIMITS)
    assert caught.value.code == code

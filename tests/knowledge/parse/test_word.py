"""DOCX beyond plain headings: titles, list numbers, notes."""

from __future__ import annotations

import io

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.numbering import Numbering
from yingda.knowledge.types import ParsedDocument

FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


def read(document: WordDocument) -> ParsedDocument:
    out = io.BytesIO()
    document.save(out)
    return parse(out.getvalue(), "a.docx", ParseLimits())


def texts(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def rules(levels: str, lists: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> Numbering:
    kind = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    return Numbering(parse_xml(f"<w:numbering {nsdecls('w')}>{kind}{lists}</w:numbering>"))


def level(at: int, shape: str, text: str, start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{shape}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def test_title_stands_over_all_headings():
    document = Document()
    document.add_heading("售后手册", level=0)
    document.add_heading("退货", level=1)
    document.add_heading("期限", level=2)
    document.add_paragraph("七天。")
    assert [(block.kind, block.level, block.heading) for block in read(document).blocks] == [
        ("heading", 1, ("售后手册",)),
        ("heading", 2, ("售后手册", "退货")),
        ("heading", 3, ("售后手册", "退货", "期限")),
        ("paragraph", 0, ("售后手册", "退货", "期限")),
    ]


def test_levels_count_on_and_begin_again_below_the_next_entry():
    numbering = rules(level(0, "decimal", "%1.") + level(1, "lowerLetter", "%1.%2)"))
    assert [numbering.marker("1", at) for at in (0, 1, 1, 0, 1)] == ["1.", "1.a)", "1.b)", "2.", "2.a)"]


def test_lists_of_one_kind_count_on_unless_they_start_anew():
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    lists = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="0"/>{override if number == 3 else ""}</w:num>'
        for number in (1, 2, 3)
    )
    numbering = rules(level(0, "decimal", "%1、"), lists)
    assert [numbering.marker(number, 0) for number in "11233"] == ["1、", "2、", "3、", "5、", "6、"]


@pytest.mark.parametrize(
    ("shape", "text", "start", "shown"),
    [
        ("chineseCounting", "第%1条", 9, ["第九条", "第十条", "第十一条"]),
        ("chineseCountingThousand", "%1、", 109, ["一百零九、", "一百一十、", "一百一十一、"]),
        ("chineseLegalSimplified", "%1", 20, ["贰拾", "贰拾壹", "贰拾贰"]),
        ("upperLetter", "(%1)", 25, ["(Y)", "(Z)", "(AA)"]),
        ("lowerRoman", "%1.", 8, ["viii.", "ix.", "x."]),
        ("decimalZero", "%1", 9, ["09", "10", "11"]),
        ("decimalEnclosedCircle", "%1", 19, ["⑲", "⑳", "21"]),
        ("ideographTraditional", "%1", 9, ["壬", "癸", "11"]),
        ("bullet", "", 1, ["-", "-", "-"]),
    ],
)
def test_shapes_of_numbers(shape: str, text: str, start: int, shown: list[str]):
    numbering = rules(level(0, shape, text, start))
    assert [numbering.marker("1", 0) for _ in shown] == shown


def test_notes_stand_at_the_end_of_their_section():
    document = Document()
    document.add_heading("退货", level=1)
    noted = document.add_paragraph("七天内可退。")
    noted.add_run()._r.append(parse_xml(f'<w:footnoteReference {nsdecls("w")} w:id="2"/>'))
    document.add_paragraph("运费自付。")
    document.add_heading("换货", level=1)
    document.add_paragraph("十五天内可换。")
    notes = (
        f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:t>从签收次日起算。</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    part = Part(PackURI("/word/footnotes.xml"), FOOTNOTES, notes.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert texts(read(document)) == [
        "退货",
        "七天内可退。",
        "运费自付。",
        "从签收次日起算。",
        "换货",
        "十五天内可换。",
    ]

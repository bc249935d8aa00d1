"""PPTX: slides as pages and sections, in the order in which they are read."""

from __future__ import annotations

import io

import pytest
from pptx import Presentation
from pptx.util import Inches

from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.refused import DocumentRefused
from yingda.knowledge.types import ParsedDocument

TITLE_ONLY, TITLE_AND_BODY, BLANK = 5, 1, 6
BOX = (Inches(1), Inches(1), Inches(4), Inches(2))


def read(presentation, limits: ParseLimits | None = None) -> ParsedDocument:
    out = io.BytesIO()
    presentation.save(out)
    return parse(out.getvalue(), "a.pptx", limits or ParseLimits())


def slide(presentation, layout: int, title: str = ""):
    made = presentation.slides.add_slide(presentation.slide_layouts[layout])
    if title:
        made.shapes.title.text = title
    return made


def blocks(document: ParsedDocument):
    return [
        (block.kind, document.text[block.start : block.end], block.heading, block.page)
        for block in document.blocks
    ]


def test_a_slide_is_a_page_and_a_section():
    presentation = Presentation()
    body = slide(presentation, TITLE_AND_BODY, "退货\v政策").placeholders[1].text_frame
    body.text = "7 天内可以退货"
    deeper = body.add_paragraph()
    deeper.text, deeper.level = "运费由买家承担", 1
    boxed = slide(presentation, TITLE_ONLY, "配送")
    boxed.shapes.add_textbox(*BOX).text_frame.text = "顺丰 3 天送达。"
    boxed.notes_slide.notes_text_frame.text = "偏远地区 5 天。"
    document = read(presentation)
    assert (document.page_count, document.media_type.rpartition(".")[2]) == (2, "presentation")
    assert blocks(document) == [
        ("heading", "退货 政策", ("退货 政策",), 1),
        ("list_item", "- 7 天内可以退货", ("退货 政策",), 1),
        ("list_item", "- 运费由买家承担", ("退货 政策",), 1),
        ("heading", "配送", ("配送",), 2),
        ("paragraph", "顺丰 3 天送达。", ("配送",), 2),
        ("paragraph", "偏远地区 5 天。", ("配送",), 2),
    ]


def test_tables_and_groups_are_read_and_hidden_slides_are_not():
    presentation = Presentation()
    first = slide(presentation, BLANK)
    table = first.shapes.add_table(2, 2, *BOX).table
    for place, text in (((0, 0), "品类"), ((0, 1), "期限"), ((1, 0), "手机"), ((1, 1), "7 天")):
        table.cell(*place).text = text
    group = first.shapes.add_group_shape()
    group.shapes.add_group_shape().shapes.add_textbox(*BOX).text_frame.text = "In a group."
    hidden = slide(presentation, TITLE_ONLY, "Hidden")
    hidden._element.set("show", "0")
    document = read(presentation)
    assert blocks(document) == [
        ("table_row", "品类: 手机; 期限: 7 天", (), 1),
        ("paragraph", "In a group.", (), 1),
    ]
    assert document.page_count == 2


@pytest.mark.parametrize(
    ("count", "limits", "code"),
    [
        (0, ParseLimits(), "no_text"),
        (1, ParseLimits(), "no_text"),
        (3, ParseLimits(max_pages=2), "too_many_pages"),
    ],
)
def test_what_holds_nothing_or_too_much_is_refused(count, limits, code):
    presentation = Presentation()
    for _ in range(count):
        slide(presentation, BLANK)
    with pytest.raises(DocumentRefused) as caught:
        read(presentation, limits)
    assert caught.value.code == code

"""PDF pages: tables, columns, running headers, and files that hold no text or open badly."""

from __future__ import annotations

import base64
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.fonts import FontFace

from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.refused import DocumentRefused
from yingda.knowledge.types import ParsedDocument

PROSE = (
    "The parcel is handed to the carrier on the next working day and is usually delivered two days later. "
)

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def page(document: FPDF | None = None) -> FPDF:
    document = document or FPDF()
    if not document.fonts:
        fonts = Path("/usr/share/fonts")
        document.add_font("cjk", fname=next(fonts.rglob("NotoSansCJK-Regular.ttc")))
        document.add_font("cjk", "B", fname=next(fonts.rglob("NotoSansCJK-Bold.ttc")))
    document.set_font("cjk", size=11)
    document.add_page()
    return document


def paragraph(document: FPDF, text: str) -> None:
    document.set_font("cjk", size=11)
    document.multi_cell(w=0, text=text, align="L", new_x="LMARGIN", new_y="NEXT")
    document.ln(5)


def ruled(document: FPDF, rows: list[list[str]], *, emphasis: str | None = "BOLD") -> None:
    with document.table(rows=rows, headings_style=FontFace(emphasis=emphasis), text_align="LEFT"):
        pass
    document.ln(6)


def spaced(document: FPDF, rows: list[list[str]], width: float = 45) -> None:
    """Rows without any stroke between them."""
    for row in rows:
        for cell in row:
            document.cell(w=width, h=8, text=cell)
        document.ln(8)
    document.ln(6)


def read(document: FPDF) -> ParsedDocument:
    return parse(bytes(document.output()), "a.pdf", ParseLimits())


def found(document: FPDF) -> list[tuple[str, str]]:
    parsed = read(document)
    return [(block.kind, parsed.text[block.start : block.end]) for block in parsed.blocks]


def rows(*texts: str) -> list[tuple[str, str]]:
    return [("table_row", text) for text in texts]


def test_ruled_table_between_paragraphs():
    document = page()
    paragraph(document, "退款时间如下。")
    ruled(document, [["支付方式", "到账时间"], ["微信支付", "1 至 3 天"], ["信用卡", "5 至 10 天"]])
    paragraph(document, "优惠券一并退回。")
    assert found(document) == [
        ("paragraph", "退款时间如下。"),
        *rows("支付方式: 微信支付; 到账时间: 1 至 3 天", "支付方式: 信用卡; 到账时间: 5 至 10 天"),
        ("paragraph", "优惠券一并退回。"),
    ]


def test_wrapped_and_empty_cells_keep_their_row():
    document = page()
    long = "自签收之日起七天内可以无理由退货，商品须完好并且附件齐全，运费由买家承担。" * 2
    ruled(document, [["品类", "规则", "备注"], ["手机", long, "含赠品"], ["耳机", "拆封后不退", ""]])
    assert found(document) == rows(f"品类: 手机; 规则: {long}; 备注: 含赠品", "品类: 耳机; 规则: 拆封后不退")


def test_table_without_strokes():
    document = page()
    spaced(document, [["商品", "价格", "库存"], ["手机", "1999", "12"], ["耳机", "99", "7"]])
    assert found(document) == rows("商品: 手机; 价格: 1999; 库存: 12", "商品: 耳机; 价格: 99; 库存: 7")


def test_names_and_values_have_no_header():
    document = page()
    spaced(document, [["蓝牙版本", "蓝牙 5.3"], ["重量", "46 克"], ["接口", "USB-C"]])
    assert found(document) == rows("蓝牙版本; 蓝牙 5.3", "重量; 46 克", "接口; USB-C")


def test_table_goes_on_under_its_header_on_the_next_page():
    document = page()
    spaced(document, [["地区", "天数", "运费"], ["上海", "1", "0"], ["北京", "2", "0"]])
    page(document)
    spaced(document, [["西藏", "七天", "另计"], ["新疆", "六天", "另计"], ["青海", "五天", "另计"]])
    assert found(document)[2:] == rows(
        "地区: 西藏; 天数: 七天; 运费: 另计",
        "地区: 新疆; 天数: 六天; 运费: 另计",
        "地区: 青海; 天数: 五天; 运费: 另计",
    )


def test_page_set_in_columns_is_no_table():
    document = page()
    with document.text_columns(text_align="J", ncols=2, gutter=8) as columns:
        columns.write(PROSE * 12)
    assert {kind for kind, _ in found(document)} == {"paragraph"}


def test_columns_written_across_the_page_are_no_table():
    document = page()
    for left, right in zip(range(10), range(10, 20), strict=True):
        for number in (left, right):
            document.cell(w=95, h=6, text=f"{number} hands each parcel to the carrier day by day")
        document.ln(6)
    assert {kind for kind, _ in found(document)} == {"paragraph"}


def test_steps_with_wide_indents_stay_a_list():
    document = page()
    for number, step in enumerate(["打开订单", "点击退货", "寄出商品"], 1):
        document.cell(w=20, h=8, text=f"{number}.")
        document.cell(w=60, h=8, text=step)
        document.ln(8)
    assert found(document) == [
        ("list_item", "1. 打开订单"),
        ("list_item", "2. 点击退货"),
        ("list_item", "3. 寄出商品"),
    ]


@pytest.mark.parametrize("write", [ruled, spaced])
def test_no_character_of_a_table_is_lost(write):
    cells = [[f"第{row}行{column}列" * (1 + (row + column) % 2) for column in range(3)] for row in range(9)]
    document = page()
    write(document, cells, **({"width": 60} if write is spaced else {}))
    told = Counter(read(document).text)
    assert all(told[char] >= count for char, count in Counter("".join(map("".join, cells))).items())


def test_running_header_of_two_pages():
    document = FPDF()
    for number in "一二":
        page(document)
        document.set_font("cjk", size=8)
        document.text(x=10, y=8, text="盈达商城内部资料")
        document.set_y(25)
        for _ in range(3):
            paragraph(document, f"{number}、这是第{number}页的一段文字。" * 4)
    assert "内部资料" not in read(document).text


def test_line_repeated_at_the_top_of_two_pages_stays_beside_its_text():
    document = FPDF()
    for number in "一二":
        page(document)
        paragraph(document, f"请注意以下事项：\n第{number}条内容。\n请在七天内处理。")
    assert read(document).text.count("请注意以下事项：") == 2


def test_scanned_pages_are_named_as_such():
    document = FPDF()
    document.add_page()
    document.image(BytesIO(PIXEL), w=100)
    with pytest.raises(DocumentRefused) as caught:
        read(document)
    assert (caught.value.code, "scanned" in caught.value.message) == ("no_text", True)


def test_second_library_reads_what_the_first_cannot_open():
    """A trailer that does not name its catalogue: only the lenient reader looks for one."""
    document = FPDF()
    for text in ("Returns take seven days.", "Shipping is free."):
        document.add_page()
        document.set_font("helvetica", size=12)
        document.cell(text=text)
    damaged = bytes(document.output()).replace(b"/Root ", b"/Rout ")
    parsed = parse(damaged, "a.pdf", ParseLimits())
    assert [(block.page, parsed.text[block.start : block.end]) for block in parsed.blocks] == [
        (1, "Returns take seven days."),
        (2, "Shipping is free."),
    ]


def test_pages_without_text_between_others_are_told():
    document = page()
    paragraph(document, PROSE)
    for _ in range(2):
        document.add_page()
        document.image(BytesIO(PIXEL), x=10, y=10, w=100)
    assert read(document).warnings == ("Pages without a text layer were left out: 2, 3.",)

"""Every format from a file made here to its blocks, and every refusal."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from fpdf import FPDF
from fpdf.enums import AccessPermission
from openpyxl import Workbook

from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.refused import REFUSALS, DocumentRefused
from yingda.knowledge.types import ParsedDocument

SHOP = "退货政策\n自签收之日起七天内可以申请退货。运费由买家承担，质量问题除外。\n"


def blocks(document: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks]


def read(data: bytes | str, name: str) -> list[tuple[str, int, str]]:
    content = data.encode() if isinstance(data, str) else data
    return blocks(parse(content, name, ParseLimits()))


def refusal(data: bytes, name: str, limits: ParseLimits | None = None) -> tuple[str, int]:
    with pytest.raises(DocumentRefused) as caught:
        parse(data, name, limits or ParseLimits())
    return caught.value.code, caught.value.status


def cjk_font() -> str:
    return str(next(Path("/usr/share/fonts").rglob("NotoSansCJK-Regular.ttc")))


def pdf(pages: list[list[tuple[float, str]]], *, password: str = "", header: str = "") -> bytes:
    """Pages of (size, text); with a header line and a page number on each."""
    document = FPDF()
    document.add_font("cjk", fname=cjk_font())
    for number, page in enumerate(pages, 1):
        document.add_page()
        if header:
            document.set_font("cjk", size=9)
            document.cell(text=header, new_x="LMARGIN", new_y="NEXT")
        for size, text in page:
            document.set_font("cjk", size=size)
            document.multi_cell(w=0, text=text, new_x="LMARGIN", new_y="NEXT")
            document.ln(6)
        if header:
            document.set_font("cjk", size=9)
            document.cell(text=f"第 {number} 页")
    if password:
        document.set_encryption(
            owner_password="o" + password, user_password=password, permissions=AccessPermission.none()
        )
    return bytes(document.output())


def docx() -> bytes:
    document = Document()
    document.add_heading("退货指南", level=1)
    document.add_paragraph("本指南适用于所有订单。")
    document.add_heading("步骤", level=2)
    document.add_paragraph("请依次操作：")
    document.add_paragraph("打开订单", style="List Number")
    document.add_paragraph("点击退货", style="List Bullet 2")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["商品", "期限", "手机", "七天"], strict=True
    ):
        cell.text = text
    document.add_paragraph("问：谁付运费？\n答：买家。")
    return saved(document)


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(rows: list[list[object]], title: str = "Sheet1") -> bytes:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return saved(book)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_markdown_keeps_structure_and_drops_marks():
    text = """---
title: 售后
---
# 售后 **服务**
第一行
第二行 [帮助](https://shop.example/help) 与 [目录](/toc)。

## 如何退货？
请准备：

1. 订单号
   - 在“我的订单”里
2. 照片

| 品类 | 期限 |
|---|---|
| 手机 | 7 天 |

```
code  x
```
"""
    assert read(text, "a.md") == [
        ("heading", 1, "售后 服务"),
        ("paragraph", 0, "第一行第二行 帮助 (https://shop.example/help) 与 目录。"),
        ("question", 0, "如何退货？"),
        ("paragraph", 0, "请准备："),
        ("list_item", 1, "1. 订单号"),
        ("list_item", 2, "- 在“我的订单”里"),
        ("list_item", 1, "2. 照片"),
        ("table_row", 0, "品类: 手机; 期限: 7 天"),
        ("code", 0, "code  x"),
    ]


def test_heading_paths_and_title():
    document = parse(b"---\ntitle: T\n---\n# A\n## B\ntext\n# C\nmore", "a.md", ParseLimits())
    assert (document.title, document.media_type, document.encoding) == ("T", "text/markdown", "utf-8")
    assert [block.heading for block in document.blocks] == [("A",), ("A", "B"), ("A", "B"), ("C",), ("C",)]


def test_question_with_sections_below_is_a_heading():
    assert read("# 如何安装\n## 步骤\n下载", "a.md")[0] == ("heading", 1, "如何安装")


def test_html_leaves_out_what_nobody_reads():
    page = """<!doctype html><html><head><title> 帮助 </title><script>x()</script></head><body>
    <nav><ul><li>首页</li></ul></nav><h1>配送</h1><p>全国 <b>包邮</b>，
    偏远除外。</p><p hidden>内部</p><div style="display: none">更内部</div>
    <ul><li>顺丰<ul><li>次日达</li></ul></li></ul>
    <table><tr><th>地区</th><th>天数</th></tr><tr><td>上海</td><td>1</td></tr></table>
    <dl><dt>可以自提吗</dt><dd>可以。</dd></dl><pre>a
  b</pre><footer>版权</footer></body></html>"""
    assert read(page, "page.txt") == [
        ("heading", 1, "配送"),
        ("paragraph", 0, "全国 包邮， 偏远除外。"),
        ("list_item", 1, "- 顺丰"),
        ("list_item", 2, "- 次日达"),
        ("table_row", 0, "地区: 上海; 天数: 1"),
        ("question", 0, "可以自提吗"),
        ("paragraph", 0, "可以。"),
        ("code", 0, "a\n  b"),
    ]


def test_deeply_nested_html_is_read():
    assert read("<html><body>" + "<div>" * 30_000 + "到底了", "a.html") == [("paragraph", 0, "到底了")]


def test_plain_text_finds_headings_lists_and_questions():
    text = (
        "第一章 总则\n\n一、适用范围\n本规则适用于会员。\n\n1、实名\n2、成年\n\nQ: How long?\nA: Two days.\n"
    )
    assert read(text, "a.txt") == [
        ("heading", 2, "第一章 总则"),
        ("heading", 3, "一、适用范围"),
        ("paragraph", 0, "本规则适用于会员。"),
        ("list_item", 1, "1、 实名"),
        ("list_item", 1, "2、 成年"),
        ("question", 0, "How long?"),
        ("paragraph", 0, "Two days."),
    ]


def test_marks_that_ask_nothing_stay_text():
    assert read("A: 方案一\nB: 方案二\n\n问题、建议请反馈\n\nQ3. Revenue grew", "a.txt") == [
        ("paragraph", 0, "A: 方案一"),
        ("paragraph", 0, "B: 方案二"),
        ("paragraph", 0, "问题、建议请反馈"),
        ("paragraph", 0, "Q3. Revenue grew"),
    ]


def test_wrapped_plain_lines_grow_together():
    wrapped = "The parcel is handed to the carrier within two working days inter-\nnationally and at home."
    assert read(wrapped, "a.txt") == [
        (
            "paragraph",
            0,
            "The parcel is handed to the carrier within two working days internationally and at home.",
        )
    ]


def test_controls_and_newlines_are_normalised():
    assert parse("一\ufeff\r\n\r\n二\x00".encode(), "a.txt", ParseLimits()).text == "一\n\n二"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-8-sig", "utf-8-sig"),
    ],
)
@pytest.mark.parametrize("text", ["退货", "你好，世界", SHOP])
def test_chinese_encodings_are_told_apart(encoding: str, named: str, text: str):
    document = parse(text.encode(encoding), "a.txt", ParseLimits())
    assert (document.text.replace("\n", ""), document.encoding) == (text.replace("\n", ""), named)


@pytest.mark.parametrize("text", ["退貨須知", "自簽收之日起七天內可以申請退貨，運費由買家承擔。"])
def test_big5_is_told_from_gb18030(text: str):
    document = parse(text.encode("big5"), "a.txt", ParseLimits())
    assert (document.text, document.encoding) == (text, "big5hkscs")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp932", "返品について。商品到着後７日以内にご連絡ください。送料はお客様のご負担となります。"),
        ("euc_jp", "返品について。商品到着後７日以内にご連絡ください。送料はお客様のご負担となります。"),
        ("euc_jp", "お問い合わせ"),
        ("cp949", "반품 안내: 상품 수령 후 7일 이내에 반품을 신청할 수 있습니다. 배송비는 고객 부담입니다."),
        ("cp1251", "Возврат товара в течение семи дней после получения."),
        ("gb18030", "榛屿商城：饕餮"),
        ("gb18030", "葡萄酒、琥珀、瑶池、璀璨"),
        ("gb18030", "包邮。"),
    ],
)
def test_neighbours_are_not_read_as_chinese_nor_rare_words_as_foreign(encoding: str, text: str):
    document = parse(text.encode(encoding), "a.txt", ParseLimits())
    assert (document.text, document.encoding) == (text, encoding)


def test_one_damaged_character_does_not_cost_the_file():
    damaged = (SHOP * 20).encode() + b"\xff" + "完".encode()
    assert parse(damaged, "a.txt", ParseLimits()).text.endswith("\ufffd完")


def test_csv_rows_carry_their_header():
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(
        [["商品", "价格"], ["手机, 黑色", "1999"], ["", ""], ["耳机", ""]]
    )
    assert read(out.getvalue(), "a.csv") == [
        ("table_row", 0, "商品: 手机, 黑色; 价格: 1999"),
        ("table_row", 0, "商品: 耳机"),
    ]


def test_xlsx_sheet_with_title_and_merged_cells():
    book = Workbook()
    sheet = book.active
    sheet.title = "价目"
    for row in [["二〇二六年价目"], ["品类", "商品", "价格"], ["数码", "手机", 1999.0], [None, "耳机", 99.5]]:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A4")
    assert read(saved(book), "a.xlsx") == [
        ("heading", 1, "价目"),
        ("paragraph", 0, "二〇二六年价目"),
        ("table_row", 0, "品类: 数码; 商品: 手机; 价格: 1999"),
        ("table_row", 0, "品类: 数码; 商品: 耳机; 价格: 99.5"),
    ]


def test_docx_headings_lists_tables_and_questions():
    assert read(docx(), "a.docx") == [
        ("heading", 1, "退货指南"),
        ("paragraph", 0, "本指南适用于所有订单。"),
        ("heading", 2, "步骤"),
        ("paragraph", 0, "请依次操作："),
        ("list_item", 1, "1. 打开订单"),
        ("list_item", 2, "- 点击退货"),
        ("table_row", 0, "商品: 手机; 期限: 七天"),
        ("question", 0, "谁付运费？"),
        ("paragraph", 0, "买家。"),
    ]


def test_pdf_pages_headings_and_joined_lines():
    long = {n: f"自签收之日起{n}天内可以申请退货，" * 5 + f"{n}完。" for n in "一二三"}
    data = pdf([[(20, f"第{n}部分说明"), (12, long[n])] for n in long], header="盈达商城内部资料")
    document = parse(data, "misnamed.txt", ParseLimits())
    found = [(block.page, *row) for block, row in zip(document.blocks, blocks(document), strict=True)]
    assert (document.media_type, document.page_count) == ("application/pdf", 3)
    assert [row for row in found if row[1] == "heading"] == [
        (page, "heading", 1, f"第{n}部分说明") for page, n in enumerate(long, 1)
    ]
    assert [row for row in found if row[1] != "heading"] == [
        (page, "paragraph", 0, long[n]) for page, n in enumerate(long, 1)
    ]


def test_pdf_english_lines_join_with_blanks():
    text = "A parcel that was never opened can be returned within two weeks of its delivery. " * 3
    assert read(pdf([[(12, text)]]), "a.pdf") == [("paragraph", 0, text.strip())]


def test_refusals_by_content():
    sound = pdf([[(12, "文字")]])
    bomb = zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 40_000_000})
    blank = FPDF()
    blank.add_page()
    found = {
        "empty": refusal(b"", "a.md"),
        "blank": refusal(b" \n\n ", "a.txt"),
        "binary": refusal(bytes(range(256)) * 20, "a.md"),
        "image": refusal(b"\x89PNG\r\n\x1a\n" + b"0" * 99, "a.md"),
        "plain zip": refusal(zipped({"a.txt": b"a"}), "a.docx"),
        "encrypted": refusal(pdf([[(12, "密")]], password="x"), "a.pdf"),
        "cut pdf": refusal(sound[: len(sound) // 2], "a.pdf"),
        "scan": refusal(bytes(blank.output()), "a.pdf"),
        "pages": refusal(pdf([[(12, "一")], [(12, "二")]]), "a.pdf", ParseLimits(max_pages=1)),
        "bytes": refusal(sound, "a.pdf", ParseLimits(max_bytes=10)),
        "chars": refusal(SHOP.encode(), "a.txt", ParseLimits(max_chars=10)),
        "xlsx bomb": refusal(bomb, "a.xlsx"),
        "docx bomb": refusal(zipped({"word/document.xml": b" " * 40_000_000}), "a.docx"),
        "cut docx": refusal(docx()[:-60], "a.docx"),
        "false docx": refusal(zipped({"word/document.xml": b"no xml"}), "a.docx"),
    }
    assert found == {
        "empty": ("empty_file", 422),
        "blank": ("no_text", 422),
        "binary": ("unsupported_type", 415),
        "image": ("unsupported_type", 415),
        "plain zip": ("unsupported_type", 415),
        "encrypted": ("encrypted", 422),
        "cut pdf": ("corrupt", 422),
        "scan": ("no_text", 422),
        "pages": ("too_many_pages", 413),
        "bytes": ("too_large", 413),
        "chars": ("too_large", 413),
        "xlsx bomb": ("zip_bomb", 413),
        "docx bomb": ("zip_bomb", 413),
        "cut docx": ("corrupt", 422),
        "false docx": ("corrupt", 422),
    }


def test_every_refusal_says_a_sentence():
    assert [code for code, refused in REFUSALS.items() if not refused().message.endswith(".")] == []

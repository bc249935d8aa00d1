"""What counts as a question, and how tables of questions are told."""

import pytest

from yingda.knowledge.parse import ParseLimits, faq, parse


@pytest.mark.parametrize(
    "heading",
    [
        "耳机充不进电怎么办",
        "客服几点上班",
        "运费由谁承担",
        "退货运费谁出",
        "3. 礼品卡怎么用",
        "运费如何计算",
        "退款多久到账",
        "几天能到",
        "发票是否可以补开",
        "保修期包括哪些配件",
        "第二条 如何退货",
        "How do I return an item",
        "Which items cannot be returned",
        "What condition must the item be in",
        "Who pays for the return",
    ],
)
def test_headings_that_ask(heading: str):
    assert faq.is_question(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "退货政策",
        "关于如何退货的说明",
        "几点说明",
        "注意几点",
        "商品是否完好的判断标准",
        "最近几天",
        "其他情况",
        "谁都可以参加",
        "How it works",
        "Which is which",
        "Whole goods",
        "What we sell",
    ],
)
def test_headings_that_name_a_thing(heading: str):
    assert not faq.is_question(heading)


def read(text: str, name: str) -> list[tuple[str, str, tuple[str, ...]]]:
    document = parse(text.encode(), name, ParseLimits())
    return [(block.kind, document.text[block.start : block.end], block.heading) for block in document.blocks]


def test_other_columns_stand_over_their_question():
    sheet = (
        "问题,答案,分类,适用\n如何退货,联系客服,售后,会员\n"
        "谁付运费,买家,售后,会员\n能开发票吗,能,发票,\n,另行通知,,\n"
    )
    path = ("售后", "适用: 会员")
    assert read(sheet, "a.csv") == [
        ("heading", "售后", path[:1]),
        ("heading", "适用: 会员", path),
        ("question", "如何退货", (*path, "如何退货")),
        ("paragraph", "联系客服", (*path, "如何退货")),
        ("question", "谁付运费", (*path, "谁付运费")),
        ("paragraph", "买家", (*path, "谁付运费")),
        ("heading", "发票", ("发票",)),
        ("question", "能开发票吗", ("发票", "能开发票吗")),
        ("paragraph", "能", ("发票", "能开发票吗")),
        ("table_row", "答案: 另行通知", ()),
    ]


def test_text_after_a_table_of_questions_belongs_to_no_question():
    page = "# 帮助\n\n| 问题 | 答案 |\n|---|---|\n| 能退吗 | 能 |\n\n更多请致电。\n"
    assert read(page, "a.md")[-1] == ("paragraph", "更多请致电。", ("帮助",))

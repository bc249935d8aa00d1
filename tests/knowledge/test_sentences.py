"""Cutting texts into sentences that know their kind."""

from __future__ import annotations

import pytest

from yingda.knowledge.sentences import plain, split


def cut(text: str) -> list[tuple[str, str]]:
    return [(s.kind, text[s.start : s.end]) for s in split(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("七天内可退。运费自理！", [("prose", "七天内可退。"), ("prose", "运费自理！")]),
        (
            "It costs 3.50 USD, e.g. by card. Dr. Li agreed. Is it final?",
            [
                ("prose", "It costs 3.50 USD, e.g. by card."),
                ("prose", "Dr. Li agreed."),
                ("prose", "Is it final?"),
            ],
        ),
        ("他说：“可以退。”然后走了。", [("prose", "他说：“可以退。”"), ("prose", "然后走了。")]),
        (
            "# 退货\n1. 打开订单\n2、点击退货。填写原因\n- 备注\n|---|---|\n| 金卡 | 9折 |",
            [
                ("heading", "# 退货"),
                ("step", "1. 打开订单"),
                ("step", "2、点击退货。"),
                ("step", "填写原因"),
                ("item", "- 备注"),
                ("row", "| 金卡 | 9折 |"),
            ],
        ),
        ("Q: 怎么退?\nA: 在线退。", [("question", "Q: 怎么退?"), ("answer", "A: 在线退。")]),
        (
            "商品签收之日起七天之内并且包装保持完好\n的可以申请退货。\n运费10元\n不含税",
            [
                ("prose", "商品签收之日起七天之内并且包装保持完好\n的可以申请退货。"),
                ("prose", "运费10元"),
                ("prose", "不含税"),
            ],
        ),
        (
            "运行：\n```sh\nls\n\npwd\n```\n完成。",
            [("prose", "运行："), ("code", "```sh\nls\n\npwd\n```"), ("prose", "完成。")],
        ),
        (
            "地区: 上海; 时间: 1 天\n地区: 西藏; 时间: 5 天",
            [("record", "地区: 上海; 时间: 1 天"), ("record", "地区: 西藏; 时间: 5 天")],
        ),
        ("", []),
        ("\n  \n", []),
    ],
)
def test_cuts_sentences(text: str, sentences: list[tuple[str, str]]) -> None:
    assert cut(text) == sentences


def test_a_list_item_is_one_paragraph() -> None:
    assert [s.paragraph for s in split("说明\n1. 打开。再点击。\n2. 保存")] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        ("## 退货 **说明**", "heading", "退货 说明"),
        ("* 支持[在线](/a.md)退", "item", "- 支持在线退"),
        ("| 金卡 | **9折** |", "row", "金卡，9折"),
        ("地区: 西藏; 时间: 5 天", "record", "- 西藏：5 天"),
        ("Plan: Pro; Price: 9 USD; Users: 5", "record", "- Pro: Price 9 USD; Users 5"),
        ("A: use `ls`.", "answer", "use ls."),
        ("包装完好\n的商品", "prose", "包装完好的商品"),
        ("one\ntwo", "prose", "one two"),
        ("1. 打开 2*3*4", "step", "1. 打开 2*3*4"),
        ("```\na\n```", "code", "```\na\n```"),
    ],
)
def test_reads_without_marks(raw: str, kind: str, text: str) -> None:
    assert plain(raw, kind) == text  # type: ignore[arg-type]

"""Broad questions and what they are about."""

from __future__ import annotations

import pytest

from yingda.knowledge.breadth import titles_of, topic_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("介绍一下你们的退换货政策", "退换货政策"),
        ("退换货政策是什么？", "退换货说明"),
        ("会员有什么权益", "会员权益"),
        ("发票相关的规定有哪些", "发票说明"),
        ("讲讲年假制度", "年假"),
        ("Tell me about your return policy", "Returns and Refunds"),
        ("what are the delivery terms?", "delivery-and-pickup"),
    ],
)
def test_a_title_names_the_topic(question: str, title: str) -> None:
    topic = topic_of(question)
    assert topic is not None
    assert (topic.held_by(title) > 0, topic.held_by("营业时间")) == (True, 0.0)


@pytest.mark.parametrize(
    "question",
    [
        "怎么申请退款",
        "退货政策里的7天怎么算",
        "X200多少钱",
        "有没有儿童手表卖",
        "what is the capital of Peru?",
        "",
    ],
)
def test_a_particular_question_has_no_topic(question: str) -> None:
    assert topic_of(question) is None


def test_a_heading_sums_up_only_what_it_says_in_full() -> None:
    topic = topic_of("会员有什么权益")
    assert topic is not None
    headings = ("会员等级与权益", "会员权益怎么转让？", "会员等级")
    assert [topic.is_summed_up_by(heading) for heading in headings] == [True, False, False]


def test_a_document_is_called_by_its_heading_and_its_file() -> None:
    assert titles_of("help/退货.md", ("退换货政策", "概要")) == ("退换货政策", "退货")

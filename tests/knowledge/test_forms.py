"""Which texts begin as the answer to a question does."""

from __future__ import annotations

import pytest

from yingda.knowledge.analyzer import evidence_of
from yingda.knowledge.forms import form_asked_for


@pytest.mark.parametrize(
    ("question", "text", "shows"),
    [
        ("支持分布式事务吗？", "支持。跨多个机房也可以。", True),
        ("支持分布式事务吗？", "事务模型来自一篇论文。", False),
        ("消息里会不会有多种变更？", "会，一条消息中可能出现多个。", True),
        ("Can I get an invoice?", "Yes. Every order can be invoiced.", True),
        ("龙胆是什么？", "龙胆（学名：Gentiana）是一种草药。", True),
        ("什么是龙胆", "园里种了龙胆和艾草。", False),
        ("龙胆是什么？", "- 龙胆是其中一味\n- 艾草是另一味", False),
        ("what is a turbine", "A turbine is a machine that turns.", True),
    ],
)
def test_tells_by_how_a_text_begins(question: str, text: str, shows: bool):
    form = form_asked_for(evidence_of(question))
    assert form is not None
    assert form(evidence_of(text)) == shows


def test_most_questions_ask_for_no_form():
    assert form_asked_for(evidence_of("几天能到货？")) is None
    assert form_asked_for(evidence_of("为什么呢，怎么办？")) is None

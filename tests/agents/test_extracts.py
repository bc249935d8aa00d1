"""Which sentence of a passage answers, without a model."""

from __future__ import annotations

from yingda.agents.extracts import extract
from yingda.turns.types import DocumentId, Passage


def answer(question: str, text: str) -> str:
    """The stretch that is quoted from a passage with this text."""
    passage = Passage(
        id="p",
        document_id=DocumentId("d"),
        version=1,
        source="d.txt",
        text=text,
        start=0,
        end=len(text),
        score=0.9,
    )
    found = extract(question, [passage])
    return text[found[0].start : found[0].end]


def test_a_sentence_need_not_repeat_what_its_paragraph_is_about():
    text = "欧洲越橘又称黑果越橘，是一种灌木。高约半米，夏天开花。果实含有大量花青素。"
    assert answer("欧洲越橘的果实含有什么？", text) == "果实含有大量花青素。"


def test_the_word_beside_the_one_that_asks_weighs_most():
    text = "王家瑞担任过多个部门的工作。王家瑞早年在青岛。他的最高职务是副主席。"
    assert "副主席" in answer("王家瑞的最高职务是什么？", text)


def test_why_looks_for_a_reason():
    text = "桥在春天关闭了三周。因为洪水冲坏了桥墩，桥关闭了。"
    assert answer("桥为什么关闭？", text) == "因为洪水冲坏了桥墩，桥关闭了。"


def test_a_bare_heading_is_no_answer():
    text = "运费说明\n\n满 99 元包邮。\n\n换货说明\n\n签收后 15 天内可换货。"
    assert answer("换货说明是什么", text) == "签收后 15 天内可换货。"

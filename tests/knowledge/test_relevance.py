"""Which questions a small shop's passages answer, by words alone."""

from __future__ import annotations

import pytest

from yingda.knowledge.analyzer import index_text, question_from_text
from yingda.knowledge.relevance import Calibration, Evidence, Relevance, probability

PASSAGES = {
    "退货政策": "自签收之日起7天内可申请无理由退货，运费由顾客承担。商品损坏或有质量问题，30天内免费退换。",
    "配送时效": "工作日16:00前付款当天发货，一般3-5天送达。",
    "发票开具": "下单时勾选需要发票，确认收货后24小时内发送电子发票到您的邮箱。",
    "X200 耳机": "X200单次充电可连续播放8小时，充满电约需1.5小时。",
    "Warranty": "All electronic products come with a 12-month warranty. Liquid damage is not covered.",
}


def best(question: str) -> tuple[str, float]:
    """The heading of the best passage, and its score."""
    texts = {heading: index_text(f"{heading} {text}").evidence for heading, text in PASSAGES.items()}
    relevance = Relevance(
        question_from_text(question),
        lambda token: sum(token in text for text in texts.values()),
        len(PASSAGES),
    )
    passages = [
        Evidence(body=index_text(text).evidence, heading=index_text(heading).evidence)
        for heading, text in PASSAGES.items()
    ]
    scores = relevance.rate(passages)
    return max(zip(PASSAGES, scores, strict=True), key=lambda rated: rated[1])


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("东西坏了能退吗", "退货政策"),
        ("几天能到货", "配送时效"),
        ("怎么开发票", "发票开具"),
        ("七天無理由退貨", "退货政策"),
        ("X200充满电要多久", "X200 耳机"),
        ("how long is the warranty", "Warranty"),
        ("你好，我上周在你们家买的杯子，昨天才送来，请问怎么开发票？", "发票开具"),
        ("does the warranty cover liquid damage", "Warranty"),
    ],
)
def test_passes_a_question_that_a_passage_answers(question: str, heading: str):
    found, score = best(question)
    assert (found, score >= 0.5) == (heading, True)


@pytest.mark.parametrize(
    "question",
    [
        "今天北京天气怎么样",
        "how do I cook rice",
        "推荐几部好看的电影",
        "X900的屏幕多大",
        "明天股票会涨吗",
        "what is the capital of France",
    ],
)
def test_refuses_a_question_that_none_answers(question: str):
    assert best(question)[1] < 0.5


def test_a_missing_code_lowers_the_score():
    assert best("X200充满电要多久")[1] > best("X300充满电要多久")[1]


def test_no_question_words_give_no_score():
    relevance = Relevance(question_from_text("你好"), lambda token: 0, 0)
    assert relevance.rate([Evidence(body=" 你好 ")])[0] < 0.05


def test_rates_an_empty_list():
    assert Relevance(question_from_text("退货"), lambda token: 0, 0).rate([]) == []


def test_a_word_that_the_collection_lacks_lowers_the_score():
    passage = Evidence(body=index_text("X200支持蓝牙").evidence)

    def score(known: int) -> float:
        question = question_from_text("X200支持手柄吗")
        return Relevance(question, lambda token: known if "柄" in token else 1, 1).rate([passage])[0]

    assert score(0) < score(1)


def test_a_crowd_of_equals_lowers_the_score_where_passages_are_many():
    passage = Evidence(body=index_text("该剧于2004年开播").evidence)
    asked = question_from_text("该剧何时开播")

    def best_of(scores: list[float], count: int) -> float:
        features = Relevance(asked, lambda token: 1, count).features([(passage, score) for score in scores])
        return probability(features[0], Calibration())

    alone, crowded = [9.0, *[1.0] * 9], [9.0, *[8.9] * 9]
    assert best_of(alone, 1000) > best_of(crowded, 20) > best_of(crowded, 1000)


def test_a_reference_to_another_page_counts_less_than_words_of_its_own():
    asked = Relevance(question_from_text("如何查看同步状态"), lambda token: 1, 10)
    own, other = (
        Evidence(body=index_text(text).evidence)
        for text in ("如何查看同步状态：运行 list 命令。", "消息过大时请参考如何查看同步状态。")
    )
    said, referred = asked.rate([own, other])
    assert said > referred

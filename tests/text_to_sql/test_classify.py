"""Which questions are for the database, over models of two trades."""

from __future__ import annotations

from datetime import date

import pytest
from tests.text_to_sql.answering import MODEL

from yingda.text_to_sql.classify import by_reading, unread
from yingda.text_to_sql.model import Dimension, Measure, SemanticModel, Table, TimeDimension
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.types import Asked
from yingda.text_to_sql.value_index import modelled_values

ROADS = SemanticModel(
    name="roads",
    dialect="sqlite",
    version="1",
    tables=(
        Table(
            name="areas",
            source="areas",
            label="服务区",
            primary_key=("id",),
            title="name",
            default_time="day",
            dimensions=(
                Dimension(name="name", expr="name", label="服务区名称", values=("梨山", "南城")),
                Dimension(name="owner", expr="owner", label="管理公司"),
                Dimension(name="place", expr="place", label="地理位置"),
                Dimension(name="code", expr="code", label="健康码"),
            ),
            time_dimensions=(TimeDimension(name="day", expr="day", label="日期"),),
            measures=(
                Measure(
                    name="income",
                    expr="income",
                    aggregation="sum",
                    label="收入",
                    synonyms=("营业额", "投资收入"),
                ),
                Measure(name="cars", expr="cars", aggregation="sum", label="车流量"),
            ),
        ),
    ),
)


def kind(model: SemanticModel, question: str) -> str:
    reading = read(model, modelled_values(model), Asked(question=question, today=date(2026, 1, 5)))
    found = unread("hybrid", question) or by_reading(model, question, reading)
    return found.kind


@pytest.mark.parametrize(
    "question",
    [
        "统计历史收入趋势",
        "全国各服务区营业额排名",
        "按地理位置统计车流量",
        "各服务区健康码数据统计",
        "公司投资收入统计",
        "梨山服务区收入统计",
        "高铁站附近服务区收入统计",
    ],
)
@pytest.mark.parametrize("model", [ROADS, MODEL], ids=["roads", "kiosk"])
def test_words_of_everyday_life_make_no_chat(model: SemanticModel, question: str):
    assert kind(model, question) == "DATABASE"


@pytest.mark.parametrize(
    "question",
    ["管理公司介绍", "AI", "NBA", "AI助手", "你是什么AI", "你好", "谢谢", "为什么天是蓝的"],
)
@pytest.mark.parametrize("model", [ROADS, MODEL], ids=["roads", "kiosk"])
def test_names_and_small_talk_make_no_data_question(model: SemanticModel, question: str):
    assert kind(model, question) == "CHAT"


def test_confidence_tells_how_sure_it_is():
    questions = ("各渠道的销售额", "各渠道的退货率", "退货率是多少", "法国的首都")
    readings = [
        read(MODEL, modelled_values(MODEL), Asked(question=one, today=date(2026, 1, 5))) for one in questions
    ]
    found = [by_reading(MODEL, one, reading) for one, reading in zip(questions, readings, strict=True)]
    assert [(one.kind, one.confidence, one.method) for one in found] == [
        ("DATABASE", 0.95, "rule_based_database_keywords"),
        ("DATABASE", 0.7, "rule_based_medium_business"),
        ("DATABASE", 0.5, "rule_based_uncertain"),
        ("CHAT", 0.3, "rule_based_uncertain"),
    ]

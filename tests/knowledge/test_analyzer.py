"""Transcripts of the analyzer: text in, terms out."""

from __future__ import annotations

import pytest

from yingda.knowledge.analyzer import Lexicon, fold, index_text, question_from_text, run_tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３，退貨", "abc123,退货"),
        ("七天无理由", "7天 无理由"),
        ("十五个工作日", "十五个工作日"),
        ("二十四小时", "24小时"),
        ("三五天", "三五天"),
        ("①㎏", "1kg"),
    ],
)
def test_folds_width_case_script_and_small_numbers(text: str, folded: str):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("run", "tokens"),
    [
        ("ord-2024-001", ["ord-2024-001", "ord", "2024", "001", "ord2024001"]),
        ("x200", ["x200"]),
        ("3.5", ["3.5"]),
        ("400-888-1234", ["400-888-1234", "400", "888", "1234", "4008881234"]),
        ("returns", ["return"]),
        ("shipping", ["ship"]),
        ("customer's", ["custom"]),
        ("café", ["cafe"]),
        ("is", ["is"]),
    ],
)
def test_keeps_codes_whole_and_in_parts(run: str, tokens: list[str]):
    assert run_tokens(run) == tokens


def test_indexes_words_bigrams_characters_and_runs():
    kept = index_text("X200退货政策")
    assert sorted(kept.tokens) == sorted(
        ["x200", "退货", "政策", "退货", "货政", "政策", "退", "货", "政", "策"]
    )
    assert kept.evidence == "  x200 退货政策 "


def test_drops_function_words_of_a_question():
    asked = question_from_text("请问怎么开发票呢？")
    assert [unit.text for unit in asked.units] == ["开发票"]
    assert {"发票", "开发票", "invoic"} <= {term.text for term in asked.terms}


@pytest.mark.parametrize("text", ["", "  ", "怎么办呢？", "how are you", "？！", "\u200b"])
def test_finds_nothing_to_look_up_in_function_words(text: str):
    assert question_from_text(text).terms == ()


def test_asks_for_the_price_where_a_segmenter_would_see_a_purse():
    assert [unit.text for unit in question_from_text("多少钱包邮").units] == ["价格", "包邮"]


def test_keeps_a_name_apart_from_its_verb():
    assert [unit.text for unit in question_from_text("金卡有什么折扣").units] == ["金卡", "折扣"]


def test_keeps_a_code_as_one_unit_and_looks_up_its_parts():
    asked = question_from_text("订单ORD-2024-001到哪了")
    assert [(unit.text, unit.kind) for unit in asked.units] == [("订单", "word"), ("ord-2024-001", "code")]
    assert {"ord-2024-001", "2024", "ord2024001"} <= {term.text for term in asked.terms}


def test_treats_the_words_of_a_collection_as_whole():
    lexicon = Lexicon(["光子嫩肤", "Air Max", " "])
    kept = index_text("做光子嫩肤，送Air Max", lexicon)
    asked = question_from_text("光子嫩肤和air max多少钱", lexicon)
    assert {"光子嫩肤", "air_max"} <= set(kept.tokens)
    assert {"光子嫩肤", "air_max"} <= {term.text for term in asked.terms}


def test_gives_the_same_terms_to_both_scripts():
    assert question_from_text("退貨運費誰出") == question_from_text("退货运费谁出")


def test_bounds_what_it_reads_of_a_long_text():
    asked = question_from_text("发票" + "".join(map(chr, range(0x4E00, 0x5E00))) + "退货")
    texts = {term.text for term in asked.terms}
    assert ({"发票", "退货"} <= texts, len(texts) < 1600) == (True, True)


def test_reads_over_a_lone_surrogate():
    assert [unit.text for unit in question_from_text("\ud800退货").units] == ["退货"]


def test_takes_the_asking_clauses_out_of_a_story():
    asked = question_from_text("我上周买了水壶，因为漏水想退，运费要我出吗？")
    assert [[unit.text for unit in clause.units] for clause in asked.clauses] == [["运费", "出"]]


def test_one_clause_needs_no_taking_apart():
    assert question_from_text("运费要我出吗？").clauses == ()


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("下午五点下的单寄出吗", [("00", "value"), ("下单", "word"), ("寄出", "word")]),
        ("买50块钱的东西要邮费吗", [("50", "value"), ("买", "char"), ("东西", "word"), ("邮费", "word")]),
        ("钱什么时候能退回来", [("退款", "word"), ("钱", "char"), ("退回来", "word")]),
    ],
)
def test_tells_the_case_at_hand_from_what_is_asked(text: str, units: list[tuple[str, str]]):
    assert [(unit.text, unit.kind) for unit in question_from_text(text).units] == units


def test_a_name_from_a_program_is_one_code():
    units = question_from_text("gc_life_time 怎么调").units
    assert (units[0].text, units[0].kind) == ("gc_life_time", "code")


def test_the_number_of_a_heading_is_not_asked_for():
    assert question_from_text("1.1.5 易用性如何").terms == question_from_text("易用性如何").terms
    assert question_from_text("1.1.5 版本易用性如何").terms != question_from_text("版本易用性如何").terms

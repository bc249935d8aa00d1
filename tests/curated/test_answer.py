"""What may be kept as a curated answer; whatever may not is refused with its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yingda.curated.answer import CuratedLimits, Wording, checked
from yingda.errors import InvalidRequest
from yingda.testing.clock import START
from yingda.turns.types import DocumentId

PLAIN = Wording(question="怎么退货", answer="七天内申请。")
SMALL = CuratedLimits(question_chars=8, answer_chars=8, similar_count=2, negative_count=1, document_count=1)


def test_a_wording_is_trimmed_and_holds_everything_once():
    given = replace(
        PLAIN,
        question=" 怎么退货 ",
        similar=("如何退货", "怎么退货?", "如何退货！", " "),
        documents=(DocumentId("d1"), DocumentId(" d1 ")),
    )
    assert checked(given) == replace(PLAIN, similar=("如何退货",), documents=(DocumentId("d1"),))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "？！"}, "question"),
        ({"question": "退" * 9}, "question"),
        ({"question": "退\x00货"}, "question"),
        ({"answer": ""}, "answer"),
        ({"answer": "a" * 9}, "answer"),
        ({"answer": "a\ud800"}, "answer"),
        ({"similar": ("a", "b", "c")}, "similar"),
        ({"negative": ("a", "b")}, "negative"),
        ({"negative": ("怎么退货？",)}, "negative"),
        ({"documents": ("d1", "d2")}, "documents"),
        ({"scope": ("a]b",)}, "scope"),
        ({"valid_from": START, "valid_until": START}, "valid_until"),
    ],
)
def test_what_is_wrong_is_named(fields, field):
    with pytest.raises(InvalidRequest) as refused:
        checked(replace(PLAIN, **fields), SMALL)
    assert refused.value.field == field


@pytest.mark.parametrize(("hours", "is_valid"), [(-1, False), (0, True), (1, True), (2, False)])
def test_a_validity_begins_with_its_first_moment_and_ends_before_its_last(hours, is_valid):
    wording = replace(PLAIN, valid_from=START, valid_until=START + timedelta(hours=2))
    assert wording.is_valid(START + timedelta(hours=hours)) == is_valid


@pytest.mark.parametrize(
    ("own", "asked", "is_within"),
    [
        ((), None, True),
        ((), ("d1",), False),
        (("d1",), None, True),
        (("d1",), ("d1", "d2"), True),
        (("d1", "d2"), ("d1",), False),
        (("d1",), (), False),
    ],
)
def test_an_answer_never_leaves_the_scope_of_a_request(own, asked, is_within):
    assert replace(PLAIN, scope=own).is_within(asked) == is_within

"""Characters as people see them stay whole, and nothing is held back for ever."""

from __future__ import annotations

import pytest

from yingda.dialects.docqa.graphemes import MAX_CLUSTER, certain_length, pieces

WOMAN_SCIENTIST = "👩\u200d🔬"


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("", ""),
        ("可退货", "可退货"),
        ("可退货。", "可退货。"),
        ("a b, ", "a b, "),
        ("cafe", "caf"),
        ("cafe\u0301", "caf"),
        ("cafe\u0301 ", "cafe\u0301 "),
        ("ที่", ""),
        ("กี่น้ำ", "กี่"),
        ("की", ""),
        ("क्ष", ""),
        ("好" + WOMAN_SCIENTIST, "好"),
        ("好👩\u200d", "好"),
        ("👍🏽", ""),
        ("🇨🇳🇯", "🇨🇳"),
        ("🇨🇳🇯🇵", "🇨🇳"),
        ("한국", "한"),
        ("\u1112\u1161\u11ab", ""),
        ("no 1", "no "),
        ("1\ufe0f\u20e3", ""),
        ("a\r", "a"),
        ("a\r\n", "a\r\n"),
    ],
)
def test_what_may_be_shown_by_now(text: str, certain: str):
    assert text[: certain_length(text)] == certain


def test_a_heap_of_marks_is_cut_all_the_same():
    heap = "e" + "\u0301" * (2 * MAX_CLUSTER)
    assert certain_length(heap) == len(heap)


def test_a_long_text_is_cut_between_characters():
    assert list(pieces("一二三" + WOMAN_SCIENTIST, 5)) == ["一二三", WOMAN_SCIENTIST]
    assert list(pieces("e" + "\u0301" * 9, 5)) == ["e" + "\u0301" * 4, "\u0301" * 5]

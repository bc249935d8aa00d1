"""Plates, written, spoken and misheard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.plates import INITIALS, is_plate, plate_piece, plates

_SPOKEN = dict(zip("0123456789", "洞幺两三四五六拐八勾", strict=True))
_BODY = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("我的车牌是沪A89395", Mention("沪A89395", 5, 12)),
        ("沪a·八九三九五", Mention("沪A89395", 0, 8)),
        ("粤B的D一二三四五", Mention("粤BD12345", 0, 9)),
        ("浙B拐洞幺两勾", Mention("浙B70129", 0, 7)),
        ("京A1234挂", Mention("京A1234挂", 0, 7)),
        ("粤Z1234港", Mention("粤Z1234港", 0, 7)),
        ("苏E三个八四五", Mention("苏E88845", 0, 7)),
        ("沪沪A八九三九五吧", Mention("沪A89395", 1, 8)),
        ("户A八九三九五", Mention("沪A89395", 0, 7, is_guess=True)),
        ("静恩要二三四五", Mention("京N12345", 0, 7, is_guess=True)),
        ("沪诶八九三九五", Mention("沪A89395", 0, 7, is_guess=True)),
        ("上海A八九三九五", Mention("沪A89395", 0, 8, is_guess=True)),
        ("沪A12345诶对", Mention("沪A12345", 0, 7)),
        ("沪AO123I", Mention("沪A01231", 0, 7, is_guess=True)),
    ],
)
def test_finds_a_plate(said, read):
    assert plates(said) == [read]


@pytest.mark.parametrize(
    "said",
    ["今天有三辆车", "这边五七九三二", "我在二零二室", "沪A八九", "A八九三九五", "中山路一百二十号", ""],
)
def test_finds_no_plate(said):
    assert plates(said) == []


@pytest.mark.parametrize(
    ("so_far", "said", "read"),
    [
        ("", "沪", "沪"),
        ("", "是沪A的", "沪A"),
        ("沪A", "八九三", "沪A893"),
        ("沪A893", "九五", "沪A89395"),
        ("沪A893", "沪A八九三九五", "沪A89395"),
        ("沪AD123", "四五", "沪AD12345"),
    ],
)
def test_joins_pieces(so_far, said, read):
    piece = plate_piece(said, so_far)
    assert piece is not None
    assert piece.value == read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("沪A89395", True),
        ("沪AD12345", True),
        ("沪A12345F", True),
        ("沪A1234学", True),
        ("沪A8939", False),
        ("沪A8939O", False),
        ("沪A893955", False),
        ("海A89395", False),
    ],
)
def test_knows_the_forms(text, expected):
    assert is_plate(text) is expected


@given(
    st.tuples(
        st.sampled_from(INITIALS),
        st.sampled_from(_BODY[:24]),
        st.lists(st.sampled_from(_BODY), min_size=5, max_size=5),
    ).map(lambda parts: parts[0] + parts[1] + "".join(parts[2]))
)
def test_reads_back_what_it_says(plate):
    spoken = " ".join(_SPOKEN.get(char, char) for char in plate)
    piece = plate_piece(spoken)
    assert piece is not None
    assert piece.value == plate

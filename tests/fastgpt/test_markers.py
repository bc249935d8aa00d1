"""Stage markers, whole and in pieces: what is spoken, and which code is reported."""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.fastgpt.markers import MarkerConfig, MarkerParser, Piece, StageCode

EVERY = MarkerConfig(markers="every")
STRICT = MarkerConfig(strict_upstream=True)
FIRST = MarkerConfig()
LONG = "请问现场有没有人受伤，请您先打开双闪灯，撤到护栏外面的安全地带再说"


def parsed(pieces: list[str], config: MarkerConfig = FIRST) -> list[Piece]:
    """What the parser says to these pieces, with neighbouring words joined."""
    parser, said = MarkerParser(config), []
    for piece in [one for text in pieces for one in parser.feed(text)] + parser.end():
        if isinstance(piece, str) and said and isinstance(said[-1], str):
            said[-1] += piece
        else:
            said.append(piece)
    return said


def coded(code: str, *words: str) -> list[Piece]:
    return [StageCode(code), *words]


TABLE: dict[str, tuple[str, list[Piece]]] = {
    "leading": ("<state>1002</state>您好", coded("1002", "您好")),
    "after the line break of an answer node": ("\n<state>1002</state>\n您好\n", coded("1002", "您好\n")),
    "none": ("您好", ["您好"]),
    "nothing": ("", []),
    "marker alone": ("<state>0000</state>", coded("0000")),
    "last": ("再见。<state>0000</state>", ["再见。", StageCode("0000")]),
    "two": ("<state>1002</state>甲<state>0000</state>乙", coded("1002", "甲乙")),
    "upper case": ("<STATE>1002</State>您好", coded("1002", "您好")),
    "blanks and line breaks inside": ("<state>\n 1002　</state>您好", coded("1002", "您好")),
    "full width": ("＜state＞1002＜／state＞您好", coded("1002", "您好")),
    "malformed": ("<state>通话中</state>您好", ["您好"]),
    "five digits": ("<state>10023</state>您好", ["您好"]),
    "full-width digits": ("<state>１００２</state>您好", ["您好"]),
    "malformed, then good": ("<state>x</state>您好<state>1002</state>", ["您好", StageCode("1002")]),
    "stray close": ("您</state>好", ["您好"]),
    "never closed, long": (f"<state>{LONG}", [LONG]),
    "never closed, long, another inside": (f"<state>{LONG}<state>1002</state>", [LONG, StageCode("1002")]),
    "ends in an open tag": ("您好<state>", ["您好"]),
    "ends in a code": ("您好<state>100", ["您好"]),
    "ends in a close tag": ("您好<state>1002</sta", ["您好"]),
    "ends in words": ("<state>请讲", ["请讲"]),
    "ends in words and a tag": ("<state>请 <state>讲 </state", ["请 讲 "]),
    "ends in half a tag": ("3 <sta", ["3 <sta"]),
    "other tags": ("<b>3 < 4</b><stat>", ["<b>3 < 4</b><stat>"]),
    "content of 32": (f"<state>{'9' * 32}</state>您好", ["您好"]),
    "content of 33": (f"<state>{'9' * 33}</state>您好", ["9" * 33 + "您好"]),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_reply_has_its_words_and_its_code(case: str):
    text, expected = TABLE[case]
    assert parsed([text]) == parsed(list(text)) == expected


def test_a_marker_over_ten_pieces_is_one():
    pieces = ["\n<", "st", "at", "e>", "1", "00", "2<", "/s", "tate", ">您好"]
    assert parsed(pieces) == coded("1002", "您好")


def test_every_change_is_told_where_asked_for():
    text = "<state>1002</state>甲<state>1002</state>乙<state>0001</state>丙"
    assert parsed([text], EVERY) == [StageCode("1002"), "甲乙", StageCode("0001"), "丙"]


def test_the_strict_way_loses_what_stands_before_and_waits_for_the_end():
    parser = MarkerParser(STRICT)
    assert [parser.feed(text) for text in ("\n稍等", "<state>1002</state>", "\n您好")] == [
        [],
        [StageCode("1002")],
        ["\n您好"],
    ]
    silent = MarkerParser(STRICT)
    assert (silent.feed("\n您"), silent.feed("好"), silent.end()) == ([], [], ["\n您好"])


@pytest.mark.parametrize("text", ["您", " <b", "3 < 4", "<状态>", "</p>"])
def test_ordinary_text_waits_for_nothing(text: str):
    assert MarkerParser(FIRST).feed(text) == [text.lstrip()]


def test_at_most_seven_characters_are_held_back():
    parser = MarkerParser(FIRST)
    said = [parser.feed(char) for char in "好</state"]
    assert (said[0], said[1:], parser.feed("x")) == (["好"], [[]] * 7, ["</statex"])


def test_what_is_amiss_is_counted():
    parser = MarkerParser(FIRST)
    parser.feed(f"</state><state>x</state><state>1002</state><state>0000</state><state>{LONG}")
    assert astuple(parser.counts) == (1, 1, 1, 1)


FRAGMENTS = st.sampled_from(
    [
        "<state>",
        "</state>",
        "<",
        "＜/STATE>",
        "state>",
        "1002",
        "0000",
        "\n",
        " ",
        "您好。",
        "9" * 30,
        "</",
        "s",
    ]
)


@given(
    st.lists(FRAGMENTS, max_size=12).map("".join),
    st.sets(st.integers(1, 200)),
    st.sampled_from([FIRST, EVERY, STRICT]),
)
def test_any_cut_says_the_same(text: str, cuts: set[int], config: MarkerConfig):
    marks = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(marks)]
    assert parsed(pieces, config) == parsed([text], config)

"""Citation markers parted from a stream."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.agents.markers import MarkerFilter, Piece

ID = "0123456789abcdef0123456789abcdef"


def parted(*chunks: str) -> list[Piece]:
    markers = MarkerFilter()
    pieces = [piece for chunk in chunks for piece in markers.feed(chunk)]
    return [*pieces, *markers.end()]


@pytest.mark.parametrize(
    ("chunks", "pieces"),
    [
        (("`", "``a[1]", "``", "` 七天[1]"), ["```a[1]", "``` 七天", (1,)]),
        (("七天[1]。",), ["七天", (1,), "。"]),
        (("七天[1", "]。"), ["七天", (1,), "。"]),
        (("七天[", "1", "]", "。"), ["七天", (1,), "。"]),
        (("七天[1][2]",), ["七天", (1,), (2,)]),
        (("七天[1, 2]", "好"), ["七天", (1, 2), "好"]),
        (("七天【1、2】。",), ["七天", (1, 2), "。"]),
        (("七天［１２］。",), ["七天", (12,), "。"]),
        (("14 days [1].",), ["14 days", (1,), "."]),
        (("14 days ", "[1]", "."), ["14 days", (1,), "."]),
        (("14 days ", "or more"), ["14 days", " or more"]),
        (("[注意] 好",), ["[注意] 好"]),
        (("见[1](http://a)",), ["见[1](http://a)"]),
        (("见[1]", "(http://a)"), ["见", "[1](http://a)"]),
        (("`arr[1]` [1]",), ["`arr[1]`", (1,)]),
        (("`arr", "[1]", "` 好[1]"), ["`arr", "[1]` 好", (1,)]),
        (("arr[0]。",), ["arr[0]。"]),
        (("半个[1",), ["半个", "[1"]),
        ((f"七天[[{ID}]]。",), ["七天", (ID,), "。"]),
        (("七天[", "[", ID[:7], ID[7:], "]", "]。"), ["七天", (ID,), "。"]),
        (("七天 [[ctx]]。",), ["七天", ("ctx",), "。"]),
        (("七天[[ct", "x]", "]"), ["七天", ("ctx",)]),
        (("七天[[2]]。",), ["七天", (2,), "。"]),
        ((f"`[[{ID}]]`",), [f"`[[{ID}]]`"]),
        (("```\nif [[ -f ctx ]]; then\n[[ctx]]\n```",), ["```\nif [[ -f ctx ]]; then\n[[ctx]]\n```"]),
        (("if [[ -f a ]]; then",), ["if [[ -f a ]]; then"]),
        (("见[[首页]]与[[a|b]]",), ["见[[首页]]与[[a|b]]"]),
        ((f"[[{ID[:31]}]]",), [f"[[{ID[:31]}]]"]),
        ((f"[[{ID}0]]",), [f"[[{ID}0]]"]),
        (("[" + "1" * 30,), ["[" + "1" * 30]),
    ],
)
def test_parts_text_and_markers(chunks: tuple[str, ...], pieces: list[Piece]) -> None:
    assert merged(parted(*chunks)) == merged(pieces)


@given(st.text("ab[]12 ,`(【】ctx", max_size=30), st.lists(st.integers(0, 30), max_size=4))
def test_cuts_between_chunks_change_nothing(text: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[a:b] for a, b in pairwise(bounds)]
    assert merged(parted(*chunks)) == merged(parted(text))


def merged(pieces: list[Piece]) -> list[Piece]:
    """Text pieces side by side become one: where a stream is cut is not part of what it says."""
    whole: list[Piece] = []
    for piece in pieces:
        if whole and isinstance(piece, str) and isinstance(whole[-1], str):
            whole[-1] += piece
        else:
            whole.append(piece)
    return whole

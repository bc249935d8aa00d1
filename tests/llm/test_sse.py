"""The parser finds the same payloads however the bytes are cut and the lines are ended."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.llm.failures import ModelGarbled
from yingda.llm.sse import SseParser

LINES = st.lists(
    st.sampled_from(
        ["data: {}", "data:é🙂", "data", "data: ", ": hi", "event: x", "id: 1", "junk", "data:  b", ""]
    ),
    max_size=12,
)


def payloads_by_the_book(lines):
    found, held = [], []
    for line in [*lines, ""]:
        name, colon, value = line.partition(":")
        if line and name == "data":
            held.append(value.removeprefix(" ") if colon else "")
        elif not line and held:
            found.append("\n".join(held).encode())
            held = []
    return found


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 200), max_size=8), st.booleans())
def test_finds_every_payload_wherever_it_is_cut(lines, ending, cuts, has_bom):
    data = b"\xef\xbb\xbf" * has_bom + "".join(line + ending for line in [*lines, ""]).encode()
    marks = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parser = SseParser()
    found = [p for start, end in pairwise(marks) for p in parser.feed(data[start:end])]
    assert found + parser.end() == payloads_by_the_book(lines)


def test_finds_every_payload_byte_by_byte():
    data = "data: é\r\n\r\ndata:🙂\n\n: c\n\ndata: [DONE]\r\r".encode()
    parser = SseParser()
    found = [payload for byte in data for payload in parser.feed(bytes([byte]))]
    assert found == ["é".encode(), "🙂".encode(), b"[DONE]"]


def test_gives_the_last_payload_where_its_blank_line_is_missing():
    parser = SseParser()
    assert (parser.feed(b"data: a\n\ndata: b"), parser.end(), parser.end()) == ([b"a"], [b"b"], [])


def test_refuses_an_event_without_an_end():
    with pytest.raises(ModelGarbled):
        SseParser().feed(b"data: " + b"x" * (1 << 20))

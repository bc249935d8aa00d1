"""Thinking is kept out of the answer, wherever the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.llm.think import ThinkSplitter, with_think_tags
from yingda.llm.types import ReasoningChunk, TextChunk, UsageChunk
from yingda.testing import ScriptedModel
from yingda.turns.types import Usage


def split(*texts, **options):
    splitter = ThinkSplitter(**options)
    chunks = [chunk for text in texts for chunk in splitter.feed(text)] + splitter.end()
    return tuple(
        "".join(c.text for c in chunks if isinstance(c, kind)) for kind in (ReasoningChunk, TextChunk)
    )


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("plain", "", "plain"),
        ("a < b, 1 <th", "", "a < b, 1 <th"),
        ("<think>hm</think>\n\nyes", "hm", "yes"),
        (" \n<think>hm</think> yes", "hm", "yes"),
        ("yes <think>hm</think> no", "hm", "yes  no"),
        ("<think>never closed", "never closed", ""),
        ("<think>half </thi", "half </thi", ""),
        ("<think></think>yes", "", "yes"),
        ("lone</think>yes", "lone", "yes"),
        ("<<think>a</think>b", "a", "<b"),
    ],
)
def test_splits_a_whole_reply(text, thought, answer):
    assert split(text) == (thought, answer)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "a", " ", "<thin", "你"]), max_size=12).map(
        "".join
    ),
    st.lists(st.integers(0, 60), max_size=8),
)
def test_splits_alike_wherever_it_is_cut(text, cuts):
    text = "start <think>" + text
    marks = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(marks)]
    assert split(*pieces) == split(text)


def test_starts_inside_a_thought_where_told_to():
    assert split("h", "m</thi", "nk>\nyes", opens_in_thought=True) == ("hm", "yes")


def test_a_late_closing_tag_is_dropped():
    assert split("gone ", "already</think> yes") == ("", "gone already yes")


async def test_wraps_a_model_and_leaves_its_other_chunks_alone(prompt):
    usage = UsageChunk(Usage(model="m1", prompt_tokens=1, completion_tokens=1))
    model = with_think_tags(ScriptedModel(["<thi", "nk>hm</think>", "a ", "b <", ReasoningChunk("x"), usage]))
    assert [chunk async for chunk in model.stream(prompt)] == [
        ReasoningChunk("hm"),
        TextChunk("a "),
        TextChunk("b "),
        ReasoningChunk("x"),
        usage,
        TextChunk("<"),
    ]

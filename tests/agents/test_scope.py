"""Which documents an answer may rest on, and the passage brought along."""

from __future__ import annotations

import pytest

from yingda.agents.extractive import extractive
from yingda.agents.passages import CONTEXT
from yingda.agents.scope import DEFAULTS, ScopeConfig, cut_to_sentence, with_scope
from yingda.agents.unfound import NOT_FOUND
from yingda.testing import collect, turn
from yingda.turns.events import AnswerExtracted, AnswerMissed, PassageCited, ScopeResolved, TextDelta
from yingda.turns.options import AnswerOptions
from yingda.turns.types import DocumentId, Passage

OWN = {"default": {"a": "ready", "b": "parsing", "c": "failed"}, "other": {"x": "ready"}}


async def states(principal, wanted):
    own = OWN[principal.tenant]
    return {each: own[each] for each in wanted if each in own}


async def tell_options(turn):
    yield TextDelta(text=f"{turn.options.scope} {turn.options.context}")


async def resolved(options, config=DEFAULTS):
    return await collect(with_scope(tell_options, states, config), turn("?", options=options))


async def test_a_plain_turn_passes_untouched():
    assert await resolved(AnswerOptions()) == [TextDelta(text="None ")]


@pytest.mark.parametrize(
    ("scope", "told", "left"),
    [
        (("a",), ScopeResolved(used=("a",)), "('a',) "),
        (("a", "a", "gone"), ScopeResolved(used=("a",), missing=("gone",)), "('a',) "),
        (("b", "c"), ScopeResolved(not_ready=("b", "c")), "() "),
        (("x",), ScopeResolved(missing=("x",)), "() "),
        ((), ScopeResolved(), "() "),
    ],
)
async def test_a_scope_never_widens(scope, told, left):
    assert await resolved(AnswerOptions(scope=scope)) == [told, TextDelta(text=left)]


async def test_cuts_what_is_brought_along():
    options = AnswerOptions(context="第一句。第二句。第三句很长很长。")
    assert await resolved(options, ScopeConfig(context_chars=10)) == [
        ScopeResolved(is_context_cut=True),
        TextDelta(text="None 第一句。第二句。"),
    ]


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("一二三。四五。", 7, "一二三。四五。"),
        ("一二三。四五。", 6, "一二三。"),
        ("一二三四五六七", 3, "一二三"),
        ("One two. Three four. Five", 20, "One two."),
        ("One two. Three four. Five", 21, "One two. Three four."),
        ("", 3, ""),
    ],
)
def test_cuts_at_the_end_of_a_sentence(text, most, kept):
    assert cut_to_sentence(text, most) == kept


def brought(text):
    return Passage(
        id=CONTEXT,
        document_id=CONTEXT,
        version=1,
        source="context",
        text=text,
        start=0,
        end=len(text),
        score=1.0,
    )


async def test_quotes_what_was_brought_along_without_a_model():
    passages = (brought("本店周三闭店盘点。\n\n停车场在后门。"),)
    events = await collect(extractive(), turn("周三开门吗", passages=passages))
    cited = PassageCited(passage_id="ctx", quote="本店周三闭店盘点。", start=0, end=9)
    assert events == [AnswerExtracted(), TextDelta(text="本店周三闭店盘点。"), cited]


async def test_quotes_from_what_is_to_be_summed_up_without_a_model():
    events = await collect(extractive(), turn("总结这段话", passages=(brought("会议室在三楼。"),)))
    assert events[:2] == [AnswerExtracted(), TextDelta(text="会议室在三楼。")]


async def test_does_not_quote_what_says_nothing_to_the_question():
    found = Passage(
        id="p",
        document_id=DocumentId("d"),
        version=1,
        source="d",
        text="运费8元。",
        start=0,
        end=5,
        score=0.9,
    )
    unrelated = brought("会议室在三楼。")
    assert await collect(extractive(), turn("运费多少", passages=(unrelated, found))) == [
        AnswerExtracted(),
        TextDelta(text="运费8元。"),
        PassageCited(passage_id="p", quote="运费8元。", start=0, end=5),
    ]
    assert await collect(extractive(), turn("运费多少", passages=(unrelated,))) == [
        TextDelta(text=NOT_FOUND["zh"]),
        AnswerMissed(reason="no_passage"),
    ]

"""What is said where nothing was found."""

from __future__ import annotations

import pytest

from yingda.agents.unfound import NO_SOURCE, NOT_FOUND, own_knowledge, say_not_found
from yingda.errors import ModelUnavailable
from yingda.llm.types import ReasoningChunk, UsageChunk
from yingda.testing import FrozenClock, ScriptedModel, turn
from yingda.turns.events import AnswerDegraded, AnswerMissed, ReasoningDelta, TextDelta, UsageReported
from yingda.turns.options import AnswerOptions, Project
from yingda.turns.types import Usage

MODEL_MODE = Project(fallback_mode="model", fallback_texts=(("zh", "没有找到。"),))
MISSED = AnswerMissed(reason="no_passage")
USAGE = Usage(model="m", prompt_tokens=1, completion_tokens=2)


async def said(unfound, asked):
    return [event async for event in unfound(asked, "no_passage")]


@pytest.mark.parametrize(
    ("text", "texts", "sentence"),
    [
        ("能退吗", (), NOT_FOUND["zh"]),
        ("能退吗", (("zh", "请致电前台。"), ("en", "Call us.")), "请致电前台。"),
        ("Can I?", (("zh", "请致电前台。"),), NOT_FOUND["en"]),
        ("できますか", (("ja", "受付へどうぞ。"),), "受付へどうぞ。"),
    ],
)
async def test_the_project_words_it(text, texts, sentence):
    asked = turn(text, project=Project(fallback_texts=texts))
    model = ScriptedModel(["of its own"])
    expected = [TextDelta(text=sentence), MISSED]
    assert await said(say_not_found, asked) == expected
    assert (await said(own_knowledge(model, FrozenClock()), asked), model.prompts) == (expected, [])


async def test_a_model_may_answer_by_itself_visibly_so():
    script = [ReasoningChunk("hm"), "天空", "是蓝的[1]", "[", "2]。", UsageChunk(USAGE)]
    model = ScriptedModel(script)
    asked = turn("天空为什么蓝", project=MODEL_MODE, options=AnswerOptions(temperature=0.7))
    events = await said(own_knowledge(model, FrozenClock()), asked)
    assert events == [
        ReasoningDelta(text="hm"),
        TextDelta(text=NO_SOURCE["zh"] + "天空"),
        TextDelta(text="是蓝的"),
        TextDelta(text="。"),
        UsageReported(usage=USAGE),
        MISSED,
    ]
    assert model.prompts[0].temperature == 0.7


async def test_a_model_that_fails_leaves_the_fixed_sentence():
    model = ScriptedModel([ModelUnavailable("away")])
    asked = turn("天空为什么蓝", project=MODEL_MODE)
    assert await said(own_knowledge(model, FrozenClock()), asked) == [
        AnswerDegraded(reason="model_unavailable"),
        TextDelta(text="没有找到。"),
        MISSED,
    ]


async def test_a_model_that_breaks_off_keeps_its_words():
    model = ScriptedModel(["天空", ModelUnavailable("away")])
    events = await said(own_knowledge(model, FrozenClock()), turn("天空为什么蓝", project=MODEL_MODE))
    degraded = AnswerDegraded(reason="model_unavailable")
    assert events == [TextDelta(text=NO_SOURCE["zh"] + "天空"), degraded, MISSED]


async def test_a_model_that_is_late_leaves_the_fixed_sentence():
    model = ScriptedModel([30.0, "天空"])
    asked = turn("天空为什么蓝", project=MODEL_MODE, answer_by_s=1000.05)
    events = await said(own_knowledge(model, FrozenClock()), asked)
    assert events == [AnswerDegraded(reason="deadline_exceeded"), TextDelta(text="没有找到。"), MISSED]

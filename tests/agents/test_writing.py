"""Texts are composed by a model, and rest on passages only where the caller names some."""

from __future__ import annotations

import pytest

from yingda.agents.grounded import grounded
from yingda.agents.prompts import load
from yingda.agents.writing import NO_WRITER, writing, writing_prompt
from yingda.errors import ModelUnavailable
from yingda.testing import FrozenClock, ScriptedModel, collect, turn
from yingda.testing.clock import START
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    CitationDropped,
    PassageCited,
    StepTimed,
    TextDelta,
)
from yingda.turns.options import AnswerOptions, Project
from yingda.turns.types import DocumentId, Message, Passage

CLOCK = FrozenClock()
MISSED = AnswerMissed(reason="no_model")


async def from_passages(turn):
    yield TextDelta(text=f"scope={turn.options.scope} context={turn.options.context}")


async def test_writes_what_the_model_composes():
    model = ScriptedModel(["亲爱的", "客户[1]：", f"[[{'a' * 32}]]您好。"])
    events = await collect(writing(model, from_passages, CLOCK), turn("写封信"))
    assert events == [
        TextDelta(text="亲爱的"),
        TextDelta(text="客户"),
        CitationDropped(reason="unknown"),
        TextDelta(text="："),
        CitationDropped(reason="unknown"),
        TextDelta(text="您好。"),
        StepTimed(step="model", elapsed_ms=0.0, note="scripted"),
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (AnswerOptions(scope=("d1",)), "scope=('d1',) context="),
        (AnswerOptions(context="原文。"), "scope=() context=原文。"),
    ],
)
async def test_rests_on_what_the_caller_names(options, told):
    model = ScriptedModel(["自由发挥"])
    events = await collect(writing(model, from_passages, CLOCK), turn("写封信", options=options))
    assert (events, model.prompts) == ([TextDelta(text=told)], [])


async def test_says_that_there_is_no_model():
    expected = [TextDelta(text=NO_WRITER["en"]), MISSED]
    assert await collect(writing(None, from_passages, CLOCK), turn("Write a letter")) == expected


async def test_says_that_the_model_broke_off():
    model = ScriptedModel(["Dear", ModelUnavailable("gone")])
    assert await collect(writing(model, from_passages, CLOCK), turn("Write a letter")) == [
        TextDelta(text="Dear"),
        AnswerDegraded(reason="model_unavailable"),
        TextDelta(text="\n\n"),
        TextDelta(text=NO_WRITER["en"]),
        MISSED,
    ]


def test_the_prompt_holds_conversation_and_persona():
    history = (
        Message(role="user", text="Draft it", at=START),
        Message(role="assistant", text="Dear all", at=START),
    )
    options, project = AnswerOptions(temperature=1.0), Project(persona="Formal.")
    prompt = writing_prompt(turn("Shorter please", history=history, options=options, project=project))
    said = [(message.role, message.text) for message in prompt.messages[1:]]
    assert said == [("user", "Draft it"), ("assistant", "Dear all"), ("user", "Shorter please")]
    assert (prompt.temperature, "Formal." in prompt.messages[0].text) == (1.0, True)


async def test_cites_what_it_rests_on():
    text = "满99元包邮。"
    passage = Passage(
        id="p",
        document_id=DocumentId("d"),
        version=1,
        source="d",
        text=text,
        start=0,
        end=len(text),
        score=1.0,
    )
    model = ScriptedModel(["各位顾客：\n满99元包邮[1]！快来吧。"])
    answer = grounded(model, clock=CLOCK, template=load("writing_grounded"))
    history = (Message(role="user", text="早上好", at=START),)
    events = await collect(answer, turn("写个通知", passages=(passage,), history=history))
    cited = PassageCited(passage_id="p", quote=text, start=0, end=len(text))
    assert events[:3] == [TextDelta(text="各位顾客：\n满99元包邮"), cited, TextDelta(text="！快来吧。")]
    assert "<conversation>\nuser: 早上好\n</conversation>" in model.prompts[0].messages[1].text

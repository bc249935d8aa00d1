"""The scripted model follows its script."""

import asyncio
from contextlib import aclosing

import pytest

from yingda.errors import ModelUnavailable
from yingda.llm.types import Prompt, PromptMessage, ReasoningChunk, TextChunk
from yingda.testing import ScriptedModel

PROMPT = Prompt(messages=(PromptMessage(role="user", text="hi"),))


async def said(model: ScriptedModel) -> list[object]:
    return [chunk async for chunk in model.stream(PROMPT)]


async def test_plays_one_script_a_call_and_repeats_the_last():
    model = ScriptedModel(["a", ReasoningChunk("hm"), 0], ["b"])
    assert [await said(model) for _ in range(3)] == [
        [TextChunk("a"), ReasoningChunk("hm")],
        [TextChunk("b")],
        [TextChunk("b")],
    ]
    assert model.prompts == [PROMPT] * 3


async def test_raises_where_the_script_says_so():
    with pytest.raises(ModelUnavailable):
        await said(ScriptedModel(["a", ModelUnavailable()]))


async def test_counts_a_call_that_was_closed_while_it_waited():
    model = ScriptedModel(["a", asyncio.Event()])
    async with aclosing(model.stream(PROMPT)) as chunks:
        assert await anext(chunks) == TextChunk("a")
    assert model.abandoned == 1

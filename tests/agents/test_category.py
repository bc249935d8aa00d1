"""The request itself says which agent it is for."""

from __future__ import annotations

import pytest

from yingda.agents.agent import Agent
from yingda.agents.category import by_category
from yingda.testing import collect, turn
from yingda.turns.events import AgentChosen, TextDelta
from yingda.turns.options import AnswerOptions


def saying(text):
    async def say(turn):
        yield TextDelta(text=text)

    return say


AGENTS = {
    "documents": Agent(name="documents", intents=frozenset({"knowledge_qa"}), answer=saying("found")),
    "writing": Agent(name="writing", intents=frozenset({"writing"}), answer=saying("written")),
}


@pytest.mark.parametrize(
    ("category", "intent", "text"),
    [("documents", "knowledge_qa", "found"), ("writing", "writing", "written")],
)
async def test_chooses_by_category(category, intent, text):
    events = await collect(by_category(AGENTS), turn("?", options=AnswerOptions(category=category)))
    chosen = AgentChosen(agent=category, intent=intent, confidence=1.0)
    assert events == [chosen, TextDelta(text=text)]

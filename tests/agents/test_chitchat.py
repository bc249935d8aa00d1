"""Small talk is answered in the user's language, the same way every time."""

from __future__ import annotations

import pytest

from yingda.agents.chitchat import REPLIES, chitchat
from yingda.testing import collect, turn
from yingda.turns.events import TextDelta


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("你好啊", "zh", "greeting"),
        ("hi there!", "en", "greeting"),
        ("在吗", "zh", "greeting"),
        ("好的，谢谢", "zh", "thanks"),
        ("Thank you, bye", "en", "thanks"),
        ("再见", "zh", "bye"),
        ("你是谁", "zh", "who"),
        ("are you a robot?", "en", "who"),
        ("嗯嗯，知道了", "zh", "nod"),
        ("讲个笑话", "zh", "other"),
        ("不用转人工", "zh", "other"),
    ],
)
async def test_replies(text, language, kind):
    assert await collect(chitchat, turn(text)) == [TextDelta(text=REPLIES[language][kind])]


def test_both_languages_have_every_reply():
    assert REPLIES["zh"].keys() == REPLIES["en"].keys()

"""Any answerer whose text holds markers, as stages."""

from __future__ import annotations

from collections import Counter

from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.stages import StageConfig, with_stages
from yingda.testing.builders import collect, turn
from yingda.turns.events import HandoffQueued, StageEntered, StepTimed, TextDelta, TurnEvent
from yingda.turns.types import Turn

INJURED = StageEntered(flow="accident", stage="0003", code="0003", label="有人伤转接人工")


async def marked(turn: Turn):
    for event in (TextDelta(text="\n<state>0003"), StepTimed(step="n", elapsed_ms=1.0)):
        yield event
    yield TextDelta(text="</state>请勿移动伤者。<")


async def transfer(turn: Turn, reason: str) -> tuple[TurnEvent, ...]:
    return (HandoffQueued(position=int(reason)),)


async def test_markers_become_stages_and_all_else_passes():
    answer = with_stages(marked, CodeTable(), StageConfig(flow="accident"), transfer, Counter())
    assert await collect(answer, turn("有人受伤")) == [
        StepTimed(step="n", elapsed_ms=1.0),
        INJURED,
        HandoffQueued(position=3),
        TextDelta(text="请勿移动伤者。"),
        TextDelta(text="<"),
    ]

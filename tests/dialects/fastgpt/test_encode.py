"""Heartbeats, and the ends of turns that nobody let end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.dialects.fastgpt.house import asked, blocks_in, chunk, open_house

from yingda.dialects.fastgpt.encode import FaceConfig, FastGPTDialect
from yingda.dialects.fastgpt.insides import Insides, question_in, variables_in
from yingda.dialects.fastgpt.wire import Note
from yingda.testing.builders import turn
from yingda.testing.clock import START
from yingda.turns.events import ReasoningDelta, TextDelta, TurnEvent, TurnStarted, TurnStopped
from yingda.turns.record import record_from_events
from yingda.turns.types import ConversationId, TurnId
from yingda.web.stream import StreamWatch
from yingda.workflows.answerer import Outcome


def started(turn_id: str = "t1", **note: Any) -> TurnStarted:
    """The first event of a turn with this note."""
    return TurnStarted(
        turn_id=TurnId(turn_id),
        conversation_id=ConversationId("c1"),
        number=1,
        at=START,
        wire=Note(chat_id="a1002", **note).dump(),
    )


def frames(*events: TurnEvent, **note: Any) -> list[tuple[str, Any]]:
    """What the encoder makes of a turn with this note."""
    encoder = FastGPTDialect(FaceConfig(), Insides()).encoder()
    encoded = [frame for event in (started(**note), *events) for frame in encoder.encode(event)]
    return blocks_in(b"".join(encoded))


async def test_a_quiet_stream_beats(tmp_path: Path):
    watch = StreamWatch(quiet_s=0.02, every_s=0.01)
    ticking = asyncio.create_task(watch.run())
    bell = asyncio.Event()
    async with open_house(tmp_path, FaceConfig(), watch) as house, house.caller() as client:
        house.script.steps = ["请稍", bell, "好。"]
        body = asked(stream=True, detail=True)
        async with client.stream("POST", "/api/v1/chat/completions", json=body) as response:
            raw = b""
            async for piece in response.aiter_bytes():
                raw += piece
                if ("answer", chunk("")) in blocks_in(raw):
                    bell.set()
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking
    blocks = blocks_in(raw)
    assert (blocks[0], blocks[-1]) == (("answer", chunk("请稍")), ("answer", "[DONE]"))


def test_a_heartbeat_has_the_name_that_chunks_have():
    dialect = FastGPTDialect(FaceConfig(), Insides())
    beats = [blocks_in(dialect.heartbeat(has_detail=detail)) for detail in (False, True)]
    assert beats == [[("", chunk(""))], [("answer", chunk(""))]]


def test_thoughts_are_told_apart_from_words():
    (name, told), *_ = frames(ReasoningDelta(text="嗯"), has_detail=True)
    assert (name, told["choices"][0]["delta"]) == ("answer", {"role": "assistant", "reasoning_content": "嗯"})


def test_a_stopped_turn_ends_in_order_and_a_shut_down_one_fails():
    said = TextDelta(text="请稍")
    stopped = frames(said, TurnStopped(at=START, by="user"))
    assert stopped == [("", chunk("请稍")), ("", chunk(None, "stop")), ("", "[DONE]")]
    (_, told) = frames(said, TurnStopped(at=START, by="shutdown"))[-1]
    assert (told["code"], told["statusText"]) == (500, "error")


@pytest.mark.parametrize("state", ["{}", "[]", '{"stage":"greet","slots":{}}', '{"fastgpt":{"code":""}}'])
def test_a_state_of_another_flow_shows_nothing(state: str):
    assert (question_in(state), variables_in(state)) == (None, {})


def test_only_the_last_turns_are_known_in_full():
    insides, outcome = Insides(most_turns=1), Outcome(responses=[{"id": "n"}], variables={}, interactive=None)
    shown = []
    for turn_id in ("t1", "t2"):
        insides.report(turn("您好", id=turn_id), outcome)
        shown.append(insides.responses(record_from_events([started(turn_id)])))
    assert shown == [[{"id": "n"}]] * 2
    assert insides.responses(record_from_events([started("t1")])) == []

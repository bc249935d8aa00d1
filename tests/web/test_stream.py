"""A reader of a live turn: late headers, one write an event, keep-alive, resume, hang-up, stuck clients."""

from __future__ import annotations

import asyncio

import pytest

from yingda.dialects.helpdesk.encode import HelpdeskDialect
from yingda.testing.builders import PRINCIPAL
from yingda.testing.clock import START
from yingda.turns.events import AgentChosen, PassagesFound, TextDelta, TurnCompleted, TurnStarted, TurnStopped
from yingda.turns.live import LiveTurn
from yingda.turns.types import ConversationId, TurnId
from yingda.web.stream import EventStream, StreamWatch, frames_seen, wait_for_end

EVENTS = [
    AgentChosen(agent="documents", intent="knowledge_qa", confidence=1.0),
    PassagesFound(passages=()),
    TextDelta(text="一"),
    TextDelta(text="二"),
    TurnCompleted(at=START),
]


class Client:
    """The far end of an ASGI response; `is_stuck` makes it accept nothing more."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.is_stuck = False
        self.gone = asyncio.Event()
        self.heard = asyncio.Event()

    async def send(self, message: dict) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        self.messages.append(message)
        if message.get("body") == b": keep-alive\n":
            self.heard.set()

    async def receive(self) -> dict:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.messages[1:] if message["body"]]


@pytest.fixture
async def live():
    live = LiveTurn(TurnId("t1"), PRINCIPAL, None, linger_s=0.0)
    live.add(TurnStarted(turn_id=TurnId("t1"), conversation_id=ConversationId("c1"), number=1, at=START))
    return live


def stream_of(live, watch=None, skip=0):
    dialect = HelpdeskDialect()
    return EventStream(live, dialect.encoder(trace=False), dialect.keep_alive, watch or StreamWatch(), skip)


async def read(stream, client):
    await stream({"type": "http"}, client.receive, client.send)


async def play(live, *events):
    for event in events:
        live.add(event)
        await asyncio.sleep(0)


async def turns_of_the_loop(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_headers_wait_for_the_first_frame(live):
    client = Client()
    reading = asyncio.create_task(read(stream_of(live), client))
    await play(live, EVENTS[0])
    await turns_of_the_loop()
    assert client.messages == []
    await play(live, *EVENTS[1:])
    await reading
    start = client.messages[0]
    assert (start["status"], dict(start["headers"])[b"x-accel-buffering"]) == (200, b"no")
    assert client.messages[-1]["more_body"] is False


async def test_one_event_is_one_write(live):
    client = Client()
    await play(live, *EVENTS)
    await read(stream_of(live), client)
    assert [body.split(b"\n")[0] for body in client.bodies] == [
        b"event: meta",
        b"event: token",
        b"event: token",
        b"event: done",
    ]


@pytest.mark.parametrize("skip", range(6))
async def test_resuming_sends_what_is_missing_byte_for_byte(live, skip):
    await play(live, *EVENTS)
    whole, rest = Client(), Client()
    await read(stream_of(live), whole)
    await read(stream_of(live, skip=skip), rest)
    assert rest.bodies == whole.bodies[skip:]


async def test_a_hang_up_ends_the_reader_and_then_the_turn(live):
    client = Client()
    reading = asyncio.create_task(read(stream_of(live), client))
    await play(live, *EVENTS[:3])
    client.gone.set()
    await reading
    await turns_of_the_loop(20)
    assert live.stopped_by == "client"


async def test_a_hang_up_of_one_reader_leaves_the_turn_to_the_other(live):
    leaving, staying = Client(), Client()
    readers = [asyncio.create_task(read(stream_of(live), one)) for one in (leaving, staying)]
    await play(live, *EVENTS[:3])
    leaving.gone.set()
    await readers[0]
    await play(live, *EVENTS[3:])
    await readers[1]
    assert live.stopped_by is None
    assert staying.bodies[-1].startswith(b"event: done")


async def test_a_quiet_stream_gets_a_comment_without_a_blank_line(live):
    watch = StreamWatch(quiet_s=0.0, every_s=0.01)
    client = Client()
    watching = asyncio.create_task(watch.run())
    reading = asyncio.create_task(read(stream_of(live, watch), client))
    await play(live, *EVENTS[:3])
    async with asyncio.timeout(5):
        await client.heard.wait()
    await play(live, *EVENTS[3:])
    await reading
    watching.cancel()
    assert client.bodies[-1].startswith(b"event: done")
    assert watch.open_streams == 0


async def test_a_client_that_accepts_nothing_is_dropped(live):
    watch = StreamWatch(stuck_s=0.02, every_s=0.01)
    client = Client()
    watching = asyncio.create_task(watch.run())
    reading = asyncio.create_task(read(stream_of(live, watch), client))
    await play(live, *EVENTS[:2])
    await turns_of_the_loop()
    client.is_stuck = True
    await play(live, EVENTS[2])
    async with asyncio.timeout(5):
        await reading
    watching.cancel()
    assert live.readers == 0


async def test_a_synchronous_reader_waits_for_the_end_or_the_hang_up(live):
    client = Client()
    waiting = asyncio.create_task(wait_for_end(live, client.receive))
    await play(live, *EVENTS[:3])
    client.gone.set()
    assert await waiting is False
    live.add(TurnStopped(at=START, by="client"))
    assert await wait_for_end(live, client.receive) is True


@pytest.mark.parametrize(
    ("last", "seen"), [(None, 0), ("t1-3", 3), ("t2-3", 0), ("t1-", 0), ("t1-x", 0), ("t1-٣", 0), ("", 0)]
)
def test_the_last_event_id_counts_only_for_its_turn(last, seen):
    assert frames_seen(last, "t1") == seen

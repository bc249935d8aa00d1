"""A head leaves with what follows it at once, or alone a moment later; nothing is lost or turned round."""

from __future__ import annotations

import asyncio

import pytest

from yingda.web.joining import JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.ends: list[str] = []

    def write(self, data):
        self.writes.append(bytes(data))

    def close(self):
        self.ends.append("close")

    def abort(self):
        self.ends.append("abort")


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
async def transport(wire):
    return JoiningTransport(wire, asyncio.get_running_loop())


async def test_head_and_body_are_one_write(transport, wire):
    transport.write(HEAD)
    transport.write(b"body")
    transport.write(b"more")
    await asyncio.sleep(0)
    assert wire.writes == [HEAD + b"body", b"more"]


async def test_a_head_does_not_wait_for_a_late_body(transport, wire):
    transport.write(HEAD)
    await asyncio.sleep(0)
    transport.write(b"body")
    assert wire.writes == [HEAD, b"body"]


async def test_closing_sends_what_was_held_back(transport, wire):
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)
    assert (wire.writes, wire.ends) == ([HEAD], ["close"])


async def test_aborting_drops_it(transport, wire):
    transport.write(HEAD)
    transport.abort()
    await asyncio.sleep(0)
    assert (wire.writes, wire.ends) == ([], ["abort"])

"""Headers are refused while they are read: too many bytes, or too slow."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from yingda.web import protocol
from yingda.web.server import listening_sockets


@pytest.fixture
async def connect():
    """A real server; `connect()` opens a raw connection to it."""
    [listener] = listening_sockets("127.0.0.1", [0])
    config = uvicorn.Config(
        PlainTextResponse("fine"), http=protocol.BoundedHeaders, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))

    @asynccontextmanager
    async def connect():
        reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        yield reader, writer
        writer.close()

    yield connect
    server.should_exit = True
    await serving


async def first_line(reader) -> bytes:
    async with asyncio.timeout(20):
        return (await reader.readline()).strip()


async def test_headers_that_do_not_end_are_cut_off(connect):
    async with connect() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        writer.write((b"a: " + b"b" * 995 + b"\r\n") * 66)
        assert await first_line(reader) == b"HTTP/1.1 431 Request Header Fields Too Large"


async def test_headers_that_trickle_are_given_up(connect):
    async with connect() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        assert await first_line(reader) == b"HTTP/1.1 408 Request Timeout"


async def test_a_large_body_behind_small_headers_is_no_large_header(connect):
    async with connect() as (reader, writer):
        body = b"x" * 200_000
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert await first_line(reader) == b"HTTP/1.1 200 OK"


async def test_a_second_request_on_the_line_is_counted_anew(connect):
    async with connect() as (reader, writer):
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"b" * 40_000 + b"\r\n\r\n")
            assert await first_line(reader) == b"HTTP/1.1 200 OK"
            while (await reader.readline()).strip():
                pass
            await reader.readexactly(4)

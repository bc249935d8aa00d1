"""What stands between a browser and the server: serves an empty page, passes all else on, and may cut it."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from tests.server_process import ServerProcess

HOST = "127.0.0.1"
BLANK = "/blank"
SEEN_S = 0.2
"""A browser that hears of the end together with the last bytes may drop them."""
_PAGE = b'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>blank</title>'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
_LAST = re.compile(rb"\r\nlast-event-id: ([^\r]*)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection: [^\r]*", re.IGNORECASE)


@dataclass
class CuttingProxy:
    """`async with CuttingProxy(server, port) as proxy`; what goes through is noted in `asked` and `told`.

    `cut_after` blocks of the next stream its connection ends, once.
    """

    server: ServerProcess
    port: int
    cut_after: int | None = None
    asked: list[str | None] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    _listening: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._serve, HOST, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listening is not None
        self._listening.close()
        for task in self._open:  # a browser opens connections that it may never use
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._exchange(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if head.split(b" ", 2)[1].decode() == BLANK:
                writer.write(_HEAD % len(_PAGE) + _PAGE)
                await writer.drain()
            else:
                await self._pass_on(head, reader, writer)

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        last = _LAST.search(head)
        self.asked.append(last[1].decode() if last else None)
        answers, asks = await asyncio.open_connection(HOST, self.server.port)
        asks.write(_CONNECTION.sub(b"", head).removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
        sending = asyncio.create_task(_copy(reader, asks))
        try:
            await self._answer(answers, writer)
        finally:
            sending.cancel()
            asks.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await answers.readuntil(b"\r\n\r\n")
        self.told.append(int(head.split(b" ", 2)[1]))
        writer.write(head)
        passed = b""
        while piece := await answers.read(65536):
            passed += piece
            end = _end_of_block(passed, self.cut_after)
            if end is not None:
                self.cut_after = None
                writer.write(piece[: len(piece) - (len(passed) - end)])
                await writer.drain()
                await asyncio.sleep(SEEN_S)
                return
            writer.write(piece)
            await writer.drain()


def _end_of_block(passed: bytes, number: int | None) -> int | None:
    """Where that many blocks end; None while they are not through."""
    ends = [found.end() for found in re.finditer(rb"\n\n", passed)]
    return ends[number - 1] if number is not None and len(ends) >= number else None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()

"""A loopback TCP proxy that cuts a connection in the middle of what it carries."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Passes bytes on until a server's bytes hold `after`; then it resets that connection, `cuts` times."""

    def __init__(self, port: int, after: bytes, cuts: int) -> None:
        self.url = ""
        self.cuts_left = cuts
        self._port = port
        self._after = after
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    async def _carry(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        both = {to_client, to_server}
        self._writers |= both
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(client, to_server, both, may_cut=False))
            group.create_task(self._pass_on(server, to_client, both, may_cut=True))
        self._writers -= both
        self._tasks.discard(task)

    async def _pass_on(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
        *,
        may_cut: bool,
    ) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
                if may_cut and self.cuts_left and self._after in piece:
                    self.cuts_left -= 1
                    break
        for writer in both:
            writer.transport.abort()

"""A few long-lived parser processes, started when needed, replaced when they hang, die or have grown old.

Each runs `worker` as a program of its own, so it imports the parse package and not the server, inherits no
secret from the environment, and stands outside the terminal's process group. Processes end with the pool,
after a while without work, and, should the server be killed, by themselves.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Self

from yingda.errors import ShuttingDown, Unavailable
from yingda.knowledge.parse import reply
from yingda.knowledge.parse.limits import MIB, ParseLimits
from yingda.knowledge.parse.refused import Corrupt, DocumentRefused, TooBig, TooMuchMemory, TooSlow
from yingda.knowledge.parse.worker import LENGTH, READY
from yingda.knowledge.types import ParsedDocument

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-B", "-P", "-m", "yingda.knowledge.parse.worker")

_DEATHS: dict[int, type[DocumentRefused]] = {
    -signal.SIGALRM: TooSlow,
    -signal.SIGKILL: TooMuchMemory,  # by the kernel: the pool's own kills are not asked for their cause
    -signal.SIGABRT: TooMuchMemory,  # how native parsers answer a refused allocation
    -signal.SIGTRAP: TooMuchMemory,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """A worker that has parsed `documents_per_worker` files ends, so that no leak adds up."""

    idle_s: float = 60.0
    start_s: float = 30.0
    documents_per_worker: int = 50
    max_reply_bytes: int = 256 * MIB
    command: Sequence[str] = WORKER


class ParserPool:
    """At most `workers` files at a time, the others wait their turn. Use as an async context manager."""

    def __init__(self, workers: int, limits: ParseLimits, config: PoolConfig | None = None) -> None:
        self._limits = limits
        self._config = config or PoolConfig()
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._is_open = False

    async def __aenter__(self) -> Self:
        self._is_open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_open = False
        for worker in list(self._all):
            self._end(worker)
        await asyncio.gather(*self._endings)

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        """As `document.parse`, and `TooSlow` or `TooMuchMemory` at the limits.

        Raises `Unavailable` where no process could be started. Cancelling kills the process at work.
        """
        if len(data) > self._limits.max_bytes:
            raise TooBig
        async with self._slots:
            worker = await self._taken()
            try:
                answer = await worker.ask(data, filename, self._limits.time_s)
            except BaseException as error:
                self._end(worker)
                if isinstance(error, DocumentRefused) and not self._is_open:
                    raise ShuttingDown from error  # the file is not to blame: the pool killed the process
                raise
            self._put_back(worker)
        said = await asyncio.to_thread(reply.load, answer)
        if isinstance(said, ParsedDocument):
            return said
        if notes := getattr(said, "__notes__", None):
            log.info("a file was refused as %s: %s", said.code, "; ".join(notes))
        raise said

    @property
    def pids(self) -> frozenset[int]:
        """Processes alive now, for metrics and for tests."""
        return frozenset(worker.pid for worker in self._all)

    async def _taken(self) -> _Worker:
        if not self._is_open:
            raise ShuttingDown
        if self._idle:
            worker = self._idle.pop()
            worker.stay()
            return worker
        return await self._started()

    async def _started(self) -> _Worker:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._config.command,
                json.dumps(asdict(self._limits)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable("No parser could be started.") from error
        worker = _Worker(process, self._config)
        self._all.add(worker)
        try:
            await worker.ready()
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _put_back(self, worker: _Worker) -> None:
        if not self._is_open or worker.served >= self._config.documents_per_worker:
            self._end(worker)
        else:
            self._idle.append(worker)
            worker.leave_after(self._config.idle_s, lambda: self._end(worker))

    def _end(self, worker: _Worker) -> None:
        """Kills at once; the process is waited for in the background, so a cancelled caller is not held."""
        if worker in self._idle:
            self._idle.remove(worker)
        if worker in self._all:
            self._all.remove(worker)
            ending = asyncio.get_running_loop().create_task(worker.end())
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)


class _Worker:
    """One process and the frames that go to and come from it."""

    def __init__(self, process: asyncio.subprocess.Process, config: PoolConfig) -> None:
        self.pid = process.pid
        self.served = 0
        self._process = process
        self._config = config
        self._timer: asyncio.TimerHandle | None = None

    async def ready(self) -> None:
        """Returns once the process has started; raises `Unavailable` if it does not."""
        try:
            async with asyncio.timeout(self._config.start_s):
                said = await self._read()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable("No parser could be started.") from error
        if said != READY:
            raise Unavailable("No parser could be started.")

    async def ask(self, data: bytes, filename: str, time_s: float) -> bytes:
        """The reply frame; a process that dies over the file is a refusal of the file."""
        self.served += 1
        try:
            async with asyncio.timeout(time_s):
                await self._write(filename.encode("utf-8", errors="replace"), data)
                return await self._read()
        except TimeoutError as error:
            raise TooSlow from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _DEATHS.get(await self._process.wait(), Corrupt) from error

    def leave_after(self, idle_s: float, leave: Callable[[], None]) -> None:
        """Calls `leave` unless `stay` comes first."""
        self._timer = asyncio.get_running_loop().call_later(idle_s, leave)

    def stay(self) -> None:
        """Takes `leave_after` back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def end(self) -> None:
        """Kills the process by its own id, if it still lives, and reaps it."""
        self.stay()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _write(self, *frames: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise ConnectionError
        for frame in frames:
            pipe.write(LENGTH.pack(len(frame)))
            pipe.write(frame)
        await pipe.drain()

    async def _read(self) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise ConnectionError
        (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
        if length > self._config.max_reply_bytes:
            raise Corrupt
        return await pipe.readexactly(length)

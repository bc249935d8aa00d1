"""A few warm child processes that run the JavaScript of exports, replaced when they hang, die or grow old.

Each runs `sandbox_worker` as a program of its own: it inherits no secret from the environment and stands
outside the terminal's process group. A child that is at its limit of time is killed by its own id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from yingda.errors import ShuttingDown, Unavailable
from yingda.workflows.run import Evaluation, NodeFailed
from yingda.workflows.sandbox_worker import LENGTH, READY, TOO_SLOW
from yingda.workflows.values import UNDEFINED, Value, compact_json

log = logging.getLogger(__name__)

MIB = 1024 * 1024
_COMMAND = (sys.executable, "-B", "-P", "-m", "yingda.workflows.sandbox_worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """Limits of one piece of code, and of the children.

    `memory_bytes` bounds the engine's heap, `address_bytes` the whole child, `grace_s` is what a child may
    take longer than `time_s` before it is killed. A child ends after `runs_per_child`, so no leak adds up.
    """

    children: int = 2
    time_s: float = 10.0
    grace_s: float = 0.5
    start_s: float = 30.0
    memory_bytes: int = 32 * MIB
    address_bytes: int = 512 * MIB
    input_chars: int = 4 * MIB
    output_chars: int = MIB
    log_chars: int = 16_384
    runs_per_child: int = 1000


class JavaScriptSandbox:
    """A `run.Sandbox`: so many pieces of code at a time as it has children. An async context manager."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self._config = config or SandboxConfig()
        self._slots = asyncio.Semaphore(self._config.children)
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = False

    async def __aenter__(self) -> Self:
        """Returns at once; one child starts meanwhile, for the first who comes."""
        self._is_open = True
        self._in_background(self._warm())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_open = False
        for child in list(self._all):
            self._end(child)
        while self._tasks:  # a child that was still starting adds its ending to them
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self, code: str, variables: Mapping[str, Value]) -> Evaluation:
        """Never raises over the code; raises `Unavailable` where no child could be started."""
        given = compact_json(dict(variables))
        if len(given) + len(code) > self._config.input_chars:
            return Evaluation(value=None, error="the variables are too large")
        reply = await self._asked({"code": code, "variables": given})
        return Evaluation(
            value=reply.get("value", UNDEFINED), log=reply.get("log", ""), error=reply.get("error")
        )

    async def matches(self, pattern: str, text: str) -> bool:
        """By the engine's own regular expressions; raises `NodeFailed` for a wrong or an endless one."""
        reply = await self._asked({"pattern": pattern, "text": text[: self._config.input_chars]})
        if "error" in reply:
            raise NodeFailed(f"regular expression {pattern[:80]!r}: {reply['error']}")
        return bool(reply["value"])

    @property
    def pids(self) -> frozenset[int]:
        """Processes alive now, for metrics and for tests."""
        return frozenset(child.pid for child in self._all)

    async def _asked(self, request: Mapping[str, str]) -> dict[str, Any]:
        frame = json.dumps(request).encode()
        async with self._slots:
            child = await self._taken()
            try:
                reply = await child.ask(frame, self._config.time_s + self._config.grace_s)
            except BaseException as error:
                self._end(child)
                if isinstance(error, TimeoutError):
                    return {"error": TOO_SLOW}
                if isinstance(error, asyncio.IncompleteReadError | ConnectionError) and self._is_open:
                    return {"error": "out of memory"}  # nothing else kills a child that the engine guards
                raise
            self._put_back(child)
        return reply

    async def _taken(self) -> _Child:
        if not self._is_open:
            raise ShuttingDown
        return self._idle.pop() if self._idle else await self._started()

    async def _started(self) -> _Child:
        config = self._config
        names = ("time_s", "memory_bytes", "address_bytes", "output_chars", "log_chars")
        limits = {name: getattr(config, name) for name in names}
        try:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                json.dumps(limits),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable("No JavaScript engine could be started.") from error
        child = _Child(process, limit=2 * config.output_chars)
        self._all.add(child)
        try:
            await child.ready(config.start_s)
        except BaseException:
            self._end(child)
            raise
        return child

    async def _warm(self) -> None:
        try:
            async with self._slots:
                self._put_back(await self._taken())
        except ShuttingDown:
            return
        except Unavailable:
            if self._is_open:
                log.warning("the JavaScript engine of workflows cannot be started")

    def _put_back(self, child: _Child) -> None:
        if not self._is_open or child.served >= self._config.runs_per_child:
            self._end(child)
        else:
            self._idle.append(child)

    def _end(self, child: _Child) -> None:
        """Kills at once; the process is waited for in the background."""
        if child in self._idle:
            self._idle.remove(child)
        if child in self._all:
            self._all.remove(child)
            self._in_background(child.end())

    def _in_background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Child:
    """One process and the frames that go to and come from it."""

    def __init__(self, process: asyncio.subprocess.Process, limit: int) -> None:
        self.pid = process.pid
        self.served = 0
        self._process = process
        self._limit = limit * 4  # bytes of a character, at most

    async def ready(self, within_s: float) -> None:
        """Returns once the process serves; raises `Unavailable` if it does not."""
        try:
            async with asyncio.timeout(within_s):
                said = await self._read()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable("No JavaScript engine could be started.") from error
        if said != READY:
            raise Unavailable("No JavaScript engine could be started.")

    async def ask(self, frame: bytes, within_s: float) -> dict[str, Any]:
        """The reply; raises `TimeoutError`, and `IncompleteReadError` where the process dies."""
        self.served += 1
        async with asyncio.timeout(within_s):
            pipe = self._process.stdin
            if pipe is None:
                raise ConnectionError
            pipe.write(LENGTH.pack(len(frame)))
            pipe.write(frame)
            await pipe.drain()
            reply: dict[str, Any] = json.loads(await self._read())
            return reply

    async def end(self) -> None:
        """Kills the process by its own id, if it still lives, and reaps it."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _read(self) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise ConnectionError
        (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
        if length > self._limit:
            raise ConnectionError
        return await pipe.readexactly(length)

"""The load generator, a process of its own: raw HTTP/1.1 over keep-alive connections on one loop.

Reads a `Load` as JSON from stdin and prints a `Measured` as JSON. With a rate it is an open loop: request n
is due at n / rate seconds, and its latency counts from then, whether or not a connection was free. Without
one it is a closed loop: every connection sends its next request when its last one has ended.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import cast

import uvloop
from benchmarks.perf.processes import KEY, ROOT, cpu_s

EXCHANGE_S = 90.0
RUN_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send, and what a good answer must hold (`expect`).

    `marks` are byte strings whose first arrival is timed; `spread_s` is over how long the connections of a
    closed loop begin; `pid` is the server whose processor time is read before and after.
    """

    port: int
    path: str
    pid: int
    bodies: Sequence[str]
    connections: int
    rate: float | None = None
    spread_s: float = 0.0
    marks: Sequence[str] = ()
    expect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Latencies in ms, of good answers only; `failures` holds the first words of bad ones."""

    sent: int
    elapsed_s: float
    cpu_s: float
    total_ms: list[float]
    mark_ms: dict[str, list[float]]
    failures: list[str] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        """Good answers a second."""
        return len(self.total_ms) / self.elapsed_s


def run(load: Load) -> Measured:
    """Run it in a process of its own; raises where more than 1 % of the answers are bad."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.perf.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=RUN_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    measured = Measured(**json.loads(done.stdout))
    if len(measured.failures) > measured.sent / 100:
        raise RuntimeError(f"{len(measured.failures)} of {measured.sent} failed: {measured.failures[0]}")
    return measured


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the sample lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


@dataclass(slots=True)
class _Answer:
    ended_s: float
    marks_s: dict[str, float]
    body: bytes


class _Connection(asyncio.Protocol):
    """One exchange at a time; ends an answer by its length or by the last chunk."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._marks = [(mark, mark.encode()) for mark in marks]
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[_Answer] | None = None
        self._reset()

    def _reset(self) -> None:
        self._parts: list[bytes] = []
        self._head = b""
        self._size = 0
        self._end: int | None = None
        self._open_marks = list(self._marks)
        self._seen: dict[str, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # the loop's own class is no subclass

    def ask(self, request: bytes) -> asyncio.Future[_Answer]:
        """Send a whole request."""
        assert self._transport is not None
        self._reset()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        now_s = time.perf_counter()
        self._parts.append(data)
        self._size += len(data)
        if self._end is None and not self._read_head():
            return
        if self._open_marks:
            whole = b"".join(self._parts)
            found = [(name, mark) for name, mark in self._open_marks if mark in whole]
            self._seen |= {name: now_s for name, _ in found}
            self._open_marks = [each for each in self._open_marks if each not in found]
        if (self._size >= self._end) if self._end else self._last().endswith(b"0\r\n\r\n"):
            self._finish(now_s)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"closed: {error}"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _read_head(self) -> bool:
        head, gap, _ = b"".join(self._parts).partition(b"\r\n\r\n")
        if not gap:
            return False
        self._head = head.lower()
        _, found, length = self._head.partition(b"content-length: ")
        self._end = len(head) + 4 + int(length.split(b"\r\n")[0]) if found else 0
        return True

    def _last(self) -> bytes:
        return self._parts[-1] if len(self._parts[-1]) > 4 else b"".join(self._parts[-6:])

    def _finish(self, now_s: float) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(_Answer(now_s, self._seen, b"".join(self._parts)))


class _Run:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._expect = load.expect.encode()
        self._idle: list[_Connection] = []
        self.total_ms: list[float] = []
        self.mark_ms: dict[str, list[float]] = {mark: [] for mark in load.marks}
        self.failures: list[str] = []

    async def measure(self) -> Measured:
        load = self._load
        self._idle = [await self._connect() for _ in range(load.connections)]
        cpu_before, started_s = cpu_s(load.pid), time.perf_counter()
        await (self._open_loop(load.rate) if load.rate else self._closed_loop())
        elapsed_s, cpu = time.perf_counter() - started_s, cpu_s(load.pid) - cpu_before
        for connection in self._idle:
            connection.close()
        return Measured(
            sent=len(load.bodies),
            elapsed_s=elapsed_s,
            cpu_s=cpu,
            total_ms=self.total_ms,
            mark_ms=self.mark_ms,
            failures=self.failures,
        )

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(
            lambda: _Connection(self._load.marks), "127.0.0.1", self._load.port
        )
        return protocol

    async def _open_loop(self, rate: float) -> None:
        begun_s = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, body in enumerate(self._load.bodies):
                due_s = begun_s + number / rate
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                group.create_task(self._due(body, due_s))

    async def _due(self, body: str, due_s: float) -> None:
        connection = self._idle.pop() if self._idle else await self._connect()
        if await self._exchange(connection, body, due_s):
            self._idle.append(connection)

    async def _closed_loop(self) -> None:
        bodies = iter(self._load.bodies)
        connections, self._idle = self._idle, []
        gap_s = self._load.spread_s / len(connections)
        async with asyncio.TaskGroup() as group:
            for number, connection in enumerate(connections):
                group.create_task(self._one_after_another(connection, bodies, number * gap_s))

    async def _one_after_another(self, connection: _Connection, bodies: Iterator[str], wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        for body in bodies:
            if not await self._exchange(connection, body, time.perf_counter()):
                connection = await self._connect()
        connection.close()

    async def _exchange(self, connection: _Connection, body: str, since_s: float) -> bool:
        try:
            answer = await asyncio.wait_for(connection.ask(self._request(body)), EXCHANGE_S)
        except (TimeoutError, ConnectionError) as error:
            self.failures.append(repr(error))
            connection.close()
            return False
        is_good = b" 200 " in answer.body[:20] and self._expect in answer.body
        if not is_good or len(answer.marks_s) < len(self.mark_ms):
            self.failures.append(answer.body[-1500:].decode("utf-8", "replace"))
            return True
        self.total_ms.append((answer.ended_s - since_s) * 1000)
        for mark, at_s in answer.marks_s.items():
            self.mark_ms[mark].append((at_s - since_s) * 1000)
        return True

    def _request(self, body: str) -> bytes:
        data = body.encode()
        head = (
            f"POST {self._load.path} HTTP/1.1\r\nHost: 127.0.0.1:{self._load.port}\r\nX-API-Key: {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data


def main() -> None:
    """Measure what stdin asks for."""
    measured = uvloop.run(_Run(Load(**json.load(sys.stdin))).measure())
    json.dump(asdict(measured), sys.stdout)


if __name__ == "__main__":
    main()

"""Many streams at once, memory, and the way from the command to the first answer."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from contextlib import suppress
from functools import partial

import aiohttp
import uvloop
from benchmarks.perf import processes
from benchmarks.perf.context import Context, saved_line
from benchmarks.perf.load import Load, middle, quantile, run
from benchmarks.perf.table import Line

STREAMS = 100
STREAM_S = 4.0
IDLE_STREAMS = 1000
FIRST_ANSWERS = 600
"""Enough to fill what is kept of searches (`knowledge/index/snapshot.py`)."""
IDLE_PAUSE_MS = 13_000.0
"""A model that says one word and then nothing for so long: below the time-out between two chunks."""


def meta(context: Context) -> list[Line]:
    """100 streams at a time, each of four seconds, new ones evenly spread; and 100 begun at once."""
    home = context.home("meta")
    side = context.folder / "meta-side"
    settings = {"MAX_CONCURRENT_LLM_CALLS": str(STREAMS)}  # by default 64 streams could have a model
    with (
        processes.model(side, tokens=200, interval_ms=20.0) as upstream,
        processes.yingda(home, **_model(upstream), **settings) as ours,
    ):
        processes.wait_ready(ours)
        ask = partial(_meta_p95_ms, context, ours)
        ask(spread_s=STREAM_S)
        spread = [ask(spread_s=STREAM_S) for _ in range(context.rounds)]
        at_once = [ask(spread_s=0.0) for _ in range(context.rounds)]
    lines = [
        Line(
            name=f"`meta`, {STREAMS} concurrent streams: p95",
            target="<= 80 ms",
            measured=f"{middle(spread):.1f} ms",
            holds=middle(spread) <= 80.0,
        ),
        Line(
            name=f"`meta`, {STREAMS} streams begun in the same moment: p95",
            target="none, for information",
            measured=f"{middle(at_once):.1f} ms",
            holds=True,
        ),
    ]
    sent = 2 * STREAMS * (1 + context.rounds) + STREAMS * context.rounds
    return [*lines, saved_line("`meta`", home, sent)]


def _meta_p95_ms(context: Context, server: processes.Server, *, spread_s: float) -> float:
    load = Load(
        port=server.port,
        path="/api/v1/chat/stream",
        pid=server.pid,
        bodies=context.questions.found(2 * STREAMS if spread_s else STREAMS),
        connections=STREAMS,
        spread_s=spread_s,
        marks=("event: meta",),
        expect="word199",
    )
    return quantile(run(load).mark_ms["event: meta"], 0.95)


def memory(context: Context) -> list[Line]:
    """The idle server with its caches full, then with 1,000 streams whose model is silent."""
    home = context.home("memory")
    side = context.folder / "memory-side"
    with processes.model(side, tokens=2, interval_ms=IDLE_PAUSE_MS) as upstream:
        # The cap on model calls is raised for this row: by default 64 streams could be that idle.
        settings = _model(upstream) | {"MAX_CONCURRENT_LLM_CALLS": str(IDLE_STREAMS)}
        with processes.yingda(home, **settings) as ours:
            processes.wait_ready(ours)
            uvloop.run(_fill_caches(ours, context.questions.found(FIRST_ANSWERS)))
            idle_kb = processes.pss_kb(ours.pid)
            busy_kb = uvloop.run(_with_streams(ours, context.questions.found(IDLE_STREAMS)))
    each_kb = (busy_kb - idle_kb) / IDLE_STREAMS
    idle_mb = idle_kb / 1024
    return [
        Line(name="Idle server: PSS", target="<= 250 MB", measured=f"{idle_mb:.0f} MB", holds=idle_mb <= 250),
        Line(
            name=f"Each of {IDLE_STREAMS} idle streams: PSS",
            target="<= 60 KB",
            measured=f"{each_kb:.1f} KB",
            holds=each_kb <= 60,
        ),
    ]


async def _fill_caches(server: processes.Server, bodies: list[str]) -> None:
    """Ask and stop, one after the other: what is kept of searches is bounded, and no stream's."""
    chat = f"http://127.0.0.1:{server.port}/api/v1/chat"
    headers = {"X-API-Key": processes.KEY, "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body in bodies:
            async with session.post(f"{chat}/stream", data=body) as stream:
                _, turn_id = (await stream.content.readuntil(b"-1\n")).split(b"id: ")
                async with session.post(f"{chat}/turns/{turn_id[:-3].decode()}/stop") as stopped:
                    stopped.raise_for_status()


def start(context: Context) -> list[Line]:
    """From the command to the first whole answer, with 10,000 passages in the data folder."""
    home = context.home("start")
    taken_s = []
    for body in context.questions.found(context.rounds):
        with processes.yingda(home) as ours:
            _ask_until_answered(ours, body)
            taken_s.append(time.monotonic() - ours.started_s)
    line = Line(
        name="Start to first answer",
        target="<= 3 s",
        measured=f"{middle(taken_s):.2f} s",
        holds=middle(taken_s) <= 3.0,
    )
    return [line, saved_line("Start", home, len(taken_s))]


def _model(upstream: processes.Server) -> dict[str, str]:
    return {"LLM_BASE_URL": f"http://127.0.0.1:{upstream.port}/v1", "LLM_MODEL": "scripted"}


def _ask_until_answered(server: processes.Server, body: str) -> None:
    deadline_s = time.monotonic() + processes.START_S
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/v1/chat",
        data=body.encode(),
        headers={"X-API-Key": processes.KEY, "Content-Type": "application/json"},
    )
    while time.monotonic() < deadline_s:
        with suppress(OSError), urllib.request.urlopen(request, timeout=10) as response:
            if b'"sources":["' in response.read():
                return
        time.sleep(0.01)
    raise RuntimeError("no answer")


async def _with_streams(server: processes.Server, bodies: list[str]) -> int:
    """Memory while every stream has its first token and waits for the second."""
    opened = []
    for some in range(0, len(bodies), 20):
        opened += await asyncio.gather(*(_opened(server, body) for body in bodies[some : some + 20]))
    kb = processes.pss_kb(server.pid)
    for _, writer in opened:
        writer.close()
    return kb


async def _opened(server: processes.Server, body: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    data = body.encode()
    head = (
        f"POST /api/v1/chat/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"X-API-Key: {processes.KEY}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    writer.write(head.encode() + data)
    async with asyncio.timeout(30):
        await reader.readuntil(b"event: token")
    return reader, writer

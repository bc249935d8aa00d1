"""What the FastGPT proxy adds to a chunk, and when first words leave: `python -m benchmarks.perf.proxy`.

An upstream of 20 tokens a second stamps its tokens; callers read them straight from it and through our own
face at the same time, so that a noisy machine hits both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import uvloop
from benchmarks.perf import processes
from benchmarks.perf.load import quantile
from benchmarks.perf.proxied import INTERVAL_S, MARKED, PLAIN
from benchmarks.perf.table import Line, markdown

CALLS = 20
ADDED_MS = 5.0
PATH = "/api/v1/chat/completions"


@dataclass(slots=True)
class Heard:
    """Seconds from the sending of a token to its arrival; of each call's first words apart, by their kind."""

    lags_s: list[float] = field(default_factory=list)
    first_s: dict[str, list[float]] = field(default_factory=lambda: {MARKED: [], PLAIN: []})


def main() -> int:
    """Print the table; 1 where a target is missed."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.perf.proxy", description=__doc__)
    options.add_argument("--calls", type=int, default=CALLS, help="how many at once, on either way")
    calls = options.parse_args().calls
    with tempfile.TemporaryDirectory(prefix="yingda-proxy-") as folder:
        lines = measured(Path(folder), calls)
    print(markdown(lines))
    return int(not all(line.holds for line in lines))


def measured(folder: Path, calls: int = CALLS) -> list[Line]:
    """Both ways at once."""
    with processes.asgi("benchmarks.perf.proxied:upstream", folder) as upstream:
        address = f"http://127.0.0.1:{upstream.port}"
        environment = {"UPSTREAM": address, "FOLDER": str(folder)}
        with processes.asgi("benchmarks.perf.proxied:ours", folder, **environment) as ours:
            through, straight = uvloop.run(_both(f"http://127.0.0.1:{ours.port}", address, calls))
    return [
        _added(through, straight, calls, 0.5),
        _added(through, straight, calls, 0.95),
        _first(through, straight, MARKED, INTERVAL_S),
        _first(through, straight, PLAIN, 0.0),
    ]


def _added(through: Heard, straight: Heard, calls: int, share: float) -> Line:
    ours, bare = (quantile(heard.lags_s, share) * 1000 for heard in (through, straight))
    return Line(
        name=f"FastGPT proxy, {calls} calls, 20 tokens/s: chunk delay, p{share * 100:.0f}",
        target=f"<= {ADDED_MS:.0f} ms added",
        measured=f"{ours:.1f} ms",
        baseline=f"{bare:.1f} ms",
        ratio=f"+{ours - bare:.1f} ms",
        holds=ours - bare <= ADDED_MS,
    )


def _first(through: Heard, straight: Heard, kind: str, before_s: float) -> Line:
    """The first word is sent `before_s` after the marker's end; its delay is all that may come on top."""
    ours, bare = (quantile(heard.first_s[kind], 0.95) * 1000 for heard in (through, straight))
    before_ms = before_s * 1000
    since = "after the marker's end" if kind == MARKED else "without a marker, after it was sent"
    return Line(
        name=f"FastGPT proxy: first text {since}, p95",
        target=f"<= {before_ms + ADDED_MS:.0f} ms + the way",
        measured=f"{before_ms + ours:.1f} ms",
        baseline=f"{before_ms + bare:.1f} ms",
        holds=ours - bare <= ADDED_MS,
    )


async def _both(ours: str, upstream: str, calls: int) -> tuple[Heard, Heard]:
    through, straight = Heard(), Heard()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _call(session, ours, "warm", MARKED, Heard())
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                kind = (MARKED, PLAIN)[number % 2]
                group.create_task(_call(session, ours, f"c{number}", kind, through))
                group.create_task(_call(session, upstream, f"c{number}", kind, straight))
                await asyncio.sleep(INTERVAL_S * 2 / calls)
    return through, straight


async def _call(session: aiohttp.ClientSession, address: str, chat_id: str, kind: str, heard: Heard) -> None:
    body = {"chatId": chat_id, "stream": True, "messages": [{"role": "user", "content": kind}]}
    is_first = True
    async with session.post(f"{address}{PATH}", json=body) as response:
        response.raise_for_status()
        async for line in response.content:
            now_s = time.monotonic()
            for sent_s in _stamps(line):
                heard.lags_s.append(now_s - sent_s)
                if is_first:
                    heard.first_s[kind].append(now_s - sent_s)
                is_first = False


def _stamps(line: bytes) -> list[float]:
    if not line.startswith(b'data: {"id"'):
        return []
    content = json.loads(line[6:])["choices"][0]["delta"]["content"] or ""
    return [float(stamp) for stamp in content.split(";") if stamp.replace(".", "").isdigit()]


if __name__ == "__main__":
    raise SystemExit(main())

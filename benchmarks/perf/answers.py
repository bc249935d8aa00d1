"""Whole answers without a model: from the cache, and from 10,000 passages."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.perf import processes
from benchmarks.perf.context import Context, saved_line
from benchmarks.perf.load import Load, middle, quantile, run
from benchmarks.perf.table import Line

PATH = "/api/v1/chat"
RATE = 200
CONNECTIONS = 32
NO_MODEL_RATE = 50


def cached(context: Context) -> list[Line]:
    """One question again and again: at a fixed rate, then as fast as 32 connections can ask."""
    home = context.home("cached")
    asked = context.questions.found(1)
    paced, fast = asked * context.count(2000), asked * context.count(6000)
    p95_ms, ours_s, empty_s = [], [], []
    with (
        processes.yingda(home) as ours,
        processes.asgi("benchmarks.perf.empty_endpoint:app", context.folder / "empty") as empty,
    ):
        processes.wait_ready(ours)
        run(_load(ours, asked, connections=1))
        run(_hits(empty, asked * 200, connections=CONNECTIONS))
        for _ in range(context.rounds):
            measured = run(_hits(ours, paced, connections=CONNECTIONS, rate=RATE))
            p95_ms.append(quantile(measured.total_ms, 0.95))
            ours_s.append(run(_hits(ours, fast, connections=CONNECTIONS)).per_s)
            empty_s.append(run(_hits(empty, fast, connections=CONNECTIONS)).per_s)
    ratio = middle([one / other for one, other in zip(ours_s, empty_s, strict=True)])
    at_rate = Line(
        name=f"Cache hit, {RATE} requests/s: p95",
        target="<= 10 ms",
        measured=f"{middle(p95_ms):.1f} ms",
        holds=middle(p95_ms) <= 10.0,
    )
    at_most = Line(
        name=f"Cache hit, {CONNECTIONS} connections: requests/s",
        target=">= 0.5 x empty endpoint",
        measured=f"{middle(ours_s):,.0f}",
        baseline=f"{middle(empty_s):,.0f}",
        ratio=f"{ratio:.2f}",
        holds=ratio >= 0.5,
    )
    sent = 1 + context.rounds * (len(paced) + len(fast))
    return [at_rate, at_most, saved_line("Cache hit", home, sent)]


def no_model(context: Context) -> list[Line]:
    """Distinct questions to all passages with the answer cache off; the first of them right after start."""
    home = context.home("no-model")
    each = context.count(1000)
    with processes.yingda(home, HOT_CACHE_ENABLED="false") as ours:
        processes.wait_ready(ours)
        cold, *warm = [
            quantile(_at_fifty(ours, context.questions.mixed(each)), 0.95) for _ in range(1 + context.rounds)
        ]
    return [
        _answer_line("cold", cold),
        _answer_line("warm", middle(warm)),
        saved_line("No-model answer", home, each * (1 + context.rounds)),
    ]


def _at_fifty(server: processes.Server, bodies: Sequence[str]) -> list[float]:
    return run(_load(server, bodies, connections=CONNECTIONS, rate=NO_MODEL_RATE)).total_ms


def _answer_line(name: str, p95_ms: float) -> Line:
    return Line(
        name=f"No-model answer, 10,000 passages, {NO_MODEL_RATE} requests/s, {name}: p95",
        target="<= 60 ms",
        measured=f"{p95_ms:.1f} ms",
        holds=p95_ms <= 60.0,
    )


def _hits(
    server: processes.Server, bodies: Sequence[str], *, connections: int, rate: float | None = None
) -> Load:
    return _load(server, bodies, connections=connections, rate=rate, expect='"from_cache":true')


def _load(
    server: processes.Server,
    bodies: Sequence[str],
    *,
    connections: int,
    rate: float | None = None,
    expect: str = '"status":"ok"',
) -> Load:
    return Load(
        port=server.port,
        path=PATH,
        pid=server.pid,
        bodies=bodies,
        connections=connections,
        rate=rate,
        expect=expect,
    )

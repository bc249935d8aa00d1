"""Calls without a model: how long a caller waits for the first word, with 50 calls under way."""

from __future__ import annotations

import json
from itertools import count

from benchmarks.perf import processes
from benchmarks.perf.context import Context, saved_line
from benchmarks.perf.load import Load, Measured, middle, quantile, run
from benchmarks.perf.table import Line

CALLS = 50
EVERY_S = 1.0
"""Each caller says something this often; people take several times as long."""
SENTENCES = ("方便", "没有人受伤", "一共两辆车", "我的是沪A89395", "对的", "对方车牌不清楚")
INFORMATION = "none, for information"
MARKS = ("event: stage_code", "event: text_delta")


def callflow(context: Context) -> list[Line]:
    """50 calls of six sentences, one a second each; and 50 that all speak in the same moment."""
    home = context.home("callflow")
    sent = 0
    with processes.yingda(home) as server:
        processes.wait_ready(server)
        names = count(1)
        paced, burst = [], []
        run(_load(server, names, rate=CALLS / EVERY_S))
        for _ in range(context.rounds):
            paced.append(run(_load(server, names, rate=CALLS / EVERY_S)))
            burst.append(run(_load(server, names, rate=None)))
        sent = CALLS * len(SENTENCES) * (1 + 2 * context.rounds)
    every = f"a sentence a call every {EVERY_S:.0f} s"
    cpu_ms = middle([one.cpu_s * 1000 / one.sent for one in burst])
    return [
        *(_first(paced, mark, f"{CALLS} calls at once, {every}", "<= 50 ms", 50.0) for mark in MARKS),
        *(_first(burst, mark, f"{CALLS} sentences in the same moment", INFORMATION) for mark in MARKS),
        Line(
            name="Calls: server CPU a sentence", target=INFORMATION, measured=f"{cpu_ms:.2f} ms", holds=True
        ),
        saved_line("Calls", home, sent),
    ]


def _load(server: processes.Server, names: count[int], *, rate: float | None) -> Load:
    calls = [f"call-{next(names)}" for _ in range(CALLS)]
    return Load(
        port=server.port,
        path="/chat?stream=true",
        pid=server.pid,
        bodies=[_said(call, n) for n in range(len(SENTENCES)) for call in calls],
        connections=CALLS,
        rate=rate,
        marks=MARKS,
        expect="event: done",
    )


def _said(call: str, n: int) -> str:
    return json.dumps({"sessionId": call, "timeStamp": str(n), "text": SENTENCES[n]})


def _first(runs: list[Measured], mark: str, when: str, target: str, limit_ms: float | None = None) -> Line:
    measured = middle([quantile(one.mark_ms[mark], 0.95) for one in runs])
    return Line(
        name=f"First `{mark.removeprefix('event: ')}`, native, {when}: p95",
        target=target,
        measured=f"{measured:.1f} ms",
        holds=limit_ms is None or measured <= limit_ms,
    )

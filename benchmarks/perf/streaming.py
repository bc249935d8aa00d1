"""Streamed answers of a loopback model, against the bare pass-through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.perf import corpus, processes
from benchmarks.perf.context import Context, saved_line
from benchmarks.perf.load import Load, Measured, middle, quantile, run
from benchmarks.perf.table import Line

STREAMS = 50
TOKENS = 200
INTERVAL_MS = 20.0
ANSWER_S = TOKENS * INTERVAL_MS / 1000
MESSAGES = [{"role": "user", "content": "How long may I return it? " * 100}]
PASSED_ON = json.dumps({"model": "m", "stream": True, "messages": MESSAGES})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    ours: Measured
    bare: Measured


def paced(context: Context) -> list[Line]:
    """50 streams of 200 tokens, one every 20 ms: processor time per token and time to the first one."""
    answers = STREAMS * max(1, round(3 * context.scale))
    pairs, saved = _both(context, "paced", INTERVAL_MS, answers, spread_s=ANSWER_S)
    ours_us = middle([_us_per_token(pair.ours) for pair in pairs])
    bare_us = middle([_us_per_token(pair.bare) for pair in pairs])
    ratio = middle([_us_per_token(pair.ours) / _us_per_token(pair.bare) for pair in pairs])
    cpu = Line(
        name=f"Streaming, {STREAMS} streams, {INTERVAL_MS:.0f} ms a token: server CPU a token",
        target="<= 2 x pass-through",
        measured=f"{ours_us:.0f} µs",
        baseline=f"{bare_us:.0f} µs",
        ratio=f"{ratio:.2f}",
        holds=ratio <= 2.0,
    )
    return [cpu, _first_token(pairs, 0.5, 3.0), _first_token(pairs, 0.95, 8.0), saved]


def unpaced(context: Context) -> list[Line]:
    """The same as fast as the model server can write."""
    pairs, saved = _both(context, "unpaced", 0.0, context.count(1000), spread_s=0.0)
    ours = middle([1e6 / _us_per_token(pair.ours) for pair in pairs])
    bare = middle([1e6 / _us_per_token(pair.bare) for pair in pairs])
    line = Line(
        name="Streaming unpaced: tokens a CPU-second",
        target=">= 40,000",
        measured=f"{ours:,.0f}",
        baseline=f"{bare:,.0f}",
        ratio=f"{ours / bare:.2f}",
        holds=ours >= 40_000,
    )
    return [line, saved]


def _both(
    context: Context, name: str, interval_ms: float, answers: int, spread_s: float
) -> tuple[list[_Pair], Line]:
    home = context.home(name, corpus.SHOP_PASSAGES)
    questions = corpus.Questions(corpus.SHOP_PASSAGES)
    side = context.folder / f"{name}-side"
    with processes.model(side, tokens=TOKENS, interval_ms=interval_ms) as upstream:
        url = f"http://127.0.0.1:{upstream.port}/v1"
        with (
            processes.asgi("benchmarks.perf.baseline:app", side, UPSTREAM=f"{url}/chat/completions") as bare,
            processes.yingda(home, LLM_BASE_URL=url, LLM_MODEL="scripted") as ours,
        ):
            processes.wait_ready(ours)
            warm = questions.found(STREAMS)
            run(_ours(ours, warm, 0.0))
            run(_bare(bare, len(warm), 0.0))
            pairs = []
            for _ in range(context.rounds):
                fresh = questions.found(answers)
                pairs.append(
                    _Pair(ours=run(_ours(ours, fresh, spread_s)), bare=run(_bare(bare, answers, spread_s)))
                )
    return pairs, saved_line(f"Streaming {name}", home, len(warm) + answers * context.rounds)


def _ours(server: processes.Server, bodies: Sequence[str], spread_s: float) -> Load:
    return Load(
        port=server.port,
        path="/api/v1/chat/stream",
        pid=server.pid,
        bodies=bodies,
        connections=STREAMS,
        spread_s=spread_s,
        marks=("event: meta", "event: token"),
        expect=f"word{TOKENS - 1}",
    )


def _bare(server: processes.Server, answers: int, spread_s: float) -> Load:
    return Load(
        port=server.port,
        path="/",
        pid=server.pid,
        bodies=[PASSED_ON] * answers,
        connections=STREAMS,
        spread_s=spread_s,
        marks=('"content"',),
        expect=f"word{TOKENS - 1}",
    )


def _us_per_token(measured: Measured) -> float:
    return measured.cpu_s * 1e6 / (len(measured.total_ms) * TOKENS)


def _first_token(pairs: Sequence[_Pair], share: float, more_ms: float) -> Line:
    ours = middle([quantile(pair.ours.mark_ms["event: token"], share) for pair in pairs])
    bare = middle([quantile(pair.bare.mark_ms['"content"'], share) for pair in pairs])
    name = "median" if share == 0.5 else f"p{share * 100:.0f}"
    return Line(
        name=f"Streaming, {STREAMS} streams: time to the first token, {name}",
        target=f"<= pass-through + {more_ms:.0f} ms",
        measured=f"{ours:.1f} ms",
        baseline=f"{bare:.1f} ms",
        ratio=f"+{ours - bare:.1f} ms",
        holds=ours - bare <= more_ms,
    )

"""Docqa streams: how long until the first packet, asked for and resumed."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection

from benchmarks.perf import corpus, processes
from benchmarks.perf.context import Context, saved_line
from benchmarks.perf.load import Load, middle, quantile, run
from benchmarks.perf.table import Line

PATH = "/v1/ctai/query_text_chat"
STREAMS = 100
STREAM_S = 4.0
RESUMES = 200
MARK = "data: {"
MOST_FIRST_MS = 200.0
MOST_MORE_MS = 20.0


def docqa(context: Context) -> list[Line]:
    """100 streams at a time of a model that takes four seconds; then answers, asked for and resumed."""
    return [*_first_packets(context), *_resumed(context)]


def _first_packets(context: Context) -> list[Line]:
    home = context.home("docqa")
    settings = {"MAX_CONCURRENT_LLM_CALLS": str(STREAMS), "LLM_MODEL": "scripted"}
    with (
        processes.model(context.folder / "docqa-side", tokens=200, interval_ms=20.0) as upstream,
        processes.yingda(home, LLM_BASE_URL=f"http://127.0.0.1:{upstream.port}/v1", **settings) as ours,
    ):
        processes.wait_ready(ours)
        ask = partial(_p95_ms, context, ours)
        ask(spread_s=STREAM_S)
        spread = middle([ask(spread_s=STREAM_S) for _ in range(context.rounds)])
        at_once = middle([ask(spread_s=0.0) for _ in range(context.rounds)])
    sent = 2 * STREAMS * (1 + context.rounds) + STREAMS * context.rounds
    return [
        Line(
            name=f"Docqa, {STREAMS} concurrent streams: first packet, p95",
            target=f"<= {MOST_FIRST_MS:.0f} ms",
            measured=f"{spread:.1f} ms",
            holds=spread <= MOST_FIRST_MS,
        ),
        Line(
            name=f"Docqa, {STREAMS} streams begun in the same moment: first packet, p95",
            target="none, for information",
            measured=f"{at_once:.1f} ms",
            holds=True,
        ),
        saved_line("Docqa", home, sent),
    ]


def _p95_ms(context: Context, server: processes.Server, *, spread_s: float) -> float:
    load = Load(
        port=server.port,
        path=PATH,
        pid=server.pid,
        bodies=_bodies(context.questions, 2 * STREAMS if spread_s else STREAMS),
        connections=STREAMS,
        spread_s=spread_s,
        marks=(MARK,),
        expect='"event":"stop"',
    )
    return quantile(run(load).mark_ms[MARK], 0.95)


def _resumed(context: Context) -> list[Line]:
    """Side by side on one connection: a fresh answer without a model, then what follows its first packet."""
    home = context.home("docqa-resumed")
    asked, resumed = [], []
    with processes.yingda(home, HOT_CACHE_ENABLED="false") as ours:
        processes.wait_ready(ours)
        connection = HTTPConnection("127.0.0.1", ours.port, timeout=30)
        for body in _bodies(context.questions, context.count(RESUMES)):
            fresh_ms, first = _first_packet(connection, body)
            again_ms, _ = _first_packet(connection, "", first)
            asked.append(fresh_ms)
            resumed.append(again_ms)
        connection.close()
    return [_more(asked, resumed, share) for share in (0.5, 0.95)]


def _first_packet(connection: HTTPConnection, body: str, last: str | None = None) -> tuple[float, str]:
    """Milliseconds until its last byte was there, and its id."""
    headers = {"orionstar-api-key": processes.KEY, "Content-Type": "application/json"}
    resuming = {"Last-Event-ID": last} if last else {}
    started_s = time.perf_counter()
    connection.request("POST", PATH, body.encode(), headers | resuming)
    response = connection.getresponse()
    msg_id = ""
    while not (line := response.readline()).startswith(b"data: "):
        if line.startswith(b"id: "):
            msg_id = line[4:].decode().strip()
    elapsed_ms = (time.perf_counter() - started_s) * 1000
    if json.loads(line[6:])["ret"] != "0":
        raise RuntimeError(line.decode())
    response.read()
    return elapsed_ms, msg_id


def _more(asked: Sequence[float], resumed: Sequence[float], share: float) -> Line:
    ours, bare = quantile(resumed, share), quantile(asked, share)
    return Line(
        name=f"Docqa, a finished answer resumed: first packet, {'median' if share == 0.5 else 'p95'}",
        target=f"<= a fresh one + {MOST_MORE_MS:.0f} ms",
        measured=f"{ours:.1f} ms",
        baseline=f"{bare:.1f} ms",
        ratio=f"{ours - bare:+.1f} ms",
        holds=ours - bare <= MOST_MORE_MS,
    )


def _bodies(questions: corpus.Questions, number: int) -> list[str]:
    """Chat requests, each of a session of its own."""
    asked = (json.loads(one)["message"] for one in questions.found(number))
    wanted = {"stream": "1", "enable_followup": "0"}
    return [
        json.dumps({"query_text": question, "session_id": f"s-{uuid.uuid4()}", **wanted})
        for question in asked
    ]

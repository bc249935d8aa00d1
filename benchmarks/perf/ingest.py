"""Chat while 200 PDFs of 20 pages are taken in, both ways: by the upload queue, and by a command beside.

The same questions are asked at the same rate of the same server: with nothing else to do, before and after,
and while documents come in. What counts is the ratio of the p95; the rate is low, so that it is the ingest
that is felt and not the load. Answers come from the documents; nothing is cached.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.perf import corpus, processes
from benchmarks.perf.answers import PATH
from benchmarks.perf.context import Context
from benchmarks.perf.load import Load, quantile, run
from benchmarks.perf.table import Line
from fpdf import FPDF

DOCUMENTS = 200
PAGES = 20
LINES_PER_PAGE = 30
RATE = 10
QUESTIONS_PER_RUN = 60
LONGEST_RATIO = 2.0
LONGEST_S = 600.0
POLL_S = 1.0

TakeIn = Callable[[processes.Server, Path, Path], None]
"""Server, its data folder, folder of files: returns once all of them are searchable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What chat felt of an ingest; `cpu_s` is the processor time of the server's own process during it."""

    quiet_ms: list[float]
    during_ms: list[float]
    elapsed_s: float
    cpu_s: float
    load: float


def beside(context: Context) -> list[Line]:
    """Both ways, each on a server of its own."""
    number = max(5, round(DOCUMENTS * context.scale))
    ways: dict[str, TakeIn] = {"by the upload queue": upload, "by `yingda ingest` beside": by_command}
    lines = []
    for way, take_in in ways.items():
        with tempfile.TemporaryDirectory(dir=context.folder) as pdfs:
            write_pdfs(Path(pdfs), number)
            felt = measure(context.home("ingest", corpus.SHOP_PASSAGES), Path(pdfs), take_in)
        lines += _lines(way, number, felt)
    return lines


def write_pdfs(folder: Path, number: int) -> None:
    """Manuals of numbered sections, no two alike."""
    for document in range(number):
        pdf = FPDF()
        pdf.set_font("helvetica", size=11)
        for page in range(1, PAGES + 1):
            pdf.add_page()
            rows = (_sentence(document, page, row) for row in range(LINES_PER_PAGE))
            for at, row in enumerate((f"{page}. Chapter {page} of manual {document}", *rows)):
                pdf.text(10, 15 + 8 * at, row)
        pdf.output(str(folder / f"manual-{document:03}.pdf"))


def _sentence(document: int, page: int, row: int) -> str:
    part = (document * 7919 + page * 104729 + row * 1299709) % 100_000
    return f"Part P{part:05} of model M{document:03} is replaced after {part % 97 + 3} months of use."


def measure(home: Path, folder: Path, take_in: TakeIn) -> Beside:
    """One server: quiet, during, quiet."""
    questions = corpus.Questions(corpus.SHOP_PASSAGES)
    with processes.yingda(home, HOT_CACHE_ENABLED="false") as server, ThreadPoolExecutor(1) as thread:
        processes.wait_ready(server)
        load = Load(port=server.port, path=PATH, pid=server.pid, bodies=(), connections=16, rate=RATE)
        _asked(load, questions)
        quiet = [ms for _ in range(3) for ms in _asked(load, questions)]
        started_s, cpu_s = time.monotonic(), processes.own_cpu_s(server.pid)
        taking = thread.submit(take_in, server, home, folder)
        during: list[float] = []
        while not taking.done():
            during += _asked(load, questions)
        taking.result()
        cpu_s, load_now = processes.own_cpu_s(server.pid) - cpu_s, os.getloadavg()[0]
        elapsed_s = time.monotonic() - started_s
        quiet += [ms for _ in range(3) for ms in _asked(load, questions)]
    return Beside(quiet_ms=quiet, during_ms=during, elapsed_s=elapsed_s, cpu_s=cpu_s, load=load_now)


def by_command(server: processes.Server, home: Path, folder: Path) -> None:
    """By a process of its own, on the server's data."""
    processes.ingest(home, folder)


def upload(server: processes.Server, home: Path, folder: Path) -> None:
    """One after another through docqa, and then wait until none waits."""
    for file in sorted(folder.iterdir()):
        _posted(server, "upload_ctai_doc", *_form(file))
    deadline_s = time.monotonic() + LONGEST_S
    while any(_waiting(server)):
        if time.monotonic() > deadline_s:
            raise RuntimeError("uploads still wait")
        time.sleep(POLL_S)


def _waiting(server: processes.Server) -> Iterator[int]:
    for state in ("queued", "parsing", "indexing"):
        wanted = json.dumps({"doc_status": state, "page_size": 1}).encode()
        yield int(_posted(server, "ctai_doc_list", wanted, "application/json")["total"])


def _form(file: Path) -> tuple[bytes, str]:
    """Body and content type."""
    part = '--part\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    head = part.format("ctai_doc", "") + json.dumps({"doc_name": file.name}) + "\r\n"
    head += part.format("content", f'; filename="{file.name}"')
    return head.encode() + file.read_bytes() + b"\r\n--part--\r\n", "multipart/form-data; boundary=part"


def _posted(server: processes.Server, name: str, body: bytes, kind: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/ctai/{name}",
        data=body,
        headers={"X-API-Key": processes.KEY, "Content-Type": kind},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        said = json.load(response)
    if said["ret"] != "0":
        raise RuntimeError(f"{name}: {said}")
    data: dict[str, str] = said["data"]
    return data


def _asked(load: Load, questions: corpus.Questions) -> list[float]:
    return run(replace(load, bodies=questions.mixed(QUESTIONS_PER_RUN))).total_ms


def _lines(way: str, number: int, felt: Beside) -> list[Line]:
    quiet_ms, during_ms = quantile(felt.quiet_ms, 0.95), quantile(felt.during_ms, 0.95)
    ratio = during_ms / quiet_ms
    return [
        Line(
            name=f"Ingest of {number} PDFs of {PAGES} pages {way}, {RATE} answers/s, load {felt.load:.1f}",
            target="-",
            measured=f"{felt.elapsed_s:.1f} s, {number * PAGES / felt.elapsed_s:,.0f} pages/s, "
            f"server {felt.cpu_s:.1f} s of processor",
            holds=True,
        ),
        Line(
            name=f"Chat during that ingest ({len(felt.during_ms)} answers): p95",
            target=f"<= {LONGEST_RATIO:g} x quiet",
            measured=f"{during_ms:.1f} ms",
            baseline=f"{quiet_ms:.1f} ms",
            ratio=f"{ratio:.2f}",
            holds=ratio <= LONGEST_RATIO,
        ),
    ]

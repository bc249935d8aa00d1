"""Chat while 200 PDFs of 20 pages are taken in: `python -m benchmarks.perf.ingest [--documents 200]`.

The same questions are asked at the same rate of the same server, first with nothing else to do, then beside
`yingda ingest` in a process of its own. What counts is the ratio of the two p95; the rate is low, so that it
is the ingest that is felt and not the load. Answers come from the documents; nothing is cached.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks.perf import corpus, processes
from benchmarks.perf.answers import PATH
from benchmarks.perf.load import Load, quantile, run
from benchmarks.perf.table import Line, markdown
from fpdf import FPDF

PAGES = 20
LINES_PER_PAGE = 30
RATE = 10
QUESTIONS_PER_RUN = 60
WARM_DOCUMENTS = 250
LONGEST_RATIO = 2.0


def main() -> int:
    """Print ingest time and both p95; 1 where chat suffers more than it may."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.perf.ingest", description=__doc__)
    options.add_argument("--documents", type=int, default=200, help="PDFs of 20 pages; 200 by default")
    number = options.parse_args().documents
    with tempfile.TemporaryDirectory(prefix="yingda-ingest-") as temporary:
        folder = Path(temporary)
        write_pdfs(folder / "pdfs", number)
        lines = measure(folder, number)
    print(markdown(lines))
    return int(not all(line.holds for line in lines))


def write_pdfs(folder: Path, number: int) -> None:
    """Manuals of numbered sections, no two alike."""
    folder.mkdir()
    for document in range(number):
        pdf = FPDF()
        pdf.set_font("helvetica", size=11)
        for page in range(1, PAGES + 1):
            pdf.add_page()
            rows = (_sentence(document, page, row) for row in range(LINES_PER_PAGE))
            pdf.multi_cell(0, 8, "\n".join((f"{page}. Chapter {page} of manual {document}", *rows)))
        pdf.output(str(folder / f"manual-{document:03}.pdf"))


def _sentence(document: int, page: int, row: int) -> str:
    part = (document * 7919 + page * 104729 + row * 1299709) % 100_000
    return f"Part P{part:05} of model M{document:03} is replaced after {part % 97 + 3} months of use."


def measure(folder: Path, number: int) -> list[Line]:
    """Both p95 on one server, and how long the ingest took."""
    home = folder / "home"
    corpus.write_documents(folder / "documents", WARM_DOCUMENTS)
    processes.ingest(home, folder / "documents")
    questions = corpus.Questions()
    with processes.yingda(home, HOT_CACHE_ENABLED="false") as server:
        processes.wait_ready(server)
        load = Load(port=server.port, path=PATH, pid=server.pid, bodies=(), connections=16, rate=RATE)
        _asked(load, questions)
        quiet = [ms for _ in range(3) for ms in _asked(load, questions)]
        with ThreadPoolExecutor(1) as beside:
            started_s = time.monotonic()
            ingest = beside.submit(processes.ingest, home, folder / "pdfs")
            during: list[float] = []
            while not ingest.done():
                during += _asked(load, questions)
            ingest.result()
            elapsed_s = time.monotonic() - started_s
    return _lines(number, elapsed_s, quantile(quiet, 0.95), quantile(during, 0.95), len(during))


def _asked(load: Load, questions: corpus.Questions) -> list[float]:
    return run(replace(load, bodies=questions.mixed(QUESTIONS_PER_RUN))).total_ms


def _lines(number: int, elapsed_s: float, quiet_ms: float, during_ms: float, asked: int) -> list[Line]:
    ratio = during_ms / quiet_ms
    return [
        Line(
            name=f"Ingest of {number} PDFs of {PAGES} pages beside a server that answers {RATE} requests/s",
            target="-",
            measured=f"{elapsed_s:.1f} s, {number * PAGES / elapsed_s:,.0f} pages/s",
            holds=True,
        ),
        Line(
            name=f"Chat during that ingest ({asked} answers): p95",
            target=f"<= {LONGEST_RATIO:g} x quiet",
            measured=f"{during_ms:.1f} ms",
            baseline=f"{quiet_ms:.1f} ms",
            ratio=f"{ratio:.2f}",
            holds=ratio <= LONGEST_RATIO,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())

"""All performance targets in one run: `python -m benchmarks.perf [--only cache] [--quick]`.

Both sides of a comparison take turns in one run and medians are compared, so that a noisy machine hits both
alike. Loopback only; every process is ended by its own pid; all data lives in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.perf import answers, callflow, desk, docqa, footprint, ingest, streaming
from benchmarks.perf.context import Context
from benchmarks.perf.table import Line, markdown

ROWS: dict[str, Callable[[Context], list[Line]]] = {
    "paced": streaming.paced,
    "unpaced": streaming.unpaced,
    "cache": answers.cached,
    "no-model": answers.no_model,
    "ingest": ingest.beside,
    "callflow": callflow.callflow,
    "docqa": docqa.docqa,
    "desk": desk.desk,
    "meta": footprint.meta,
    "memory": footprint.memory,
    "start": footprint.start,
}


def main() -> int:
    """Print the table; 1 where a target is missed."""
    chosen = _options()
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yingda-perf-") as temporary:
        folder = chosen.folder or Path(temporary)
        quick = {"scale": 0.3} if chosen.quick else {}
        context = Context(folder=folder, **quick)
        lines: list[Line] = []
        for name in chosen.only or ROWS:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            lines += _measured(name, context)
    print(f"{_machine()}, {time.monotonic() - started_s:.0f} s\n")
    print(markdown(lines))
    return int(not all(line.holds for line in lines))


def _measured(name: str, context: Context) -> list[Line]:
    """The lines of a row; one that cannot be measured is a miss, and the others are still measured."""
    try:
        return ROWS[name](context)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return [Line(name=name, target="to be measured", measured="failed", holds=False)]


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m benchmarks.perf", description=__doc__)
    options.add_argument("--only", nargs="+", choices=ROWS, help="these rows and no others")
    options.add_argument("--quick", action="store_true", help="about a third of the requests")
    options.add_argument("--folder", type=Path, help="work there, and find the documents ingested before")
    return options.parse_args()


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores shared by server, model server and load generator, "
        f"{platform.python_implementation()} {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())

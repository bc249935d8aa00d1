"""The servers under measurement as processes of their own, and what the kernel knows about them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEY = "benchmark-key"
START_S = 60.0
STOP_S = 30.0
BARE = {
    "PATH": os.environ.get("PATH", ""),
    "LANG": "C.UTF-8",
    "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
}
"""No variable of the machine changes a measurement, and it is this checkout that is measured."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Server:
    """A running process that listens on `port`; `started_s` is when it was spawned (monotonic)."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started_s: float) -> None:
        self.pid = process.pid
        self.port = port
        self.started_s = started_s
        self._process = process

    def wait_listening(self) -> None:
        """Return once the port accepts connections; raises where the process ends before."""
        deadline_s = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline_s:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.01)
        raise RuntimeError(f"nothing listens on port {self.port}")

    def end(self) -> None:
        """Stop it as an operator would, by its pid."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def yingda(home: Path, **settings: str) -> Iterator[Server]:
    """The shipped server: authentication, full sync and metrics on, only the rate limit raised."""
    port = free_port()
    environment = {
        "YINGDA_HOME": str(home),
        "PORT": str(port),
        "API_KEY": KEY,
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "DRAIN_S": "1",
        **settings,
    }
    with running([_command("yingda"), "serve"], port, home, environment) as server:
        yield server


@contextmanager
def asgi(app: str, home: Path, **environment: str) -> Iterator[Server]:
    """A baseline under the web server that the product uses, with the same loop and parser."""
    port = free_port()
    flags = ["--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", app, *flags, "--log-level", "warning"]
    with running(command, port, home, environment) as server:
        yield server


@contextmanager
def model(home: Path, *, tokens: int, interval_ms: float) -> Iterator[Server]:
    """A loopback OpenAI-compatible endpoint that streams so many words, one in each interval."""
    port = free_port()
    flags = ["--port", str(port), "--tokens", str(tokens), "--interval-ms", str(interval_ms)]
    command = [sys.executable, "-m", "yingda.testing.model_server", *flags]
    with running(command, port, home, {}) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str | Path], port: int, home: Path, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Spawn with nothing but the given environment, wait for the port, and end it afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{port}.log").open("ab") as log:
        started_s = time.monotonic()
        process = subprocess.Popen(command, env={**BARE, **environment}, cwd=home, stdout=log, stderr=log)
    server = Server(process, port, started_s)
    try:
        server.wait_listening()
        yield server
    finally:
        server.end()


def ingest(home: Path, folder: Path) -> None:
    """Take a folder in with the product's own command."""
    command = [_command("yingda"), "ingest", str(folder)]
    environment = {**BARE, "YINGDA_HOME": str(home)}
    subprocess.run(command, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=600)


def wait_ready(server: Server) -> None:
    """Return once health says ok of every part."""
    url = f"http://127.0.0.1:{server.port}/api/v1/health"
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
            if response.status == 200:
                return
        time.sleep(0.02)
    raise RuntimeError("the server does not become healthy")


def cpu_s(pid: int) -> float:
    """User and system time of a process and its living descendants, in seconds."""
    return _cpu_s(tree(pid))


def own_cpu_s(pid: int) -> float:
    """User and system time of that one process, in seconds."""
    return _cpu_s([pid])


def _cpu_s(members: Iterable[int]) -> float:
    ticks = 0
    for member in members:
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_S


def pss_kb(pid: int) -> int:
    """Memory of a process and its descendants, shared pages counted once, in KiB."""
    total = 0
    for member in tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    members = [pid]
    for member in members:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            with suppress(OSError):
                members += [int(child) for child in task.read_text().split()]
    return members


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(name: str) -> Path:
    return Path(sys.executable).with_name(name)

"""The real server as a process of its own: free port, own data folder, stopped or killed by its pid."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

START_S = 60.0
STOP_S = 30.0
COMMAND = Path(sys.executable).with_name("yingda")


class ServerProcess:
    """`yingda serve` on a loopback port; it may be stopped and started again on its data.

    The environment holds nothing but `settings`, and the working folder is the data folder, so that no `.env`
    and no variable of the machine changes a test.
    """

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it printed since the first start."""
        return (self.home / "stdout.log").read_text()

    @property
    def stderr(self) -> str:
        """What it logged since the first start."""
        return (self.home / "stderr.log").read_text()

    def start(self) -> None:
        """Return once health answers 200; raises with the log where it ends or takes too long."""
        self.home.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "YINGDA_HOME": str(self.home),
            "PORT": str(self.port),
            **self._settings,
        }
        with (self.home / "stdout.log").open("ab") as out, (self.home / "stderr.log").open("ab") as err:
            self._process = subprocess.Popen(
                [COMMAND, "serve"], env=environment, cwd=self.home, stdout=out, stderr=err
            )
        deadline = time.monotonic() + START_S
        while not self.is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.stdout}\n{self.stderr}")
            time.sleep(0.05)

    def is_healthy(self) -> bool:
        """Whether health answers 200 just now."""
        with suppress(httpx.HTTPError), self.client(timeout_s=5.0) as client:
            return client.get("/api/v1/health").status_code == 200
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal and look no further."""
        assert self._process is not None, "the server does not run"
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None, "the server does not run"
        process, self._process = self._process, None
        return process.wait(STOP_S)

    def stop(self) -> int | None:
        """End it as an operator would (SIGTERM, drain); returns its exit code, None if it did not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int | None:
        """End it as a crash would (SIGKILL)."""
        return self._end(signal.SIGKILL)

    def client(self, key: str | None = None, timeout_s: float = 30.0) -> httpx.Client:
        """A client whose paths start at the server's root; the caller may use it as a context."""
        headers = {"X-API-Key": key} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False)

    def ingest(self, name: str, content: str | bytes, key: str | None = None) -> dict[str, object]:
        """Upload a document as a client would; returns the server's report."""
        data = content.encode() if isinstance(content, str) else content
        with self.client(key) as client:
            response = client.post("/api/v1/knowledge/ingest", files={"file": (name, data)})
        response.raise_for_status()
        report: dict[str, object] = response.json()
        return report

    def _end(self, number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(STOP_S)


StartServer = Callable[..., ServerProcess]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """`start_server(API_KEY="k", ...)` starts one more server, with rate limits off unless asked for.

    All of them end with the module; a test that wants one gone earlier stops it itself.
    """
    with _servers(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def start_lasting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """As `start_server`, for the few that many modules use: they end with the session."""
    with _servers(tmp_path_factory) as start:
        yield start


@contextmanager
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    servers: list[ServerProcess] = []

    def start(**settings: str) -> ServerProcess:
        home = tmp_path_factory.mktemp("yingda")
        servers.append(ServerProcess(home, {"RATE_LIMIT_ENABLED": "false", "DRAIN_S": "1", **settings}))
        servers[-1].start()
        return servers[-1]

    try:
        yield start
    finally:
        for server in servers:
            server.stop()

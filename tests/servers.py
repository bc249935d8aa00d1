"""Real Redis and PostgreSQL on free loopback ports, started once a session and stopped by their pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

START_S = 30.0


class Server:
    """A server process that a test may stop and start again; it keeps its port and its data."""

    end_signal = signal.SIGINT

    def __init__(
        self, url: str, command: list[str], is_ready: Callable[[], bool], user: str | None = None
    ) -> None:
        self.url = url
        self._command = command
        self._is_ready = is_ready
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it serves; nothing happens if it runs."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=self._user
        )
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} did not start (exit {self._process.poll()})")
            time.sleep(0.02)

    def stop(self, number: signal.Signals | None = None) -> None:
        """End it at once, by its pid; its data stay."""
        if self._process is not None:
            self._process.send_signal(number or self.end_signal)
            self._process.wait(START_S)
            self._process = None


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_is_ready(port: int) -> bool:
    """Whether a Redis there has loaded its data."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
    return False


def postgres_is_ready(port: int) -> bool:
    """Whether a PostgreSQL there is past its start-up and recovery."""
    command = [binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def mariadb_is_ready(port: int) -> bool:
    """Whether a MariaDB there greets who connects."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
        return len(probe.recv(5)) == 5
    return False


def binary(name: str) -> str:
    """Where a server's program lies, also outside PATH as Debian keeps PostgreSQL's."""
    candidates = [
        shutil.which(name),
        shutil.which(name, path="/usr/sbin:/usr/bin"),
        *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True),
    ]
    for candidate in candidates:
        if candidate is not None:
            return str(candidate)
    raise RuntimeError(f"{name} is not installed: run scripts/install-test-servers.sh")


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis server that writes every command to disk, for this session."""
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    server = Server(
        f"redis://127.0.0.1:{port}/0",
        [*command, "--save", "", "--appendonly", "yes"],
        partial(redis_is_ready, port),
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_process() -> Iterator[Server]:
    """A PostgreSQL cluster of its own, for this session; its time zone is not UTC on purpose."""
    user = "postgres" if os.geteuid() == 0 else None
    # Not below pytest's own folder: that one is closed to the user PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="yingda-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    cluster = folder / "cluster"
    options = ["-U", "yingda", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(
        [binary("initdb"), "-D", str(cluster), *options], user=user, capture_output=True, check=False
    )
    if made.returncode:
        raise RuntimeError(made.stderr.decode())
    port = free_port()
    command = [binary("postgres"), "-D", str(cluster), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    options_of = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "timezone": "Asia/Shanghai"}
    settings = [part for name, value in options_of.items() for part in ("-c", f"{name}={value}")]
    server = Server(
        f"postgresql://yingda@127.0.0.1:{port}/postgres",
        [*command, *settings],
        partial(postgres_is_ready, port),
        user,
    )
    server.start()
    yield server
    server.stop(signal.SIGQUIT)  # nobody needs the hundreds of databases written back
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def mariadb_process() -> Iterator[Server]:
    """A MariaDB of its own, for this session, with an empty database `test`."""
    user = "mysql" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="yingda-mariadb-"))
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    options = ["--no-defaults", f"--datadir={data}"]
    made = subprocess.run(
        [
            binary("mariadb-install-db"),
            *options,
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ],
        user=user,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(made.stderr.decode())
    place = [
        "--bind-address=127.0.0.1",
        f"--port={port}",
        f"--socket={folder}/socket",
        f"--pid-file={folder}/pid",
    ]
    server = Server(
        f"mysql://root@127.0.0.1:{port}/test",
        [binary("mariadbd"), *options, *place, "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"],
        partial(mariadb_is_ready, port),
        user,
    )
    server.end_signal = signal.SIGTERM  # it takes no notice of SIGINT
    server.start()
    client = [binary("mariadb"), "--no-defaults", "-h", "127.0.0.1", "-P", str(port), "-u", "root"]
    subprocess.run([*client, "-e", "CREATE DATABASE test CHARACTER SET utf8mb4"], check=True)
    yield server
    server.stop(signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture
def redis_server(redis_process: Server) -> Iterator[Server]:
    """The session's Redis, running again after the test whatever that did to it."""
    yield redis_process
    redis_process.start()


@pytest.fixture
def mariadb_server(mariadb_process: Server) -> Iterator[Server]:
    """The session's MariaDB, running again after the test whatever that did to it."""
    yield mariadb_process
    mariadb_process.start()


@pytest.fixture
def postgres_server(postgres_process: Server) -> Iterator[Server]:
    """The session's PostgreSQL, running again after the test whatever that did to it."""
    yield postgres_process
    postgres_process.start()

"""The wheel holds all it needs, and runs from an empty folder in an environment of its own, offline."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.server_process import START_S, STOP_S, free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/yingda"
PYTHON_CACHE = "__pycache__"


def run(command: list[str | Path], cwd: Path, **environment: str) -> str:
    """What a command prints; whatever it prints is the message where it fails."""
    ran = subprocess.run(command, cwd=cwd, env=environment or None, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `python -m build` makes it; the backend is fetched only where it is not installed."""
    out = tmp_path_factory.mktemp("dist")
    offline = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    run([sys.executable, "-m", "build", "--wheel", *offline, "--outdir", out, ROOT], ROOT)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment that holds the wheel; dependencies are lent by this one."""
    home = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", "--without-pip", home], ROOT)
    pip = [sys.executable, "-m", "pip", "--python", home / "bin/python"]
    run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], ROOT)
    [packages] = home.glob("lib/python*/site-packages")
    # A line in a .pth file lends the packages, but not the .pth files among them: our own checkout stays out.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def test_the_wheel_holds_all_that_is_not_code(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and PYTHON_CACHE not in path.parts]
    assert {f"yingda/{path.relative_to(PACKAGE)}" for path in files} - held == set()
    folders = (ROOT / "samples/documents", ROOT / "samples/flows")
    samples = {f"yingda/{path.relative_to(ROOT)}" for folder in folders for path in folder.iterdir()}
    assert samples - held == set()
    assert [name for name in held if name.endswith(".dist-info/licenses/LICENSE")] != []


def test_it_checks_itself_in_an_empty_folder(bin_folder: Path, tmp_path: Path):
    where = "import yingda; print(yingda.__file__)"
    assert str(bin_folder.parent) in run([bin_folder / "python", "-c", where], tmp_path, LANG="C.UTF-8")
    run([bin_folder / "yingda", "check"], tmp_path, LANG="C.UTF-8")
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


@pytest.fixture
def address(bin_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A server of that environment that runs in an empty folder; ended as an operator would."""
    port = free_port()
    environment = {"LANG": "C.UTF-8", "PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [bin_folder / "yingda", "serve"], cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, tmp_path / "log")
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(STOP_S) == 0, (tmp_path / "log").read_text()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/api/v1/health", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def test_it_serves_page_documents_and_answers(address: str):
    policy = ROOT / "samples/documents/shipping_en.html"
    with httpx.Client(base_url=address, trust_env=False, timeout=30.0) as client:
        pages = [client.get(path).status_code for path in ("/", "/docs", "/static/icon.svg")]
        taken = client.post("/api/v1/knowledge/ingest", files={"file": (policy.name, policy.read_bytes())})
        answer = client.post("/api/v1/chat", json={"message": "How much is shipping?"}).json()
    assert (pages, taken.json()["status"]) == ([200, 200, 200], "added")
    assert answer["data"]["sources"] == [policy.name]
